"""Stored results of every version, read into the present shape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deepshield.result import RESULT_VERSION, AnalysisResult, StepKind

_FIRST = "1"  # without a field for the version
_STEPS = {
    "quantile band": StepKind.QUANTILE_BAND,
    "presence": StepKind.PRESENCE,
    "most suspicious person": StepKind.MOST_SUSPICIOUS_PERSON,
}


class UnreadableResultError(ValueError):
    """A stored result is of a version that this release does not know."""


def read_result(stored: Mapping[str, Any]) -> AnalysisResult:
    """Read a result as it was stored; its artifact fields hold names.

    Raises `UnreadableResultError` for an unknown version, pydantic's ValidationError for what is no result.
    """
    version = stored.get("result_version", _FIRST)
    if version == RESULT_VERSION:
        return AnalysisResult.model_validate(stored)
    if version == _FIRST:
        return AnalysisResult.model_validate(_from_first(stored))
    raise UnreadableResultError(f"results of version {version} are not known to this release")


def _from_first(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Add the fields that version 1 lacked: null, or for the deciding person those of the file."""
    return {
        **stored,
        "result_version": RESULT_VERSION,
        "preview_url": stored.get("preview_url"),
        "aggregation_steps": [_step(step) for step in stored["aggregation_steps"]],
        "tracks": [_person(person, stored) for person in stored["tracks"]],
        "model": {**stored["model"], "calibration": None},
        # "open" was the time of reading, waiting, detection and inference together.
        "timings_ms": {**stored["timings_ms"], "open": None, "waiting_for_frames": None},
    }


def _step(step: Mapping[str, Any]) -> dict[str, Any]:
    """Split a step's name such as "person B: presence" into person and kind."""
    subject, _, name = step["name"].rpartition(": ")
    fields = {key: value for key, value in step.items() if key != "name"}
    return {**fields, "kind": _STEPS[name], "person": subject.removeprefix("person ") or None}


def _person(person: Mapping[str, Any], stored: Mapping[str, Any]) -> dict[str, Any]:
    followed = person["person"] == stored["deciding_person"]
    return {
        **person,
        "verdict": stored["verdict"] if followed else None,
        "confidence_label": stored["confidence_label"] if followed else None,
        "final_score": stored["final_score"] if followed else None,
        "interval": stored["interval"] if followed else None,
        "reasons": stored["reasons"] if followed else [],
    }
