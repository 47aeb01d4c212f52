"""Parsing the one file of a multipart/form-data body as a stream, without keeping the body."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import MediaKind
from deepshield.intake.filenames import checked_name, checked_type
from deepshield.intake.form_parts import FormParts, malformed
from deepshield.intake.upload_writer import UploadWriter

MOST_PARTS = 16
_LONGEST_SHOWN = 40  # characters of a field's name in a message


@dataclass(frozen=True, slots=True)
class Named:
    """What a part's headers say about its file."""

    filename: str
    content_type: str | None


class FileForm(FormParts):
    """Passes the one file of a form to an `UploadWriter`.

    ``fields`` are the names that the file's field may have. Raises `DeepShieldError` as `FormParts`, those of
    names and types, those of `UploadWriter`, NO_FILE for a form without a file, and MALFORMED_UPLOAD for one
    with two.
    """

    def __init__(
        self,
        boundary: bytes,
        writer: UploadWriter,
        kind: MediaKind,
        longest_name: int,
        fields: Collection[str],
    ) -> None:
        super().__init__(boundary, MOST_PARTS)
        self._writer, self._kind, self._longest, self._fields = writer, kind, longest_name, fields
        self._begun: tuple[str, str] | None = None  # name and type of the file's part, as declared
        self._file: Named | None = None
        self._others: list[str] = []  # names of other fields that hold files

    def begin_part(self, field: str, filename: str | None, content_type: str) -> bool:
        """Begin the file where the part is in one of ``fields``."""
        if field not in self._fields:
            self._others += [field] if filename is not None else []
            return False
        if self._begun is not None:
            raise malformed("The form has more than one file. Send one at a time.")
        if filename is None:
            raise DeepShieldError(
                Code.NO_FILE, f"The field named {field} holds text. Send the file itself, with its name."
            )
        self._begun = filename, content_type
        if filename:  # browsers send a part without a name when no file was chosen; it has no bytes then
            self._file_begins()
        return True

    def file_data(self, data: bytes) -> None:
        """Write bytes of the file."""
        if self._file is None:
            self._file_begins()
        self._writer.write(data)

    def too_many_other_bytes(self) -> DeepShieldError:
        """Say so of a file in a field of another name: most are larger than the other fields may be."""
        misplaced = self._others and self._begun is None
        return self._without_file() if misplaced else super().too_many_other_bytes()

    def finish(self) -> Named:
        """Return the name and type of the file, once the whole body has been fed."""
        self.require_end()
        if self._file is None:
            raise self._without_file()
        return self._file

    def _file_begins(self) -> None:
        assert self._begun is not None
        name, declared = self._begun
        self._file = Named(checked_name(name, self._kind, self._longest), checked_type(declared))

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
