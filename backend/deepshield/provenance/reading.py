"""A file, read for all that it says of itself."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from PIL.ImageFile import ImageFile

from deepshield.provenance.bounded_file import BoundedFile
from deepshield.provenance.credentials import Trust, read_credentials
from deepshield.provenance.encoding import encoding_of
from deepshield.provenance.exif import camera_of
from deepshield.provenance.hints import hints_in
from deepshield.provenance.pictures import FAULTS, FORMATS, read_picture
from deepshield.provenance.png import open_png
from deepshield.provenance.statements import Statements
from deepshield.provenance.videos import read_video
from deepshield.result_provenance import (
    UNREADABLE,
    CredentialState,
    Encoding,
    FileMetadata,
    MetadataSource,
    Provenance,
    SignedRecord,
)
from detector.contracts import MediaError
from detector.media.sniff import sniff

METADATA_SECONDS = 3.0
"""Of processor time, that reading the metadata may take, beside the credentials."""

_HEAD, _TAIL = 4096, 256 * 1024  # bytes
_AFTER = (b"PhotoEditor_Re_Edit_Data", b'"AIGC"')


def read_provenance(
    path: Path, trust: Trust, on_record: Callable[[Provenance], None] = lambda _: None
) -> Provenance:
    """Return what a file says of itself; raises OSError where it cannot be read at all.

    ``on_record`` is handed the signed record as soon as it is checked, with metadata that could not be read.
    What is damaged is noted in the answer. A file that makes a library hang or crash is for the caller to
    bound, as the analysing process is.
    """
    said = Statements()
    credentials = read_credentials(path, trust)
    on_record(UNREADABLE.model_copy(update={"credentials": credentials}))
    if credentials.state is CredentialState.UNKNOWN_SIGNER:
        _credentials_too(credentials, said)
    encoding: Encoding | None = None
    with io.BufferedReader(BoundedFile(path, METADATA_SECONDS)) as file:
        try:
            encoding = _read_metadata(file, said)
            _read_trailer(file, said)
        except MediaError:
            pass  # of no known format; the detector says so
        except FAULTS:
            said.failed(MetadataSource.FILE)
    hints, complete = hints_in(said.all)
    if not complete:
        said.failed(MetadataSource.FILE)
    fields, left_out = said.fields()
    return Provenance(
        credentials=credentials,
        metadata=FileMetadata(
            unreadable=said.unreadable,
            camera=camera_of(said),
            location=said.location,
            fields=[one for one in fields if one.source is not MetadataSource.CREDENTIALS],
            fields_left_out=left_out,
        ),
        hints=hints,
        encoding=encoding,
    )


def _read_metadata(file: BinaryIO, said: Statements) -> Encoding | None:
    kind = sniff(file.read(_HEAD))
    file.seek(0)
    image: ImageFile | None = None
    if kind in FORMATS:
        image = open_png(file, said) if kind == "png" else FORMATS[kind](file)
        read_picture(image, said)
    else:
        read_video(file, kind, said)
    return encoding_of(image, said)


def _read_trailer(file: BinaryIO, said: Statements) -> None:
    """Look for the marks that some phones and labels leave after the picture."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    for mark in _AFTER:
        place = tail.find(mark)
        if place >= 0:
            text = tail[place : place + 400].decode("utf-8", "replace")
            said.add(MetadataSource.TRAILER, "bytes after the picture", text)


def _credentials_too(credentials: SignedRecord, said: Statements) -> None:
    """Let the rules see the tools that the record of an unknown signer names, which is mere metadata."""
    said.add(MetadataSource.CREDENTIALS, "tool", credentials.tool)
    said.add(MetadataSource.CREDENTIALS, "issuer", credentials.issuer)
    for action in credentials.actions:
        said.add(MetadataSource.CREDENTIALS, "software", action.software)
        said.add(MetadataSource.CREDENTIALS, f"digitalSourceType of {action.action}", action.source_type)
