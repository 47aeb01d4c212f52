"""The Range header (RFC 9110, section 14) for a file of known size."""

from __future__ import annotations

import re
from dataclasses import dataclass

_ONE_RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*", re.ASCII)


class UnsatisfiableRangeError(ValueError):
    """The range begins after the end of the file."""


@dataclass(frozen=True, slots=True)
class ByteRange:
    """Bytes ``start`` to ``end``, both included."""

    start: int
    end: int

    @property
    def length(self) -> int:
        """How many bytes these are."""
        return self.end - self.start + 1


def parse_range(header: str | None, size: int) -> ByteRange | None:
    """Return the requested range; None for the whole file, also for several ranges and other units.

    Raises `UnsatisfiableRangeError`.
    """
    found = _ONE_RANGE.fullmatch(header or "")
    if found is None or found[0].strip().endswith("=-"):
        return None
    first, last = found.groups()
    if not first:
        start, end = max(0, size - int(last)), size - 1
    else:
        start, end = int(first), min(int(last) if last else size - 1, size - 1)
        if last and int(last) < start:
            return None
    if start > end:
        raise UnsatisfiableRangeError
    return ByteRange(start, end)
