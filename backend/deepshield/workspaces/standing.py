"""What an account is in a workspace. Of one that it is no member of, it does not learn whether it exists."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sqlalchemy.orm import Session

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.domain.roles import May, known
from deepshield.persistence.repositories import users, workspaces
from deepshield.persistence.tables import Workspace
from deepshield.resources import Resources


def enter(resources: Resources, owner: Owner, workspace_id: str) -> Owner:
    """Return the account in a workspace, with its role there; raises `DeepShieldError` NOT_FOUND."""
    if workspace_id == owner.id:
        return Owner(owner.id, owner.tier)
    if "\0" in workspace_id:  # which a database refuses to look for
        raise unknown_workspace()
    with resources.database.read() as session:
        role = workspaces.role_of(session, workspace_id, owner.id)
    if role is None:
        raise unknown_workspace()
    return Owner(owner.id, owner.tier, workspace_id, known(role))


def standing_of(session: Session, user_id: str, workspace_id: str) -> Owner | None:
    """Return an account as it is now in a workspace, for what goes on without it; None where it is gone."""
    user = users.get(session, user_id)
    role = None if user is None else workspaces.role_of(session, workspace_id, user_id)
    if user is None or (role is None and workspace_id != user_id):
        return None
    home = Owner(user.id, Tier(user.tier))
    return (
        home if workspace_id == user_id else replace(home, workspace_id=workspace_id, role=known(role or ""))
    )


def still_in(resources: Resources, pairs: Collection[tuple[str, str]]) -> frozenset[tuple[str, str]]:
    """Return those pairs of a workspace and an account of which the account is a member, in one query."""
    with resources.database.read() as session:
        return workspaces.still_members(session, pairs)


def locked(session: Session, owner: Owner, workspace_id: str, action: May) -> tuple[Workspace, Owner]:
    """Return a workspace, locked against other changes, and the account in it.

    Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING when the role does not allow the action.
    """
    found = workspaces.lock(session, workspace_id)
    role = workspaces.role_of(session, workspace_id, owner.id)
    if found is None or role is None:
        raise unknown_workspace()
    present = Owner(owner.id, owner.tier, workspace_id, known(role))
    present.need(action)
    return found, present


def require_shared(workspace: Workspace, why: str) -> None:
    """Raise `DeepShieldError` CONFLICT for a personal workspace, with ``why`` as its words."""
    if workspace.personal_of is not None:
        raise DeepShieldError(Code.CONFLICT, why)


def unknown_workspace() -> DeepShieldError:
    """Return the one refusal for a workspace that is not there or somebody else's."""
    return DeepShieldError(Code.NOT_FOUND, "There is no such workspace, or you are no member of it.")
