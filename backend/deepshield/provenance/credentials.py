"""Content Credentials of a file, checked against the installed trust lists. Nothing is fetched."""

from __future__ import annotations

import io
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import c2pa

from deepshield.provenance.bounded_file import BoundedFile
from deepshield.provenance.record import Found, Record, described
from deepshield.provenance.text import excerpt, line
from deepshield.provenance.trust_lists import TrustList
from deepshield.result_provenance import CredentialState, SignedRecord, TrustListKind

SECONDS = 5.0
"""Of processor time, that reading may take; usual records take 10 to 50 ms."""

_LARGEST_RECORD = 8 * 2**20  # characters of the record as JSON
_BUFFER = 2**16
_REMOTE = re.compile(r"^Remote: .* from url (\S+)$")
_NO_RECORD = ("ManifestNotFound", "NotSupported")
_KINDS = {TrustListKind.TIME_STAMPS: "tsa"}  # all others are lists of signers


@dataclass(frozen=True, slots=True)
class Trust:
    """What signatures are checked against; made once, used for any number of files."""

    kinds: tuple[TrustListKind, ...]
    settings: str
    signers_only: str

    @classmethod
    def of(cls, lists: Sequence[TrustList]) -> Trust:
        """Return the trust that these lists give."""
        signers = [one for one in lists if one.kind is not TrustListKind.TIME_STAMPS]
        return cls(
            tuple(one.kind for one in lists),
            json.dumps(_settings(lists, trusted_stamps=True)),
            json.dumps(_settings(signers, trusted_stamps=False)),
        )


def read_credentials(path: Path, trust: Trust, seconds: float = SECONDS) -> SignedRecord:
    """Check a file's signed record and describe it; raises nothing for what a file can hold.

    The state is "unreadable" for a record that is damaged, too large, or not read within ``seconds``.
    Thumbnails that the record has are not looked at.
    """
    lists = list(trust.kinds)
    with io.BufferedReader(raw := BoundedFile(path, seconds), _BUFFER) as file:
        try:
            found = _read(file, trust)
        except c2pa.C2paError as error:
            return _unread(str(error), raw.overdue, lists)
        except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
            return _unreadable(type(error).__name__, lists)
    return described(found).model_copy(update={"trust_lists": lists})


def _read(file: BinaryIO, trust: Trust) -> Found:
    """Check the record, a second time where authorities of time stamps pass for signers."""
    store, invalid = _checked(file, trust.settings)
    record = Record.of(store, trust.kinds)
    if record.has_stamps_for_signers():
        file.seek(0)
        record.take_signers_of(Record.of(_checked(file, trust.signers_only)[0], trust.kinds))
    return Found(record, invalid)


def _checked(file: BinaryIO, settings: str) -> tuple[dict[str, Any], bool]:
    """Return the store with its checks, and whether it is invalid as a whole."""
    context = c2pa.Context.from_json(settings)
    with context, c2pa.Reader(None, file, context=context) as reader:
        text, state = reader.json(), reader.get_validation_state()
    if len(text) > _LARGEST_RECORD:
        raise ValueError("the record is too large")
    return json.loads(text), state not in ("Valid", "Trusted")


def _unread(message: str, overdue: bool, lists: list[TrustListKind]) -> SignedRecord:
    if overdue:
        return _unreadable("timeout", lists)
    if remote := _REMOTE.match(message):
        return SignedRecord(
            state=CredentialState.NONE, remote_url=excerpt(remote.group(1)), trust_lists=lists
        )
    kind = message.partition(":")[0]
    if kind in _NO_RECORD:
        return SignedRecord(state=CredentialState.NONE, trust_lists=lists)
    return _unreadable(kind, lists)


def _unreadable(problem: str, lists: list[TrustListKind]) -> SignedRecord:
    return SignedRecord(
        state=CredentialState.UNREADABLE, problems=[line(problem) or "unknown"], trust_lists=lists
    )


def _settings(lists: Sequence[TrustList], *, trusted_stamps: bool) -> dict[str, Any]:
    anchors = [
        {
            "trust_anchors": "".join(one.certificates),
            "trust_uri": one.kind.value,
            "trust_kind": _KINDS.get(one.kind, "manifest"),
        }
        for one in lists
    ]
    return {
        "version": 1,
        "trust": {"anchors": anchors} if anchors else {},
        "verify": {
            "verify_after_reading": True,
            "verify_trust": True,
            "verify_timestamp_trust": trusted_stamps,
            "ocsp_fetch": False,
            "remote_manifest_fetch": False,
        },
        "core": {
            "allowed_network_hosts": [],
            "max_decompressed_manifest_size_in_mb": 16,
            "backing_store_memory_threshold_in_mb": 64,
        },
        "builder": {"thumbnail": {"enabled": False}},
    }
