"""A version of a data set as `deepshield dataset export` writes it: verified, refused if it leaks."""

from __future__ import annotations

import hashlib
import json
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from detector.bundle import file_sha256
from detector.contracts import Trace
from training.evaluation.records import Entry
from training.fitting.checkpoint import load_checkpoint

MANIFEST, CROISSANT, MISSING = "manifest.jsonl", "croissant.json", "missing.jsonl"
TRAIN, VALIDATION, TEST = "train", "validation", "test"
_SPLITS = (TRAIN, VALIDATION, TEST)
ADDRESS = re.compile(r"[a-z0-9][a-z0-9._-]*@[1-9]\d{0,8}", re.ASCII)
"""NAME@NUMBER of a version."""
_FILE = re.compile(r"files/[a-z]+/[a-z]+/[0-9a-f]{64}(\.[a-z0-9]{1,10})?", re.ASCII)
_BLENDED = frozenset({"face_swap", "lipsync", "spliced", "retouched", "manipulated"})
_UNCHANGED = frozenset({"voice", "out_of_context"})
_EXPORT = (sys.executable, "-m", "deepshield", "dataset", "export")


class VersionError(Exception):
    """The version cannot be learned from; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class File:
    """A file of a version; ``trace`` is what gives a fake away, None of an authentic file."""

    entry: Entry
    split: str
    sha256: str
    source: str
    trace: Trace | None


@dataclass(frozen=True, slots=True)
class Version:
    """A version whose files are in ``folder`` and are those that its manifest names.

    ``missing`` files were not kept any more, and of ``unchanged`` ones the picture is authentic whatever the
    label says (another voice, another context), so that nothing is to be learned from either.
    """

    folder: Path
    name: str
    number: int
    licence: str
    manifest_sha256: str
    files: tuple[File, ...] = field(repr=False)
    missing: int = 0
    unchanged: int = 0

    @property
    def address(self) -> str:
        """Name and number as commands take them."""
        return f"{self.name}@{self.number}"

    def of(self, split: str) -> list[File]:
        """Return the files of a split."""
        return [file for file in self.files if file.split == split]

    def counts(self) -> dict[str, dict[str, int]]:
        """Return how many files and groups each split has, by class."""
        return {split: counted(file.entry for file in self.of(split)) for split in _SPLITS}


def counted(entries: Iterable[Entry]) -> dict[str, int]:
    """Return how many files and groups there are of either class."""
    entries = list(entries)
    sides = {side: [entry for entry in entries if entry.label == side] for side in ("real", "fake")}
    return {
        **{side: len(some) for side, some in sides.items()},
        **{f"{side}_groups": len({entry.group for entry in some}) for side, some in sides.items()},
    }


def fetch(
    source: str, account: str | None, workspace: str | None, work: Path, export: Sequence[str] = _EXPORT
) -> Path:
    """Return the folder or archive that ``source`` names: itself, or NAME@NUMBER, exported into ``work``.

    The service's own command exports, so that it records who took the files out and what for. It exports
    anew, so that files that were withdrawn or forgotten since are not learned from, unless ``work`` has a
    checkpoint of the same version to go on from. Raises `VersionError`.
    """
    if Path(source).exists():
        return Path(source)
    if not ADDRESS.fullmatch(source):
        raise VersionError(f"{source} is neither a folder or archive of an export, nor NAME@NUMBER")
    archive = work / f"{workspace or 'personal'}-{source}.zip"
    if archive.exists() and _is_begun(archive, work):
        return archive
    if account is None:
        raise VersionError(f"name the account that takes out {source} with --account")
    work.mkdir(parents=True, exist_ok=True)
    partial = archive.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    where = ["--workspace", workspace] if workspace else []
    command = [*export, account, source, "--out", str(partial), "--use", "training", *where]
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - the service's own command
    if done.returncode != 0:
        partial.unlink(missing_ok=True)
        raise VersionError(f"{source} cannot be exported: {done.stderr.strip() or done.returncode}")
    partial.replace(archive)
    return archive


def _is_begun(archive: Path, work: Path) -> bool:
    """Return whether the checkpoint in ``work`` is of a run on the version in ``archive``."""
    state = load_checkpoint(work)
    if state is None:
        return False
    try:
        with zipfile.ZipFile(archive) as packed:
            exported = _described(json.loads(packed.read(CROISSANT)))[2]
    except (OSError, ValueError, KeyError, TypeError, StopIteration, zipfile.BadZipFile):
        return False
    return bool(state["config"].get("manifest_sha256") == exported)


def read_version(place: Path, work: Path, address: str | None = None) -> Version:
    """Read the export in a folder or ZIP archive, and verify all of its hashes.

    An archive is unpacked below ``work``. Raises `VersionError` for what is not whole, for a group or file
    in two splits, where a split lacks a class, and for another version than ``address`` names.
    """
    try:
        folder = place if place.is_dir() else _unpacked(place, work)
        text = (folder / MANIFEST).read_bytes()
        name, number, wanted, licence = _described(json.loads((folder / CROISSANT).read_bytes()))
    except (OSError, ValueError, KeyError, TypeError, StopIteration, zipfile.BadZipFile) as error:
        raise VersionError(f"{place} is no export of a data set: {error!r}") from error
    if address is not None and address != f"{name}@{number}":
        raise VersionError(f"{place} holds {name}@{number}, not {address}; delete it and try again")
    found = hashlib.sha256(text).hexdigest()
    if found != wanted:
        raise VersionError(
            f"{MANIFEST} is not that of {name}@{number}: its SHA-256 is {found[:16]}…; export it again"
        )
    try:
        rows = _rows(text)
        gone = (
            {row["sha256"] for row in _rows((folder / MISSING).read_bytes())}
            if (folder / MISSING).exists()
            else set()
        )
        listed = [_file(row, f"{name}@{number}") for row in rows]
    except (ValueError, KeyError, TypeError) as error:
        raise VersionError(f"{MANIFEST} cannot be read: {error!r}") from error
    _refuse_leaks(listed)
    files = [file for file in listed if file.sha256 not in gone]
    for file in files:
        _verify(folder, file)
    kept = [file for file in files if file.entry.manipulation not in _UNCHANGED]
    refuse_one_sided(f"{name}@{number}", kept)
    return Version(
        folder, name, number, licence, found, tuple(kept), len(rows) - len(files), len(files) - len(kept)
    )


def _unpacked(archive: Path, work: Path) -> Path:
    """Unpack what an export has, and nothing else, whatever names an archive holds.

    Each archive has a folder of its own below ``work``; those of other archives are removed, since they may
    hold files that were withdrawn since.
    """
    folder = work / f"version-{file_sha256(archive)[:16]}"
    if folder.exists():
        return folder
    for other in work.glob("version*"):
        shutil.rmtree(other, ignore_errors=True)
    partial = folder.with_suffix(".partial")
    with zipfile.ZipFile(archive) as packed:
        for info in packed.infolist():
            if info.filename not in (MANIFEST, CROISSANT, MISSING) and not _FILE.fullmatch(info.filename):
                continue
            path = partial / info.filename
            path.parent.mkdir(parents=True, exist_ok=True)
            with packed.open(info) as inside, path.open("wb") as out:
                shutil.copyfileobj(inside, out)
    partial.replace(folder)
    return folder


def _described(document: dict[str, Any]) -> tuple[str, int, str, str]:
    """Return name, number, hash of the manifest and licence, as the Croissant description has them."""
    manifest = next(one for one in document["distribution"] if one["@id"] == MANIFEST)
    return document["name"], int(document["version"].split(".")[0]), manifest["sha256"], document["license"]


def _rows(text: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def _file(row: dict[str, Any], address: str) -> File:
    if row["label"] not in ("real", "fake") or row["kind"] not in ("image", "video"):
        raise ValueError("label is real or fake, kind is image or video")
    if row["split"] not in _SPLITS:
        raise ValueError(f"there is no split {row['split']!r}")
    if not _FILE.fullmatch(row["file"]):
        raise ValueError(f"{row['file']!r} is no place in an export")
    made = row.get("manipulation")
    trace = None
    if row["label"] == "fake":
        trace = Trace.BLENDING if made in _BLENDED else Trace.GENERATION
    entry = Entry(row["file"], row["kind"], row["label"], address, row["group"], made)
    return File(entry, row["split"], row["sha256"], row["dataset"], trace)


def _refuse_leaks(files: Sequence[File]) -> None:
    """Refuse what would let a model be measured on what it learned from."""
    for what in ("group", "file"):
        splits: dict[str, str] = {}
        for file in files:
            name = file.entry.group if what == "group" else file.sha256
            if splits.setdefault(name, file.split) != file.split:
                raise VersionError(
                    f"the {what} {name} is in two splits: a model would be measured on what it "
                    "learned from. Freeze the version again"
                )


def refuse_one_sided(address: str, files: Sequence[File]) -> None:
    """Raise `VersionError` where a split lacks authentic or manipulated files."""
    for split in _SPLITS:
        sides = {file.entry.label for file in files if file.split == split}
        if sides != {"real", "fake"}:
            lacks = " and ".join(sorted({"real", "fake"} - sides))
            raise VersionError(
                f"the split {split} of {address} has no {lacks} file. Freeze a version with files of "
                "both classes in all three splits, such as with --train 0.6 --validation 0.2"
            )


def _verify(folder: Path, file: File) -> None:
    try:
        found = file_sha256(folder / file.entry.file)
    except OSError as error:
        raise VersionError(f"{file.entry.file} is missing; export the version again") from error
    if found != file.sha256:
        raise VersionError(f"{file.entry.file} is not the file of the manifest: its SHA-256 differs")
