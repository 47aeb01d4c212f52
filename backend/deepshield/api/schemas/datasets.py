"""Data sets and their versions."""

from __future__ import annotations

from typing import Annotated

from pydantic import AwareDatetime, Field, model_validator

from deepshield.api.schemas.base import NAMING, SHA256, STORABLE, Answer
from deepshield.domain.datasets import (
    MOST_ITEMS,
    NAME,
    Consent,
    DatasetText,
    LeftOut,
    Split,
    SplitRule,
    Use,
    VersionText,
)

_ID = "6a1f0c52-6c55-4d0f-9f2e-0b3d3a5f7c11"
_MOST_IDS = 1000
MediumId = Annotated[str, Field(pattern="^[0-9a-f-]{1,36}$")]


class DatasetRequest(Answer):
    """A data set to make."""

    name: str = Field(
        pattern=NAME, description="Small letters, digits, `.`, `_` and `-`.", examples=["newsroom"]
    )
    description: str | None = Field(None, max_length=2000, pattern=STORABLE)


class SplitRequest(Answer):
    """How groups are dealt; shares are of the groups, and sum to 1."""

    seed: int = Field(0, ge=0, le=2**53 - 1)
    train: float = Field(0.0, ge=0, le=1)
    validation: float = Field(0.0, ge=0, le=1)
    test: float = Field(1.0, ge=0, le=1)

    @model_validator(mode="after")
    def _sum(self) -> SplitRequest:
        self.rule()
        return self

    def rule(self) -> SplitRule:
        """Return the rule; raises ValueError when the shares do not sum to 1."""
        return SplitRule(self.seed, self.train, self.validation, self.test)


class VersionRequest(Answer):
    """A version to freeze: which files, under which licence, dealt how."""

    q: str | None = Field(
        None,
        max_length=2000,
        description="A query of the library; its files count.",
        examples=["grade:double -tag:draft"],
    )
    ids: list[MediumId] | None = Field(
        None,
        min_length=1,
        max_length=_MOST_IDS,
        description="Or files of the library; with neither all that have a label.",
    )
    licence: str = Field(
        min_length=1,
        max_length=255,
        pattern=NAMING,
        description="A name or an address, best of https://spdx.org/licenses.",
        examples=["https://spdx.org/licenses/CC-BY-4.0"],
    )
    consent: Consent = Field(
        Consent.REQUIRED,
        description="Whether files without recorded consent to research are left out; the version says it.",
    )
    split: SplitRequest = Field(default_factory=SplitRequest)
    join_near_copies: bool = Field(
        True,
        description="Whether files that show the same are in one group, and so in one split. Of more than "
        "50,000 sampled frames they are not compared: 409 TOO_MANY.",
    )
    note: str | None = Field(None, max_length=2000, pattern=STORABLE)

    @model_validator(mode="after")
    def _one_choice(self) -> VersionRequest:
        if self.q is not None and self.ids is not None:
            raise ValueError("send q or ids, not both")
        return self


class DatasetRedaction(Answer):
    """Which texts of a data set are to be erased."""

    texts: list[DatasetText] = Field(min_length=1, max_length=len(DatasetText))


class VersionRedaction(Answer):
    """Which texts of a version are to be erased; licence and groups are in its manifest."""

    texts: list[VersionText] = Field(min_length=1, max_length=len(VersionText))


class Cell(Answer):
    """How many files share label, kind and source."""

    label: str = Field(examples=["manipulated"])
    kind: str | None = Field(examples=["lipsync"])
    source: str = Field(description="The host of an address, or how the file came.", examples=["upload"])
    files: int


class SplitCounts(Answer):
    """The files of a split."""

    files: int
    groups: int
    real: int
    fake: int


class NearCounts(Answer):
    """Near copies that are kept together."""

    joined: int = Field(description="Files that are near copies of others, and in their group.")
    unknown: int = Field(description="Files without a fingerprint, which could not be compared.")


class VersionCounts(Answer):
    """What a version has."""

    files: int
    bytes: int
    groups: int
    read_blind: int = Field(
        0,
        description="Files of the workspace that were passed over, whatever is said of them, since who froze "
        "the version read them blind then.",
    )
    near_copies: NearCounts | None = Field(
        None, description="Null where near copies were not looked for, as in versions of releases before."
    )
    real: int
    fake: int
    cells: list[Cell]
    splits: dict[Split, SplitCounts]


class DatasetVersion(Answer):
    """A frozen version; only `used_for` and `retired_at` may change, and `query` and `note` be erased."""

    id: str = Field(examples=[_ID])
    number: int = Field(examples=[3])
    frozen_at: AwareDatetime
    manifest_sha256: str = Field(examples=[SHA256])
    files: int
    real: int
    fake: int
    groups: int
    licence: str
    consent: Consent
    query: str | None = Field(description="Of the library; null where files were chosen otherwise.")
    note: str | None
    redacted: list[VersionText] = Field([], description="Texts that somebody has erased.")
    used_for: list[Use] = Field(description="A model that was fitted on it measures too well on it.")
    retired_at: AwareDatetime | None = Field(description="Since then its files expire as all others do.")


class DatasetVersionDetails(DatasetVersion):
    """A version with its counts."""

    dataset_id: str = Field(examples=[_ID])
    name: str = Field(examples=["newsroom"])
    kept: int = Field(description="Files that are still kept for it; the archive has no others.")
    withdrawn: int = Field(
        description="Files whose consent to research was withdrawn since; their hashes stay, and they expire."
    )
    counts: VersionCounts
    left_out: dict[LeftOut, int] = Field(description="Chosen files that could not be used, by reason.")
    split: SplitRequest


class VersionPreview(Answer):
    """What a version would be."""

    manifest_sha256: str = Field(examples=[SHA256])
    counts: VersionCounts
    left_out: dict[LeftOut, int]
    limit: int = Field(MOST_ITEMS, description="Of files in a version.")


class Dataset(Answer):
    """A data set with its newest versions, 200 at most, the newest first."""

    id: str = Field(examples=[_ID])
    name: str = Field(examples=["newsroom"])
    description: str | None
    redacted: list[DatasetText] = Field([], description="Texts that somebody has erased.")
    created_at: AwareDatetime
    versions: list[DatasetVersion]


class DatasetVersionPage(Answer):
    """Versions of a data set, the newest first."""

    versions: list[DatasetVersion]
    next_cursor: int | None = Field(description="For the versions before these; null where none is left.")


class DatasetList(Answer):
    """The workspace's data sets, by name."""

    datasets: list[Dataset]


class ItemChange(Answer):
    """A file of which two versions differ."""

    sha256: str = Field(examples=[SHA256])
    media_id: str = Field(description="In the library, unless it was forgotten there.")
    before: str | None = Field(description="Its label in this version.", examples=["manipulated"])
    after: str | None = Field(description="Its label in the other one.", examples=["authentic"])
    split_before: Split | None
    split_after: Split | None


class VersionDiff(Answer):
    """What became of a version's files in another; lists end after 1,000 files, counts do not."""

    number: int
    to: int
    same: int
    added: int
    removed: int
    relabelled: int
    moved: int = Field(description="To another split.")
    changes: list[ItemChange]
