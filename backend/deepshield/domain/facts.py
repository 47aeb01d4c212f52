"""Facts about files and bundles that are passed between rooms."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BundleFacts:
    """Which bundle it is: ``sha256`` is the hash of its manifest, which contains the hashes of its files."""

    sha256: str
    name: str
    version: str


@dataclass(frozen=True, slots=True)
class StoredArtifact:
    """A file that an analysis made and that is in storage under ``key``."""

    name: str
    key: str
    content_type: str
    size_bytes: int
    sha256: str
