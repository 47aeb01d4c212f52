"""Which model the service answers with, as its bundle says; the API never loads it."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass
from pathlib import Path

import structlog

from bundles import default_bundle
from deepshield.settings import Settings

_log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class ModelFacts:
    """What a bundle says of itself."""

    name: str
    version: str
    architecture: str


def model_facts(settings: Settings) -> ModelFacts | None:
    """Return the facts of the configured bundle; None when it cannot be read, which the log then says."""
    return _read(settings.infer.model_weights_path or default_bundle())


@functools.lru_cache(maxsize=8)
def _read(folder: Path) -> ModelFacts | None:
    try:
        manifest = json.loads((folder / "bundle.json").read_text(encoding="utf-8"))
        return ModelFacts(manifest["name"], manifest["version"], manifest["architecture"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        _log.error("the model bundle cannot be read", folder=str(folder), error=str(error))
        return None
