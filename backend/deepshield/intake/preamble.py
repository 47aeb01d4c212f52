"""What may stand before the first part of a multipart body and is ignored (RFC 2046, section 5.1.1)."""

from __future__ import annotations

MOST_BYTES = 64 * 1024


class Preamble:
    """Leaves out everything before the first line that is the boundary; ``is_over`` from that line on."""

    def __init__(self, boundary: bytes) -> None:
        self._line = b"\n--" + boundary
        self._end = b"\n"  # of what has come, as if a line had ended before the body
        self._bytes = 0
        self.is_over = False

    @property
    def is_too_long(self) -> bool:
        """Whether more has come than anybody would write before a form."""
        return self._bytes > MOST_BYTES

    def rest(self, data: bytes) -> bytes:
        """Take the next bytes of a body and return those that belong to its parts."""
        if self.is_over:
            return data
        text = self._end + data
        at = text.find(self._line)
        if at < 0:
            self._bytes += len(data)
            self._end = text[1 - len(self._line) :]
            return b""
        self.is_over = True
        return text[at + 1 :]
