"""The tables of data sets, of measurements on them, of policies, and of bundles that were made of them.

What a version is made of, and what a policy says, is never changed: a trigger of the database refuses it.
Of the names, reasons and notes beside it another trigger lets pass that they are erased.
Of a file a version keeps the hash and what was said of it, without a foreign key, since the file and its row
may be deleted.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import (
    BigInteger,
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
_ACTIVE = text("state = 'active'")  # domain.policies.PolicyState, domain.bundles.BundleState


class Dataset(Base):
    """A workspace's data set under a name; what is in it are its versions."""

    __tablename__ = "datasets"
    __table_args__ = (UniqueConstraint("workspace_id", "name"),)

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(64))
    description: Mapped[str | None] = mapped_column(Text)
    made_by: Mapped[str | None] = mapped_column(String(_ID))
    created_at: Mapped[datetime]
    last_number: Mapped[int | None] = mapped_column(Integer)  # of a version that was deleted
    redacted: Mapped[list[Any] | None]  # texts that were erased: domain.datasets.DatasetText


class DatasetVersion(Base):
    """A data set as it was frozen; of its columns the last four are written again, and texts can go."""

    __tablename__ = "dataset_versions"
    __table_args__ = (UniqueConstraint("dataset_id", "number"),)

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    dataset_id: Mapped[str] = mapped_column(ForeignKey("datasets.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)  # from 1
    query: Mapped[str | None] = mapped_column(Text)  # of the library; None where files were chosen by hand
    note: Mapped[str | None] = mapped_column(Text)
    frozen_at: Mapped[datetime]
    frozen_by: Mapped[str | None] = mapped_column(String(_ID))
    manifest_sha256: Mapped[str] = mapped_column(String(64))
    counts: Mapped[dict[str, Any]]  # domain.datasets.counted
    left_out: Mapped[dict[str, Any]]  # domain.datasets.LeftOut: files
    licence: Mapped[str] = mapped_column(String(255))
    consent: Mapped[str] = mapped_column(String(16))  # domain.datasets.Consent
    split_seed: Mapped[int] = mapped_column(BigInteger)
    split_shares: Mapped[dict[str, Any]]  # domain.datasets.Split: share of the groups
    used_for: Mapped[list[Any]]  # domain.datasets.Use
    retired_at: Mapped[datetime | None]  # its files are kept no longer for it
    retired_by: Mapped[str | None] = mapped_column(String(_ID))
    redacted: Mapped[list[Any] | None]  # texts that were erased: domain.datasets.VersionText


class DatasetItem(Base):
    """A file of a version, and what it was held to be when the version was frozen."""

    __tablename__ = "dataset_items"
    __table_args__ = (Index("ix_dataset_items_media_id", "media_id"),)

    version_id: Mapped[str] = mapped_column(
        ForeignKey("dataset_versions.id", ondelete="CASCADE"), primary_key=True
    )
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    media_id: Mapped[str] = mapped_column(String(_ID))
    media_type: Mapped[str] = mapped_column(String(8))  # domain.jobs.MediaKind
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    ending: Mapped[str] = mapped_column(String(16))  # of the file's name, which is not kept
    label: Mapped[str] = mapped_column(String(16))
    kind: Mapped[str | None] = mapped_column(String(32))
    grade: Mapped[str | None] = mapped_column(String(16))
    label_revision: Mapped[int] = mapped_column(Integer)
    source: Mapped[str] = mapped_column(String(255))
    generator: Mapped[str | None] = mapped_column(String(_CODE))
    group_key: Mapped[str] = mapped_column(String(255))
    split: Mapped[str] = mapped_column(String(16))  # domain.datasets.Split
    withdrawn_at: Mapped[datetime | None]  # the consent that a version rested on; the only one ever written


class Evaluation(Base):
    """How well a model does on a version: the verdicts that it was measured on, and the report."""

    __tablename__ = "evaluations"
    __table_args__ = (
        Index("ix_evaluations_workspace_id_created_at", "workspace_id", "created_at"),
        Index("ix_evaluations_state", "state"),
    )

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    version_id: Mapped[str] = mapped_column(ForeignKey("dataset_versions.id", ondelete="CASCADE"), index=True)
    split: Mapped[str | None] = mapped_column(String(16))  # None: the whole version
    bundle_sha256: Mapped[str] = mapped_column(String(64))
    bundle: Mapped[str | None] = mapped_column(String(128))
    bundle_version: Mapped[str | None] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))  # domain.evaluations.EvaluationState
    asked_by: Mapped[str | None] = mapped_column(String(_ID))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    lease_token: Mapped[str | None] = mapped_column(String(_ID))
    lease_expires_at: Mapped[datetime | None]
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    recheck_id: Mapped[str | None] = mapped_column(String(_ID))  # that analyses what has no verdict yet
    files: Mapped[int] = mapped_column(Integer)
    missing: Mapped[int] = mapped_column(Integer)  # without an analysis by this model
    threshold: Mapped[float | None] = mapped_column(Float)
    policy_id: Mapped[str | None] = mapped_column(String(_ID))  # None: the bundle's or the operator's rule
    auc: Mapped[float | None] = mapped_column(Float)
    report: Mapped[dict[str, Any] | None]  # deepshield.evaluation.report
    outcomes: Mapped[list[Any] | None]  # of each file: its hash, verdict, logit, estimate, analysis
    error: Mapped[str | None] = mapped_column(Text)


class Policy(Base):
    """A workspace's rule for the verdicts of a bundle; its state alone is written again, and texts can go."""

    __tablename__ = "policies"
    __table_args__ = (
        UniqueConstraint("workspace_id", "number"),
        Index(
            "uq_policies_active",
            "workspace_id",
            "bundle_sha256",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
        CheckConstraint("author <> approver", name="approved_by_another"),
    )

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    workspace_id: Mapped[str] = mapped_column(ForeignKey("workspaces.id", ondelete="CASCADE"))
    number: Mapped[int] = mapped_column(Integer)  # from 1, in the workspace
    bundle_sha256: Mapped[str] = mapped_column(String(64))
    bundle: Mapped[str] = mapped_column(String(128))
    bundle_version: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(100))
    reason: Mapped[str | None] = mapped_column(Text)
    threshold: Mapped[float] = mapped_column(Float)
    abstain_low: Mapped[float] = mapped_column(Float)
    abstain_high: Mapped[float] = mapped_column(Float)
    smallest_face_px: Mapped[float] = mapped_column(Float)
    least_frames: Mapped[int] = mapped_column(Integer)
    least_share: Mapped[float] = mapped_column(Float)
    base: Mapped[int | None] = mapped_column(Integer)  # the number that it was made from
    state: Mapped[str] = mapped_column(String(16))  # domain.policies.PolicyState
    author: Mapped[str] = mapped_column(String(_ID))
    created_at: Mapped[datetime]
    approver: Mapped[str | None] = mapped_column(String(_ID))
    approved_at: Mapped[datetime | None]  # in force from then until it is retired
    retired_by: Mapped[str | None] = mapped_column(String(_ID))
    retired_at: Mapped[datetime | None]
    redacted: Mapped[list[Any] | None]  # texts that were erased: domain.policies.PolicyText


class ProposedBundle(Base):
    """A bundle that was proposed to be served; its files are one archive in storage."""

    __tablename__ = "bundles"
    __table_args__ = (
        Index(
            "uq_bundles_active",
            "state",
            unique=True,
            sqlite_where=_ACTIVE,
            postgresql_where=_ACTIVE,
        ),
    )

    id: Mapped[str] = mapped_column(String(_ID), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)  # of bundle.json
    name: Mapped[str] = mapped_column(String(128))
    version: Mapped[str] = mapped_column(String(64))
    state: Mapped[str] = mapped_column(String(16))  # domain.bundles.BundleState
    manifest: Mapped[str] = mapped_column(Text)  # bundle.json, which the API answers with
    key: Mapped[str] = mapped_column(String(255), unique=True)
    archive_sha256: Mapped[str] = mapped_column(String(64))
    size_bytes: Mapped[int] = mapped_column(BigInteger)
    derived_from: Mapped[str | None] = mapped_column(String(64))  # SHA-256 of the bundle that it was made of
    dataset: Mapped[str | None] = mapped_column(String(80))  # NAME@NUMBER
    manifest_sha256: Mapped[str | None] = mapped_column(String(64))  # of that version
    figures: Mapped[dict[str, Any] | None]  # both bundles on its test split
    proposed_by: Mapped[str] = mapped_column(String(128))
    proposed_at: Mapped[datetime]
    approved_by: Mapped[str | None] = mapped_column(String(128))
    approved_at: Mapped[datetime | None]
    previous_id: Mapped[str | None] = mapped_column(String(_ID))  # served before; None: the released one
    retired_by: Mapped[str | None] = mapped_column(String(128))
    retired_at: Mapped[datetime | None]
