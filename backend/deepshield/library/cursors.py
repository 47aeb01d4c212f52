"""Where a page of the library ends, as a word that a client gives back to have the next one."""

from __future__ import annotations

import base64
import binascii
import json
from datetime import UTC, datetime

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.library import MediaOrder
from deepshield.persistence.repositories.media_listing import Key, Place

_TIMES = (MediaOrder.NEWEST, MediaOrder.OLDEST)


def cursor_of(place: Place, order: MediaOrder) -> str:
    """Return the word for a place in an order."""
    key = place.key.isoformat() if isinstance(place.key, datetime) else place.key
    text = json.dumps([order.value, key, place.id], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def place_at(cursor: str, order: MediaOrder) -> Place:
    """Return the place that a word stands for; raises `DeepShieldError` VALIDATION_ERROR."""
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        said, key, media_id = json.loads(base64.urlsafe_b64decode(padded.encode("ascii")))
        if said != order.value:
            raise ValueError(said)
        return Place(_key(key, order), _text(media_id))
    except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error) as error:
        message = "The cursor is not one of this list and order. Begin again without it."
        raise DeepShieldError(Code.VALIDATION_ERROR, message, field="cursor") from error


def _key(key: object, order: MediaOrder) -> Key:
    if order in _TIMES:
        time = datetime.fromisoformat(str(key))
        if time.tzinfo is None:
            raise ValueError(key)
        return time.astimezone(UTC)
    if order is MediaOrder.SCORE:
        if key is None or isinstance(key, float):
            return key
        raise ValueError(key)
    return _text(key)


def _text(said: object) -> str:
    """Return what a database takes as text; half a character raises UnicodeEncodeError, a ValueError."""
    if not isinstance(said, str) or "\0" in said:
        raise ValueError(said)
    return said.encode().decode()
