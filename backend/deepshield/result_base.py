"""What every part of a result is: a frozen model that refuses what it does not know."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """Base of a result's parts: frozen, without unknown fields, without numbers that JSON cannot express."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False, protected_namespaces=())
