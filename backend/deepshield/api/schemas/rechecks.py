"""Rechecks: what is asked for, what it would be, counts, and the files with their verdicts."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field

from deepshield.api.schemas.base import JOB_ID, Answer, Withheld
from deepshield.domain.jobs import MediaKind, Verdict
from deepshield.domain.rechecks import Change, FileState, RecheckState, RecheckText

RECHECK_ID = "8d0c4f0e-6a0b-4a55-8f57-2f1f4d6a9b10"
MEDIA_ID = "1c9a7b3e-0d52-4b7f-9a53-6a1e2d3c4b5a"
_MOST_BY_HAND = 1000
_STORABLE = "^[^\\x00]*$"  # databases take no NUL

Id = Annotated[str, Field(pattern="^[0-9a-f-]{1,36}$")]


class RecheckRequest(Answer):
    """Which files are to be analysed again: those of a query, or some by their ids."""

    q: str | None = Field(
        None,
        description="A query of the library; empty, it is all files.",
        max_length=2000,
        pattern=_STORABLE,
        examples=["verdict:inconclusive since:30d"],
    )
    ids: list[Id] = Field(
        [], description="Files of the library; more are asked for by `q`.", max_length=_MOST_BY_HAND
    )
    reason: str | None = Field(
        None,
        description="Shown with the recheck.",
        max_length=1000,
        pattern=_STORABLE,
        examples=["New model 1.4.0"],
    )
    expect_count: int | None = Field(
        None,
        description="The number of files that was shown; when there are others by now, nothing is done.",
        ge=0,
        examples=[8000],
    )


class RecheckRedaction(Answer):
    """Which texts of a recheck are to be erased."""

    texts: list[RecheckText] = Field(min_length=1, max_length=len(RecheckText))


class Forecast(Answer):
    """What a recheck would do."""

    files: int = Field(description="All files.", examples=[8000])
    kept: int = Field(description="Of which an analysis still has the file.", examples=[7900])
    judged: int = Field(
        description="Which the present model has judged with the present threshold; they are left out.",
        examples=[120],
    )
    wanted: int = Field(description="Kept and not judged: so many are analysed.", examples=[7790])
    seconds: float | None = Field(
        description="That this takes at recent rates, with nothing else to do; null where those are unknown.",
        examples=[5400.0],
    )


class FileCounts(Answer):
    """How many files of a recheck are in each state."""

    waiting: int = Field(0, description="Not yet a job.", examples=[4800])
    queued: int = Field(0, description="Jobs that have not ended.", examples=[50])
    done: int = Field(0, examples=[3120])
    failed: int = Field(0, examples=[2])
    gone: int = Field(0, description="No analysis has the file any more.", examples=[28])
    skipped: int = Field(0, description="The same model had judged them already.", examples=[0])
    stopped: int = Field(0, description="They waited when the recheck was stopped.", examples=[0])


class ChangeCounts(Answer):
    """How many verdicts changed how."""

    first: int = Field(0, description="There was no verdict before.", examples=[0])
    same: int = Field(0, examples=[3072])
    up: int = Field(0, description="From no signs to manipulated.", examples=[9])
    down: int = Field(0, description="From manipulated to no signs.", examples=[20])
    unclear: int = Field(0, description="Into inconclusive.", examples=[11])
    clear: int = Field(0, description="Out of inconclusive.", examples=[8])
    faces: int = Field(0, description="Faces found where none was before, or the reverse.", examples=[0])


class RecheckAnswer(Answer):
    """A recheck and its counts."""

    recheck_id: str = Field(examples=[RECHECK_ID])
    reason: str | None = Field(examples=["New model 1.4.0"])
    query: str | None = Field(
        description="Null where files were chosen by hand.", examples=["verdict:inconclusive since:30d"]
    )
    redacted: list[RecheckText] = Field([], description="Texts that somebody has erased.")
    state: RecheckState = Field(
        description="PREPARING lists its files; RUNNING, PAUSED; STOPPED by somebody, FINISHED by itself."
    )
    asked_by: str | None = Field(
        description="An e-mail address; null once the account is gone.", examples=["ada@example.org"]
    )
    bundle_sha256: str | None = Field(
        description="The model when it was asked for; each result names the model that it is of."
    )
    created_at: AwareDatetime
    finished_at: AwareDatetime | None = Field(description="When the last file had ended.")
    items: int = Field(examples=[8000])
    ended: int = Field(description="Files that need nothing more.", examples=[3150])
    percent: int = Field(ge=0, le=100, examples=[39])
    flipped: int = Field(description="Verdicts that changed: neither `same` nor `first`.", examples=[48])
    seconds_left: float | None = Field(
        description="At recent rates; null where those are unknown, or it is paused.",
        examples=[2900.0],
    )
    states: FileCounts
    changes: ChangeCounts


class RecheckPage(Answer):
    """Some of a workspace's rechecks, the newest first."""

    rechecks: list[RecheckAnswer]
    next_cursor: str | None = Field(examples=[RECHECK_ID])


class RecheckItem(Answer):
    """One file of a recheck, with its verdict before and after."""

    media_id: str = Field(examples=[MEDIA_ID])
    name: str = Field(examples=["clip.mp4"])
    media_type: MediaKind
    state: FileState
    change: Change | None = Field(description="Null until there is a new verdict.")
    job_id: str | None = Field(description="Of the new analysis.", examples=[JOB_ID])
    before_job_id: str | None = Field(
        description="Of the newest analysis when it was asked for.", examples=[JOB_ID]
    )
    before_verdict: Verdict | None
    before_score: float | None = Field(
        description="The estimate; null where a verdict comes without one.", examples=[0.41]
    )
    after_verdict: Verdict | None
    after_score: float | None = Field(examples=[0.93])
    error_code: str | None = Field(description="Why its analysis failed.", examples=[None])
    withheld: Withheld = False


class RecheckItemPage(Answer):
    """Some files of a recheck."""

    items: list[RecheckItem]
    next_cursor: str | None = Field(description="The `cursor` of the next page.", examples=[MEDIA_ID])
