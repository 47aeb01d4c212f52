"""What the members of a workspace may do: one table of roles."""

from __future__ import annotations

from enum import StrEnum
from typing import Final


class May(StrEnum):
    """A kind of action in a workspace."""

    READ = "read"
    """Read jobs, results and their files."""
    ANALYSE = "analyse"
    """Hand in files and addresses, start again, mark faces; cancel, delete and share what one has sent."""
    COMMENT = "comment"
    REVIEW = "review"
    """Take tasks and submit reviews."""
    ADJUDICATE = "adjudicate"
    """Decide where reviews differ."""
    DELETE = "delete"
    """Cancel, delete and share what others have sent; see what their files say of places and persons."""
    HOLD = "hold"
    """Keep something from being deleted."""
    DATASETS = "datasets"
    EXPORT = "export"
    """Take many results out at once."""
    POLICIES = "policies"
    """Draft, preview, approve and retire policies."""
    AUDIT = "audit"
    """Read what everybody has done in the workspace."""
    ERROR_RATES = "error_rates"
    """Read how often the machine errs on the workspace's files, as far as readers have found."""
    MANAGE = "manage"
    """Change the workspace, its members, keys and webhooks."""


class Role(StrEnum):
    """What a member is; the owner of a personal workspace is its admin."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    REVIEWER = "reviewer"
    LEAD = "lead"
    RESEARCHER = "researcher"
    ADMIN = "admin"


_VIEWER: Final = frozenset({May.READ})
_ANALYST: Final = _VIEWER | {May.ANALYSE, May.COMMENT}
_REVIEWER: Final = _ANALYST | {May.REVIEW}
_LEAD: Final = _REVIEWER | {
    May.ADJUDICATE,
    May.DELETE,
    May.HOLD,
    May.POLICIES,
    May.AUDIT,
    May.ERROR_RATES,
}

ALLOWED: Final[dict[Role, frozenset[May]]] = {
    Role.VIEWER: _VIEWER,
    Role.ANALYST: _ANALYST,
    Role.REVIEWER: _REVIEWER,
    Role.LEAD: _LEAD,
    Role.RESEARCHER: _ANALYST | {May.DATASETS, May.EXPORT, May.ERROR_RATES},
    Role.ADMIN: frozenset(May),
}
"""What each role may do."""


def known(role: str) -> Role:
    """Return a stored role; VIEWER for one of a later version, after going back to this one."""
    return next((one for one in Role if one.value == role), Role.VIEWER)
