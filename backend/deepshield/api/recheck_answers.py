"""Turning rechecks into answers."""

from __future__ import annotations

from deepshield.api.schemas.rechecks import ChangeCounts, FileCounts, Forecast, RecheckAnswer, RecheckItem
from deepshield.domain.jobs import MediaKind, Verdict
from deepshield.domain.rechecks import FileState, RecheckState, RecheckText, change_of
from deepshield.rechecks import asking
from deepshield.rechecks.reading import Progress, Shown

_GIVEN = (Verdict.MANIPULATED, Verdict.NO_SIGNS)  # the others' estimates are withheld


def forecast_answer(forecast: asking.Forecast) -> Forecast:
    """Return what a recheck would do."""
    counted = forecast.counted
    return Forecast(
        files=counted.files,
        kept=counted.kept,
        judged=counted.judged,
        wanted=sum(counted.wanted.values()),
        seconds=forecast.seconds,
    )


def recheck_answer(progress: Progress) -> RecheckAnswer:
    """Return a recheck as it is answered."""
    recheck, tally = progress.recheck, progress.tally
    return RecheckAnswer(
        recheck_id=recheck.id,
        reason=recheck.reason,
        query=recheck.query,
        redacted=[RecheckText(one) for one in recheck.redacted or ()],
        state=RecheckState(recheck.state),
        asked_by=progress.asked_by,
        bundle_sha256=recheck.bundle_sha256,
        created_at=recheck.created_at,
        finished_at=recheck.finished_at,
        items=tally.items,
        ended=tally.ended,
        percent=tally.percent,
        flipped=tally.flipped,
        seconds_left=progress.seconds_left,
        states=FileCounts(**{state.value.lower(): number for state, number in tally.states.items()}),
        changes=ChangeCounts(**{change.value: number for change, number in tally.changes.items()}),
    )


def item_answer(shown: Shown) -> RecheckItem:
    """Return a file of a recheck as it is answered."""
    item, medium = shown.line.item, shown.line.medium
    told = (None, None) if shown.withheld else (item.before_verdict, item.after_verdict)
    before, after = (None if one is None else Verdict(one) for one in told)
    return RecheckItem(
        media_id=medium.id,
        name=medium.name,
        media_type=MediaKind(medium.kind),
        state=FileState(item.state),
        change=None if after is None else change_of(before, after),
        job_id=item.job_id,
        before_job_id=item.before_job_id,
        before_verdict=before,
        before_score=item.before_score if before in _GIVEN else None,
        after_verdict=after,
        after_score=item.after_score if after in _GIVEN else None,
        error_code=item.error_code,
        withheld=shown.withheld,
    )
