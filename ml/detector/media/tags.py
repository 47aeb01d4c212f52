"""What a decoder reads in place of a video with a flood of tags: the same bytes, those tags as free space.

FFmpeg goes through all tags that it has for each one that it reads: 40,000 of them in 1.6 MB take 10 seconds.
"""

from __future__ import annotations

import os
from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from detector.media.heads import BOX_HEAD, ELEMENT_HEAD, box_head, element_head
from detector.media.sniff import Kind
from detector.media.source import Positioned, Source

MOST_TAGS = 4096
"""Of a file that a decoder is shown; usual files have some tens."""

_NAME = 4  # bytes of the names here
_BOXES: frozenset[Kind] = frozenset({"mov", "heif", "avif"})
_MOST_ROOTS = 1 << 18  # boxes or elements that are not in another: fragments of a long recording are so many
_LARGEST = 1 << 26  # bytes of one that is looked through
_MOST_STEPS = 1 << 17  # that counting them takes: in hostile files lists overlap

# QuickTime file format: user data, metadata items, and an item with a name of its own, which FFmpeg takes
# anywhere.
_LISTS, _OWN_NAME = (b"udta", b"ilst"), b"----"
_FREE = b"skip"  # ISO/IEC 14496-12, 8.1.2; FFmpeg looks into "free"
_OPAQUE = frozenset({b"mdat", b"skip", b"wide", b"uuid"})
_HEADERS = (b"mvhd", b"cmov")  # first in what FFmpeg takes for a header although it is called free

# RFC 9559, 5.1
_SEGMENT, _TAGS = b"\x18\x53\x80\x67", b"\x12\x54\xc3\x67"
_SIMPLE_TAG = b"\x67\xc8"
_UNUSED = b"\x12\x54\xc3\x7e"  # no element has this id


class WithoutFloods(Positioned):
    """A file in which the names at some places are others."""

    def __init__(self, source: Source, size: int, names: dict[int, bytes]) -> None:
        self._source, self.size = source, size
        self._names, self._places = names, sorted(names)

    def read(self, count: int = -1) -> bytes:
        """Return up to ``count`` bytes, all of the rest when negative."""
        begin = self._position
        self._source.seek(begin)
        content = self._source.read(count)
        self._position += len(content)
        first = bisect_right(self._places, begin - _NAME)
        last = bisect_left(self._places, self._position)
        if first == last:
            return content
        changed = bytearray(content)
        for place in self._places[first:last]:
            for offset, byte in enumerate(self._names[place], place - begin):
                if 0 <= offset < len(changed):
                    changed[offset] = byte
        return bytes(changed)


def without_floods(source: Source, kind: Kind) -> Source | WithoutFloods:
    """Return what a decoder is to read of a video, at its start: ``source`` itself where no flood is found.

    Looks into the boxes of MP4 and its kin, and into the elements of Matroska, but for frames.
    """
    size = source.seek(0, os.SEEK_END)
    names: dict[int, bytes] = {}
    if kind in _BOXES:
        names = _lists_of_boxes(source, size)
    elif kind == "matroska":
        names = _lists_of_elements(source, size)
    source.seek(0)
    return WithoutFloods(source, size, names) if names else source


def _lists_of_boxes(source: Source, size: int) -> dict[int, bytes]:
    counted, names = _Counted(), dict[int, bytes]()
    for name, at, start, end in roots(source, size):
        if name not in _OPAQUE and end - start <= _LARGEST:
            source.seek(start)
            if name == b"free" and source.read(8)[4:] not in _HEADERS:
                continue
            source.seek(start)
            places = counted.floods(source.read(end - start))
            names.update({at: _FREE} if places is None else {start + place: _FREE for place in places})
    return names


def roots(source: Source, size: int) -> Iterator[tuple[bytes, int, int, int]]:
    """Yield the boxes that are in no other: name, where it is, and start and end of the content."""
    position = 0
    for _ in range(_MOST_ROOTS):
        source.seek(position)
        head = source.read(BOX_HEAD)
        length, header = box_head(head, size - position)
        if len(head) < 8 or length < header:
            return
        yield head[4:8], position + 4, position + header, min(position + length, size)
        position += length
        if position >= size:  # and perhaps further than a file can be
            return


class _Counted:
    """The tags of a file so far."""

    def __init__(self) -> None:
        self._named = self._others = MOST_TAGS  # that may come yet
        self._steps = _MOST_STEPS

    def floods(self, content: bytes) -> list[int] | None:
        """Return where in a box the names of lists are that would be too many with those before.

        Lists are looked for anywhere in it, as boxes of many names can be around them. None is for a box with
        more of them than it takes to count.
        """
        places = []
        for place, own in self._found(content):
            length, header = box_head(content[max(0, place - 4) : place + 12], len(content) - place + 4)
            end = place - 4 + length
            if place < 4 or (own and end > len(content)):
                continue  # no box
            count = 1 if own else self._held(content, place - 4 + header, min(end, len(content)))
            if count > (self._named if own else self._others):
                places.append(place)
            elif own:
                self._named -= 1
            else:
                self._others -= count
        return places if self._steps > 0 else None

    def _found(self, content: bytes) -> Iterator[tuple[int, bool]]:
        """Yield where a list may be, and whether it is an item with a name of its own."""
        for name in (*_LISTS, _OWN_NAME):
            place = content.find(name)
            while place >= 0 and self._steps > 0:
                self._steps -= 1
                yield place, name == _OWN_NAME
                place = content.find(name, place + 1)

    def _held(self, content: bytes, position: int, end: int) -> int:
        """Return how many boxes there are, at least where they are too many."""
        count = 0
        while position + 8 <= end and count <= self._others and self._steps > 0:
            length, header = box_head(content[position : position + BOX_HEAD], end - position)
            if length < header:
                break
            position += length
            count += 1
            self._steps -= 1
        return count


def _lists_of_elements(source: Source, size: int) -> dict[int, bytes]:
    left, names, position = MOST_TAGS, dict[int, bytes](), 0
    for _ in range(_MOST_ROOTS):
        source.seek(position)
        head = element_head(source.read(ELEMENT_HEAD))
        if head is None:
            break
        start = position + head.length
        if head.name == _TAGS:
            source.seek(start)
            count = source.read(head.size).count(_SIMPLE_TAG) if head.size <= _LARGEST else MOST_TAGS + 1
            if count > left:
                names[position] = _UNUSED
            else:
                left -= count
        position = start if head.name == _SEGMENT or head.unknown else start + head.size
        if position >= size:
            break
    return names
