"""The account on whose behalf a batch goes on by itself, as it is now."""

from __future__ import annotations

from sqlalchemy.orm import Session

from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.persistence.repositories import users
from deepshield.persistence.tables import Batch


def owner_of(session: Session, batch: Batch) -> Owner | None:
    """Return a batch's account in the batch's workspace; None for a visitor's, and of a former member's."""
    user = users.get(session, batch.owner_id) if batch.owner_id is not None else None
    return None if user is None else Owner(user.id, Tier(user.tier), batch.workspace_id or "")
