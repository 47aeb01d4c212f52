"""Headers of the tus resumable upload protocol 1.0 (https://tus.io/protocols/resumable-upload)."""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import MediaKind
from deepshield.intake.filenames import checked_name, checked_type
from deepshield.intake.form_parts import malformed

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,expiration,checksum,termination"
ALGORITHM = "sha256"
CONTENT_TYPE = "application/offset+octet-stream"
LONGEST_METADATA = 4096  # characters
_DIGEST_BYTES = hashlib.sha256().digest_size


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a client says of a file; ``filename`` is "" and ``content_type`` None when it says nothing."""

    filename: str = ""
    content_type: str | None = None


def read_metadata(header: str | None, longest_name: int) -> Metadata:
    """Return a file's name and type from Upload-Metadata: ``filename`` or ``name``, ``filetype`` or ``type``.

    Raises `DeepShieldError` MALFORMED_UPLOAD for a header that is none, and those of `checked_name`.
    """
    values = _pairs(header or "")
    name = values.get("filename", values.get("name", ""))
    checked_name(name, MediaKind.IMAGE, longest_name)  # a file without a name gets one when its kind is known
    return Metadata(name, checked_type(values.get("filetype", values.get("type"))))


def read_checksum(header: str | None) -> bytes | None:
    """Return the SHA-256 of Upload-Checksum; None without the header.

    Raises `DeepShieldError` MALFORMED_UPLOAD for another algorithm, or a digest that is none.
    """
    if header is None:
        return None
    algorithm, _, encoded = header.strip().partition(" ")
    if algorithm != ALGORITHM:
        raise malformed(f"Upload-Checksum has an algorithm that the server does not know. Use {ALGORITHM}.")
    try:
        digest = base64.b64decode(encoded.strip(), validate=True)
    except (binascii.Error, ValueError):
        digest = b""
    if len(digest) != _DIGEST_BYTES:
        raise malformed("Upload-Checksum has no SHA-256 in Base64.")
    return digest


def need_version(header: str | None) -> None:
    """Raise `DeepShieldError` TUS_VERSION unless Tus-Resumable names the version that the server speaks."""
    if header != VERSION:
        raise DeepShieldError(Code.TUS_VERSION, version=VERSION)


def _pairs(header: str) -> dict[str, str]:
    if len(header) > LONGEST_METADATA:
        raise malformed(f"Upload-Metadata has more than {LONGEST_METADATA} characters.")
    values = {}
    for pair in filter(None, (piece.strip() for piece in header.split(","))):
        key, _, encoded = pair.partition(" ")
        try:
            values[key] = base64.b64decode(encoded.strip(), validate=True).decode("utf-8")
        except (binascii.Error, ValueError) as error:
            raise malformed("Upload-Metadata has a value that is no UTF-8 text in Base64.") from error
    return values
