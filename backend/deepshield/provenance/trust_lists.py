"""The lists of certificates that signatures are checked against: data, which the operator installs.

The service carries none. A list is a PEM file, such as C2PA's; installed, it is one JSON file per kind in a
folder, with the date by which a newer one should be there.
"""

from __future__ import annotations

import hashlib
import os
import re
import tempfile
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from deepshield.result_provenance import TrustListKind

RENEWAL = timedelta(days=90)
"""After which a list that names no date of its own should be replaced."""

_LARGEST = 8 * 2**20  # bytes of a list
_MOST = 2000  # certificates
_BLOCK = re.compile(rb"-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----")


class TrustListError(ValueError):
    """A file is no trust list; the message says why."""


class TrustList(BaseModel):
    """An installed list."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: TrustListKind
    installed: date
    next_update: date = Field(description="By when a newer list should be installed.")
    sha256: str = Field(description="Of the file that it was read from.", pattern="^[0-9a-f]{64}$")
    certificates: list[str] = Field(description="PEM, one each.", min_length=1, max_length=_MOST)

    def overdue(self, today: date) -> bool:
        """Return whether a newer list should be there already."""
        return today > self.next_update


def parse(content: bytes, kind: TrustListKind, today: date, next_update: date | None = None) -> TrustList:
    """Return the certificates of a PEM file as a list; text between them is ignored.

    Raises `TrustListError` for what has no certificates, a damaged one, or one that has expired for good.
    """
    if len(content) > _LARGEST:
        raise TrustListError(f"the file is larger than {_LARGEST // 2**20} MiB")
    blocks = _BLOCK.findall(content)
    if not blocks or len(blocks) != content.count(b"-----BEGIN CERTIFICATE-----"):
        raise TrustListError(
            "the file has no certificates in PEM" if not blocks else "a certificate is cut off"
        )
    if len(blocks) > _MOST:
        raise TrustListError(f"the file has more than {_MOST} certificates")
    certificates = [_certificate(block, number) for number, block in enumerate(blocks, 1)]
    now = datetime(today.year, today.month, today.day, tzinfo=UTC)
    if all(one.not_valid_after_utc < now for one in certificates):
        raise TrustListError("every certificate of the file has expired")
    if next_update is not None and next_update < today:
        raise TrustListError(f"the list should have been replaced by {next_update}")
    return TrustList(
        kind=kind,
        installed=today,
        next_update=next_update or today + RENEWAL,
        sha256=hashlib.sha256(content).hexdigest(),
        certificates=[one.public_bytes(Encoding.PEM).decode("ascii") for one in certificates],
    )


def install(folder: Path, new: TrustList) -> Path:
    """Write a list into the folder, in place of one of its kind, and return its file; raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    target = _file(folder, new.kind)
    handle, partial = tempfile.mkstemp(prefix=".partial-", dir=folder)
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(new.model_dump_json(indent=1) + "\n")
        Path(partial).chmod(0o644)  # the worker may run as another user
        Path(partial).rename(target)
    except BaseException:
        Path(partial).unlink(missing_ok=True)
        raise
    return target


def installed(folder: Path) -> list[TrustList]:
    """Return the lists of a folder; none where there is no folder.

    Raises `TrustListError` for a file that is damaged, OSError for one that cannot be read.
    """
    found = []
    for kind in TrustListKind:
        file = _file(folder, kind)
        try:
            found.append(TrustList.model_validate_json(file.read_bytes()))
        except FileNotFoundError:
            continue
        except ValidationError as error:
            raise TrustListError(f"{file} is no trust list of this release") from error
        if found[-1].kind is not kind:
            raise TrustListError(f"{file} has a list of the kind {found[-1].kind.value}")
    return found


def _file(folder: Path, kind: TrustListKind) -> Path:
    return folder / f"{kind.value}.json"


def _certificate(block: bytes, number: int) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(block)
    except ValueError as error:
        raise TrustListError(f"certificate {number} of the file is damaged") from error
