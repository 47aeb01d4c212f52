"""Turning rows of the library into answers."""

from __future__ import annotations

from typing import Any

from deepshield.api.answers import artifact_url
from deepshield.api.schemas.media import MediaPage, Medium, MediumHold, MediumLabel, ResearchConsent
from deepshield.library.reading import MediaPage as Page
from deepshield.library.reading import MediumView


def page_answer(page: Page) -> MediaPage:
    """Return a page of the library as it is answered."""
    return MediaPage(
        media=[medium_answer(one) for one in page.media],
        total=page.total,
        more=page.is_more,
        cursor=page.cursor,
    )


def medium_answer(view: MediumView) -> Medium:
    """Return a file of the library as it is answered; without what is withheld from a blind reader."""
    answer = _whole(view)
    return answer.model_copy(update=_NOTHING_SAID) if view.withheld else answer


def _whole(view: MediumView) -> Medium:
    row, job = view.row, view.job
    return Medium(
        id=row.id,
        sha256=row.sha256,
        kind=row.kind,
        name=row.name,
        content_type=row.content_type,
        size_bytes=row.size_bytes,
        first_at=row.first_at,
        seen_at=row.seen_at,
        revision=row.revision,
        sent_by=view.sent_by,
        source_kind=row.source_kind,
        host=row.host,
        job_id=job.id if job is not None else None,
        analysed_at=row.analysed_at,
        analyses=row.analyses,
        verdict=row.verdict,
        score=row.score,
        threshold=row.threshold,
        people=row.people,
        faces=row.faces,
        reasons=row.reasons or [],
        bundle=row.bundle,
        bundle_version=row.bundle_version,
        bundle_sha256=row.bundle_sha256,
        signed_record=row.c2pa,
        trace=row.generator,
        thumbnail_url=artifact_url(job, view.thumbnail) if job is not None and view.thumbnail else None,
        expires_at=view.expires_at,
        tags=list(view.tags),
        label=_label(view),
        hold=_hold(view),
        sensitivity=row.sensitivity,
        research_consent=(
            None if row.research_consent is None else ResearchConsent.model_validate(row.research_consent)
        ),
        deleted_at=row.deleted_at,
    )


# What the machine and people have said of a file, as it is where nothing was said.
_NOTHING_SAID: dict[str, Any] = {
    **dict.fromkeys(("verdict", "score", "threshold", "people", "faces", "bundle", "bundle_version")),
    **dict.fromkeys(("bundle_sha256", "signed_record", "trace", "thumbnail_url", "label")),
    "reasons": [],
    "withheld": True,
}


def _label(view: MediumView) -> MediumLabel | None:
    row = view.row
    if row.label is None:
        return None
    return MediumLabel(
        value=row.label, kind=row.label_kind, grade=row.label_grade or "single", revision=row.label_revision
    )


def _hold(view: MediumView) -> MediumHold | None:
    row = view.row
    if row.held_at is None or view.keeps is None:
        return None
    return MediumHold(by=view.held_by, at=row.held_at, reason=row.hold_reason, keeps=view.keeps)
