"""What files are held to be: revisions that are only added, and the file's own columns, which follow them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from deepshield.domain.reviews import Decision
from deepshield.persistence.workbench import Label, Medium


def medium(session: Session, media_id: str) -> Medium | None:
    """Return a file, whosever it is, as it is now."""
    query = select(Medium).where(Medium.id == media_id)
    return session.scalar(query.execution_options(populate_existing=True))


def media(session: Session, ids: Collection[str]) -> dict[str, Medium]:
    """Return files by id, in one query."""
    return {one.id: one for one in session.scalars(select(Medium).where(Medium.id.in_(list(ids))))}


def by_sha256(session: Session, sha256: str) -> Sequence[Medium]:
    """Return the files of all workspaces with the same bytes."""
    return session.scalars(select(Medium).where(Medium.sha256 == sha256).order_by(Medium.id)).all()


def append(
    session: Session, media_id: str, decision: Decision, decided_by: str | None, now: datetime
) -> Label | None:
    """Add a label to a file, whose columns follow it; None when the file is gone.

    The file's row is locked, so that revisions are numbered without gaps.
    """
    query = select(Medium).where(Medium.id == media_id).with_for_update(key_share=True)
    row = session.scalar(query.execution_options(populate_existing=True))
    if row is None:
        return None
    kind = None if decision.kind is None else decision.kind.value
    label = Label(
        media_id=row.id,
        revision=row.label_revision + 1,
        workspace_id=row.workspace_id,
        value=decision.value.value,
        kind=kind,
        grade=decision.grade.value,
        group_key=None,
        reviews=list(decision.reviews),
        decided_by=decided_by,
        at=now,
    )
    session.add(label)
    session.execute(
        update(Medium)
        .where(Medium.id == media_id)
        .values(
            label=label.value,
            label_kind=kind,
            label_grade=label.grade,
            label_revision=label.revision,
            revision=Medium.revision + 1,
        )
    )
    session.flush()
    return label


def history(session: Session, media_id: str, limit: int, before: int | None = None) -> Sequence[Label]:
    """Return a file's labels, the newest first, from beyond the revision ``before``."""
    query = select(Label).where(Label.media_id == media_id)
    if before is not None:
        query = query.where(Label.revision < before)
    return session.scalars(query.order_by(Label.revision.desc()).limit(limit)).all()
