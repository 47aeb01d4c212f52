"""Data sets: the split of a file, how a version is written down and counted, and its difference to another.

A version is a list of entries. Its manifest is one canonical line of JSON per entry, in the order of the
files' hashes, so that equal entries have one SHA-256 wherever and whenever it is computed.
"""

from __future__ import annotations

import hashlib
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from deepshield.domain.canonical import canonical

NAME = r"^[a-z0-9](?:[a-z0-9._-]{0,62}[a-z0-9])?$"
"""What a data set may be called: it is written into queries, commands and names of files."""
REAL: Final = frozenset({"authentic"})
FAKE: Final = frozenset({"manipulated", "generated"})
USABLE: Final = REAL | FAKE
"""Labels by which a file can be measured or learnt from; "unknown" is none."""
MOST_ITEMS: Final = 20_000
"""Files of a version: figures over more do not fit into the memory that is set aside for them."""

_BITS = 64


class Split(StrEnum):
    """A part of a data set; no group has files in two."""

    TRAIN = "train"
    VALIDATION = "validation"
    TEST = "test"


class Use(StrEnum):
    """What a version has been used for; figures on what a model was fitted on are too good."""

    CALIBRATION = "calibration"
    EVALUATION = "evaluation"
    TRAINING = "training"


class DatasetText(StrEnum):
    """A text of a data set that a lead can erase."""

    NAME = "name"
    """Another takes its place, since commands and queries need one."""
    DESCRIPTION = "description"


class VersionText(StrEnum):
    """A text of a version that a lead can erase; what its manifest has goes with the version alone."""

    QUERY = "query"
    NOTE = "note"


class Consent(StrEnum):
    """Whether a version has only files with consent to research."""

    REQUIRED = "required"
    NOT_ASKED = "not_asked"
    """The workspace has another ground to use them, which it answers for."""


class LeftOut(StrEnum):
    """Why a file that was chosen is not in a version."""

    NO_LABEL = "no_label"
    """It has none, or nobody could tell."""
    NO_CONSENT = "no_consent"
    """Consent was asked for, and there is none for research."""
    DELETED = "deleted"


@dataclass(frozen=True, slots=True)
class SplitRule:
    """How groups are dealt: a seed, and the share of groups of each split, which sum to 1."""

    seed: int = 0
    train: float = 0.0
    validation: float = 0.0
    test: float = 1.0

    def __post_init__(self) -> None:
        if any(not 0.0 <= share <= 1.0 for share in self.shares.values()):
            raise ValueError("a share is from 0 to 1")
        if abs(sum(self.shares.values()) - 1.0) > 1e-6:
            raise ValueError("the shares do not sum to 1")

    @property
    def shares(self) -> dict[Split, float]:
        """The share of groups of each split."""
        return {Split.TRAIN: self.train, Split.VALIDATION: self.validation, Split.TEST: self.test}

    def split_of(self, group: str) -> Split:
        """Return the split of a group, which depends on its name and the seed alone.

        A group that a later version has too is in the same split of it, whatever else came or went.
        """
        digest = hashlib.sha256(f"{self.seed}\0{group}".encode("utf-8", "surrogatepass")).digest()
        place = int.from_bytes(digest[: _BITS // 8], "big") / 2**_BITS
        end = 0.0
        possible = [split for split, share in self.shares.items() if share > 0.0]
        for split in possible:
            end += self.shares[split]
            if place < end:
                return split
        return possible[-1]  # what is left of rounding


@dataclass(frozen=True, slots=True)
class Chosen:
    """A labelled file that a version takes up, before it has a group and a split.

    ``keys`` name what it must not be parted from: a person, a source clip. ``ending`` is that of its name.
    """

    sha256: str
    media_id: str
    media_type: str  # domain.jobs.MediaKind
    size_bytes: int
    ending: str
    label: str
    kind: str | None  # of manipulation, domain.labels.Kind
    grade: str | None
    label_revision: int
    source: str
    generator: str | None = None
    keys: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """A file of a frozen version."""

    sha256: str
    media_id: str
    media_type: str
    size_bytes: int
    ending: str
    label: str
    kind: str | None
    grade: str | None
    label_revision: int
    source: str
    generator: str | None
    group: str
    split: Split

    @property
    def fake(self) -> bool:
        """Whether the label says manipulated or generated."""
        return self.label in FAKE

    @property
    def file(self) -> str:
        """Where the file lies in the version's archive; nothing of its own name but the ending."""
        side = "fake" if self.fake else "real"
        return f"files/{self.split.value}/{side}/{self.sha256}{self.ending}"

    def line(self, licence: str) -> dict[str, Any]:
        """Return the entry as the manifest has it, with the names that evaluation and training read."""
        return {
            "file": self.file,
            "label": "fake" if self.fake else "real",
            "dataset": self.source,
            "group": self.group,
            "manipulation": (self.kind or self.label) if self.fake else None,
            "made_by": self.generator,
            "kind": self.media_type,
            "licence": licence,
            "split": self.split.value,
            "sha256": self.sha256,
            "size_bytes": self.size_bytes,
            "value": self.label,
            "grade": self.grade,
            "label_revision": self.label_revision,
        }


def dealt(chosen: Iterable[Chosen], rule: SplitRule, near: Iterable[tuple[str, str]] = ()) -> list[Entry]:
    """Return the entries of a version, in the order of their hashes.

    Files that share a key, or a chain of them, are one group, whose name is its first key; a file without
    key is a group of its own. ``near`` has pairs of hashes of files that are to be in one group too. A file
    that was chosen twice is in it once.
    """
    files = list({one.sha256: one for one in sorted(chosen, key=_order)}.values())
    groups = _joined([(one.sha256, _keys(one)) for one in files], near)
    return [
        Entry(
            one.sha256,
            one.media_id,
            one.media_type,
            one.size_bytes,
            one.ending,
            one.label,
            one.kind,
            one.grade,
            one.label_revision,
            one.source,
            one.generator,
            group := groups[one.sha256],
            rule.split_of(group),
        )
        for one in files
    ]


def manifest_lines(entries: Iterable[Entry], licence: str) -> Iterator[bytes]:
    """Yield the manifest's lines, each with its end; ``entries`` come in the order of their hashes."""
    for entry in entries:
        yield canonical(entry.line(licence)) + b"\n"


def manifest_sha256(entries: Iterable[Entry], licence: str) -> str:
    """Return the SHA-256 of the manifest, in hexadecimal."""
    digest = hashlib.sha256()
    for line in manifest_lines(entries, licence):
        digest.update(line)
    return digest.hexdigest()


def counted(
    entries: Sequence[Entry], read_blind: int = 0, near_copies: Mapping[str, int] | None = None
) -> dict[str, Any]:
    """Return how many files there are, by label, kind and source together and by each split, and groups.

    ``read_blind`` files were passed over, since who chose read them blind. ``near_copies`` has how many files
    are near copies of others that stay with them, and how many could not be compared.
    """
    cells = Counter((one.label, one.kind or "", one.source) for one in entries)
    return {
        "files": len(entries),
        "bytes": sum(one.size_bytes for one in entries),
        "groups": len({one.group for one in entries}),
        "read_blind": read_blind,
        "near_copies": near_copies,
        "real": sum(not one.fake for one in entries),
        "fake": sum(one.fake for one in entries),
        "cells": [
            {"label": label, "kind": kind or None, "source": source, "files": number}
            for (label, kind, source), number in sorted(cells.items())
        ],
        "splits": {
            split.value: {
                "files": len(mine),
                "groups": len({one.group for one in mine}),
                "real": sum(not one.fake for one in mine),
                "fake": sum(one.fake for one in mine),
            }
            for split in Split
            for mine in [[one for one in entries if one.split is split]]
        },
    }


@dataclass(frozen=True, slots=True)
class Difference:
    """What became of the files of one version in another."""

    added: Sequence[Entry]
    removed: Sequence[Entry]
    relabelled: Sequence[tuple[Entry, Entry]]  # before and after
    moved: Sequence[tuple[Entry, Entry]]  # to another split
    same: int


def difference(before: Iterable[Entry], after: Iterable[Entry]) -> Difference:
    """Compare two versions by the hashes of their files; one may be both relabelled and moved."""
    old, new = ({one.sha256: one for one in entries} for entries in (before, after))
    both = [(old[key], new[key]) for key in sorted(old.keys() & new.keys())]
    relabelled = [pair for pair in both if _said(pair[0]) != _said(pair[1])]
    moved = [pair for pair in both if pair[0].split is not pair[1].split]
    return Difference(
        added=[new[key] for key in sorted(new.keys() - old.keys())],
        removed=[old[key] for key in sorted(old.keys() - new.keys())],
        relabelled=relabelled,
        moved=moved,
        same=sum(_said(a) == _said(b) and a.split is b.split for a, b in both),
    )


def nameless(dataset_id: str) -> str:
    """Return what a data set is called whose name was erased."""
    return f"redacted-{dataset_id[:8]}"


def group_key(text: str) -> str:
    """Return a group's name in the one way in which it is compared: composed, trimmed, without case."""
    return unicodedata.normalize("NFC", text).strip().casefold()


def unplaced(left_out: Collection[LeftOut]) -> dict[str, int]:
    """Count the reasons for which files were left out."""
    counts = Counter(left_out)
    return {reason.value: counts[reason] for reason in LeftOut if counts[reason]}


def _said(entry: Entry) -> tuple[str, str | None]:
    return entry.label, entry.kind


def _order(one: Chosen) -> tuple[str, str]:
    return one.sha256, one.media_id


def _keys(one: Chosen) -> list[str]:
    return sorted({key for text in one.keys if (key := group_key(text))})


def _joined(files: Sequence[tuple[str, Sequence[str]]], near: Iterable[tuple[str, str]]) -> Mapping[str, str]:
    """Return the group of each file: files are joined by keys and pairs (union-find)."""
    parent: dict[str, str] = {}
    alone = {sha256: f"file:{sha256}" for sha256, keys in files if not keys}

    def root(key: str) -> str:
        parent.setdefault(key, key)
        while parent[key] != key:
            parent[key] = parent[parent[key]]
            key = parent[key]
        return key

    def join(key: str, with_: str) -> None:
        # The first in the alphabet stays the root; a person's or a clip's name before that of a file.
        one, other = sorted((root(key), root(with_)), key=lambda name: (name in names_of_files, name))
        parent[other] = one

    names_of_files = set(alone.values())
    for _, keys in files:
        for key in keys[1:]:
            join(keys[0], key)
    first = alone | {sha256: keys[0] for sha256, keys in files if keys}
    for sha256, like in near:
        if sha256 in first and like in first:
            join(first[sha256], first[like])
    return {sha256: root(first[sha256]) for sha256, _ in files}
