"""The members of a workspace: listed, given other roles, removed. There is always an admin among them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.roles import ALLOWED, May, Role, known
from deepshield.persistence.repositories import audit, keys, workspaces
from deepshield.resources import Resources
from deepshield.workspaces.changing import find_workspace
from deepshield.workspaces.leaving import hand_over_webhooks
from deepshield.workspaces.standing import locked, require_shared

_ALONE = "A personal workspace has no other members. Make a workspace and invite them there."


@dataclass(frozen=True, slots=True)
class Member:
    """An account in a workspace."""

    user_id: str
    email: str
    role: Role
    since: datetime


def members_of(resources: Resources, owner: Owner, workspace_id: str) -> Sequence[Member]:
    """Return a workspace's members, those of longest standing first; raises `DeepShieldError` NOT_FOUND."""
    find_workspace(resources, owner, workspace_id)
    with resources.database.read() as session:
        return _members(session, workspace_id)


def set_role(resources: Resources, owner: Owner, workspace_id: str, user_id: str, role: Role) -> Member:
    """Give a member another role, from its next request on.

    Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, CONFLICT in a personal workspace, LAST_ADMIN.
    """
    with resources.database.write() as session:
        row, _ = locked(session, owner, workspace_id, May.MANAGE)
        require_shared(row, _ALONE)
        change_role(session, workspace_id, user_id, role, resources.clock(), actor=owner.id)
        return next(one for one in _members(session, workspace_id) if one.user_id == user_id)


def remove_member(resources: Resources, owner: Owner, workspace_id: str, user_id: str) -> None:
    """Remove a member, or leave a workspace oneself; what the member has sent stays.

    Its keys of the workspace are revoked, its webhooks there are disabled, and streams that it follows end.
    Raises as `set_role`; leaving needs no role.
    """
    with resources.database.write() as session:
        needed = May.READ if user_id == owner.id else May.MANAGE
        row, _ = locked(session, owner, workspace_id, needed)
        require_shared(row, _ALONE)
        take_out(session, workspace_id, user_id, resources.clock(), actor=owner.id)


def change_role(
    session: Session, workspace_id: str, user_id: str, role: Role, now: datetime, actor: str | None = None
) -> None:
    """Change the role of a member of a locked workspace; raises NOT_FOUND, LAST_ADMIN.

    The open invitations of who is admin no longer are revoked: one could give the role back. Its webhooks are
    disabled, whose addresses only it may know.
    """
    before = workspaces.role_of(session, workspace_id, user_id)
    if before is None:
        raise _no_member()
    if before == role.value:
        return
    refuse_last_admin(session, workspace_id, user_id)
    workspaces.set_role(session, workspace_id, user_id, role.value)
    details: dict[str, Any] = {"user_id": user_id, "from": before, "to": role.value}
    if May.MANAGE not in ALLOWED[role]:
        details["invitations_revoked"] = workspaces.revoke_invitations_by(session, workspace_id, user_id, now)
        details["webhooks_disabled"] = hand_over_webhooks(session, workspace_id, user_id, now, actor)
    audit.record(session, "member.changed", now, actor=actor, subject=workspace_id, details=details)


def take_out(
    session: Session, workspace_id: str, user_id: str, now: datetime, actor: str | None = None
) -> None:
    """Remove a member of a locked workspace with its keys and open invitations there; disable its webhooks.

    Raises NOT_FOUND, LAST_ADMIN.
    """
    if workspaces.role_of(session, workspace_id, user_id) is None:
        raise _no_member()
    refuse_last_admin(session, workspace_id, user_id)
    workspaces.remove_member(session, workspace_id, user_id)
    revoked = keys.remove_of_workspace(session, workspace_id, user_id)
    links = workspaces.revoke_invitations_by(session, workspace_id, user_id, now)
    hooks = hand_over_webhooks(session, workspace_id, user_id, now, actor)
    details = {
        "user_id": user_id,
        "keys_revoked": revoked,
        "invitations_revoked": links,
        "webhooks_disabled": hooks,
    }
    action = "member.left" if actor == user_id else "member.removed"
    audit.record(session, action, now, actor=actor, subject=workspace_id, details=details)


def refuse_last_admin(session: Session, workspace_id: str, user_id: str) -> None:
    """Raise `DeepShieldError` LAST_ADMIN when nobody else is an admin of a locked workspace."""
    if list(workspaces.admins(session, workspace_id)) == [user_id]:
        raise DeepShieldError(Code.LAST_ADMIN)


def _members(session: Session, workspace_id: str) -> Sequence[Member]:
    return [
        Member(user.id, user.email, known(row.role), row.since)
        for row, user in workspaces.members(session, workspace_id)
    ]


def _no_member() -> DeepShieldError:
    return DeepShieldError(Code.NOT_FOUND, "There is no such member.")
