"""The library, or its analyses, as rows: read page by page, so that no export holds much at once.

Without e-mail addresses, comments and the addresses that files came from: who may export need not see those.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy.orm import Session

from deepshield.domain.chain import Erasable
from deepshield.domain.jobs import Verdict
from deepshield.domain.owner import Owner
from deepshield.domain.queries import Query
from deepshield.domain.roles import May
from deepshield.library.reading import conditions, near_of
from deepshield.persistence.repositories import audit, jobs, media, results
from deepshield.persistence.repositories.media_fields import Condition
from deepshield.persistence.repositories.results import ResultSummary
from deepshield.persistence.tables import Job
from deepshield.persistence.workbench import Medium
from deepshield.resources import Resources
from deepshield.workspaces.blindness import read_blind

_PAGE = 1000  # files
_GIVEN = (Verdict.MANIPULATED, Verdict.NO_SIGNS)  # the others' estimates are withheld
Row = dict[str, Any]


class Per(StrEnum):
    """What a row is of."""

    MEDIA = "media"
    ANALYSIS = "analysis"


class Kind(StrEnum):
    """What a column has; each may be empty."""

    TEXT = "text"
    WORDS = "words"
    WHOLE = "whole"
    NUMBER = "number"
    TIME = "time"
    FLAG = "flag"


_RESULT = {
    "verdict": Kind.TEXT,
    "estimated_probability": Kind.NUMBER,
    "threshold": Kind.NUMBER,
    "people": Kind.WHOLE,
    "faces": Kind.WHOLE,
    "reasons": Kind.WORDS,
    "model": Kind.TEXT,
    "model_version": Kind.TEXT,
    "model_sha256": Kind.TEXT,
    "signed_record": Kind.TEXT,
    "trace": Kind.TEXT,
}
_FILE = {
    "media_id": Kind.TEXT,
    "sha256": Kind.TEXT,
    "name": Kind.TEXT,
    "kind": Kind.TEXT,
    "content_type": Kind.TEXT,
    "size_bytes": Kind.WHOLE,
}
_LABEL = {
    "label": Kind.TEXT,
    "label_kind": Kind.TEXT,
    "label_grade": Kind.TEXT,
    "label_revision": Kind.WHOLE,
    "tags": Kind.WORDS,
}
_SAID = {**_RESULT, **_LABEL, "range_low": Kind.NUMBER, "range_high": Kind.NUMBER}
_UNSAID: Row = {name: [] if kind is Kind.WORDS else None for name, kind in _SAID.items() if name != "tags"}
COLUMNS: dict[Per, dict[str, Kind]] = {
    Per.MEDIA: {
        **_FILE,
        "first_at": Kind.TIME,
        "seen_at": Kind.TIME,
        "job_id": Kind.TEXT,
        "analysed_at": Kind.TIME,
        "analyses": Kind.WHOLE,
        **_RESULT,
        **_LABEL,
        "source": Kind.TEXT,
        "host": Kind.TEXT,
        "held": Kind.FLAG,
        "sensitivity": Kind.TEXT,
        "research_consent": Kind.TEXT,
        "deleted_at": Kind.TIME,
    },
    Per.ANALYSIS: {
        **_FILE,
        "job_id": Kind.TEXT,
        "origin": Kind.TEXT,
        "created_at": Kind.TIME,
        "completed_at": Kind.TIME,
        **_RESULT,
        "range_low": Kind.NUMBER,
        "range_high": Kind.NUMBER,
        **_LABEL,
    },
}


def export(resources: Resources, owner: Owner, query: Query, per: Per, form: str) -> Iterator[list[Row]]:
    """Yield pages of rows of the files that a query finds, or of their completed analyses that are there.

    A file comes once, whatever happens meanwhile; one that the account reads blind without what was said of
    it. ``form`` is noted in the audit log. Raises
    `DeepShieldError` ROLE_MISSING and QUERY_INVALID before the first page.
    """
    owner.need(May.EXPORT)
    near, now = near_of(resources, owner, query), resources.clock()
    with resources.database.write() as session:
        wanted = conditions(session, resources, owner, query, near)
        details = {"q": Erasable(str(query)) if query.items else "", "per": per.value, "form": form}
        audit.record(
            session, "results.exported", now, actor=owner.id, subject=owner.workspace_id, details=details
        )
    return _pages(resources, owner, wanted, per)


def _pages(resources: Resources, owner: Owner, wanted: Sequence[Condition], per: Per) -> Iterator[list[Row]]:
    last = ""
    while True:
        with resources.database.read() as session:
            hidden = read_blind(session, owner)
            rows = media.after(session, owner.workspace_id, wanted, last, _PAGE)
            tags = media.tags_of(session, [row.id for row in rows])
            page = (
                [_of_medium(row, tags.get(row.id, [])) for row in rows]
                if per is Per.MEDIA
                else _analyses(session, rows, tags)
            )
        page = [_unsaid(row) if row["media_id"] in hidden else row for row in page]
        if page:
            yield page
        if len(rows) < _PAGE:
            return
        last = rows[-1].sha256


def _unsaid(row: Row) -> Row:
    """Return a row without what the machine and people have said of a file."""
    return {**row, **{name: value for name, value in _UNSAID.items() if name in row}}


def _file(row: Medium) -> Row:
    return {
        "media_id": row.id,
        "sha256": row.sha256,
        "name": row.name,
        "kind": row.kind,
        "content_type": row.content_type,
        "size_bytes": row.size_bytes,
    }


def _label(row: Medium, tags: Sequence[str]) -> Row:
    return {
        "label": row.label,
        "label_kind": row.label_kind,
        "label_grade": row.label_grade,
        "label_revision": row.label_revision or None,
        "tags": tags,
    }


def _of_medium(row: Medium, tags: Sequence[str]) -> Row:
    return {
        **_file(row),
        "first_at": row.first_at,
        "seen_at": row.seen_at,
        "job_id": row.job_id,
        "analysed_at": row.analysed_at,
        "analyses": row.analyses,
        "verdict": row.verdict,
        "estimated_probability": row.score,
        "threshold": row.threshold,
        "people": row.people,
        "faces": row.faces,
        "reasons": row.reasons or [],
        "model": row.bundle,
        "model_version": row.bundle_version,
        "model_sha256": row.bundle_sha256,
        "signed_record": row.c2pa,
        "trace": row.generator,
        **_label(row, tags),
        "source": row.source_kind,
        "host": row.host,
        "held": row.held_at is not None,
        "sensitivity": row.sensitivity,
        "research_consent": (row.research_consent or {}).get("text_version"),
        "deleted_at": row.deleted_at,
    }


def _analyses(session: Session, rows: Sequence[Medium], tags: dict[str, list[str]]) -> list[Row]:
    files = {row.id: row for row in rows}
    made = jobs.completed_of_media(session, list(files))
    found = results.summaries(session, [job.id for job in made])
    page = []
    for job in made:
        row, summary = files.get(job.media_id or ""), found.get(job.id)
        if row is not None and summary is not None:
            page.append(
                {**_file(row), **_of_job(job), **_of_summary(summary), **_label(row, tags.get(row.id, []))}
            )
    return page


def _of_job(job: Job) -> Row:
    return {
        "job_id": job.id,
        "origin": job.origin,
        "created_at": job.created_at,
        "completed_at": job.processing_completed_at,
    }


def _of_summary(summary: ResultSummary) -> Row:
    given = summary.verdict in _GIVEN
    low, high = summary.interval if given and summary.interval else (None, None)
    return {
        "verdict": summary.verdict,
        "estimated_probability": summary.final_score if given else None,
        "threshold": summary.threshold,
        "people": summary.persons,
        "faces": summary.faces,
        "reasons": list(summary.reasons),
        "model": summary.bundle,
        "model_version": summary.version,
        "model_sha256": summary.bundle_sha256,
        "signed_record": summary.signed_record,
        "trace": summary.trace,
        "range_low": low,
        "range_high": high,
    }
