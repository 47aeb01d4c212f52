"""What a decoder reads in place of a PNG: its chunks without those that are no picture."""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Iterator

from detector.media.source import Positioned, Source

_SIGNATURE = 8  # bytes before the first chunk
_FRAME = 12  # bytes of a chunk besides its content: length, name, checksum
# What decides about pixels and their times (PNG third edition, 5.6); a chunk like this with a wrong checksum
# means that the picture is damaged.
_PICTURE = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND", b"acTL", b"fcTL", b"fdAT"})
_MOST_ADDED = {b"iCCP": 1 << 22, b"eXIf": 1 << 18}  # bytes of a chunk that is used where it is sound
_LIKE_SRGB = 0.05  # share by which a gamma may differ from 1 / 2.2, as viewers allow
_MOST_PROFILE = 1 << 24  # bytes of an unpacked profile


class PngPictures(Positioned):
    """A PNG's chunks that decide about its picture; text, and damage in what is not used, are left out."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._starts, self._places, self.size = [0], [(0, _SIGNATURE)], _SIGNATURE
        for name, at, length in png_chunks(source):
            if name in _PICTURE or (name in _MOST_ADDED and self._is_sound(name, at, length)):
                self._add(at, _FRAME + length)

    def _add(self, at: int, length: int) -> None:
        start, held = self._places[-1]
        if start + held == at:
            self._places[-1] = (start, held + length)
        else:
            self._starts.append(self.size)
            self._places.append((at, length))
        self.size += length

    def _is_sound(self, name: bytes, at: int, length: int) -> bool:
        if length > _MOST_ADDED[name]:
            return False
        self._source.seek(at + 8)
        content, checksum = self._source.read(length), self._source.read(4)
        if zlib.crc32(name + content).to_bytes(4, "big") != checksum:
            return False
        return name != b"iCCP" or _unpacks(content)

    def read(self, count: int = -1) -> bytes:
        """Return up to ``count`` bytes of the chosen chunks, all of the rest when negative."""
        end = self.size if count < 0 else min(self.size, self._position + count)
        parts = []
        while self._position < end:
            number = bisect_right(self._starts, self._position) - 1
            place, length = self._places[number]
            offset = self._position - self._starts[number]
            self._source.seek(place + offset)
            part = self._source.read(min(end - self._position, length - offset))
            if not part:
                break
            parts.append(part)
            self._position += len(part)
        return b"".join(parts)


def png_chunks(source: Source) -> Iterator[tuple[bytes, int, int]]:
    """Yield name, place and length of content of a PNG's chunks; the content can be read after each."""
    position = _SIGNATURE
    source.seek(position)
    while len(head := source.read(8)) == 8:
        length = int.from_bytes(head[:4], "big")
        yield head[4:], position, length
        if head[4:] == b"IEND":
            return
        position += _FRAME + length
        source.seek(position)


def png_coding(source: Source) -> tuple[int, int] | None:
    """Return transfer and primaries that a PNG states before its pixels (chunk cICP, PNG third edition)."""
    for name, position, length in png_chunks(source):
        if name == b"IDAT":
            return None
        if name == b"cICP" and length == 4:
            source.seek(position + 8)
            primaries, transfer = source.read(4)[:2]
            return transfer, primaries
    return None


def png_gamma(source: Source) -> float | None:
    """Return the power by which a PNG says that its codes follow from light (chunk gAMA), if it decides.

    Chunks that say more of the colours come before it (PNG third edition, 4.3); near sRGB's it is as good as
    that, and an absurd one is a mistake.
    """
    gamma = None
    for name, position, length in png_chunks(source):
        if name in (b"cICP", b"iCCP", b"sRGB"):
            return None
        if name == b"IDAT":
            break
        if name == b"gAMA" and length == 4:
            source.seek(position + 8)
            gamma = int.from_bytes(source.read(4), "big") / 100_000
    if gamma is None or not 0.1 <= gamma <= 10 or abs(gamma * 2.2 - 1) < _LIKE_SRGB:
        return None
    return gamma


def _unpacks(content: bytes) -> bool:
    """Return whether a profile chunk holds a name and a compressed profile of a sensible size."""
    name, _, packed = content.partition(b"\0")
    if not 1 <= len(name) <= 79 or packed[:1] != b"\0":
        return False
    unpacking = zlib.decompressobj()
    try:
        unpacking.decompress(packed[1:], _MOST_PROFILE)
    except zlib.error:
        return False
    return unpacking.eof
