"""Whether the workers of a service that is starting have come up: their models pass their test."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import SQLAlchemyError

from deepshield.persistence.database import Database
from deepshield.persistence.repositories import workers


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a start has got to."""

    ready: frozenset[str]  # queues that a worker with a tested model consumes
    broken: str | None  # why a worker's model cannot be used
    model: str | None  # of a ready worker


def workers_standing(database: Database, queues: Collection[str], since: datetime) -> Standing:
    """Return how the workers of ``queues`` that have reported after ``since`` are."""
    try:
        with database.read() as session:
            rows = [row for row in workers.seen_since(session, since) if row.queue in queues]
    except SQLAlchemyError:
        rows = []
    broken = [row.detail or "its model cannot be used" for row in rows if row.state == "broken"]
    ready = [row for row in rows if row.state == "ready"]
    model = next((row.bundle_id for row in ready if row.bundle_id), None)
    return Standing(frozenset(row.queue for row in ready), broken[0] if broken else None, model)
