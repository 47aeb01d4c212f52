"""The account on whose behalf a batch goes on by itself, as it is now."""

from __future__ import annotations

from dataclasses import replace

from sqlalchemy.orm import Session

from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.domain.roles import May, known
from deepshield.persistence.repositories import users, workspaces
from deepshield.persistence.tables import Batch


def owner_of(session: Session, batch: Batch) -> Owner | None:
    """Return a batch's account in the batch's workspace.

    None for a visitor's, and where the account is gone or may not hand in files there any more.
    """
    user = users.get(session, batch.owner_id) if batch.owner_id is not None else None
    if user is None:
        return None
    owner = Owner(user.id, Tier(user.tier))
    if batch.workspace_id is None or batch.workspace_id == user.id:
        return owner
    role = workspaces.role_of(session, batch.workspace_id, user.id)
    there = None if role is None else replace(owner, workspace_id=batch.workspace_id, role=known(role))
    return there if there is not None and there.may(May.ANALYSE) else None
