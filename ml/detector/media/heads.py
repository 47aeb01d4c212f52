"""Heads of the parts that containers are made of: boxes of MP4 and its kin, and elements of Matroska."""

from __future__ import annotations

from dataclasses import dataclass

BOX_HEAD, ELEMENT_HEAD = 16, 12
"""Bytes that hold the whole head."""


def box_head(head: bytes, rest: int) -> tuple[int, int]:
    """Return the length of a box and of its head (ISO/IEC 14496-12, 4.2).

    ``rest`` is the length of a box that goes on to the end.
    """
    length = int.from_bytes(head[:4], "big")
    if length == 1:
        return int.from_bytes(head[8:16], "big"), 16
    return length or rest, 8


@dataclass(frozen=True, slots=True)
class ElementHead:
    """Name and size of an element (RFC 8794, 4 to 6)."""

    name: bytes
    size: int  # of the content, in bytes
    length: int  # of the head, in bytes

    @property
    def unknown(self) -> bool:
        """Whether the size is not stated, as of the clusters of what is recorded live."""
        return self.size == (1 << 7 * (self.length - len(self.name))) - 1


def element_head(data: bytes) -> ElementHead | None:
    """Return the head that ``data`` begins with; None for none, or not all of it."""
    wide = _width(data)
    long = _width(data[wide:])
    if not wide or not long or len(data) < wide + long:
        return None
    size = int.from_bytes(data[wide : wide + long], "big") & ((1 << 7 * long) - 1)
    return ElementHead(data[:wide], size, wide + long)


def _width(data: bytes) -> int:
    """Return how many bytes the number has that ``data`` begins with; 0 for none."""
    return 9 - data[0].bit_length() if data and data[0] else 0
