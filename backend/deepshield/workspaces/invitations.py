"""Invitations: a link by which one account becomes a member, once, within seven days."""

from __future__ import annotations

import hashlib
import secrets
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deepshield.domain.errors import Code, DeepShieldError, not_signed_in
from deepshield.domain.owner import Owner
from deepshield.domain.roles import May, Role, known
from deepshield.persistence.repositories import audit, users, workspaces
from deepshield.persistence.repositories.workspaces import Standing
from deepshield.persistence.tables import Invitation, Workspace
from deepshield.resources import Resources
from deepshield.workspaces.changing import find_workspace
from deepshield.workspaces.standing import locked, require_shared

LASTS = timedelta(days=7)
MOST = 100  # open ones of a workspace
_TOKEN_BYTES = 32
_ALONE = "A personal workspace has no other members. Make a workspace and invite them there."


class InvitationState(StrEnum):
    """What has become of an invitation."""

    OPEN = "open"
    USED = "used"
    EXPIRED = "expired"
    REVOKED = "revoked"


@dataclass(frozen=True, slots=True)
class Invited:
    """An invitation as the admins of its workspace see it."""

    id: str
    role: Role
    created_at: datetime
    expires_at: datetime
    made_by: str | None
    """The address of who made it; None once the account is gone."""
    used_at: datetime | None
    state: InvitationState


@dataclass(frozen=True, slots=True)
class NewInvitation:
    """An invitation and its token, which is shown once and not stored."""

    invited: Invited
    token: str


@dataclass(frozen=True, slots=True)
class Offer:
    """What an invitation that can be used offers: a role in a workspace, and by whom."""

    workspace: str
    role: Role
    invited_by: str | None
    expires_at: datetime


def invitations_of(resources: Resources, owner: Owner, workspace_id: str) -> Sequence[Invited]:
    """Return a workspace's invitations, the newest first; raises NOT_FOUND, ROLE_MISSING."""
    found = find_workspace(resources, owner, workspace_id)
    Owner(owner.id, owner.tier, workspace_id, known(found.role)).need(May.MANAGE)
    now = resources.clock()
    with resources.database.read() as session:
        return [_seen(row, email, now) for row, email in workspaces.invitations_of(session, workspace_id)]


def invite(
    resources: Resources,
    owner: Owner,
    workspace_id: str,
    role: Role,
    within: Callable[[Session, NewInvitation], None] | None = None,
) -> NewInvitation:
    """Make an invitation; ``within`` is called with it before the transaction commits.

    Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, CONFLICT for a personal workspace, TOO_MANY.
    """
    now, token = resources.clock(), secrets.token_urlsafe(_TOKEN_BYTES)
    with resources.database.write() as session:
        workspace, _ = locked(session, owner, workspace_id, May.MANAGE)
        require_shared(workspace, _ALONE)
        if workspaces.open_invitations(session, workspace_id, now) >= MOST:
            message = f"A workspace has {MOST} open invitations at most. Revoke one."
            raise DeepShieldError(Code.TOO_MANY, message, limit=MOST)
        row = Invitation(
            id=str(uuid.uuid4()),
            workspace_id=workspace_id,
            role=role.value,
            token_sha256=_hash(token),
            made_by=owner.id,
            created_at=now,
            expires_at=now + LASTS,
        )
        session.add(row)
        session.flush()
        made = NewInvitation(_seen(row, users.emails(session, [owner.id]).get(owner.id), now), token)
        details = {"invitation_id": row.id, "role": role.value}
        audit.record(
            session, "invitation.created", now, actor=owner.id, subject=workspace_id, details=details
        )
        if within is not None:
            within(session, made)
    return made


def revoke_invitation(resources: Resources, owner: Owner, workspace_id: str, invitation_id: str) -> None:
    """End an invitation that has not been used; raises `DeepShieldError` NOT_FOUND, ROLE_MISSING."""
    now = resources.clock()
    with resources.database.write() as session:
        locked(session, owner, workspace_id, May.MANAGE)
        if not workspaces.revoke_invitation(session, workspace_id, invitation_id, now):
            raise DeepShieldError(Code.NOT_FOUND, "There is no such invitation.")
        details = {"invitation_id": invitation_id}
        audit.record(
            session, "invitation.revoked", now, actor=owner.id, subject=workspace_id, details=details
        )


def find_offer(resources: Resources, token: str) -> Offer:
    """Return what an invitation offers.

    Raises `DeepShieldError` NOT_FOUND, with the same words for an unknown, used, revoked or expired one.
    """
    with resources.database.read() as session:
        row, workspace, email = _found(session, token)
    if _state(row, resources.clock()) is not InvitationState.OPEN:
        raise _not_valid()
    return Offer(workspace.name, known(row.role), email, row.expires_at)


def accept(resources: Resources, owner: Owner, token: str) -> Standing:
    """Make the account a member; the invitation is used up. Accepting again, as the same member, is no fault.

    Raises as `find_offer`, and CONFLICT for who is a member already, who leaves the invitation to others.
    """
    now = resources.clock()
    with resources.database.read() as session:
        workspace_id = _found(session, token)[0].workspace_id
    try:
        with resources.database.write() as session:
            _accept(session, owner, workspace_id, token, now)
    except IntegrityError as error:  # the account has just been deleted
        raise not_signed_in() from error
    return find_workspace(resources, owner, workspace_id)


def _accept(session: Session, owner: Owner, workspace_id: str, token: str, now: datetime) -> None:
    if workspaces.lock(session, workspace_id) is None:
        raise _not_valid()
    row, _, _ = _found(session, token)
    if workspaces.role_of(session, workspace_id, owner.id) is not None:
        if row.used_by == owner.id:
            return
        raise DeepShieldError(Code.CONFLICT, "You are a member of this workspace already.")
    if not workspaces.use_invitation(session, row.id, owner.id, now):
        raise _not_valid()
    workspaces.add_member(session, workspace_id, owner.id, row.role, now)
    details = {"user_id": owner.id, "role": row.role, "invitation_id": row.id}
    audit.record(session, "member.joined", now, actor=owner.id, subject=workspace_id, details=details)


def _found(session: Session, token: str) -> tuple[Invitation, Workspace, str | None]:
    found = workspaces.find_invitation(session, _hash(token))
    if found is None:
        raise _not_valid()
    return found


def _state(row: Invitation, now: datetime) -> InvitationState:
    if row.used_at is not None:
        return InvitationState.USED
    if row.revoked_at is not None:
        return InvitationState.REVOKED
    return InvitationState.OPEN if row.expires_at > now else InvitationState.EXPIRED


def _seen(row: Invitation, made_by: str | None, now: datetime) -> Invited:
    return Invited(
        row.id, known(row.role), row.created_at, row.expires_at, made_by, row.used_at, _state(row, now)
    )


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def _not_valid() -> DeepShieldError:
    return DeepShieldError(
        Code.NOT_FOUND,
        "This invitation is unknown, used, revoked or older than seven days. Ask for a new one.",
    )
