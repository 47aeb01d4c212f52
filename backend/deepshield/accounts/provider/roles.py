"""What the role claim of an ID token gives: a role in one workspace, or a tier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from sqlalchemy.orm import Session

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.quota import Tier
from deepshield.domain.roles import Role
from deepshield.persistence.repositories import audit, workspaces
from deepshield.persistence.tables import User
from deepshield.settings import OidcSettings
from deepshield.workspaces.members import change_role, take_out

_BY = {"by": "provider"}
_WEAKEST_FIRST = (Role.VIEWER, Role.ANALYST, Role.REVIEWER, Role.RESEARCHER, Role.LEAD, Role.ADMIN)

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Grant:
    """The mapped roles that somebody has, in the words of OIDC_ROLE_MAP."""

    mapped: tuple[str, ...]


def grant_of(settings: OidcSettings, claims: Mapping[str, Any]) -> Grant | None:
    """Return what the role claim of a token maps to; None where the settings name no claim."""
    if settings.role_claim is None:
        return None
    found: Any = claims
    for name in settings.role_claim.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    given = {str(each) for each in found} if isinstance(found, list) else {str(found)}
    return Grant(tuple(sorted({value for role, value in settings.roles().items() if role in given})))


def lock_workspace(session: Session, settings: OidcSettings) -> None:
    """Lock the configured workspace, before the account: whoever changes members locks in this order."""
    if settings.workspace is not None:
        workspaces.lock(session, settings.workspace)


def apply(session: Session, settings: OidcSettings, user: User, grant: Grant | None, now: datetime) -> None:
    """Give an account what the provider says of it, and take what it no longer says.

    Without a mapped role an account is no member of the workspace, or free. The last admin of the workspace
    stays, since nobody else could let others in again.
    """
    if grant is None:
        return
    if settings.workspace is None:
        _apply_tier(session, user, Tier.PRO if Tier.PRO.value in grant.mapped else Tier.FREE, now)
        return
    roles = [role for role in _WEAKEST_FIRST if role.value in grant.mapped]
    try:
        _apply_role(session, settings.workspace, user, roles[-1] if roles else None, now)
    except DeepShieldError as error:
        if error.code is not Code.LAST_ADMIN:
            raise
        _log.warning("the last admin of the workspace keeps its role", user_id=user.id)


def _apply_tier(session: Session, user: User, tier: Tier, now: datetime) -> None:
    if user.tier == tier:
        return
    details = {"from": user.tier, "to": tier.value, **_BY}
    audit.record(session, "tier.changed", now, subject=user.id, details=details)
    user.tier = tier.value


def _apply_role(session: Session, workspace_id: str, user: User, role: Role | None, now: datetime) -> None:
    workspace = workspaces.get(session, workspace_id)
    if workspace is None or workspace.personal_of is not None:
        _log.warning("OIDC_WORKSPACE is no shared workspace", workspace_id=workspace_id)
        return
    member = workspaces.role_of(session, workspace_id, user.id) is not None
    if role is None:
        if member:
            take_out(session, workspace_id, user.id, now)
    elif member:
        change_role(session, workspace_id, user.id, role, now)
    else:
        workspaces.add_member(session, workspace_id, user.id, role.value, now)
        details = {"user_id": user.id, "role": role.value, **_BY}
        audit.record(session, "member.added", now, subject=workspace_id, details=details)
