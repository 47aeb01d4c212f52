"""Workspaces: listed, made, changed."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deepshield.domain.chain import Erasable
from deepshield.domain.errors import Code, DeepShieldError, not_signed_in
from deepshield.domain.owner import Owner
from deepshield.domain.retention import longest_hours
from deepshield.domain.roles import May, Role
from deepshield.persistence.repositories import audit, jobs, users, workspaces
from deepshield.persistence.repositories.workspaces import Standing
from deepshield.persistence.tables import Workspace
from deepshield.resources import Resources
from deepshield.workspaces.standing import locked, unknown_workspace

MOST = 50  # of an account
LONGEST_NAME = 100


def workspaces_of(resources: Resources, owner: Owner) -> Sequence[Standing]:
    """Return an account's workspaces with its roles: the personal one, then the others by name."""
    with resources.database.read() as session:
        found = workspaces.of_member(session, owner.id)
    if found and found[0].workspace.id == owner.id:
        return found
    with resources.database.write() as session:  # an account that an earlier release has made
        workspaces.ensure_personal(session, owner.id, resources.clock())
        return workspaces.of_member(session, owner.id)


def find_workspace(resources: Resources, owner: Owner, workspace_id: str) -> Standing:
    """Return one of an account's workspaces; raises `DeepShieldError` NOT_FOUND."""
    for found in workspaces_of(resources, owner):
        if found.workspace.id == workspace_id:
            return found
    raise unknown_workspace()


def make_workspace(
    resources: Resources,
    owner: Owner,
    name: str,
    within: Callable[[Session, Standing], None] | None = None,
) -> Standing:
    """Make a shared workspace whose admin is the account.

    ``within`` is called with it before the transaction commits. Raises `DeepShieldError` TOO_MANY,
    UNAUTHORIZED when the account has just been deleted.
    """
    now = resources.clock()
    with resources.database.write() as session:
        if users.lock(session, owner.id) is None:  # so that requests at once cannot pass the limit
            raise not_signed_in()
        if len(workspaces.shared_of(session, owner.id)) >= MOST:
            raise DeepShieldError(Code.TOO_MANY, f"An account has {MOST} workspaces at most.", limit=MOST)
        row = new_workspace(session, name, now)
        try:
            workspaces.add_member(session, row.id, owner.id, Role.ADMIN.value, now)
        except IntegrityError as error:
            raise not_signed_in() from error
        details = {"name": Erasable(row.name)}
        audit.record(session, "workspace.created", now, actor=owner.id, subject=row.id, details=details)
        made = Standing(row, Role.ADMIN.value, 1)
        if within is not None:
            within(session, made)
    return made


def new_workspace(session: Session, name: str, now: datetime) -> Workspace:
    """Add a shared workspace without members."""
    row = Workspace(
        id=str(uuid.uuid4()),
        name=name.strip(),
        personal_of=None,
        blind_review=True,
        asks_for_reviews=True,
        created_at=now,
    )
    session.add(row)
    session.flush()
    return row


def change_workspace(
    resources: Resources, owner: Owner, workspace_id: str, wanted: dict[str, Any]
) -> Standing:
    """Change a workspace's ``name``, ``retention_hours``, ``blind_review`` or ``asks_for_reviews``.

    What is not given stays. Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, VALIDATION_ERROR for a longer
    retention than the operator's.
    """
    _check_retention(resources, wanted.get("retention_hours"))
    workspaces_of(resources, owner)  # makes sure of the personal one
    with resources.database.write() as session:
        row, _ = locked(session, owner, workspace_id, May.MANAGE)
        before = {name: getattr(row, name) for name in wanted}
        changed = {name: value for name, value in wanted.items() if before[name] != value}
        for name, value in changed.items():
            setattr(row, name, value)
        if "retention_hours" in changed:
            jobs.note_change_of_all(session, row.id)  # each shows when it expires
        if changed:
            details = {name: _told(before[name], value) for name, value in changed.items()}
            now = resources.clock()
            audit.record(session, "workspace.changed", now, actor=owner.id, subject=row.id, details=details)
    return find_workspace(resources, owner, workspace_id)


def _told(before: Any, after: Any) -> dict[str, Any]:
    """Return a change for the audit log; texts, such as the name, can be erased from it."""
    values = {"from": before, "to": after}
    return {name: Erasable(one) if isinstance(one, str) else one for name, one in values.items()}


def _check_retention(resources: Resources, hours: int | None) -> None:
    longest = longest_hours(resources.settings.retention)
    if hours is not None and hours > longest:
        raise DeepShieldError(
            Code.VALIDATION_ERROR,
            f"This service keeps files for {longest:g} hours at most. Choose a shorter time.",
            longest_hours=longest,
        )
