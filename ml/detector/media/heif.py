"""What a HEIF or AVIF file says of its colours, and HEIF pictures at the depth in which they are stored."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL.ImageFile import ImageFile
from pillow_heif import open_heif

from detector.media.source import Source

_MOST_BOXES = 1000  # of a file, before the one that describes its pictures
_MOST_BYTES = 1 << 22  # of that one
_PUT_TOGETHER = b"dimg"  # from a picture that is put together to those that it is made of


def coding(source: Source) -> tuple[int, int] | None:
    """Return transfer and primaries of the primary picture's colour box (ISO/IEC 14496-12, 12.1.5).

    One without colours of its own has those of the first picture that it is put together from. None where
    there is no such box, or only a profile: what the file says of its other pictures does not count.
    """
    described = _meta(source)
    item = described.primary
    if item is not None and not described.colours(item):
        item = described.parts.get(item)
    found = [] if item is None else described.colours(item)
    coded = next((content for content in found if content[:4] == b"nclx" and len(content) >= 8), None)
    return None if coded is None else (_number(coded[6:8]), _number(coded[4:6]))


class _Described:
    """What a `meta` box says of pictures (ISO/IEC 23008-12, 9.3 and ISO/IEC 14496-12, 8.11)."""

    def __init__(self, content: bytes) -> None:
        self.primary: int | None = None
        self.parts: dict[int, int] = {}  # the first of a picture's
        self._properties: list[tuple[bytes, bytes]] = []
        self._owned: dict[int, list[int]] = {}
        for name, inner in _boxes(content[4:]):
            if name == b"pitm":
                self.primary = _number(inner[4 : 8 if inner[:1] > b"\0" else 6])
            elif name == b"iref":
                self._read_parts(inner)
            elif name == b"iprp":
                for kind, part in _boxes(inner):
                    if kind == b"ipco":
                        self._properties = list(_boxes(part))
                    elif kind == b"ipma":
                        self._read_owned(part)

    def colours(self, item: int) -> list[bytes]:
        """Return the contents of the item's colour boxes."""
        places = [place for place in self._owned.get(item, []) if 0 < place <= len(self._properties)]
        own = [self._properties[place - 1] for place in places]
        return [content for name, content in own if name == b"colr"]

    def _read_parts(self, content: bytes) -> None:
        wide = 4 if content[:1] > b"\0" else 2
        for name, inner in _boxes(content[4:]):
            if name == _PUT_TOGETHER:
                self.parts[_number(inner[:wide])] = _number(inner[wide + 2 : 2 * wide + 2])

    def _read_owned(self, content: bytes) -> None:
        wide = 4 if content[:1] > b"\0" else 2
        step = 2 if content[3:4] and content[3] & 1 else 1
        at = 8
        for _ in range(_number(content[4:8])):
            if at + wide >= len(content):
                break
            end = at + wide + 1 + step * content[at + wide]
            places = range(at + wide + 1, end, step)
            # The first bit says whether a reader must know the property.
            own = [_number(content[place : place + step]) & ((1 << 8 * step - 1) - 1) for place in places]
            self._owned.setdefault(_number(content[at : at + wide]), []).extend(own)
            at = end


def _meta(source: Source) -> _Described:
    at = 0
    for _ in range(_MOST_BOXES):
        source.seek(at)
        head = source.read(16)
        size, start = _number(head[:4]), 8
        if size == 1:
            size, start = _number(head[8:16]), 16
        end = min(at + size, source.size) if size else source.size
        if at + start > end:
            break
        if head[4:8] == b"meta":
            source.seek(at + start)
            return _Described(source.read(min(end - at - start, _MOST_BYTES)))
        at = end
    return _Described(b"")


def _boxes(data: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield name and content of one box behind the other, as far as they are whole."""
    at = 0
    while at + 8 <= len(data):
        size = _number(data[at : at + 4]) or len(data) - at
        if size < 8 or at + size > len(data):
            return
        yield data[at + 4 : at + 8], data[at + 8 : at + size]
        at += size


def _number(data: bytes) -> int:
    return int.from_bytes(data, "big")


def is_deep(image: ImageFile) -> bool:
    """Return whether a HEIF picture has more than eight bits, which Pillow's pictures do not hold."""
    return image.mode in ("RGB", "RGBA") and int(image.info.get("bit_depth", 8)) > 8


def deep_pixels(file: Any, factor: int) -> NDArray[np.uint16]:
    """Decode a HEIF file's picture of more than eight bits: ``(H, W, 3)``, turned, without alpha.

    ``factor`` reduces both sides, averaging over areas. Raises what the decoder raises for damage.
    """
    file.seek(0)
    opened = open_heif(file, convert_hdr_to_8bit=False)
    width, height = opened.size
    pixels = np.asarray(opened)[:, :width, :3]  # rows are padded
    if factor > 1:
        size = (max(1, width // factor), max(1, height // factor))
        pixels = cv2.resize(np.ascontiguousarray(pixels), size, interpolation=cv2.INTER_AREA)
    return np.asarray(pixels, np.uint16)
