"""What is in a job's package, as a stream: first the file, last the manifest with the hash of everything."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from importlib.metadata import version
from pathlib import PurePath

from deepshield.domain.canonical import canonical
from deepshield.domain.fingerprints import FramePrint
from deepshield.evidence_package.archive import ZipStream
from deepshield.evidence_package.shape import (
    ARTIFACTS,
    CUSTODY,
    FILE,
    FINGERPRINT,
    MANIFEST,
    README,
    RESULT,
    RESULT_IN_PART,
    CustodyRecord,
    Manifest,
    Row,
)
from deepshield.jobs.custody import custody_of
from deepshield.jobs.lookup import JobView
from deepshield.persistence.repositories import fingerprints, results
from deepshield.resources import Resources
from deepshield.storage import BlobNotFoundError

_LONGEST_ENDING = 10

_TEXT = """DeepShield: evidence package of the analysis {job_id}

file/           the file as it was received, unless its time was over
result.json     the result, in canonical JSON, of an analysis that has one
artifacts/      pictures that the analysis made
fingerprint.json  hashes (PDQ) of frames, by which copies of the file are recognised
custody.json    where the file came from, its hashes, and the rows of the service's audit log about it
manifest.json   size and SHA-256 of each of these

To check it:  deepshield verify PACKAGE.zip
or by hand:   compare `sha256sum` of each file with manifest.json. The file's hash is also in result.json
              and in custody.json, whose row "job.completed" has the SHA-256 of result.json. The hash of a
              row is the SHA-256 of its position, at, actor, action, subject, details and previous, as JSON
              with sorted keys and without spaces, in ASCII, with the time in UTC as +00:00 and with
              microseconds. `previous` is the hash of the row before in the service's log. The operator
              can show that the log was not changed since: `deepshield doctor` follows the chain.

The package is not signed: it shows what was changed since it was made, not who made it. A result is that of a
screening. It is no expert opinion, and no result shows that a file is authentic.
"""


_WITHHELD = """
Who took this package is not shown what the file says of places and persons. So these are not in it, as
`withheld` in manifest.json says:

{names}
{in_part}
Who sent the file, and a lead or admin of the workspace, can take all of it.
"""
_IN_PART = """
result-without-places.json is the result without those statements; its hash is not in the log.
"""


def evidence_zip(resources: Resources, view: JobView, *, exchange_hashes: bool = False) -> Iterator[bytes]:
    """Yield the package of a job as a ZIP archive, in bounded memory.

    Where the view does not show what the file says of places and persons, the file, which says it, and the
    stored result are left out, and the result without that is in it.

    Raises StorageError while it is being read, if the storage fails in the middle of a file.
    """
    job, now, missing, withheld = view.job, resources.clock(), [], []
    stream = ZipStream(now)
    contents = [(artifact.key, f"{ARTIFACTS}{artifact.name}") for artifact in view.artifacts]
    name = f"{FILE}{job.sha256[:16]}{_ending(job.original_filename)}"
    if view.shows_places or job.upload_key is None:
        contents.insert(0, (job.upload_key or "", name))
    else:
        withheld.append(name)
    for key, entry in contents:
        chunks = _opened(resources, key)
        if chunks is None:
            missing.append(entry)
        else:
            yield from stream.add(entry, chunks)
    with resources.database.read() as session:
        stored = results.get(session, job.id)
        prints = fingerprints.of_job(session, job.id)
    if view.result is not None and not view.shows_places:
        withheld.append(RESULT)
        yield from stream.add(RESULT_IN_PART, [canonical(view.result.model_dump(mode="json"))])
    elif view.result is not None and stored is None:  # deleted since the view was read
        missing.append(RESULT)
    elif stored is not None and view.shows_places:
        yield from stream.add(RESULT, [canonical(stored.document)])
    if prints:
        yield from stream.add(FINGERPRINT, [_fingerprint(prints)])
    yield from stream.add(CUSTODY, [_custody(resources, view, exchange_hashes)])
    yield from stream.add(README, [_readme(job.id, withheld)])
    manifest = Manifest(
        job_id=job.id,
        made_at=now,
        service_version=version("deepshield"),
        entries=list(stream.entries),
        missing=missing,
        withheld=withheld,
    )
    unsaid = None if withheld else {"withheld"}  # which earlier releases do not read
    yield from stream.add(MANIFEST, [manifest.model_dump_json(indent=1, exclude=unsaid).encode()])
    yield stream.close()


def _readme(job_id: str, withheld: Sequence[str]) -> bytes:
    text = _TEXT.format(job_id=job_id)
    if withheld:
        in_part = _IN_PART if RESULT in withheld else ""
        text += _WITHHELD.format(names="\n".join(withheld), in_part=in_part)
    return text.encode()


def _custody(resources: Resources, view: JobView, exchange_hashes: bool) -> bytes:
    found = custody_of(resources, view.job, exchange_hashes=exchange_hashes)
    record = CustodyRecord(
        source=None if found.source is None else asdict(found.source),
        size_bytes=found.size_bytes,
        sha256=found.sha256,
        sha1=found.sha1,
        md5=found.md5,
        log=[Row.model_validate(row) for row in found.log],
    )
    return record.model_dump_json(indent=1).encode()


def _fingerprint(prints: Sequence[FramePrint]) -> bytes:
    frames = [{"timestamp_ms": one.timestamp_ms, "quality": one.quality, "pdq": one.hash} for one in prints]
    return canonical({"method": "PDQ, 256 bits, hexadecimal", "frames": frames})


def _opened(resources: Resources, key: str) -> Iterator[bytes] | None:
    """Return a stored file's chunks with the first one read; None when it is gone."""
    if not key:
        return None
    chunks = resources.store.read(key)
    try:
        first = next(chunks, b"")
    except BlobNotFoundError:
        return None
    return _with(first, chunks)


def _with(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


def _ending(filename: str) -> str:
    ending = PurePath(filename).suffix.lower()
    return ending if ending[1:].isalnum() and ending.isascii() and len(ending) <= _LONGEST_ENDING else ""
