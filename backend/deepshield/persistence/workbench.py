"""The tables of the workbench: media with what people say of them, tasks, reviews, labels, rechecks.

Reviews and labels are only added to: a trigger of the database refuses their change. Who wrote one is an
account's id without a foreign key, which stays as a pseudonym when the account is deleted.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from deepshield.persistence.tables import Base

_ID = 36  # a UUID as text
_CODE = 64


_PRESENT = "deleted_at IS NULL"


class Medium(Base):
    """A file of a workspace, known by its bytes; its analyses are the jobs that name it.

    What the library lists, filters and sorts by is kept here, so that one index gives a page of it: of the
    newest completed analysis (columns from ``job_id`` on) and of the present label. It stays when the jobs
    and files have expired.
    """

    __tablename__ = "media"
    __table_args__ = (
        UniqueConstraint("workspace_id", "sha256"),
        Index("ix_media_workspace_id_seen_at", "workspace_id", "seen_at", "id"),
        Index("ix_media_workspace_id_verdict_seen_at", "workspace_id", "verdict", "seen_at", "id"),
        Index("ix_media_workspace_id_label_seen_at", "workspace_id", "label", "seen_at", "id"),
        Index("ix_media_workspace_id_score", "workspace_id", "score", "id"),
        Index("ix_media_workspace_id_name", "workspace_id", "name", "id"),
        Index(
            "ix_media_screened",
            "workspace_id",
            "screened_at",
            "screened_as",
            "drawn_with",
            sqlite_where=text(_PRESENT),
            postgresql_where=text(_PRESENT),
        ),
    )

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    sha256: Mapped[str] = mapped_column(String(64))
    kind: Mapped[str] = mapped_column(String(8))  # domain.jobs.MediaKind
    name: Mapped[str] = mapped_column(Text)  # of the newest upload
    content_type: Mapped[str | None] = mapped_column(String(255))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    first_at: Mapped[datetime]  # first handed in
    seen_at: Mapped[datetime]  # last handed in or analysed: the library's order
    revision: Mapped[int] = mapped_column(Integer, default=0)  # counts visible changes: the ETag
    sent_by: Mapped[str | None] = mapped_column(String(_ID))  # the account of the first upload
    source_kind: Mapped[str | None] = mapped_column(String(16))  # domain.custody
    host: Mapped[str | None] = mapped_column(String(255))  # of the address it came from

    job_id: Mapped[str | None] = mapped_column(String(_ID))  # no foreign key: the job may expire first
    analysed_at: Mapped[datetime | None]
    analyses: Mapped[int] = mapped_column(Integer, default=0)  # completed ones
    verdict: Mapped[str | None] = mapped_column(String(16))  # domain.jobs.Verdict
    score: Mapped[float | None] = mapped_column(Float)
    threshold: Mapped[float | None] = mapped_column(Float)
    policy_id: Mapped[str | None] = mapped_column(String(_ID))  # None: the bundle's or the operator's rule
    people: Mapped[int | None] = mapped_column(Integer)
    faces: Mapped[int | None] = mapped_column(Integer)
    reasons: Mapped[list[Any] | None]  # codes
    bundle_sha256: Mapped[str | None] = mapped_column(String(64))
    bundle: Mapped[str | None] = mapped_column(String(128))
    bundle_version: Mapped[str | None] = mapped_column(String(64))
    c2pa: Mapped[str | None] = mapped_column(String(32))  # the signed record's state
    generator: Mapped[str | None] = mapped_column(String(_CODE))  # the first hint's rule

    # Of the first analysis, which estimates of error rates are about; None of files of earlier releases
    screened_at: Mapped[datetime | None]
    screened_as: Mapped[str | None] = mapped_column(String(16))  # domain.jobs.Verdict
    drawn_with: Mapped[float | None] = mapped_column(Float)  # probability; None: it could not be drawn

    label: Mapped[str | None] = mapped_column(String(16))  # domain.labels.Value of the present label
    label_kind: Mapped[str | None] = mapped_column(String(32))
    label_grade: Mapped[str | None] = mapped_column(String(16))
    label_revision: Mapped[int] = mapped_column(Integer, default=0)

    held_by: Mapped[str | None] = mapped_column(String(_ID))
    held_at: Mapped[datetime | None]
    hold_reason: Mapped[str | None] = mapped_column(Text)
    sensitivity: Mapped[str | None] = mapped_column(String(16))  # sensitive: blurred until asked for
    research_consent: Mapped[dict[str, Any] | None]  # by, at, text_version
    deleted_at: Mapped[datetime | None]  # files and analyses are gone; hash, labels and reviews stay
    deleted_by: Mapped[str | None] = mapped_column(String(_ID))


class MediumTag(Base):
    """A word that a workspace's members put on a file."""

    __tablename__ = "media_tags"
    __table_args__ = (Index("ix_media_tags_workspace_id_tag", "workspace_id", "tag", "media_id"),)

    media_id: Mapped[str] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), primary_key=True)
    tag: Mapped[str] = mapped_column(String(64), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(String(_ID))
    tagged_by: Mapped[str] = mapped_column(String(_ID))
    tagged_at: Mapped[datetime]


class MediumComment(Base):
    """What a member wrote about a file: never edited, but it can be withdrawn."""

    __tablename__ = "media_comments"

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), index=True)
    author: Mapped[str] = mapped_column(String(_ID))
    text: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class SavedView(Base):
    """A query of the library under a name: a member's own, or the workspace's (no ``user_id``)."""

    __tablename__ = "saved_views"

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    query: Mapped[str] = mapped_column(Text)
    sort: Mapped[str | None] = mapped_column(String(16))
    created_at: Mapped[datetime]


class Feedback(Base):
    """What somebody answered to "Was this right?" of an analysis; one per account, or per share link."""

    __tablename__ = "feedback"
    __table_args__ = (UniqueConstraint("job_id", "given_by"),)

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    job_id: Mapped[str] = mapped_column(String(_ID))  # no foreign key: the analysis may expire first
    media_id: Mapped[str | None] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), index=True)
    given_by: Mapped[str] = mapped_column(String(80))  # an account, or a share link's hash
    answer: Mapped[str] = mapped_column(String(16))  # domain.feedback.Answer
    text: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime]
    task_id: Mapped[str | None] = mapped_column(String(_ID))  # the review that it led to


_UNREAD = "state IN ('open', 'claimed', 'answered')"  # domain.reviews.UNREAD
_UNDER_WAY = "state IN ('claimed', 'answered')"  # what a sweep looks through
_CLAIMED = "state = 'claimed'"
_FOR_ONE = "meant_for IS NOT NULL AND state IN ('open', 'answered')"


class ReviewTask(Base):
    """A file that readers are to judge, and why; claimed by compare-and-set under a lease, as jobs are."""

    __tablename__ = "review_tasks"
    __table_args__ = (
        Index("ix_review_tasks_queue", "workspace_id", "state", "priority", "created_at", "id"),
        Index("ix_review_tasks_order", "workspace_id", "priority", "created_at", "id"),
        Index(
            "uq_review_tasks_claimed",
            "workspace_id",
            "claimed_by",
            unique=True,
            sqlite_where=text(_CLAIMED),
            postgresql_where=text(_CLAIMED),
        ),
        Index(
            "ix_review_tasks_meant_for",
            "workspace_id",
            "meant_for",
            sqlite_where=text(_FOR_ONE),
            postgresql_where=text(_FOR_ONE),
        ),
        Index(
            "uq_review_tasks_unread",
            "media_id",
            "reason",
            unique=True,
            sqlite_where=text(_UNREAD),
            postgresql_where=text(_UNREAD),
        ),
        Index(
            "ix_review_tasks_under_way",
            "state",
            "lease_expires_at",
            sqlite_where=text(_UNDER_WAY),
            postgresql_where=text(_UNDER_WAY),
        ),
        CheckConstraint("needed > 0", name="needs_a_reader"),
        CheckConstraint("answered >= 0", name="answers_not_negative"),
    )

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), index=True)
    job_id: Mapped[str | None] = mapped_column(String(_ID), index=True)  # the analysis that it is about
    reason: Mapped[str] = mapped_column(String(32))  # domain.reviews.Reason
    priority: Mapped[int] = mapped_column(Integer)  # smaller comes first
    sampled_with: Mapped[float | None] = mapped_column(Float)  # the probability of a sampled task
    needed: Mapped[int] = mapped_column(Integer, default=1)  # readers
    answered: Mapped[int] = mapped_column(Integer, default=0)
    state: Mapped[str] = mapped_column(String(16))  # domain.reviews.TaskState
    round: Mapped[int] = mapped_column(Integer, default=1)  # of the reading that comes next
    # Whether its reader was told nothing of the machine's verdict and of colleagues; None until it is claimed
    blind: Mapped[bool | None] = mapped_column(Boolean)
    claimed_by: Mapped[str | None] = mapped_column(String(_ID))
    claimed_at: Mapped[datetime | None]
    lease_token: Mapped[str | None] = mapped_column(String(_ID))
    lease_expires_at: Mapped[datetime | None]
    meant_for: Mapped[str | None] = mapped_column(String(_ID))  # the colleague it was handed to
    asked_by: Mapped[str | None] = mapped_column(String(_ID))
    note: Mapped[str | None] = mapped_column(Text)  # shown after the answer
    created_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]


class Review(Base):
    """A reader's answer; never changed, and corrected by another one that names it."""

    __tablename__ = "reviews"

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    task_id: Mapped[str | None] = mapped_column(String(_ID), index=True)
    media_id: Mapped[str] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), index=True)
    workspace_id: Mapped[str] = mapped_column(String(_ID), index=True)
    job_id: Mapped[str | None] = mapped_column(String(_ID))  # the analysis that was read
    reader: Mapped[str] = mapped_column(String(_ID))
    round: Mapped[int] = mapped_column(Integer)  # 1 first, 2 second; 3 adjudication
    blind: Mapped[bool] = mapped_column(Boolean)
    answer: Mapped[str] = mapped_column(String(16))  # domain.labels.Value
    kinds: Mapped[list[Any]]  # domain.labels.Kind
    per_person: Mapped[dict[str, Any]]  # letter: answer
    spans: Mapped[list[Any]]  # of each: from and to in seconds, note
    regions: Mapped[list[Any]]  # W3C annotations: a fragment selector in shares of the picture
    basis: Mapped[list[Any]]  # domain.reviews.Basis
    links: Mapped[list[Any]]  # addresses of originals
    note: Mapped[str | None] = mapped_column(Text)
    corrects: Mapped[str | None] = mapped_column(String(_ID))  # an earlier review of the same reader
    started_at: Mapped[datetime]
    submitted_at: Mapped[datetime]


class Label(Base):
    """What a file is held to be, from some time on; the newest revision counts."""

    __tablename__ = "labels"

    media_id: Mapped[str] = mapped_column(ForeignKey("media.id", ondelete="CASCADE"), primary_key=True)
    revision: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)  # from 1
    workspace_id: Mapped[str] = mapped_column(String(_ID), index=True)
    value: Mapped[str] = mapped_column(String(16))  # domain.labels.Value
    kind: Mapped[str | None] = mapped_column(String(32))  # domain.labels.Kind
    grade: Mapped[str] = mapped_column(String(16))  # domain.labels.Grade
    group_key: Mapped[str | None] = mapped_column(String(255))  # person or source clip: splits keep it whole
    reviews: Mapped[list[Any]]  # the reviews that it stands on
    decided_by: Mapped[str | None] = mapped_column(String(_ID))
    at: Mapped[datetime]


class Recheck(Base):
    """Files that are analysed again with the present model, as jobs that wait behind all others."""

    __tablename__ = "rechecks"
    __table_args__ = (
        Index("ix_rechecks_workspace_id_created_at", "workspace_id", "created_at"),
        Index("ix_rechecks_state", "state"),
    )

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    asked_by: Mapped[str | None] = mapped_column(String(_ID))
    reason: Mapped[str | None] = mapped_column(Text)
    query: Mapped[str | None] = mapped_column(Text)  # of the library; None where files were chosen by hand
    state: Mapped[str] = mapped_column(String(16))  # domain.rechecks.RecheckState
    bundle_sha256: Mapped[str | None] = mapped_column(String(64))  # the model when it was asked for
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]  # it was changed, or had its turn
    finished_at: Mapped[datetime | None]
    # Items by state and by change, written in the transaction that changes them; None before the release
    # that keeps them: then they are counted.
    counts: Mapped[dict[str, Any] | None]
    redacted: Mapped[list[Any] | None]  # texts that were erased: domain.rechecks.RecheckText


class RecheckItem(Base):
    """One file of a recheck, with the verdict before it and after it."""

    __tablename__ = "recheck_items"
    __table_args__ = (Index("ix_recheck_items_recheck_id_state", "recheck_id", "state", "media_id"),)

    recheck_id: Mapped[str] = mapped_column(ForeignKey("rechecks.id", ondelete="CASCADE"), primary_key=True)
    media_id: Mapped[str] = mapped_column(
        ForeignKey("media.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    state: Mapped[str] = mapped_column(String(16))  # domain.rechecks.FileState
    job_id: Mapped[str | None] = mapped_column(String(_ID), index=True)
    before_job_id: Mapped[str | None] = mapped_column(String(_ID))
    before_verdict: Mapped[str | None] = mapped_column(String(16))
    before_score: Mapped[float | None] = mapped_column(Float)
    after_verdict: Mapped[str | None] = mapped_column(String(16))
    after_score: Mapped[float | None] = mapped_column(Float)
    error_code: Mapped[str | None] = mapped_column(String(_CODE))


class BulkAction(Base):
    """Something that is done to many files in the background, in steps, each of them one transaction.

    ``place`` is the last file that is done, and is written with the counts in the step's own transaction, by
    compare-and-set: whoever is killed has done a step wholly or not at all, and nobody does it twice.
    """

    __tablename__ = "bulk_actions"
    __table_args__ = (Index("ix_bulk_actions_state", "state", "created_at"),)

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), index=True)
    asked_by: Mapped[str] = mapped_column(String(_ID))
    action: Mapped[str] = mapped_column(String(16))  # domain.library.Action
    tag: Mapped[str | None] = mapped_column(String(64))
    reason: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))  # domain.library.ActionState
    matched: Mapped[int] = mapped_column(Integer)  # files that were meant
    done: Mapped[int] = mapped_column(Integer)
    changed: Mapped[int] = mapped_column(Integer)
    held: Mapped[int] = mapped_column(Integer)
    refused: Mapped[int] = mapped_column(Integer)
    place: Mapped[str] = mapped_column(String(_ID))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    lease_token: Mapped[str | None] = mapped_column(String(_ID))
    lease_expires_at: Mapped[datetime | None]


class BulkActionFile(Base):
    """A file that an action is about; without a foreign key, since the action may forget it."""

    __tablename__ = "bulk_action_files"

    action_id: Mapped[str] = mapped_column(
        ForeignKey("bulk_actions.id", ondelete="CASCADE"), primary_key=True
    )
    media_id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
