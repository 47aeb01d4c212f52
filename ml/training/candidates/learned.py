"""What a candidate and the candidates before it were fitted to, so that no bundle is measured on that.

A candidate has in ``candidate.json`` a digest of each file and group of the splits `train` and `validation`
of its own version, and those of the bundle that it was made of.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from detector.bundle import Bundle
from training.candidates.card import DOCUMENT
from training.candidates.version import ADDRESS, TEST, TRAIN, VALIDATION, File, Version, VersionError

_DIGITS = 16  # hexadecimal; two of a million files share them once in 30 million times


@dataclass(frozen=True, slots=True)
class Fitted:
    """Digests of files and groups."""

    files: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    def and_those(self, files: Iterable[File]) -> Fitted:
        """Return these and the files and groups of ``files``."""
        files = list(files)
        return Fitted(
            self.files | {file.sha256[:_DIGITS] for file in files},
            self.groups | {_digest(file.entry.group) for file in files},
        )

    def and_all(self, other: Fitted) -> Fitted:
        """Return the digests of both."""
        return Fitted(self.files | other.files, self.groups | other.groups)

    def among(self, version: Version) -> Fitted:
        """Return these and the groups of their files in a version, where groups may have other names."""
        known = [file for file in version.files if file.sha256[:_DIGITS] in self.files]
        return self.and_those(known)

    def has(self, file: File) -> bool:
        """Return whether a file, or another of its group, is among these."""
        return file.sha256[:_DIGITS] in self.files or _digest(file.entry.group) in self.groups

    def document(self) -> dict[str, list[str]]:
        """Return what ``candidate.json`` holds of these."""
        return {"files": sorted(self.files), "groups": sorted(self.groups)}


@dataclass(frozen=True, slots=True)
class Learned:
    """What weights were trained on, and what constants were fitted to."""

    trained: Fitted = Fitted()
    calibrated: Fitted = Fitted()

    def and_version(self, version: Version) -> Learned:
        """Return these and what a candidate learns from a version."""
        return Learned(
            self.trained.and_those(version.of(TRAIN)), self.calibrated.and_those(version.of(VALIDATION))
        )

    def document(self) -> dict[str, Any]:
        """Return what ``candidate.json`` holds of these."""
        return {TRAIN: self.trained.document(), VALIDATION: self.calibrated.document()}


def learned_by(bundle: Bundle) -> Learned:
    """Return what a bundle has learned as a candidate, and nothing of a bundle that was not fine-tuned here.

    Raises `VersionError` for a candidate that does not say what it learned from.
    """
    if not any(ADDRESS.fullmatch(source.name) for source in bundle.manifest.training.data):
        return Learned()
    try:
        document = json.loads((bundle.folder / DOCUMENT).read_bytes())
        if document["bundle"]["sha256"] != bundle.sha256:
            raise ValueError("it is about another bundle")
        parts = [document["learned"][split] for split in (TRAIN, VALIDATION)]
        return Learned(*(Fitted(frozenset(part["files"]), frozenset(part["groups"])) for part in parts))
    except (OSError, ValueError, KeyError, TypeError) as error:
        name = f"{bundle.manifest.name} {bundle.manifest.version}"
        raise VersionError(
            f"{DOCUMENT} of {name}, which was fine-tuned on a data set, does not say on which files "
            f"({error!r}), so that it might be measured on those. Start from the bundle that it was made of"
        ) from error


def unseen(version: Version, before: Learned) -> tuple[Version, dict[str, int]]:
    """Return a version without what a bundle of before was fitted to, and how many files each split lost.

    Of `validation` go files of which, or of whose group, the weights learned; of `test` also those that
    constants were fitted to. Raises `VersionError` where a class is lost.
    """
    trained = before.trained.among(version)
    gone = {VALIDATION: trained, TEST: trained.and_all(before.calibrated.among(version))}
    files = tuple(file for file in version.files if file.split == TRAIN or not gone[file.split].has(file))
    left = dataclasses.replace(version, files=files)
    lost = {split: len(version.of(split)) - len(left.of(split)) for split in gone}
    for split in gone:
        if {file.entry.label for file in left.of(split)} != {"real", "fake"}:
            raise VersionError(
                f"the bundle to start from has learned from {lost[split]} files of the split {split} of "
                f"{version.address}, or of their groups; without them a class has none. Freeze a version "
                "with the seed and shares of the one that it learned from, or start from the bundle before"
            )
    return left, lost


def _digest(group: str) -> str:
    return hashlib.sha256(group.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
