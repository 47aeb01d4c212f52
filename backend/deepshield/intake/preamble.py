"""What may stand before the first part of a multipart body and is ignored (RFC 2046, section 5.1.1)."""

from __future__ import annotations

import re

MOST_BYTES = 64 * 1024


class Preamble:
    """Leaves out everything before the first line that is the boundary; ``is_over`` from that line on.

    A line that only begins like the boundary is none. Blanks after the boundary are left out too.
    """

    def __init__(self, boundary: bytes) -> None:
        self._boundary = b"--" + boundary
        self._line = re.compile(rb"\n" + re.escape(self._boundary) + rb"(?:[ \t]*(\r?\n)|--)")
        self._last = b"\n"  # line of what has come, as if one had ended before the body
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
        text = self._last + data
        found = self._line.search(text)
        if found is None:
            self._bytes += len(data)
            self._last = text[text.rfind(b"\n") :]
            return b""
        self.is_over = True
        return self._boundary + (found[1] or b"--") + text[found.end() :]
