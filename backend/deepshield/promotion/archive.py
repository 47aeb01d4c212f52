"""A bundle as one file in storage: packed, unpacked and verified without loading anything of it."""

from __future__ import annotations

import hashlib
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deepshield.domain.facts import BundleFacts

MANIFEST = "bundle.json"
CANDIDATE = "candidate.json"
_NEEDED = (MANIFEST, "model.onnx", "model.safetensors", "golden.npz")
_BESIDE = ("CARD.md", "evaluation.json", "figures.png", CANDIDATE)
_LARGEST = 512 * 1024 * 1024  # bytes of a file: no bundle comes near it
_LONGEST = 64  # characters of a name or version
_TIME = (1980, 1, 1, 0, 0, 0)  # so that equal bundles make equal archives


class ArchiveError(Exception):
    """A bundle's files are not what its manifest names; the message says which."""


@dataclass(frozen=True, slots=True)
class Whole:
    """A folder that holds all that its manifest names, unchanged."""

    facts: BundleFacts
    manifest: str  # the text of bundle.json, whose SHA-256 names the bundle
    candidate: dict[str, Any] | None  # candidate.json


def verified(folder: Path) -> Whole:
    """Read a folder and check the hashes that its manifest names; raises `ArchiveError`."""
    try:
        text = (folder / MANIFEST).read_bytes()
        manifest = json.loads(text)
        facts = BundleFacts(hashlib.sha256(text).hexdigest(), str(manifest["name"]), str(manifest["version"]))
        hashes = {str(name): str(sha256) for name, sha256 in manifest["files"].items()}
        beside = folder / CANDIDATE
        candidate = json.loads(beside.read_bytes()) if beside.exists() else None
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ArchiveError(f"{folder} is no bundle: {error!r}") from error
    if len(facts.name) > _LONGEST or len(facts.version) > _LONGEST:
        raise ArchiveError(f"name and version of a bundle have {_LONGEST} characters at most")
    for name in _NEEDED[1:]:
        if name not in hashes:
            raise ArchiveError(f"{MANIFEST} names no {name}")
    for name, wanted in hashes.items():
        if name not in _NEEDED:
            raise ArchiveError(f"{MANIFEST} names {name!r}, which no bundle has")
        if not _is(folder / name, wanted):
            raise ArchiveError(f"{name} is not the file that {MANIFEST} names: its SHA-256 differs")
    if candidate is not None and candidate.get("bundle", {}).get("sha256") != facts.sha256:
        raise ArchiveError(f"{CANDIDATE} is about another bundle")
    return Whole(facts, text.decode(), candidate)


def pack(folder: Path, archive: Path) -> None:
    """Write a verified bundle's files, and nothing else of its folder, into an archive."""
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_STORED) as packed:
        for name in (*_NEEDED, *_BESIDE):
            path = folder / name
            if path.is_file():
                packed.writestr(zipfile.ZipInfo(name, _TIME), path.read_bytes())


def unpack(archive: Path, folder: Path) -> None:
    """Unpack a bundle's files into a new folder; raises `ArchiveError` for other names and huge files."""
    folder.mkdir(parents=True)
    try:
        with zipfile.ZipFile(archive) as packed:
            for info in packed.infolist():
                if info.filename not in (*_NEEDED, *_BESIDE) or info.file_size > _LARGEST:
                    raise ArchiveError(f"the archive holds {info.filename!r}, which no bundle has")
                (folder / info.filename).write_bytes(packed.read(info))
    except (OSError, zipfile.BadZipFile) as error:
        raise ArchiveError(f"the archive cannot be unpacked: {error}") from error


def sha256_of(path: Path) -> str:
    """Return a file's SHA-256; raises OSError."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _is(path: Path, sha256: str) -> bool:
    try:
        return sha256_of(path) == sha256
    except OSError:
        return False
