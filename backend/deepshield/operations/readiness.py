"""Whether a service that is starting has come up: its API answers and its workers' models pass their test."""

from __future__ import annotations

import http.client
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from deepshield.persistence.database import Database
from deepshield.persistence.repositories import workers

_ANSWER_SECONDS = 2.0


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


def api_is_ready(host: str, port: int) -> bool:
    """Tell whether the API says that it can do its work."""
    return _get(host, port, "/api/health/ready")[0] == http.client.OK


def model_name(host: str, port: int) -> str:
    """Return the name and version of the model that the API says results come from."""
    told = _get(host, port, "/api/health")[1]
    return f"{told.get('model_id') or 'bundle'} {told.get('model_version') or ''}".strip()


def _get(host: str, port: int, path: str) -> tuple[int, dict[str, Any]]:
    connection = http.client.HTTPConnection(host, port, timeout=_ANSWER_SECONDS)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return response.status, json.loads(response.read())
    except (OSError, http.client.HTTPException, ValueError):
        return 0, {}
    finally:
        connection.close()
