"""A version taken out: its manifest line by line, and an archive of the files that are kept."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path

from sqlalchemy.orm import Session

from deepshield.datasets.croissant import croissant
from deepshield.datasets.reading import VersionView, find_version
from deepshield.domain.chain import Erasable
from deepshield.domain.datasets import Consent, Entry, Use, manifest_lines
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.roles import May
from deepshield.evidence_package.archive import ZipStream
from deepshield.persistence.repositories import audit, datasets, workspaces
from deepshield.resources import Resources
from deepshield.storage import BlobNotFoundError
from deepshield.workspaces.blindness import read_blind

MANIFEST, CROISSANT, MISSING, README = "manifest.jsonl", "croissant.json", "missing.jsonl", "README.txt"
_AT_ONCE = 200

_TEXT = """Data set {name}, version {number}, frozen {frozen_at}
Licence: {licence}
SHA-256 of manifest.jsonl: {sha256}
Near copies: {near}

manifest.jsonl   a line per file of the version: path, label, group, split, hash
files/           the files that were still kept, by split and label, named by their SHA-256
missing.jsonl    the lines of files that were not kept or given any more; only if there are any
croissant.json   the same in Croissant 1.0

To measure a model on them:   deepshield evaluate manifest.jsonl --split test

These are pictures of people. Use them for what they were given for, and delete them when that is done.
"""


def find_to_export(
    resources: Resources, owner: Owner, dataset_id: str, number: int, what: str
) -> VersionView:
    """Return a version that is to be taken out, and record who does so.

    Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, READING_BLIND when the account reads one of its files
    blind: labels are in it, and it cannot be cut without another hash.
    """
    owner.need(May.EXPORT)
    view = find_version(resources, owner, dataset_id, number)
    details = {"name": Erasable(view.dataset.name), "number": number, "item": what}
    with resources.database.write() as session:
        if datasets.among(session, view.row.id, read_blind(session, owner)):
            raise DeepShieldError(Code.READING_BLIND)
        now = resources.clock()
        audit.record(session, "dataset.exported", now, actor=owner.id, subject=dataset_id, details=details)
    return view


def note_use(resources: Resources, view: VersionView, use: Use) -> None:
    """Record what a version that was taken out is used for."""
    with resources.database.write() as session:
        datasets.note_use(session, view.row.id, use.value)


def manifest(resources: Resources, view: VersionView) -> Iterator[bytes]:
    """Yield the manifest, in bounded memory; its SHA-256 is the version's ``manifest_sha256``."""
    after = ""
    while True:
        with resources.database.read() as session:  # a short one each: whoever reads may be slow
            page = datasets.entries(session, view.row.id, after=after, limit=_AT_ONCE)
        if not page:
            return
        yield b"".join(manifest_lines(page, view.row.licence))
        after = page[-1].sha256


def description(resources: Resources, view: VersionView, origin: str) -> bytes:
    """Return the version's Croissant metadata as JSON."""
    with resources.database.read() as session:
        space = workspaces.get(session, view.dataset.workspace_id)
    name = "DeepShield" if space is None else space.name
    return json.dumps(croissant(view, name, origin), indent=1).encode()


def archive(resources: Resources, view: VersionView, origin: str) -> Iterator[bytes]:
    """Yield a ZIP archive of the version with the files that are kept, in bounded memory.

    Raises StorageError while it is being read, if the storage fails in the middle of a file.
    """
    row = view.row
    stream = ZipStream(row.frozen_at)
    text = _TEXT.format(
        name=view.dataset.name,
        number=row.number,
        frozen_at=row.frozen_at.isoformat(),
        licence=row.licence,
        sha256=row.manifest_sha256,
        near=_near(row.counts.get("near_copies")),
    )
    yield from stream.add(README, [text.encode()])
    yield from stream.add(CROISSANT, [description(resources, view, origin)])
    yield from stream.add(MANIFEST, manifest(resources, view))
    missing: list[Entry] = []
    after = ""
    while True:
        with resources.database.read() as session:
            page = datasets.entries(session, row.id, after=after, limit=_AT_ONCE)
            keys = _keys(session, view, page)
        if not page:
            break
        for entry in page:
            chunks = _opened(resources, keys.get(entry.sha256))
            if chunks is None:
                missing.append(entry)
            else:
                yield from stream.add(entry.file, chunks)
        after = page[-1].sha256
    if missing:
        yield from stream.add(MISSING, manifest_lines(missing, row.licence))
    yield stream.close()


def _near(counts: Mapping[str, int] | None) -> str:
    if counts is None:
        return "not looked for; a split may have copies of files in another"
    return f"kept in one split ({counts['joined']} files; {counts['unknown']} could not be compared)"


def unpack(resources: Resources, view: VersionView, folder: Path) -> Path:
    """Write the manifest and the files that are kept below a folder, and return the manifest's path.

    A file that is there already with its size is left as it is. Files that are not kept have no line, so that
    what reads the manifest finds all of it.
    """
    kept: list[Entry] = []
    after = ""
    while True:
        with resources.database.read() as session:
            page = datasets.entries(session, view.row.id, after=after, limit=_AT_ONCE)
            keys = _keys(session, view, page)
        if not page:
            break
        for entry in page:
            path = folder / entry.file
            if not (path.is_file() and path.stat().st_size == entry.size_bytes):
                chunks = _opened(resources, keys.get(entry.sha256))
                if chunks is None:
                    continue
                path.parent.mkdir(parents=True, exist_ok=True)
                with path.open("wb") as file:
                    file.writelines(chunks)
            kept.append(entry)
        after = page[-1].sha256
    manifest_path = folder / MANIFEST
    manifest_path.parent.mkdir(parents=True, exist_ok=True)
    manifest_path.write_bytes(b"".join(manifest_lines(kept, view.row.licence)))
    return manifest_path


def _keys(session: Session, view: VersionView, page: Sequence[Entry]) -> dict[str, str]:
    """Return by hash where files may be read; not of those whose consent was wanted and is withdrawn."""
    pairs = {one.sha256: one.media_id for one in page}
    return datasets.upload_keys(session, pairs, consented=view.row.consent == Consent.REQUIRED)


def _opened(resources: Resources, key: str | None) -> Iterator[bytes] | None:
    """Return a stored file's chunks with the first one read; None when it is gone."""
    if key is None:
        return None
    chunks = resources.store.read(key)
    try:
        first = next(chunks, b"")
    except BlobNotFoundError:
        return None
    return chain((first,), chunks)
