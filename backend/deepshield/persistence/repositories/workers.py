"""Worker processes: which queue each consumes, and whether its model passed the self-test."""

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
    """Record a worker's heartbeat and state: "starting", "ready" or "broken"."""
    row = session.get(Worker, worker_id)
    if row is None:
        row = Worker(id=worker_id, queue=queue, started_at=now)
        session.add(row)
    row.state, row.detail, row.bundle_id, row.seen_at = state, detail, bundle_id, now


def seen_since(session: Session, since: datetime) -> Sequence[Worker]:
    """Return the workers with a heartbeat since then."""
    return session.scalars(select(Worker).where(Worker.seen_at >= since).order_by(Worker.id)).all()


def remove(session: Session, worker_id: str) -> None:
    """Delete a worker that has stopped."""
    session.execute(delete(Worker).where(Worker.id == worker_id))


def remove_lost(session: Session, since: datetime) -> None:
    """Delete workers without a heartbeat since then."""
    session.execute(delete(Worker).where(Worker.seen_at < since))
