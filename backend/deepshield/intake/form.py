"""Parsing the one file of a multipart/form-data body (RFC 7578) as a stream, without keeping the body."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from urllib.parse import unquote_to_bytes

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import MediaKind
from deepshield.intake.filenames import checked_name, checked_type
from deepshield.intake.preamble import Preamble
from deepshield.intake.upload_writer import UploadWriter

MOST_PARTS = 16
MOST_OTHER_BYTES = 64 * 1024  # in fields beside the file
_MOST_HEADERS, _MOST_HEADER_BYTES = 8, 16 * 1024  # of a part
_LONGEST_SHOWN = 40  # characters of a field's name in a message
_EXTENDED_NAME = re.compile(rb"filename\*=utf-8'[^']*'([^;\s]+)", re.IGNORECASE)
_MULTIPART = b"multipart/form-data"


@dataclass(frozen=True, slots=True)
class Named:
    """What a part's headers say about its file."""

    filename: str
    content_type: str | None


class FileForm:
    """Passes the one file of a form to an `UploadWriter`.

    ``fields`` are the names that the file's field may have. Raises `DeepShieldError`: those of names and
    types, those of `UploadWriter`, NO_FILE for a form without one, and MALFORMED_UPLOAD for a body that is no
    such form, ends early, has two files, or has more parts or other fields than are allowed.
    """

    def __init__(
        self,
        boundary: bytes,
        writer: UploadWriter,
        kind: MediaKind,
        longest_name: int,
        fields: Collection[str],
    ) -> None:
        self._writer, self._kind, self._longest, self._fields = writer, kind, longest_name, fields
        self._parts = self._other_bytes = 0
        self._name, self._value = bytearray(), bytearray()
        self._headers: dict[bytes, bytes] = {}
        self._in_file = self._complete = False
        self._begun: tuple[str, str] | None = None  # name and type of the file's part, as declared
        self._file: Named | None = None
        self._others: list[str] = []  # names of other fields that hold files
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

    def finish(self) -> Named:
        """Return the name and type of the file, once the whole body has been fed."""
        if not self._preamble.is_over:
            raise self._without_parts()
        if not self._complete:
            raise malformed("The upload ended early.")
        if self._file is None:
            raise self._without_file()
        return self._file

    def _part_begins(self) -> None:
        self._parts += 1
        self._headers, self._in_file = {}, False
        if self._parts > MOST_PARTS:
            raise malformed(f"The form has more than {MOST_PARTS} parts.")

    def _header_ends(self) -> None:
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name.clear()
        self._value.clear()

    def _headers_end(self) -> None:
        disposition, options = parse_options_header(self._headers.get(b"content-disposition"))
        if disposition != b"form-data":
            raise malformed("A part of the form has no Content-Disposition of form-data.")
        field = options.get(b"name", b"").decode("utf-8", "replace")
        name = filename_of(self._headers[b"content-disposition"], options.get(b"filename"))
        if field not in self._fields:
            self._others += [field] if name is not None else []
            return
        if self._begun is not None:
            raise malformed("The form has more than one file. Send one at a time.")
        if name is None:
            raise DeepShieldError(
                Code.NO_FILE, f"The field named {field} holds text. Send the file itself, with its name."
            )
        self._begun = name, self._headers.get(b"content-type", b"").decode("latin-1")
        self._in_file = True
        if name:  # browsers send a part without a name when no file was chosen; it has no bytes then
            self._file_begins()

    def _file_begins(self) -> None:
        assert self._begun is not None
        name, declared = self._begun
        self._file = Named(checked_name(name, self._kind, self._longest), checked_type(declared))

    def _data(self, data: bytes, start: int, end: int) -> None:
        if self._in_file:
            if self._file is None:
                self._file_begins()
            self._writer.write(data[start:end])
            return
        self._other_bytes += end - start
        if self._other_bytes > MOST_OTHER_BYTES:
            raise malformed(f"The other fields of the form have more than {MOST_OTHER_BYTES} bytes.")

    def _ends(self) -> None:
        self._complete = True

    def _without_parts(self) -> DeepShieldError:
        return malformed("The body has no line with the boundary that its Content-Type names.")

    def _without_file(self) -> DeepShieldError:
        """Return the refusal of a form without a file: none was chosen, or its field has another name."""
        if self._begun is not None:
            return DeepShieldError(Code.NO_FILE)
        wanted = " or ".join(sorted(self._fields))
        if not self._others:
            return DeepShieldError(Code.NO_FILE, f"The form has no file. Send it in a field named {wanted}.")
        found = _shown(self._others[0])
        return DeepShieldError(
            Code.NO_FILE, f"The file is in a field named {found}. Send it in one named {wanted}."
        )


def _shown(name: str) -> str:
    """Return a name of the sender's in words of ours: short, and on one line."""
    plain = "".join(
        character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in name
    )
    return f"“{plain[:_LONGEST_SHOWN]}”"


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
    """Return the refusal of a body that is not a form with one file."""
    return DeepShieldError(Code.MALFORMED_UPLOAD, message)


def filename_of(header: bytes, parsed: bytes | None) -> str | None:
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
