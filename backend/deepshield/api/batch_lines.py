"""Batches as answers, and a batch's items as lines of a table: CSV and JSON."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

from deepshield.api import tables
from deepshield.api.answers import summary
from deepshield.api.schemas.batches import BatchAnswer, BatchItemAnswer, ItemCounts, VerdictCounts
from deepshield.api.schemas.jobs import JobSummary
from deepshield.batches.opening import needs_secret
from deepshield.batches.reading import Progress, Told
from deepshield.domain.batches import ItemState
from deepshield.domain.jobs import Verdict
from deepshield.settings import RetentionSettings

# Those of the table that the history's page saves, then what a batch has besides.
COLUMNS = (
    "file",
    "type",
    "state",
    "verdict",
    "estimated_probability",
    "error",
    "size_bytes",
    "duration_seconds",
    "created_at",
    "completed_at",
    "files_expire_at",
    "signed_record",
    "signed_ai",
    "trace",
    "range_low",
    "range_high",
    "threshold",
    "persons",
    "reasons",
    "model",
    "model_version",
    "sha256",
    "job_id",
    "link",
    "position",
    "note",
    "address",
)
_GIVEN = (Verdict.MANIPULATED, Verdict.NO_SIGNS)  # the others' estimates are withheld


def batch_answer(progress: Progress) -> BatchAnswer:
    """Return a batch's progress as it is answered."""
    batch, tally = progress.batch, progress.tally
    states = {name: tally.states.get(ItemState(name.upper()), 0) for name in ItemCounts.model_fields}
    states["running"] += tally.states.get(ItemState.PROCESSING, 0)
    return BatchAnswer(
        batch_id=batch.id,
        name=batch.name,
        state=progress.state,
        created_at=batch.created_at,
        closed_at=batch.closed_at,
        finished_at=batch.finished_at,
        items=tally.items,
        ended=tally.ended,
        percent=tally.percent,
        seconds_left=progress.seconds_left,
        states=ItemCounts(**states),
        verdicts=VerdictCounts(**{verdict.value: number for verdict, number in tally.verdicts.items()}),
        needs_owner_secret=needs_secret(batch),
    )


def item_answer(told: Told, retention: RetentionSettings) -> BatchItemAnswer:
    """Return an item as it is answered."""
    item, job = told.line.item, told.line.job
    failed = job is not None and job.error_code is not None
    return BatchItemAnswer(
        position=item.position,
        name=item.name,
        note=item.note,
        url=item.url,
        state=told.line.state,
        error_code=job.error_code if job is not None and failed else item.error_code,
        error_message=job.error_message if job is not None and failed else item.error_message,
        reused=item.reused,
        created_at=item.created_at,
        job=None if job is None else summary(job, told.summary, retention, withheld=told.withheld),
    )


def csv_lines(items: Iterable[BatchItemAnswer], origin: str) -> Iterator[str]:
    """Yield a table as RFC 4180 has it, with a byte order mark, by which spreadsheets recognise UTF-8.

    Times are ISO 8601 in UTC, and links start with ``origin``.
    """
    yield tables.MARK + tables.line(COLUMNS)
    for item in items:
        yield tables.line(tables.cell(value) for value in row_of(item, origin).values())


def json_lines(items: Iterable[BatchItemAnswer], origin: str) -> Iterator[str]:
    """Yield each item as a line of JSON, with the columns of the table and the item itself."""
    for item in items:
        told = item.model_dump_json()
        link = row_of(item, origin)["link"]
        yield f'{told[:-1]},"link":{_json(link)}}}\n'


def row_of(item: BatchItemAnswer, origin: str) -> dict[str, Any]:
    """Return an item's values by column."""
    job = item.job
    values = {
        "file": item.name,
        "state": item.state.value,
        "error": item.error_code,
        "created_at": tables.time(item.created_at),
        "position": item.position,
        "note": item.note,
        "address": item.url,
    }
    if job is not None:
        values |= _of_job(job, origin)
    return {name: values.get(name) for name in COLUMNS}


def _of_job(job: JobSummary, origin: str) -> dict[str, Any]:
    given = job.verdict in _GIVEN
    low, high = job.interval if given and job.interval else (None, None)
    return {
        "type": job.media_type.value,
        "verdict": job.verdict.value if job.verdict else None,
        "estimated_probability": job.final_score if given else None,
        "size_bytes": job.original_size_bytes,
        "completed_at": tables.time(job.processing_completed_at),
        "files_expire_at": tables.time(job.expires_at),
        "signed_record": job.signed_record.value if job.signed_record else None,
        "signed_ai": job.signed_ai.value if job.signed_ai else None,
        "trace": job.trace,
        "range_low": low,
        "range_high": high,
        "threshold": job.decision_threshold,
        "persons": job.persons,
        "reasons": " ".join(job.reasons) or None,
        "model": job.bundle,
        "model_version": job.bundle_version,
        "sha256": job.sha256 or None,
        "job_id": job.job_id,
        "link": f"{origin}/result/?id={quote(job.job_id, safe='')}",
    }


def _json(text: str | None) -> str:
    return "null" if text is None else f'"{text}"'  # an address that `quote` has made
