"""What happens to an account's files that its programs can be told about."""

from __future__ import annotations

from enum import StrEnum


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
