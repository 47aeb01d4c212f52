"""Which files a member reads blind, and is told nothing about by any route."""

from __future__ import annotations

from sqlalchemy.orm import Session

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.roles import May
from deepshield.persistence.repositories import review_tasks

NOTHING: frozenset[str] = frozenset()


def read_blind(session: Session, owner: Owner | None) -> frozenset[str]:
    """Return the media whose verdicts and labels a member is not told now.

    Those of which the member has claimed a blind task, and those that wait for this member by name, unless
    the member has sent the file or asked for the review. Lists show such files without what is known of them.
    """
    if owner is None or not owner.may(May.REVIEW):
        return NOTHING
    return frozenset(review_tasks.read_blind_by(session, owner.workspace_id, owner.id))


def refuse_blind(session: Session, owner: Owner | None, media_id: str | None) -> None:
    """Raise `DeepShieldError` READING_BLIND for a file of `read_blind`."""
    if media_id is not None and media_id in read_blind(session, owner):
        raise DeepShieldError(Code.READING_BLIND)
