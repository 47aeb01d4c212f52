"""Fingerprints of pictures: how near copies are found and told.

Whole frames are compared; no face is searched for.

A hash has 256 bits (PDQ, see `detector.fingerprint`). Two frames show the same picture where their hashes
differ in at most `MOST_BITS`, the published threshold; unlike pictures differ in about 128.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import chain
from statistics import median_low

MOST_BITS = 31
LEAST_QUALITY = 50  # of a frame: what is nearly flat looks like much else
MOST_FRAMES = 512  # of a file
LEAST_SHARE = 0.25  # of one file's frames that the other has, for the two to be near copies
SEVERAL = 4  # frames, from which on one equal piece in any of them is looked for

PIECES = 16  # of a hash, by which it is found
_PIECE_BITS = 16
ONE_BIT = (0, *(1 << bit for bit in range(_PIECE_BITS)))  # what a piece may differ in: nothing, or one bit
_HALF = 0.5
_DIGITS = 64  # of a hash in hexadecimal
_ROOM_BITS = 43  # with the place and the value of a piece, what a signed integer of 64 bits holds


class Form(StrEnum):
    """How a picture is turned or mirrored against another, in the order in which its hashes are kept."""

    UPRIGHT = "upright"
    TURNED_90 = "turned_90"  # clockwise
    TURNED_180 = "turned_180"
    TURNED_270 = "turned_270"
    MIRRORED = "mirrored"
    MIRRORED_90 = "mirrored_90"  # mirrored, then turned clockwise
    MIRRORED_180 = "mirrored_180"
    MIRRORED_270 = "mirrored_270"


class Compared(StrEnum):
    """What a file was compared with."""

    ALL = "all"  # the workspace's files that have a fingerprint
    SAME_BYTES = "same_bytes"  # without a fingerprint of its own, only equal files are found
    NOTHING = "nothing"  # a visitor's job is in no workspace: nobody else's files are compared


_HASHES = re.compile(rf"[0-9a-f]{{{len(Form) * _DIGITS}}}")


@dataclass(frozen=True, slots=True)
class FramePrint:
    """The fingerprint of a frame; raises ValueError for one that cannot be."""

    timestamp_ms: float
    quality: int  # 0..100
    hashes: str  # of every form, each of 64 hexadecimal digits

    def __post_init__(self) -> None:
        if not _HASHES.fullmatch(self.hashes):
            raise ValueError("a fingerprint has eight hashes of 64 hexadecimal digits")
        if not (0 <= self.quality <= 100 and 0 <= self.timestamp_ms < float("inf")):
            raise ValueError("a fingerprint has a time and a quality from 0 to 100")

    @property
    def hash(self) -> str:
        """The hash of the frame as it is."""
        return self.hashes[:_DIGITS]

    def numbers(self) -> tuple[int, ...]:
        """Return the hash of every form."""
        places = range(0, len(self.hashes), _DIGITS)
        return tuple(int(self.hashes[place : place + _DIGITS], 16) for place in places)


@dataclass(frozen=True, slots=True)
class Match:
    """How one file is in another."""

    form: Form  # how the first is turned to look like the other
    bits: int  # median of the bits in which its frames that match differ from the nearest of the other
    matched: int  # of the first file's frames, how many the other has
    frames: int
    matched_there: int  # of the other's
    frames_there: int

    @property
    def share(self) -> float:
        """The larger of the two shares of matched frames."""
        return max(self.matched / self.frames, self.matched_there / self.frames_there)


def match(prints: Sequence[FramePrint], others: Sequence[int]) -> Match | None:
    """Compare a file's frames with the hashes of another's: see `Compare`."""
    return Compare(prints).with_file(others)


class Compare:
    """Compares one file's frames with those of others."""

    def __init__(self, prints: Sequence[FramePrint]) -> None:
        self._forms = list(zip(*(one.numbers() for one in prints), strict=True)) if prints else []
        self._under: dict[int, list[int]] = {}
        if len(prints) >= SEVERAL:
            for number in set(chain.from_iterable(self._forms)):
                for key in _keys(0, number):
                    self._under.setdefault(key, []).append(number)

    def with_file(self, others: Sequence[int]) -> Match | None:
        """Return how the file is in another, whose frames' hashes are given; None for no near copies.

        The form is the first in which half of either file's frames match, or else the one in which most do.
        """
        if not self._forms or not others or not self._may_match(others):
            return None
        best: Match | None = None
        for form, hashes in zip(Form, self._forms, strict=True):
            found = _matched(form, hashes, others)
            if found is not None and (best is None or found.share > best.share):
                best = found
                if best.share >= _HALF:
                    break
        return best if best is not None and best.share >= LEAST_SHARE else None

    def _may_match(self, others: Sequence[int]) -> bool:
        """Whether two frames that have an equal piece match, as files that are found by equal pieces do.

        Most that are found among many share a piece by chance, and are not compared frame by frame.
        """
        return not self._under or any(
            (one ^ other).bit_count() <= MOST_BITS
            for other in others
            for key in _keys(0, other)
            for one in self._under.get(key, ())
        )


def _matched(form: Form, hashes: Sequence[int], others: Sequence[int]) -> Match | None:
    nearest: list[int] = []
    there: set[int] = set()
    for one in hashes:
        bits = [(one ^ other).bit_count() for other in others]
        least = min(bits)
        if least <= MOST_BITS:
            nearest.append(least)
            there.update(place for place, count in enumerate(bits) if count <= MOST_BITS)
    if not nearest:
        return None
    return Match(form, median_low(nearest), len(nearest), len(hashes), len(there), len(others))


def kept_keys(workspace: str, prints: Iterable[FramePrint]) -> set[int]:
    """Return the keys under which an owner's file is found again: the 16 pieces of each frame's hash."""
    room = _room(workspace)
    return {key for one in prints for key in _keys(room, int(one.hash, 16))}


def wanted_keys(workspace: str, prints: Sequence[FramePrint]) -> set[int]:
    """Return the keys under which near copies of a file are kept, in every form.

    Of two hashes that differ in at most 31 bits, one of the 16 pieces differs in at most one (multi-index
    hashing, Norouzi et al., 2012), so that a picture's near copies are all found. From `SEVERAL` frames on
    equal pieces do: of a frame that differs in 16 bits one is equal in 999 of 1,000 cases, in 31 bits in
    9 of 10, and any frame's is enough.
    """
    room, near = _room(workspace), len(prints) < SEVERAL
    hashes = set(chain.from_iterable(one.numbers() for one in prints))
    keys = {key for one in hashes for key in _keys(room, one)}
    return {found for key in keys for found in _neighbours(key)} if near else keys


def piece(number: int, place: int) -> int:
    """Return one of the `PIECES` pieces of a hash, each of 16 bits."""
    return number >> place * _PIECE_BITS & (1 << _PIECE_BITS) - 1


def _keys(room: int, number: int) -> Iterator[int]:
    for place in range(PIECES):
        yield room | place << _PIECE_BITS | piece(number, place)


def _neighbours(key: int) -> Iterator[int]:
    return (key ^ change for change in ONE_BIT)


def _room(workspace: str) -> int:
    """Return the upper bits of a workspace's keys, so that others' files are not even met in the index."""
    digest = hashlib.sha256(workspace.encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 64 - _ROOM_BITS << _PIECE_BITS + 4
