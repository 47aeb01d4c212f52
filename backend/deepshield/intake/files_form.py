"""Parsing a multipart/form-data body with any number of files as a stream."""

from __future__ import annotations

from typing import Protocol

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.intake.form_parts import FormParts


class Files(Protocol):
    """What a form's files are passed to, one after the other."""

    def begin(self, name: str, content_type: str | None) -> None:
        """Begin a file with its name and type as they were declared."""

    def data(self, data: bytes) -> None:
        """Take bytes of the file that has begun."""

    def end(self) -> None:
        """End it."""


class FilesForm(FormParts):
    """Passes every part that has a file's name to `Files`; parts without one are read and dropped.

    Raises `DeepShieldError` as `FormParts`, NO_FILE for a form without a file, and whatever ``files`` raises.
    """

    def __init__(self, boundary: bytes, files: Files, most_parts: int) -> None:
        super().__init__(boundary, most_parts)
        self._files = files
        self._taken = 0

    def begin_part(self, field: str, filename: str | None, content_type: str) -> bool:
        """Begin a file where the part names one."""
        if not filename:  # browsers send a part with an empty name when no file was chosen
            return False
        self._taken += 1
        self._files.begin(filename, content_type)
        return True

    def file_data(self, data: bytes) -> None:
        """Pass bytes of the file on."""
        self._files.data(data)

    def end_file(self) -> None:
        """End the file."""
        self._files.end()

    def finish(self) -> None:
        """Note that the whole body has been fed."""
        self.require_end()
        if not self._taken:
            raise DeepShieldError(Code.NO_FILE, "The form has no file. Send each in a field named files.")
