"""Workspaces, their members and invitations."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select, tuple_, update
from sqlalchemy.orm import Session

from deepshield.persistence.repositories import audit_texts
from deepshield.persistence.tables import Invitation, Membership, User, Workspace
from deepshield.persistence.upsert import insert

PERSONAL = "Personal"  # the name of every personal workspace, until its owner gives it another
ADMIN = "admin"


@dataclass(frozen=True, slots=True)
class Standing:
    """A workspace as one of its members has it."""

    workspace: Workspace
    role: str
    members: int


def ensure_personal(session: Session, user_id: str, now: datetime) -> None:
    """Make an account's personal workspace unless it has one; accounts of earlier releases may have none."""
    row = {"id": user_id, "name": PERSONAL, "personal_of": user_id, "blind_review": True, "created_at": now}
    made = insert(session, Workspace).values(**row).on_conflict_do_nothing().returning(Workspace.id)
    if session.scalar(made) is not None:
        add_member(session, user_id, user_id, ADMIN, now)


def get(session: Session, workspace_id: str) -> Workspace | None:
    """Return a workspace, whosever it is."""
    return session.get(Workspace, workspace_id)


def lock(session: Session, workspace_id: str) -> Workspace | None:
    """Return a workspace and let other changes of it and its members wait until the transaction ends.

    What only refers to the workspace, such as a new job, does not wait.
    """
    query = select(Workspace).where(Workspace.id == workspace_id).with_for_update(key_share=True)
    return session.scalar(query.execution_options(populate_existing=True))


def lock_to_remove(session: Session, workspace_id: str) -> None:
    """Wait for the jobs that are just being added to a workspace, and let no more be added."""
    session.scalar(select(Workspace.id).where(Workspace.id == workspace_id).with_for_update())


def keep(session: Session, workspace_id: str) -> bool:
    """Let the workspace not be deleted before the transaction ends; False when it is gone."""
    query = select(Workspace.id).where(Workspace.id == workspace_id)
    return session.scalar(query.with_for_update(read=True, key_share=True)) is not None


def remove(session: Session, workspace_id: str) -> None:
    """Delete a workspace with its members and invitations, and the texts of its activity."""
    audit_texts.erase_of_workspace(session, workspace_id)
    session.execute(delete(Workspace).where(Workspace.id == workspace_id))


def of_member(session: Session, user_id: str) -> Sequence[Standing]:
    """Return an account's workspaces: the personal one, then the others by name."""
    count = (
        select(func.count())
        .select_from(Membership)
        .where(Membership.workspace_id == Workspace.id)
        .correlate(Workspace)
        .scalar_subquery()
    )
    query = (
        select(Workspace, Membership.role, count)
        .join(Membership, Membership.workspace_id == Workspace.id)
        .where(Membership.user_id == user_id)
        .order_by(Workspace.personal_of.is_(None), func.lower(Workspace.name), Workspace.id)
    )
    return [Standing(workspace, role, number) for workspace, role, number in session.execute(query)]


def shared_of(session: Session, user_id: str) -> Sequence[str]:
    """Return the ids of the shared workspaces that an account is a member of, in their order."""
    query = select(Workspace.id).join(Membership, Membership.workspace_id == Workspace.id)
    mine = query.where(Membership.user_id == user_id, Workspace.personal_of.is_(None))
    return session.scalars(mine.order_by(Workspace.id)).all()


def shared(session: Session) -> Sequence[tuple[Workspace, int]]:
    """Return all shared workspaces by name, and how many members each has."""
    query = (
        select(Workspace, func.count(Membership.user_id))
        .outerjoin(Membership, Membership.workspace_id == Workspace.id)
        .where(Workspace.personal_of.is_(None))
        .group_by(Workspace.id)
        .order_by(func.lower(Workspace.name), Workspace.id)
    )
    return [(workspace, number) for workspace, number in session.execute(query)]


def role_of(session: Session, workspace_id: str, user_id: str) -> str | None:
    """Return an account's role in a workspace; None when it is no member."""
    query = select(Membership.role).where(Membership.workspace_id == workspace_id)
    return session.scalar(query.where(Membership.user_id == user_id))


def still_members(session: Session, pairs: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Return those pairs of a workspace and an account of which the account is a member."""
    pair = tuple_(Membership.workspace_id, Membership.user_id)
    rows = session.execute(select(Membership.workspace_id, Membership.user_id).where(pair.in_(list(pairs))))
    return frozenset((workspace_id, user_id) for workspace_id, user_id in rows)


def members(session: Session, workspace_id: str) -> Sequence[tuple[Membership, User]]:
    """Return a workspace's members with their accounts, those of longest standing first."""
    query = select(Membership, User).join(User, User.id == Membership.user_id)
    rows = query.where(Membership.workspace_id == workspace_id).order_by(Membership.since, User.email)
    return [(membership, user) for membership, user in session.execute(rows)]


def admins(session: Session, workspace_id: str) -> Sequence[str]:
    """Return the accounts that are admins of a workspace, those of longest standing first."""
    query = select(Membership.user_id).where(
        Membership.workspace_id == workspace_id, Membership.role == ADMIN
    )
    return session.scalars(query.order_by(Membership.since, Membership.user_id)).all()


def add_member(session: Session, workspace_id: str, user_id: str, role: str, now: datetime) -> bool:
    """Add a member; False when the account is one already. Raises IntegrityError when the account is gone."""
    row = insert(session, Membership).values(workspace_id=workspace_id, user_id=user_id, role=role, since=now)
    return session.scalar(row.on_conflict_do_nothing().returning(Membership.user_id)) is not None


def set_role(session: Session, workspace_id: str, user_id: str, role: str) -> bool:
    """Change a member's role; False when the account is no member."""
    member = (Membership.workspace_id == workspace_id, Membership.user_id == user_id)
    changed = update(Membership).where(*member).values(role=role).returning(Membership.user_id)
    return session.scalar(changed) is not None


def remove_member(session: Session, workspace_id: str, user_id: str) -> bool:
    """Delete a member; False when the account is none."""
    member = (Membership.workspace_id == workspace_id, Membership.user_id == user_id)
    return session.scalar(delete(Membership).where(*member).returning(Membership.user_id)) is not None


def retention_hours(session: Session, workspace_id: str | None) -> int | None:
    """Return for how many hours a workspace keeps files; None where the operator's setting decides."""
    return session.scalar(select(Workspace.retention_hours).where(Workspace.id == workspace_id))


def own_periods(session: Session) -> Sequence[int]:
    """Return the numbers of hours that workspaces have set, each once."""
    return session.scalars(
        select(Workspace.retention_hours).where(Workspace.retention_hours.is_not(None)).distinct()
    ).all()  # type: ignore[return-value]


def invitations_of(session: Session, workspace_id: str) -> Sequence[tuple[Invitation, str | None]]:
    """Return a workspace's invitations with the address of who made each, the newest first."""
    query = select(Invitation, User.email).outerjoin(User, User.id == Invitation.made_by)
    mine = query.where(Invitation.workspace_id == workspace_id)
    rows = session.execute(mine.order_by(Invitation.created_at.desc(), Invitation.id))
    return [(invitation, email) for invitation, email in rows]


def open_invitations(session: Session, workspace_id: str, now: datetime) -> int:
    """Return how many invitations of a workspace can still be used."""
    return (
        session.scalar(
            select(func.count()).where(
                Invitation.workspace_id == workspace_id,
                Invitation.used_at.is_(None),
                Invitation.revoked_at.is_(None),
                Invitation.expires_at > now,
            )
        )
        or 0
    )


def find_invitation(session: Session, token_sha256: str) -> tuple[Invitation, Workspace, str | None] | None:
    """Return the invitation of a token, its workspace, and the address of who made it."""
    query = (
        select(Invitation, Workspace, User.email)
        .join(Workspace, Workspace.id == Invitation.workspace_id)
        .outerjoin(User, User.id == Invitation.made_by)
        .where(Invitation.token_sha256 == token_sha256)
    )
    row = session.execute(query.execution_options(populate_existing=True)).one_or_none()
    return None if row is None else (row[0], row[1], row[2])


def use_invitation(session: Session, invitation_id: str, user_id: str, now: datetime) -> bool:
    """Use an invitation; False when it has been used, revoked, or has expired."""
    usable = (
        Invitation.id == invitation_id,
        Invitation.used_at.is_(None),
        Invitation.revoked_at.is_(None),
        Invitation.expires_at > now,
    )
    used = update(Invitation).where(*usable).values(used_by=user_id, used_at=now)
    return session.scalar(used.returning(Invitation.id)) is not None


def revoke_invitations_by(session: Session, workspace_id: str, user_id: str, now: datetime) -> int:
    """Revoke a workspace's invitations that an account has made and nobody has used; return how many."""
    open_ones = (Invitation.used_at.is_(None), Invitation.revoked_at.is_(None), Invitation.expires_at > now)
    made = update(Invitation).where(
        Invitation.workspace_id == workspace_id, Invitation.made_by == user_id, *open_ones
    )
    return len(session.scalars(made.values(revoked_at=now).returning(Invitation.id)).all())


def revoke_invitation(session: Session, workspace_id: str, invitation_id: str, now: datetime) -> bool:
    """Revoke an invitation of a workspace; False when there is none. One that was used stays used."""
    mine = (Invitation.id == invitation_id, Invitation.workspace_id == workspace_id)
    revoked = update(Invitation).where(*mine).values(revoked_at=func.coalesce(Invitation.revoked_at, now))
    return session.scalar(revoked.returning(Invitation.id)) is not None
