"""Whether the service lives and whether it can do its work."""

from __future__ import annotations

from fastapi import APIRouter

from deepshield.api.deps import SettingsOf
from deepshield.api.model import model_facts
from deepshield.api.schemas import Alive, Health

router = APIRouter(prefix="/health", tags=["health"])


@router.get("", summary="The service and its model")
def health(settings: SettingsOf) -> Health:
    """Say that the service answers, and with which model it scores."""
    facts = model_facts(settings)
    return Health(
        status="ok",
        model_id=facts.name if facts else None,
        model_version=facts.version if facts else None,
    )


@router.get("/live", summary="Is the process alive?")
async def live() -> Alive:
    """Answer as long as the process does; nothing else is looked at."""
    return Alive(status="alive")
