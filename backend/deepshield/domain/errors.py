"""The exception that every rule of the service raises: a code of the table of failures, and safe words."""

from __future__ import annotations

from typing import Any

from deepshield.domain.failures import Code

__all__ = ["Code", "DeepShieldError"]


class DeepShieldError(Exception):
    """A refusal or failure.

    ``message`` may be shown to the client; by default it is the code's words from the table. ``details`` are
    JSON values that depend on the code.
    """

    def __init__(self, code: Code, message: str | None = None, **details: Any) -> None:
        self.code = code
        self.message = code.words if message is None else message
        self.details = details
        super().__init__(self.message)


def not_signed_in() -> DeepShieldError:
    """Return the one refusal for a missing, bad, expired or revoked token; it does not reveal which."""
    return DeepShieldError(Code.UNAUTHORIZED)
