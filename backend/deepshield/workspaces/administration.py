"""An operator's commands for workspaces."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from deepshield.domain.clock import now
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.roles import Role
from deepshield.persistence.database import Database
from deepshield.persistence.repositories import audit, jobs, workspaces
from deepshield.persistence.tables import Workspace
from deepshield.workspaces.changing import LONGEST_NAME, new_workspace
from deepshield.workspaces.members import change_role
from deepshield.workspaces.removal import remove


def shared_workspaces(database: Database) -> Sequence[tuple[Workspace, int]]:
    """Return all shared workspaces by name, and how many members each has."""
    with database.read() as session:
        return workspaces.shared(session)


def create(database: Database, name: str, admin_id: str) -> str:
    """Make a shared workspace with an account as its admin, and return its id; raises VALIDATION_ERROR."""
    if not 1 <= len(name.strip()) <= LONGEST_NAME:
        message = f"A workspace's name has 1 to {LONGEST_NAME} characters."
        raise DeepShieldError(Code.VALIDATION_ERROR, message)
    with database.write() as session:
        row = new_workspace(session, name, now())
        workspaces.add_member(session, row.id, admin_id, Role.ADMIN.value, now())
        audit.record(session, "workspace.created", now(), subject=row.id, details={"admin": admin_id})
        return row.id


def add_member(database: Database, workspace_id: str, user_id: str, role: Role) -> None:
    """Add an account to a shared workspace; raises NOT_FOUND, CONFLICT when it is a member already."""
    with database.write() as session:
        _locked(session, workspace_id)
        if not workspaces.add_member(session, workspace_id, user_id, role.value, now()):
            raise DeepShieldError(Code.CONFLICT, "This account is a member already. Change its role instead.")
        details = {"user_id": user_id, "role": role.value}
        audit.record(session, "member.added", now(), subject=workspace_id, details=details)


def set_role(database: Database, workspace_id: str, user_id: str, role: Role) -> None:
    """Give a member another role; raises NOT_FOUND, LAST_ADMIN."""
    with database.write() as session:
        _locked(session, workspace_id)
        change_role(session, workspace_id, user_id, role, now())


def remove_workspace(database: Database, workspace_id: str) -> int:
    """Delete a shared workspace with its jobs; return how many files the next sweep deletes."""
    with database.write() as session:
        _locked(session, workspace_id)
        jobs.lock_all(session, None, [workspace_id])
        return len(remove(session, workspace_id, now()))


def _locked(session: Session, workspace_id: str) -> Workspace:
    row = workspaces.lock(session, workspace_id)
    if row is None or row.personal_of is not None:
        raise DeepShieldError(Code.NOT_FOUND, "There is no shared workspace with this id.")
    return row
