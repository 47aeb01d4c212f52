"""The part of each picture that a container says is shown.

QuickTime, Firefox and players that follow FFmpeg cut the rest away; Chrome does not.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice

from av.video.stream import VideoStream

from detector.contracts import Image
from detector.media.heads import BOX_HEAD, ELEMENT_HEAD, box_head, element_head
from detector.media.sniff import Kind
from detector.media.source import Source

Span = tuple[int, int]  # where the content of a box or an element begins and ends

_NOTHING = (0, 0)
_BOXES: frozenset[Kind] = frozenset({"mov", "heif", "avif"})
_MOST_PARTS = 1 << 8  # boxes or elements in one that are looked at
_MOST_TRACKS = 64

# ISO/IEC 14496-12: 8.3.2, 8.5.2, 12.1.3, 12.1.4
_TO_ENTRIES = (b"mdia", b"minf", b"stbl", b"stsd")
_ENTRY_HEAD, _ENTRY_FIELDS = 8, 86  # bytes of the list of sample entries, and of one, before what is in it
_SIZE_AT = 32  # width and height in an entry

# RFC 9559, 5.1
_SEGMENT, _TRACKS, _ENTRY, _TYPE, _VIDEO = 0x18538067, 0x1654AE6B, 0xAE, 0x83, 0xE0
_SIDES = (0x54CC, 0x54BB, 0x54DD, 0x54AA)  # left, top, right, bottom
_WITH_PICTURES = 1


@dataclass(frozen=True, slots=True)
class Cut:
    """Pixels of a stored picture that are not shown, at each of its sides."""

    left: int = 0
    top: int = 0
    right: int = 0
    bottom: int = 0

    def shown(self, width: int, height: int) -> tuple[int, int]:
        """Return the size of what is shown of a picture: all of it where nothing would be left."""
        inner = width - self.left - self.right, height - self.top - self.bottom
        return inner if min(inner) > 0 else (width, height)

    def of(self, pixels: Image, width: int, height: int) -> Image:
        """Return the shown part of ``pixels``: a picture of that stored size, at another scale."""
        if self.shown(width, height) == (width, height):
            return pixels
        tall, wide = pixels.shape[:2]
        left, right = (wide * x // width for x in (self.left, width - self.right))
        top, bottom = (tall * y // height for y in (self.top, height - self.bottom))
        return pixels[top : max(bottom, top + 1), left : max(right, left + 1)]


WHOLE = Cut()


class Cuts:
    """What a file's container cuts away, for each of its streams with pictures."""

    def __init__(self, source: Source, kind: Kind) -> None:
        self._by_number = kind in _BOXES
        found = _of_boxes(source) if self._by_number else _of_elements(source) if kind == "matroska" else ()
        self._found = dict(islice(found, _MOST_TRACKS))

    def of(self, stream: VideoStream) -> Cut:
        """Return what is cut away of the pictures of a stream."""
        number = stream.id if self._by_number else stream.container.streams.video.index(stream)
        return self._found.get(number, WHOLE)


def _of_boxes(source: Source) -> Iterator[tuple[int, Cut]]:
    """Yield numbers of tracks, and what their first sample entry cuts away."""
    movies = islice(_boxes(source, [(0, source.size)], b"moov"), 1)
    for track in islice(_boxes(source, movies, b"trak"), _MOST_TRACKS):
        spans: Iterable[Span] = [track]
        for name in _TO_ENTRIES:
            spans = _boxes(source, spans, name)
        for start, end in islice(spans, 1):
            entry = start + _ENTRY_HEAD
            size = _read(source, entry + _SIZE_AT, 2), _read(source, entry + _SIZE_AT + 2, 2)
            inner = entry + _ENTRY_FIELDS, min(end, entry + _read(source, entry, 4))
            for at, _ in _boxes(source, [inner], b"clap"):
                yield _number_of(source, track), _clean_aperture(source, at, *size)


def _number_of(source: Source, track: Span) -> int:
    at, _ = next(_boxes(source, [track], b"tkhd"), track)
    return _read(source, at + (20 if _read(source, at, 1) == 1 else 12), 4)


def _clean_aperture(source: Source, at: int, width: int, height: int) -> Cut:
    """Read a box of four fractions: width and height of the part, and how far its middle is from theirs."""
    values = [_read(source, at + 4 * i, 4) for i in range(8)]
    if not all(values[1::2]):
        return WHOLE
    signed = [value - (1 << 32) * (value >> 31) for value in values[4::2]]
    wide, high = Fraction(values[0], values[1]), Fraction(values[2], values[3])
    across, down = Fraction(signed[0], values[5]), Fraction(signed[1], values[7])
    left, top = (width - wide) / 2 + across, (height - high) / 2 + down
    sides = (left, top, width - wide - left, height - high - top)
    return Cut(*(max(0, int(side)) for side in sides))


def _boxes(source: Source, spans: Iterable[Span], wanted: bytes) -> Iterator[Span]:
    """Yield the contents of the boxes of that name in ``spans``."""
    for start, end in spans:
        at = start
        for _ in range(_MOST_PARTS):
            source.seek(at)
            head = source.read(BOX_HEAD)
            length, header = box_head(head, end - at)
            if at + header > end or length < header:
                break
            following = min(at + length, end)
            if head[4:8] == wanted:
                yield at + header, following
            at = following


def _of_elements(source: Source) -> Iterator[tuple[int, Cut]]:
    """Yield the places of tracks among those with pictures, and what they cut away."""
    segment = _first(source, (0, source.size), _SEGMENT)
    place = 0
    for name, entry in _elements(source, _first(source, segment, _TRACKS)):
        if name == _ENTRY and _value(source, _first(source, entry, _TYPE)) == _WITH_PICTURES:
            video = dict(_elements(source, _first(source, entry, _VIDEO)))
            yield place, Cut(*(_value(source, video.get(side, _NOTHING)) for side in _SIDES))
            place += 1


def _first(source: Source, span: Span, wanted: int) -> Span:
    return next((inner for name, inner in _elements(source, span) if name == wanted), _NOTHING)


def _elements(source: Source, span: Span) -> Iterator[tuple[int, Span]]:
    """Yield name and content of a span's elements, up to one of unknown size and with it."""
    at, end = span
    for _ in range(_MOST_PARTS):
        source.seek(at)
        head = element_head(source.read(ELEMENT_HEAD))
        if head is None or at + head.length > end:
            return
        begin = at + head.length
        following = end if head.unknown else min(begin + head.size, end)
        yield int.from_bytes(head.name, "big"), (begin, following)
        at = following


def _value(source: Source, span: Span) -> int:
    return _read(source, span[0], min(8, span[1] - span[0]))


def _read(source: Source, at: int, count: int) -> int:
    source.seek(at)
    return int.from_bytes(source.read(count), "big")
