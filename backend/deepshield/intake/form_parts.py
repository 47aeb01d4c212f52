"""Reading the parts of a multipart/form-data body (RFC 7578) as a stream; subclasses say what each is for."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.intake.preamble import Preamble

MOST_OTHER_BYTES = 64 * 1024  # in fields beside files
_MOST_HEADERS, _MOST_HEADER_BYTES = 8, 16 * 1024  # of a part
_EXTENDED_NAME = re.compile(rb"filename\*=utf-8'[^']*'([^;\s]+)", re.IGNORECASE)
_MULTIPART = b"multipart/form-data"


class FormParts:
    """Passes a form's parts to `begin_part`, `file_data` and `end_file`; the bytes of fields are dropped.

    Raises `DeepShieldError` MALFORMED_UPLOAD for a body that is no such form, ends early, has more than
    ``most_parts`` parts or more than `MOST_OTHER_BYTES` in fields, and whatever the subclass raises.
    """

    def __init__(self, boundary: bytes, most_parts: int) -> None:
        self._most_parts = most_parts
        self._parts = self._other_bytes = 0
        self._name, self._value = bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}
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

    def begin_part(self, field: str, filename: str | None, content_type: str) -> bool:
        """Take a part's headers, the name of a file decoded; return whether its bytes are a file's."""
        raise NotImplementedError

    def file_data(self, data: bytes) -> None:
        """Take bytes of the file that has begun."""
        raise NotImplementedError

    def end_file(self) -> None:
        """Note that the file that has begun is over."""

    def too_many_other_bytes(self) -> DeepShieldError:
        """Return the refusal of a form with more than `MOST_OTHER_BYTES` beside files."""
        return malformed(f"The other fields of the form have more than {MOST_OTHER_BYTES} bytes.")

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the body."""
        try:
            if rest := self._preamble.rest(data):
                self._parser.write(rest)
        except FormParserError as error:
            raise malformed("The request is not well-formed multipart/form-data.") from error
        if self._preamble.is_too_long:
            raise _without_parts()

    def require_end(self) -> None:
        """Raise MALFORMED_UPLOAD unless what has been fed is a whole form."""
        if not self._preamble.is_over:
            raise _without_parts()
        if not self._complete:
            raise malformed("The upload ended early.")

    def _part_begins(self) -> None:
        self._parts += 1
        self._headers, self._in_file = {}, False
        if self._parts > self._most_parts:
            raise malformed(f"The form has more than {self._most_parts} parts.")

    def _header_ends(self) -> None:
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _headers_end(self) -> None:
        disposition, options = parse_options_header(self._headers.get(b"content-disposition"))
        if disposition != b"form-data":
            raise malformed("A part of the form has no Content-Disposition of form-data.")
        self._in_file = self.begin_part(
            options.get(b"name", b"").decode("utf-8", "replace"),
            _filename_of(self._headers[b"content-disposition"], options.get(b"filename")),
            self._headers.get(b"content-type", b"").decode("latin-1"),
        )

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            self.file_data(data[start:end])
            return
        self._other_bytes += end - start
        if self._other_bytes > MOST_OTHER_BYTES:
            raise self.too_many_other_bytes()

    def _part_ends(self) -> None:
        if self._in_file:
            self.end_file()

    def _ends(self) -> None:
        self._complete = True


def boundary_of(content_type: str | None) -> bytes:
    """Return the boundary of a form's Content-Type.

    Raises `DeepShieldError` INVALID_MIME_TYPE for another type and MALFORMED_UPLOAD without boundary.
    """
    kind, options = parse_options_header(content_type)
    if kind != _MULTIPART:
        raise DeepShieldError(
            Code.INVALID_MIME_TYPE, "Send the file as multipart/form-data, in the field named file."
        )
    boundary = options.get(b"boundary", b"")
    if not boundary:
        raise malformed("The Content-Type names no boundary.")
    return boundary


def malformed(message: str) -> DeepShieldError:
    """Return the refusal of a body that is not the form that it should be."""
    return DeepShieldError(Code.MALFORMED_UPLOAD, message)


def _without_parts() -> DeepShieldError:
    return malformed("The body has no line with the boundary that its Content-Type names.")


def _filename_of(header: bytes, parsed: bytes | None) -> str | None:
    """Decode a file's name as browsers encode it: UTF-8 in which only quotes and line ends are escaped.

    The parser removes the folders of a Windows path. Such a name is returned with a separator, so that it is
    refused like any other path. Older clients send only the encoding of RFC 5987, which RFC 7578 forbids.
    """
    if parsed is None:
        extended = _EXTENDED_NAME.search(header)
        return unquote_to_bytes(extended[1]).decode("utf-8", "replace") if extended else None
    name = parsed.decode("utf-8", "replace")
    for escaped, character in (("%22", '"'), ("%0D", "\r"), ("%0A", "\n")):
        name = name.replace(escaped, character)
    cut = b"\\" in header and not {"\\", '"'} & set(name)
    return f"\\{name}" if cut else name
