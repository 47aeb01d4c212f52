"""The one way in which values are written before they are hashed."""

from __future__ import annotations

import hashlib
import json
from typing import Any


def canonical(value: Any) -> bytes:
    """Return plain JSON with sorted keys, without spaces, in ASCII.

    Numbers without a fraction are written as integers, since databases give 1.0 and -0.0 back as they like.
    """
    written = json.dumps(_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return written.encode("ascii")


def digest(value: Any) -> str:
    """Return the SHA-256 of the canonical form, in hexadecimal."""
    return hashlib.sha256(canonical(value)).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
