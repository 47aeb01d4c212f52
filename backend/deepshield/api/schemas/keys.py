"""API keys."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from deepshield.api.schemas.base import NAMING, Answer
from deepshield.domain.scopes import Scope
from deepshield.keys import making

_KEY_ID = "1d0c8b1e-3f2a-4f0f-9c63-0d8f6f1b2a77"
_NAME = "Newsroom import"

KeyName = Annotated[
    str, Field(min_length=1, max_length=making.LONGEST_NAME, pattern=NAMING, examples=[_NAME])
]


class KeyRequest(Answer):
    """A key to make."""

    name: KeyName = Field(description="By which you know it.")
    scopes: list[Scope] = Field(min_length=1, max_length=len(Scope), description="What it may do.")
    expires_at: AwareDatetime | None = Field(None, description="When it ends; null for never.")


class KeyAnswer(Answer):
    """A key without its secret part."""

    id: str = Field(examples=[_KEY_ID])
    name: str = Field(examples=[_NAME])
    prefix: str = Field(description="Its first characters.", examples=["ds_4f1c9kX"])
    scopes: list[Scope]
    created_at: AwareDatetime
    expires_at: AwareDatetime | None
    last_used_at: AwareDatetime | None = Field(description="To a minute; null for never.")


class KeyCreated(KeyAnswer):
    """A new key, whole: this is the only time that it is shown."""

    key: str = Field(examples=["ds_4f1c9kXy0b7sQ2mJ8dV3nT6hR5wLpZaEuGiKoCxMvBY"])


class KeyList(Answer):
    """The workspace's keys, the newest first, expired ones too."""

    keys: list[KeyAnswer]


class KeyRevoked(Answer):
    """The key opens nothing any more."""

    id: str = Field(examples=[_KEY_ID])
    status: str = Field("revoked", examples=["revoked"])
