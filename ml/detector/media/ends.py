"""What a decoder of stills reads in place of a file that breaks off: an end, or zeros for what is missing.

Coded pictures are read from the top, so that what has arrived of one can be shown.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Protocol

import numpy as np

from detector.media.scans import marks
from detector.media.sniff import Kind
from detector.media.source import Positioned, Source

_END = b"\xff\xd9"  # EOI
_BLOCK = 1 << 20  # bytes per read in search of it
_MOST_ENDS = 8  # a decoder that asks on after so many wants something else
_MOST_MISSING = 10  # times what there is; of a file that lacks more, nothing can be seen
_MOST_ZEROS = 64 << 20  # bytes, which are held in memory more than once
_CUT_BOXES = (b"mdat", b"meta")  # in which a HEIF or AVIF file may break off, unlike junk at its end
_PICTURE_CHUNKS = (b"VP8 ", b"VP8L", b"ALPH", b"ANMF")  # of a WebP file
_RIFF_HEAD = 12  # bytes before the first chunk
# Zeros that stand for the end of coded pictures: at least a page of a disk, and a tenth of what comes before,
# since a blank picture ends in 5 % of them.
_LEAST_ZEROS, _ZEROS_SHARE = 4096, 10


class Ended(Protocol):
    """A file for a decoder, with what it lacks."""

    def is_whole(self) -> bool:
        """Return whether the picture, which has been decoded, lacked nothing; moves in the file."""
        ...

    def read(self, count: int = -1) -> bytes:
        """Return up to ``count`` bytes, all of the rest when negative."""
        ...

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move, and return the position."""
        ...

    def tell(self) -> int:
        """Return the position."""
        ...


class EndedJpeg:
    """A JPEG whose end is supplied once it is missing, so that what comes before is decoded.

    Only after `supply` is called: while headers are read, an early end is an end.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._left = self._scan = 0
        self._supplied = False

    def supply(self) -> None:
        """Give the end from now on where the file has none; the headers have been read."""
        self._left, self._scan = _MOST_ENDS, self._source.tell()

    def is_whole(self) -> bool:
        """Return whether the picture, which has been decoded, has an end of its own; moves in the file."""
        if self._supplied:
            return False
        self._source.seek(self._scan)
        last = b""
        while block := self._source.read(_BLOCK):
            _, names = marks(last + block)
            if np.any(names == _END[1]):  # in coded data it stands for nothing else
                return True
            last = block[-1:]
        return False

    def read(self, count: int = -1) -> bytes:
        """Return up to ``count`` bytes, or an end of image in place of nothing."""
        data = self._source.read(count)
        if data or not count or not self._left or self._source.failed:
            return data
        self._left -= 1
        self._supplied = True
        return _END

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move, and return the position."""
        return self._source.seek(offset, whence)

    def tell(self) -> int:
        """Return the position."""
        return self._source.tell()


class ZeroEnded(Positioned):
    """A WebP, HEIF or AVIF file with zeros for what is missing of the size that it states.

    Their decoders refuse a file that is too short, and make something of zeros below what has arrived.
    """

    def __init__(self, source: Source, kind: Kind) -> None:
        self._source = source
        stated = _riff_size(source) if kind == "webp" else _boxes_size(source)
        self._kind = kind
        missing = stated - source.size
        self.size = stated if 0 < missing <= min(_MOST_MISSING * source.size, _MOST_ZEROS) else source.size
        self.sound = source.size if self.size > source.size else _sound_bytes(source, kind)
        """Bytes before those that are missing, or zeros in place of others."""

    def is_whole(self) -> bool:
        """Return whether nothing is missing."""
        return self.sound == self.size

    def lacks_pixels(self) -> bool:
        """Return whether coded pixels are missing: a WebP file may lack only what comes after them."""
        if self.is_whole():
            return False
        ends = (end for name, end in _chunks(self._source) if name in _PICTURE_CHUNKS)
        return self._kind != "webp" or any(self.sound < end for end in ends)

    def read(self, count: int = -1) -> bytes:
        """Return up to ``count`` bytes, all of the rest when negative."""
        rest = max(0, self.size - self._position)
        wanted = rest if count < 0 else min(count, rest)
        self._source.seek(min(self._position, self._source.size))
        data = self._source.read(wanted)
        if not self._source.failed:
            data += bytes(wanted - len(data))
        self._position += len(data)
        return data


class WholeChunks(Positioned):
    """An animated WebP file up to the last chunk that is whole: its decoder refuses any other.

    ``sound`` is where the file breaks off.
    """

    def __init__(self, source: Source, sound: int) -> None:
        self._source = source
        whole = [(name, end) for name, end in _chunks(source) if end <= sound]
        self.pictures = sum(name == b"ANMF" for name, _ in whole)
        """How many of its pictures are whole."""
        self.size = max((end + end % 2 for _, end in whole), default=_RIFF_HEAD)
        self._head = b"RIFF" + (self.size - 8).to_bytes(4, "little") + b"WEBP"

    def is_whole(self) -> bool:
        """Return that something is missing."""
        return False

    def read(self, count: int = -1) -> bytes:
        """Return up to ``count`` bytes, all of the rest when negative; the size they state is their own."""
        end = self.size if count < 0 else min(self.size, self._position + count)
        data = self._head[self._position : end]
        if (begin := self._position + len(data)) < end:
            self._source.seek(begin)
            rest = self._source.read(end - begin)
            data += rest if self._source.failed else rest.ljust(end - begin, b"\0")  # a chunk's pad byte
        self._position += len(data)
        return data


def _sound_bytes(source: Source, kind: Kind) -> int:
    """Return where the zeros begin that stand for the end of coded pictures; the file's size without any."""
    if kind == "webp":
        end = min(_riff_size(source), source.size)
    else:
        name, end = _last_box(source)
        end = end if name == b"mdat" and end == source.size else 0
    begin = end
    while begin > 0:
        size = min(_LEAST_ZEROS, begin)
        source.seek(begin - size)
        block = source.read(size)
        begin += len(block.rstrip(b"\0")) - size
        if source.failed or block.rstrip(b"\0"):
            break
    if end - begin < max(_LEAST_ZEROS, end // _ZEROS_SHARE):
        return source.size
    lost = next((name for name, stop in _chunks(source) if begin < stop), b"") if kind == "webp" else b"mdat"
    return begin if lost in (*_PICTURE_CHUNKS, b"mdat") else source.size


def _riff_size(source: Source) -> int:
    source.seek(4)
    return 8 + int.from_bytes(source.read(4), "little")


def _chunks(source: Source) -> Iterator[tuple[bytes, int]]:
    """Yield the name of each of a RIFF file's chunks, and where its content ends, before a pad byte."""
    position = _RIFF_HEAD
    source.seek(position)
    while len(head := source.read(8)) == 8 and any(head):
        size = int.from_bytes(head[4:], "little")
        position += 8 + size
        yield head[:4], position
        position += size % 2
        source.seek(position)


def _boxes_size(source: Source) -> int:
    """Return where a file's boxes end that it may break off in."""
    name, end = _last_box(source)
    return end if name in _CUT_BOXES else source.size


def _last_box(source: Source) -> tuple[bytes, int]:
    """Return the name of the last of a file's boxes, and where it ends (ISO/IEC 14496-12, 4.2)."""
    position, name = 0, b""
    while position < source.size:
        source.seek(position)
        head = source.read(16)
        if len(head) < 8:
            return b"", source.size
        size, name = int.from_bytes(head[:4], "big"), head[4:8]
        if size == 1:
            size = int.from_bytes(head[8:], "big")
        if size < 8:  # 0 stands for the rest of the file
            return b"", source.size
        position += size
    return name, position
