"""Batches: what is handed in, progress, items."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AwareDatetime, Field

from deepshield.api.schemas.base import Answer
from deepshield.api.schemas.jobs import JobSummary
from deepshield.api.schemas.uploads import BY_ITS_SENDER, SECRET
from deepshield.domain.batches import BatchState, ItemState
from deepshield.intake.filenames import LONGEST_PATH
from deepshield.intake.urls import LONGEST

BATCH_ID = "3f2b8a64-1d5e-4c7a-9f0b-6a1e2d3c4b5a"
_URL = "https://example.org/photo.jpg"
_LONGEST_NAME, _LONGEST_NOTE = 255, 1000
MOST_NAMED = 100  # lost files, in the answer
Storable = "^[^\\x00]*$"  # databases take no NUL

Url = Annotated[
    str,
    Field(
        description="http or https, at a public address.",
        min_length=1,
        max_length=LONGEST,
        pattern=Storable,
        examples=[_URL],
    ),
]
Name = Annotated[
    str,
    Field(
        description="By which people know the batch.",
        max_length=_LONGEST_NAME,
        pattern=Storable,
        examples=["Election week"],
    ),
]
Visible = "^[^\\x00-\\x1f\\x7f]*$"


class AddressItem(Answer):
    """An address in a batch; also a line of a manifest."""

    url: Url
    name: str | None = Field(None, max_length=LONGEST_PATH, pattern=Visible, examples=["photo.jpg"])
    note: str | None = Field(
        None,
        description="Of your own; it comes back with the item.",
        max_length=_LONGEST_NOTE,
        pattern=Storable,
        examples=["#12"],
    )


class BatchRequest(Answer):
    """A batch of addresses, or an open one that files come to one by one."""

    name: Name = ""
    open: bool = Field(
        False, description="Whether files come by `?batch=`, until the batch is closed.", examples=[True]
    )
    urls: list[Url] = Field([], description="Addresses without names.")
    items: list[AddressItem] = Field([], description="Addresses with names and notes of your own.")


class ItemCounts(Answer):
    """How many items are in each state."""

    waiting: int = Field(0, description="Not yet a job.", examples=[0])
    queued: int = Field(0, examples=[412])
    running: int = Field(0, description="RUNNING or PROCESSING.", examples=[2])
    completed: int = Field(0, examples=[580])
    failed: int = Field(0, examples=[3])
    cancelled: int = Field(0, examples=[0])
    refused: int = Field(0, description="Never became a job; each has its code.", examples=[3])
    deleted: int = Field(0, description="The job has been deleted.", examples=[0])


class VerdictCounts(Answer):
    """How many results have each verdict."""

    manipulated: int = Field(0, examples=[41])
    inconclusive: int = Field(0, examples=[60])
    no_signs: int = Field(0, examples=[449])
    no_face: int = Field(0, examples=[30])


class BatchAnswer(Answer):
    """A batch and its progress."""

    batch_id: str = Field(examples=[BATCH_ID])
    name: str = Field(examples=["Election week"])
    state: BatchState = Field(
        description="OPEN takes items, RUNNING is closed, FINISHED has ended, CANCELLED was ended."
    )
    created_at: AwareDatetime
    closed_at: AwareDatetime | None
    finished_at: AwareDatetime | None = Field(description="When the last item ended of a closed batch.")
    items: int = Field(examples=[1000])
    ended: int = Field(description="Items that need nothing more.", examples=[586])
    percent: int = Field(ge=0, le=100, examples=[58])
    seconds_left: float | None = Field(
        description="Estimated from the pace of the last minutes; null before there is one.", examples=[95.5]
    )
    states: ItemCounts
    verdicts: VerdictCounts
    needs_owner_secret: bool = Field(
        description="Whether changing it takes the `owner_secret` that it was made with."
    )


class BatchCreated(BatchAnswer):
    """A batch that has just been made."""

    owner_secret: str | None = Field(description=BY_ITS_SENDER, examples=[SECRET])


class BatchPage(Answer):
    """Some of an account's batches, the newest first."""

    batches: list[BatchAnswer]
    next_cursor: str | None = Field(examples=[BATCH_ID])


class BatchItemAnswer(Answer):
    """One file or address of a batch."""

    position: int = Field(description="From 0, in the order in which items came.", examples=[17])
    name: str = Field(description="As its sender calls it, with folders.", examples=["day 1/photo.jpg"])
    note: str | None = Field(examples=["#12"])
    url: str | None = Field(examples=[_URL])
    state: ItemState
    error_code: str | None = Field(description="Why it was refused or has failed.", examples=[None])
    error_message: str | None = Field(examples=[None])
    reused: bool = Field(description="Whether its job was there before, at no charge.")
    created_at: datetime
    job: JobSummary | None


class BatchItemPage(Answer):
    """Some of a batch's items, in order."""

    items: list[BatchItemAnswer]
    next_cursor: int | None = Field(description="The `cursor` of the next page.", examples=[199])


class BatchResumed(Answer):
    """How many items are tried again, and what cannot be, since the server has lost its file."""

    batch_id: str = Field(examples=[BATCH_ID])
    items: int = Field(examples=[12])
    lost: int = Field(description="Items whose file is gone from this server.", examples=[1])
    lost_names: list[str] = Field(
        description=f"Of the first {MOST_NAMED} of them; send these files again.",
        examples=[["day 1/photo.jpg"]],
    )


class BatchDeleted(Answer):
    """The batch that nobody sees any more; its files go at once or within seconds."""

    batch_id: str = Field(examples=[BATCH_ID])
