"""Liveness and readiness of the service."""

from __future__ import annotations

from importlib.metadata import version

from fastapi import APIRouter, Response

from deepshield.api.deps import ReadinessOf, ResourcesOf
from deepshield.api.schemas.service import Alive, Health, Ready
from deepshield.domain.errors import DeepShieldError
from deepshield.jobs.served_bundle import served_bundle

router = APIRouter(prefix="/health", tags=["service"])


@router.get("", summary="The service and its model")
def get_health(resources: ResourcesOf) -> Health:
    """Return the version and the model in use, which is null when the bundle cannot be read."""
    try:
        model = served_bundle(resources).facts
    except DeepShieldError:
        model = None
    return Health(
        status="ok",
        model_id=model.name if model else None,
        model_version=model.version if model else None,
        version=version("deepshield"),
    )


@router.get("/live", summary="Is the process alive?")
async def get_live() -> Alive:
    """Answer without checking anything else."""
    return Alive(status="alive")


@router.get(
    "/ready",
    summary="Can the service do its work?",
    responses={503: {"model": Ready, "description": "A part that is needed is down; `checks` says which."}},
)
def get_ready(readiness: ReadinessOf, response: Response) -> Ready:
    """Check database, migrations, storage, broker and the workers' models.

    The broker is required only with REQUIRE_REDIS_FOR_READY. Without any worker the service is ready, and
    jobs wait; it is not ready while the models of all workers fail their self-test.
    """
    answer = readiness.look()
    if answer.status != "ready":
        response.status_code = 503
    return answer
