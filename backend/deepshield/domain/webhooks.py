"""Why nothing is sent to a webhook."""

from __future__ import annotations

from enum import StrEnum


class WhyDisabled(StrEnum):
    """Why nothing is sent to an endpoint."""

    FAILING = "failing"
    """It took nothing for a day."""
    GONE = "gone"
    """It answered 410."""
    SECRET = "secret"  # noqa: S105
    """Its secret cannot be read since the service's own was changed."""
    OWNER = "owner"
    """An admin of its workspace disabled it."""
    OPERATOR = "operator"
    """Who runs the service disabled it, or it was made before the provider vouched for its account."""
    LEFT = "left"
    """The account that was responsible for it is no admin of its workspace any more."""
