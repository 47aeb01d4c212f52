"""The tables. `migrations` alone creates the schema of a database; a test checks that the two are equal."""

from __future__ import annotations

from datetime import MINYEAR, UTC, date, datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Text,
    TypeDecorator,
    false,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}
# None is SQL's NULL, which conditions look for, not the JSON value null.
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_ID = 36  # a UUID as text
_CODE = 64


class UtcTime(TypeDecorator[datetime]):
    """A time with its zone on both databases: stored in UTC, aware when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Refuse a time without zone; one that UTC has no year for is the first or last that it has."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without zone")
        try:
            return value.astimezone(UTC)
        except OverflowError:
            end = datetime.min if value.year == MINYEAR else datetime.max
            return end.replace(tzinfo=UTC)

    def process_result_value(self, value: datetime | None, _: Dialect) -> datetime | None:
        """Give SQLite's times their zone."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(naming_convention=NAMES)
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        datetime: UtcTime(),
        date: Date(),
        dict[str, Any]: Json,
        list[Any]: Json,
    }


class User(Base):
    """An account."""

    __tablename__ = "users"

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    email: Mapped[str] = mapped_column(String(320), unique=True)  # normalised, see accounts.emails
    password_hash: Mapped[str] = mapped_column(String(255))
    tier: Mapped[str] = mapped_column(String(16), default="free")
    created_at: Mapped[datetime]
    password_changed_at: Mapped[datetime]
    # False: it is signed in to through the OpenID provider alone, and nobody knows a password of it
    has_password: Mapped[bool] = mapped_column(default=True, server_default=true())


class Session(Base):
    """A login: a token is valid while its row is there, not revoked and not expired."""

    __tablename__ = "sessions"

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)  # the token's jti
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    revoked_at: Mapped[datetime | None]
    last_seen_at: Mapped[datetime | None]  # within five minutes
    network: Mapped[str | None] = mapped_column(String(_CODE))  # of the address, accounts.devices
    browser: Mapped[str | None] = mapped_column(String(32))
    system: Mapped[str | None] = mapped_column(String(32))


class SecondFactor(Base):
    """What an account's one-time codes are computed from; it counts once it is confirmed."""

    __tablename__ = "second_factors"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    secret: Mapped[str] = mapped_column(Text)  # encrypted, see accounts.second_factor
    created_at: Mapped[datetime]
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int | None] = mapped_column(BigInteger)  # of the newest code that was taken


class RecoveryCode(Base):
    """A code that replaces a one-time code once."""

    __tablename__ = "recovery_codes"

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)  # the code itself is not stored
    used_at: Mapped[datetime | None]


class Identity(Base):
    """Who an account is at an OpenID provider."""

    __tablename__ = "identities"

    issuer: Mapped[str] = mapped_column(String(255), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[datetime]


class SpentState(Base):
    """A sign-in through the provider that has been answered, so that its answer counts once."""

    __tablename__ = "spent_states"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[datetime] = mapped_column(index=True)


class Workspace(Base):
    """Where jobs are kept and by whom they are seen; an account's personal one has the account's id."""

    __tablename__ = "workspaces"

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    name: Mapped[str] = mapped_column(String(100))
    personal_of: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    retention_hours: Mapped[int | None] = mapped_column(Integer)  # of files; None is the operator's setting
    blind_review: Mapped[bool] = mapped_column(Boolean, default=True)
    # Whether completed analyses are put up for review without being asked for
    asks_for_reviews: Mapped[bool] = mapped_column(Boolean, default=False, server_default=false())
    created_at: Mapped[datetime]


class Membership(Base):
    """An account in a workspace."""

    __tablename__ = "memberships"

    workspace_id: Mapped[str] = mapped_column(
        ForeignKey("workspaces.id", ondelete="CASCADE"), primary_key=True
    )
    user_id: Mapped[str] = mapped_column(
        ForeignKey("users.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    role: Mapped[str] = mapped_column(String(16))  # domain.roles.Role
    since: Mapped[datetime]


class Invitation(Base):
    """A link by which one account becomes a member of a workspace, once."""

    __tablename__ = "invitations"

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"), index=True)
    role: Mapped[str] = mapped_column(String(16))
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)  # the token itself is not stored
    made_by: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    used_by: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class ApiKey(Base):
    """A key by which a program acts for an account, within its scopes and until it expires."""

    __tablename__ = "api_keys"

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    workspace_id: Mapped[str | None] = mapped_column(String(_ID), index=True)  # None: personal
    made_by: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(16))  # the key's beginning, by which its owner knows it
    sha256: Mapped[str] = mapped_column(String(64), unique=True)  # the key itself is not stored
    scopes: Mapped[list[Any]]  # domain.scopes.Scope
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]  # within a minute


class WebhookEndpoint(Base):
    """An address that a workspace's events are sent to."""

    __tablename__ = "webhook_endpoints"

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    owner_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    workspace_id: Mapped[str | None] = mapped_column(String(_ID), index=True)  # None: personal
    made_by: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    url: Mapped[str] = mapped_column(Text)
    events: Mapped[list[Any]]  # domain.events.Event
    secret: Mapped[str] = mapped_column(Text)  # encrypted, see webhooks.secrets
    old_secret: Mapped[str | None] = mapped_column(Text)
    old_secret_until: Mapped[datetime | None]
    older_secrets: Mapped[list[Any] | None]  # replaced before old_secret: pairs of secret and until when
    created_at: Mapped[datetime]
    failing_since: Mapped[datetime | None]  # the first failure after the last success
    disabled_at: Mapped[datetime | None]
    disabled_why: Mapped[str | None] = mapped_column(String(_CODE))  # domain.webhooks.WhyDisabled


class WebhookDelivery(Base):
    """An event for one endpoint: written with what it is about, sent until the endpoint takes it."""

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("ix_webhook_deliveries_state_next_at", "state", "next_at"),
        Index("ix_webhook_deliveries_endpoint_id_created_at", "endpoint_id", "created_at"),
    )

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)  # the webhook-id that the endpoint sees
    endpoint_id: Mapped[str] = mapped_column(ForeignKey("webhook_endpoints.id", ondelete="CASCADE"))
    event: Mapped[str] = mapped_column(String(_CODE))
    # What it is about, and goes with: domain.events. None in rows of releases before, until the next sweep.
    subject: Mapped[str | None] = mapped_column(String(_ID), index=True)
    payload: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16))  # waiting, delivered, failed
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime] = mapped_column(index=True)
    next_at: Mapped[datetime]  # of the next attempt; of one under way, when its sender counts as lost
    lease_token: Mapped[str | None] = mapped_column(String(_ID))
    tried_at: Mapped[datetime | None]
    status: Mapped[int | None] = mapped_column(Integer)  # of the last answer
    problem: Mapped[str | None] = mapped_column(String(255))  # why the last attempt had none


class KeptAnswer(Base):
    """The answer to a request with an Idempotency-Key; see `deepshield.idempotency`."""

    __tablename__ = "idempotency_keys"

    owner: Mapped[str] = mapped_column(String(80), primary_key=True)  # an account or a visitor
    key_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    request_sha256: Mapped[str] = mapped_column(String(64))
    answer: Mapped[str] = mapped_column(Text)  # encrypted
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ResumableUpload(Base):
    """A file that arrives in parts, until it is a job or its time is over; see `jobs.resumable`."""

    __tablename__ = "resumable_uploads"

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    workspace_id: Mapped[str | None] = mapped_column(String(_ID))  # None: personal, or a visitor's
    sender: Mapped[str] = mapped_column(String(80), index=True)  # an account or a visitor, as in KeptAnswer
    declared: Mapped[str | None] = mapped_column(Text)  # Upload-Metadata, as it was sent
    filename: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str | None] = mapped_column(String(255))
    reuse: Mapped[bool]
    length: Mapped[int] = mapped_column(BigInteger)  # bytes of the whole file
    offset: Mapped[int] = mapped_column(BigInteger, default=0)  # bytes stored; `length` once there is a job
    writer: Mapped[str | None] = mapped_column(String(_ID))  # the request that may add parts: the latest
    job_id: Mapped[str | None] = mapped_column(String(_ID))  # no foreign key: the job may be deleted first
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class UploadPart(Base):
    """Consecutive bytes of a resumable upload, in a file of their own."""

    __tablename__ = "upload_parts"

    upload_id: Mapped[str] = mapped_column(
        ForeignKey("resumable_uploads.id", ondelete="CASCADE"), primary_key=True
    )
    start: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str] = mapped_column(String(255), unique=True)


class Usage(Base):
    """How many analyses an account has been charged on a day."""

    __tablename__ = "usage"
    __table_args__ = (CheckConstraint("used >= 0", name="not_negative"),)

    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    used: Mapped[int] = mapped_column(Integer, default=0)


# What an earlier release has written and `repositories.jobs.place` has not come to yet: an empty index.
_UNPLACED = "workspace_id IS NULL AND owner_id IS NOT NULL"
# Likewise of jobs of a known file that name no medium.
_NO_MEDIUM = "media_id IS NULL AND workspace_id IS NOT NULL AND sha256 <> ''"


class Job(Base):
    """One file to be analysed, from its acceptance to its outcome."""

    __tablename__ = "jobs"
    __table_args__ = (
        Index("ix_jobs_owner_id_created_at", "owner_id", "created_at"),
        Index("ix_jobs_state_queue_created_at", "state", "queue", "created_at"),
        Index("ix_jobs_state_queue_due_at", "state", "queue", "due_at", "created_at", "id"),
        Index("ix_jobs_owner_id_sha256", "owner_id", "sha256"),
        Index("ix_jobs_workspace_id_created_at", "workspace_id", "created_at"),
        Index("ix_jobs_workspace_id_sha256", "workspace_id", "sha256"),
        Index("ix_jobs_unplaced", "owner_id", sqlite_where=text(_UNPLACED), postgresql_where=text(_UNPLACED)),
        Index("ix_jobs_no_medium", "id", sqlite_where=text(_NO_MEDIUM), postgresql_where=text(_NO_MEDIUM)),
        CheckConstraint("attempts >= 0", name="attempts_not_negative"),
    )

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    # The sender; None for a visitor, and in a shared workspace for a former member.
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    # None for a visitor's job, and where an earlier release wrote the row: the sender's personal one then.
    # No foreign key here, in keys and in webhooks: SQLite can add one only by copying the table.
    workspace_id: Mapped[str | None] = mapped_column(String(_ID))
    owner_secret_sha256: Mapped[str | None] = mapped_column(String(64))  # of a job without an account
    media_type: Mapped[str] = mapped_column(String(8))  # domain.jobs.MediaKind
    queue: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))
    stage: Mapped[str] = mapped_column(String(32), default="validating")
    progress_percent: Mapped[int] = mapped_column(Integer, default=0)
    revision: Mapped[int] = mapped_column(Integer, default=0)  # counts every visible change; the id of events
    frames_planned: Mapped[int] = mapped_column(Integer, default=0)
    frames_decoded: Mapped[int] = mapped_column(Integer, default=0)
    faces_found: Mapped[int] = mapped_column(Integer, default=0)
    faces_scored: Mapped[int] = mapped_column(Integer, default=0)

    original_filename: Mapped[str] = mapped_column(Text)
    original_content_type: Mapped[str | None] = mapped_column(String(255))
    original_size_bytes: Mapped[int] = mapped_column(BigInteger)
    stored_size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))
    upload_key: Mapped[str | None] = mapped_column(String(255))  # None once the upload has been deleted
    request_id: Mapped[str | None] = mapped_column(String(64))

    created_at: Mapped[datetime] = mapped_column(index=True)
    due_at: Mapped[datetime | None]  # orders its queue; None only of an earlier release, until the next sweep
    updated_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]  # last announcement to the broker
    processing_started_at: Mapped[datetime | None]
    processing_completed_at: Mapped[datetime | None]
    purged_at: Mapped[datetime | None]  # when the artifacts were deleted

    attempts: Mapped[int] = mapped_column(Integer, default=0)
    crashes: Mapped[int] = mapped_column(Integer, default=0)
    lease_token: Mapped[str | None] = mapped_column(String(_ID))
    lease_expires_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    worker: Mapped[str | None] = mapped_column(String(255))

    error_code: Mapped[str | None] = mapped_column(String(_CODE))
    error_message: Mapped[str | None] = mapped_column(Text)
    error_details: Mapped[dict[str, Any] | None]

    charged_day: Mapped[date | None]  # the day that the job is charged to; None without a charge

    # The job of whose file this one has a copy; no foreign key, since either row may go first.
    parent_id: Mapped[str | None] = mapped_column(String(_ID), index=True)
    mark: Mapped[dict[str, Any] | None]  # domain.marks.Mark, where one face alone is analysed

    # The file in its workspace's library (workbench.Medium); no foreign key, as for workspaces.
    media_id: Mapped[str | None] = mapped_column(String(_ID), index=True)
    origin: Mapped[str] = mapped_column(
        String(16), default="first", server_default="first"
    )  # domain.jobs.Origin
    cause_id: Mapped[str | None] = mapped_column(String(_ID), index=True)  # the recheck that asked for it
    # The policy that it is judged by since its latest claim; None: the bundle's or the operator's rule.
    policy_id: Mapped[str | None] = mapped_column(String(_ID))


class Batch(Base):
    """Many files handed in together, followed and exported as one."""

    __tablename__ = "batches"
    __table_args__ = (Index("ix_batches_owner_id_created_at", "owner_id", "created_at"),)

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    owner_id: Mapped[str | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    workspace_id: Mapped[str | None] = mapped_column(String(_ID), index=True)  # as of a job
    owner_secret_sha256: Mapped[str | None] = mapped_column(String(64))  # of a batch without an account
    name: Mapped[str] = mapped_column(String(255))
    request_id: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]  # when it last got an item or was changed as a whole
    closed_at: Mapped[datetime | None]  # no further items come
    finished_at: Mapped[datetime | None] = mapped_column(index=True)  # closed, and every item has ended
    cancelled_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]  # its jobs are being deleted; nobody sees it any more


class BatchItem(Base):
    """One file or address of a batch: waiting, a job, or refused."""

    __tablename__ = "batch_items"
    __table_args__ = (
        Index("ix_batch_items_state_batch_id", "state", "batch_id"),
        Index("ix_batch_items_batch_id_sha256", "batch_id", "sha256"),
    )

    batch_id: Mapped[str] = mapped_column(ForeignKey("batches.id", ondelete="CASCADE"), primary_key=True)
    position: Mapped[int] = mapped_column(Integer, primary_key=True)  # from 0
    name: Mapped[str] = mapped_column(Text)  # as its sender calls it, folders included
    note: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(16))  # domain.batches.Held
    # None of an item that was never one, or whose job has been deleted.
    job_id: Mapped[str | None] = mapped_column(ForeignKey("jobs.id", ondelete="SET NULL"), index=True)
    reused: Mapped[bool] = mapped_column(Boolean, default=False)  # the job is not of this batch's making
    error_code: Mapped[str | None] = mapped_column(String(_CODE))
    error_message: Mapped[str | None] = mapped_column(Text)
    url: Mapped[str | None] = mapped_column(Text)
    upload_key: Mapped[str | None] = mapped_column(String(255), index=True)  # of a file that has no job yet
    media_type: Mapped[str | None] = mapped_column(String(8))
    content_type: Mapped[str | None] = mapped_column(String(255))
    size_bytes: Mapped[int | None] = mapped_column(BigInteger)
    sha256: Mapped[str | None] = mapped_column(String(64))
    created_at: Mapped[datetime]


class FileSource(Base):
    """Where a job's file came from: `domain.custody.Source`."""

    __tablename__ = "file_sources"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    sender: Mapped[str] = mapped_column(String(16))
    received_at: Mapped[datetime]
    name: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str | None] = mapped_column(String(255))
    declared_bytes: Mapped[int | None] = mapped_column(BigInteger)
    url: Mapped[str | None] = mapped_column(Text)
    hops: Mapped[list[Any]]
    resolution: Mapped[dict[str, Any] | None]


class Attempt(Base):
    """One worker's try at a job."""

    __tablename__ = "attempts"

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)  # the lease token
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), index=True)
    number: Mapped[int] = mapped_column(Integer)
    worker: Mapped[str] = mapped_column(String(255))
    started_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(_CODE))  # completed, released, or an error's code


class Result(Base):
    """The outcome of a completed job; at most one per job, ever."""

    __tablename__ = "results"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime]
    verdict: Mapped[str] = mapped_column(String(16), index=True)
    final_score: Mapped[float | None] = mapped_column(Float)
    raw_logit: Mapped[float | None] = mapped_column(Float)
    bundle_id: Mapped[str | None] = mapped_column(ForeignKey("model_bundles.sha256"))
    document: Mapped[dict[str, Any]]  # read with result_reader; artifact fields hold names


class Artifact(Base):
    """A file made by an analysis."""

    __tablename__ = "artifacts"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(128), primary_key=True)
    key: Mapped[str] = mapped_column(String(255), unique=True)
    content_type: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    sha256: Mapped[str] = mapped_column(String(64))


class Fingerprint(Base):
    """What near copies of a job's file are recognised by: hashes of its frames."""

    __tablename__ = "fingerprints"

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), unique=True)
    frames: Mapped[list[Any]]  # of each: time in milliseconds, quality, hash in hexadecimal
    forms: Mapped[list[Any]]  # of each: the hashes of the frame turned and mirrored, domain.fingerprints.Form


class FingerprintPiece(Base):
    """A key under which a fingerprint is found: a workspace and a piece of a hash (`domain.fingerprints`)."""

    __tablename__ = "fingerprint_pieces"

    key: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    fingerprint_id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"),
        ForeignKey("fingerprints.id", ondelete="CASCADE"),
        primary_key=True,
        autoincrement=False,
        index=True,
    )


class ShareLink(Base):
    """A link by which others may read an ended job."""

    __tablename__ = "share_links"

    job_id: Mapped[str] = mapped_column(ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)  # the token itself is not stored
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class ModelBundle(Base):
    """A bundle that has scored something or is loaded by a worker."""

    __tablename__ = "model_bundles"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(128))
    version: Mapped[str] = mapped_column(String(64))
    first_seen_at: Mapped[datetime]


class Worker(Base):
    """A worker process that consumes a queue; kept a while after its last heartbeat."""

    __tablename__ = "workers"

    id: Mapped[str] = mapped_column(String(255), primary_key=True)  # host, process and queue
    queue: Mapped[str] = mapped_column(String(32))
    state: Mapped[str] = mapped_column(String(16))  # starting, ready, broken
    detail: Mapped[str | None] = mapped_column(Text)  # why it is broken
    bundle_id: Mapped[str | None] = mapped_column(String(64))
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class AuditEntry(Base):
    """An action on an account or a job, and who did it; without secrets and file content."""

    __tablename__ = "audit_log"
    __table_args__ = (
        Index("ix_audit_log_position", "position", unique=True),
        Index("ix_audit_log_workspace_id_position", "workspace_id", "position"),
    )

    id: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    at: Mapped[datetime] = mapped_column(index=True)
    actor: Mapped[str | None] = mapped_column(String(_ID))  # a user's id; None for the system or a visitor
    action: Mapped[str] = mapped_column(String(64))
    subject: Mapped[str | None] = mapped_column(String(_ID), index=True)
    details: Mapped[dict[str, Any] | None]
    # Where its subject is in one; no foreign key, since the log outlives workspaces.
    workspace_id: Mapped[str | None] = mapped_column(String(_ID))
    position: Mapped[int | None] = mapped_column(BigInteger)  # in the chain, from 1
    hash: Mapped[str | None] = mapped_column(String(64))  # of the row and the hash before: domain.chain


class AuditText(Base):
    """A text that an entry of the audit log has the digest of (`domain.chain`): it can be erased.

    Without foreign keys: what it is about, and its workspace, may go in the transaction that writes it.
    """

    __tablename__ = "audit_texts"

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    key: Mapped[str] = mapped_column(String(64))  # of the digest
    text: Mapped[str] = mapped_column(Text)
    subject: Mapped[str | None] = mapped_column(String(_ID), index=True)  # of the entry
    workspace_id: Mapped[str | None] = mapped_column(String(_ID), index=True)
    account_id: Mapped[str | None] = mapped_column(String(_ID), index=True)  # with which it goes
    at: Mapped[datetime]


class AuditHead(Base):
    """The newest link of the audit log's chain; one row, once there is an entry."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    position: Mapped[int] = mapped_column(BigInteger)
    hash: Mapped[str] = mapped_column(String(64))


class PendingDeletion(Base):
    """A file in storage whose row is gone and that is to be deleted; survives a crash between the two."""

    __tablename__ = "doomed_blobs"  # an earlier name, kept because renaming a table stops running releases

    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    since: Mapped[datetime]
