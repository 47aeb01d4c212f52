"""Whether an evidence package agrees with itself: every hash, and what the parts say of each other."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from deepshield.domain.chain import Link
from deepshield.evidence_package.shape import (
    CUSTODY,
    FILE,
    MANIFEST,
    RESULT,
    RESULT_IN_PART,
    CustodyRecord,
    Manifest,
    Row,
)
from deepshield.result import AnalysisResult
from deepshield.result_reader import read_result

_LARGEST_DOCUMENT = 64 * 2**20
_CHUNK = 1 << 20
T = TypeVar("T", bound=BaseModel)


class UnreadablePackageError(ValueError):
    """The file is no package of this service, or of a version that this release does not know."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A package's manifest and result, and what does not agree.

    A result `in_part` is without places and persons: the log has no hash that it could be compared with.
    """

    manifest: Manifest
    result: AnalysisResult | None
    problems: tuple[str, ...]
    in_part: bool = False


def check_package(path: Path, file: Path | None = None) -> Checked:
    """Check a package in bounded memory; with ``file``, also whether it is about that file.

    Raises `UnreadablePackageError`, and OSError for a file that cannot be read.
    """
    try:
        with zipfile.ZipFile(path) as package:
            manifest = _document(package, MANIFEST, Manifest)
            custody = _document(package, CUSTODY, CustodyRecord)
            problems = [
                *_entries(package, manifest),
                *_results(package.namelist(), manifest),
                *_log(custody, manifest.job_id),
            ]
            name = next((one for one in (RESULT, RESULT_IN_PART) if one in package.namelist()), None)
            raw = None if name is None else _read(package, name)
            result = None if raw is None else read_result(json.loads(raw))
    except (zipfile.BadZipFile, KeyError, ValueError, NotImplementedError, RuntimeError, EOFError) as error:
        raise UnreadablePackageError(f"this is no package that can be read: {error}") from error
    in_part = name == RESULT_IN_PART
    problems += _agreement(manifest, custody, result, None if in_part else raw)
    if file is not None and _sha256_of(file) != custody.sha256:
        problems.append(f"the package is about another file than {file.name}")
    return Checked(manifest, result, tuple(problems), in_part)


def _entries(package: zipfile.ZipFile, manifest: Manifest) -> Iterator[str]:
    names = package.namelist()
    listed = {entry.name: entry for entry in manifest.entries}
    if len(set(names)) != len(names):
        yield "a name occurs twice in the package"
    for name in sorted(set(names) - set(listed) - {MANIFEST}):
        yield f"not in the manifest: {name}"
    for entry in manifest.entries:
        if entry.name not in names:
            yield f"missing: {entry.name}"
            continue
        if package.getinfo(entry.name).file_size != entry.size_bytes:
            yield f"changed: {entry.name}"
            continue
        try:
            digest = _digest(package, entry.name)
        except zipfile.BadZipFile:
            digest = ""
        if digest != entry.sha256:
            yield f"changed: {entry.name}"


def _results(names: Collection[str], manifest: Manifest) -> Iterator[str]:
    """Yield what does not agree of which results are there: the whole one, or one in part in its place."""
    if RESULT_IN_PART not in names:
        return
    if RESULT in names:
        yield f"{RESULT} and {RESULT_IN_PART} are both in the package"
    if RESULT not in manifest.withheld:
        yield f"{RESULT_IN_PART} is in the package, and the manifest does not say that {RESULT} was withheld"


def _log(custody: CustodyRecord, job_id: str) -> Iterator[str]:
    before: Row | None = None
    for row in custody.log:
        named = f"row {row.position} of the log"
        if row.position is None or row.previous is None:
            yield f"a row of the log is not in its chain: {row.action}"
            continue
        link = Link(row.position, row.at, row.actor, row.action, row.subject, row.details, row.workspace)
        if link.hash_after(row.previous) != row.hash:
            yield f"{named} was changed: {row.action}"
        if row.subject != job_id:
            yield f"{named} is about something else"
        if before is not None and before.position is not None:
            if row.position <= before.position:
                yield f"{named} is not in its order"
            elif row.position == before.position + 1 and row.previous != before.hash:
                yield f"{named} does not follow from the row before"
        before = row


def _agreement(
    manifest: Manifest, custody: CustodyRecord, result: AnalysisResult | None, raw: bytes | None
) -> Iterator[str]:
    for entry in manifest.entries:
        if entry.name.startswith(FILE) and entry.sha256 != custody.sha256:
            yield "the file is not the one that was received"
    if result is None:
        return
    if result.sha256 != custody.sha256:
        yield "the result is about another file"
    if raw is None:  # in part, which has no hash in the log
        return
    recorded = [row.details or {} for row in custody.log if row.action == "job.completed"]
    digest = hashlib.sha256(raw).hexdigest()
    if recorded and recorded[-1].get("result_sha256") != digest:
        yield "the result is not the one whose hash is in the log"


def _document(package: zipfile.ZipFile, name: str, shape: type[T]) -> T:
    try:
        return shape.model_validate_json(_read(package, name))
    except ValidationError as error:
        raise UnreadablePackageError(f"{name} is not of a known shape: {error}") from error


def _read(package: zipfile.ZipFile, name: str) -> bytes:
    with package.open(name) as entry:
        data = entry.read(_LARGEST_DOCUMENT + 1)
    if len(data) > _LARGEST_DOCUMENT:
        raise UnreadablePackageError(f"{name} is too large")
    return data


def _digest(package: zipfile.ZipFile, name: str) -> str:
    with package.open(name) as entry:
        return _sha256(entry)


def _sha256_of(file: Path) -> str:
    with file.open("rb") as opened:
        return _sha256(opened)


def _sha256(stream: Any) -> str:
    digest = hashlib.sha256()
    while data := stream.read(_CHUNK):
        digest.update(data)
    return digest.hexdigest()
