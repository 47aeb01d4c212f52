"""Metrics for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CONTENT_TYPE_LATEST

from deepshield.api.deps import ResourcesOf
from deepshield.observability import metrics
from deepshield.operations.workers import live_workers
from deepshield.persistence.repositories import figures
from deepshield.resources import Resources
from deepshield.storage import StorageError

router = APIRouter(prefix="/metrics", tags=["service"])


@router.get(
    "",
    summary="Prometheus metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
)
def get_metrics(resources: ResourcesOf) -> Response:
    """Return this process's metrics and those from the database. A proxy must not pass this route on."""
    with resources.database.read() as session:
        known = figures.count(session)
    now = resources.clock()
    fleet = live_workers(resources.database, resources.settings.job, now)
    text = metrics.exposition(known, fleet.workers, now, _room(resources))
    return Response(text, media_type=CONTENT_TYPE_LATEST)


def _room(resources: Resources) -> int | None:
    """Return the free bytes of the storage; None also when it fails, which readiness reports."""
    try:
        return resources.store.free_bytes()
    except StorageError:
        return None
