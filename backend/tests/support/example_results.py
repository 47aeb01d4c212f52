"""Results that the engine has made, read from where ``make fixtures`` writes them."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

from deepshield.result import AnalysisResult

_ROOT = Path(__file__).parents[3]
FOLDER = _ROOT / "frontend/src/api/results"
EXAMPLE = _ROOT / "backend/deepshield/api/examples/result.json"
_STORED = _ROOT / "backend/tests/results/stored"
FIRST_VERSION, SECOND_VERSION = _STORED / "version_1", _STORED / "version_2"
NAMES = (
    "manipulated",
    "no_signs",
    "unclear",
    "weak",
    "no_face",
    "people",
    "earlier",
)  # "earlier" is of version 1
_JOB_ID = "0b7c1f0e-5f0e-4a53-9a53-1c7d3c1f8a11"


@cache
def example(name: str = "people") -> AnalysisResult:
    """Return a result as a worker stores it: artifact fields hold names."""
    return AnalysisResult.model_validate_json((FOLDER / f"{name}.json").read_bytes())


def stored_first(name: str) -> dict[str, Any]:
    """Return a result as the release that had no field for a version stored it."""
    stored: dict[str, Any] = json.loads((FIRST_VERSION / f"{name}.json").read_text())
    return stored


def linked(result: AnalysisResult) -> AnalysisResult:
    """Return a result as the API serves it while all of its files are kept."""
    names = [name for track in result.tracks for name in [track.thumbnail_url]]
    for moment in result.top_k_suspicious:
        names += [moment.heatmap_overlay_url, moment.frame_overlay_url, moment.crop_url]
    kept = {name for name in [*names, result.preview_url] if name is not None}
    return result.linked(lambda name: f"/api/artifacts/{_JOB_ID}/{name}", kept)
