"""Worker processes: who consumes which queue, and whether its model passes its test."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from deepshield.persistence.tables import Worker


def report(
    session: Session,
    worker_id: str,
    queue: str,
    state: str,
    now: datetime,
    detail: str | None = None,
    bundle_id: str | None = None,
) -> None:
    """Record that a worker lives and how it is: "starting", "ready" or "broken"."""
    row = session.get(Worker, worker_id)
    if row is None:
        row = Worker(id=worker_id, queue=queue, started_at=now)
        session.add(row)
    row.state, row.detail, row.bundle_id, row.seen_at = state, detail, bundle_id, now


def seen_since(session: Session, since: datetime) -> Sequence[Worker]:
    """Return the workers that have reported since then."""
    return session.scalars(select(Worker).where(Worker.seen_at >= since).order_by(Worker.id)).all()


def remove(session: Session, worker_id: str) -> None:
    """Forget a worker that has stopped."""
    session.execute(delete(Worker).where(Worker.id == worker_id))


def remove_silent(session: Session, since: datetime) -> None:
    """Forget workers that have not reported since then."""
    session.execute(delete(Worker).where(Worker.seen_at < since))
