"""A job expires once, for its owner, for its shared link and for the sweep."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from deepshield.domain import retention
from deepshield.settings import RetentionSettings

pytestmark = pytest.mark.unit

NOW = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("artifact_hours", "job_days", "expected"),
    [(24, 30, timedelta(hours=24)), (48, 1, timedelta(days=1)), (0, 30, timedelta(0))],
)
def test_a_job_expires_with_its_artifacts_or_its_row_whichever_goes_first(
    artifact_hours: float, job_days: float, expected: timedelta
) -> None:
    periods = RetentionSettings(artifact_hours=artifact_hours, job_days=job_days)
    assert retention.expires_at(NOW, periods) == NOW + expected


def test_the_sweep_deletes_when_the_owner_was_promised() -> None:
    for periods in (RetentionSettings(), RetentionSettings(artifact_hours=48, job_days=1)):
        expiry = retention.expires_at(NOW, periods)
        assert retention.expired_end_before(expiry, periods) == NOW


def test_no_file_outlives_its_row() -> None:
    periods = RetentionSettings(upload_hours=100, artifact_hours=100, job_days=1)
    assert retention.uploads_end_before(NOW, periods) == retention.rows_end_before(NOW, periods)
    assert retention.expired_end_before(NOW, periods) == retention.rows_end_before(NOW, periods)
