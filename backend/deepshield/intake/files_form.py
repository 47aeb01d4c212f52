"""Parsing a multipart/form-data body (RFC 7578) with any number of files as a stream."""

from __future__ import annotations

from typing import Protocol

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.intake.form import MOST_OTHER_BYTES, filename_of, malformed
from deepshield.intake.preamble import Preamble

_MOST_HEADERS, _MOST_HEADER_BYTES = 8, 16 * 1024  # of a part


class Files(Protocol):
    """What a form's files are passed to, one after the other."""

    def begin(self, name: str, content_type: str | None) -> None:
        """Begin a file with its name and type as they were declared."""

    def data(self, data: bytes) -> None:
        """Take bytes of the file that has begun."""

    def end(self) -> None:
        """End it."""


class FilesForm:
    """Passes every part that has a file's name to `Files`; parts without one are read and dropped.

    Raises `DeepShieldError` MALFORMED_UPLOAD for a body that is no such form, ends early, or has more than
    ``most_parts`` parts, NO_FILE for a form without a file, and whatever ``files`` raises.
    """

    def __init__(self, boundary: bytes, files: Files, most_parts: int) -> None:
        self._files, self._most = files, most_parts
        self._name, self._value = bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._parts = self._taken = self._other_bytes = 0
        self._in_file = self._complete = False
        self._preamble = Preamble(boundary)
        try:
            self._parser = MultipartParser(
                boundary,
                {
                    "on_part_begin": self._part_begins,
                    "on_header_field": lambda data, start, end: self._name.extend(data[start:end]),
                    "on_header_value": lambda data, start, end: self._value.extend(data[start:end]),
                    "on_header_end": self._header_ends,
                    "on_headers_finished": self._headers_end,
                    "on_part_data": self._data,
                    "on_part_end": self._part_ends,
                    "on_end": self._ends,
                },
                max_header_count=_MOST_HEADERS,
                max_header_size=_MOST_HEADER_BYTES,
            )
        except FormParserError as error:
            raise malformed("The boundary of the form cannot be used.") from error

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the body."""
        try:
            if rest := self._preamble.rest(data):
                self._parser.write(rest)
        except FormParserError as error:
            raise malformed("The request is not well-formed multipart/form-data.") from error
        if self._preamble.is_too_long:
            raise self._without_parts()

    def finish(self) -> None:
        """Note that the whole body has been fed."""
        if not self._preamble.is_over:
            raise self._without_parts()
        if not self._complete:
            raise malformed("The upload ended early.")
        if not self._taken:
            raise DeepShieldError(Code.NO_FILE, "The form has no file. Send each in a field named files.")

    def _part_begins(self) -> None:
        self._parts += 1
        self._headers, self._in_file = {}, False
        if self._parts > self._most:
            raise malformed(f"The form has more than {self._most} parts. Send it in parts.")

    def _header_ends(self) -> None:
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _headers_end(self) -> None:
        disposition, options = parse_options_header(self._headers.get(b"content-disposition"))
        if disposition != b"form-data":
            raise malformed("A part of the form has no Content-Disposition of form-data.")
        name = filename_of(self._headers[b"content-disposition"], options.get(b"filename"))
        if name:  # browsers send a part with an empty name when no file was chosen
            self._in_file = True
            self._taken += 1
            self._files.begin(name, self._headers.get(b"content-type", b"").decode("latin-1"))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self._files.data(data[start:end])
            return
        self._other_bytes += end - start
        if self._other_bytes > MOST_OTHER_BYTES:
            raise malformed(f"The other fields of the form have more than {MOST_OTHER_BYTES} bytes.")

    def _part_ends(self) -> None:
        if self._in_file:
            self._files.end()

    def _ends(self) -> None:
        self._complete = True

    def _without_parts(self) -> DeepShieldError:
        return malformed("The body has no line with the boundary that its Content-Type names.")
