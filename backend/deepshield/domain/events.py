"""What happens to an account's files that its programs can be told about."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any, Final


class Event(StrEnum):
    """A kind of event; endpoints choose those that they take."""

    ANALYSIS_COMPLETED = "analysis.completed"
    ANALYSIS_FAILED = "analysis.failed"
    BATCH_FINISHED = "batch.finished"
    REVIEW_DECIDED = "review.decided"
    RECHECK_FINISHED = "recheck.finished"
    VERDICT_FLIPPED = "verdict.flipped"


TEST = "webhook.test"
"""The event that somebody asks for to try an endpoint; every endpoint takes it."""

_SUBJECT: Final[dict[str, str]] = {
    Event.ANALYSIS_COMPLETED: "job_id",
    Event.ANALYSIS_FAILED: "job_id",
    Event.BATCH_FINISHED: "batch_id",
    Event.REVIEW_DECIDED: "media_id",
    Event.RECHECK_FINISHED: "recheck_id",
    Event.VERDICT_FLIPPED: "job_id",
    TEST: "webhook_id",
}


def subject_of(event: str, data: Mapping[str, Any]) -> str | None:
    """Return the id of what an event is about, with which it goes; None where its ``data`` names none."""
    return data.get(_SUBJECT.get(event, ""))
