"""Turning data sets and versions into answers."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any

from deepshield.api.schemas.datasets import (
    Dataset,
    DatasetVersion,
    DatasetVersionDetails,
    DatasetVersionPage,
    ItemChange,
    SplitRequest,
    VersionCounts,
    VersionDiff,
    VersionPreview,
)
from deepshield.datasets.freezing import Draft
from deepshield.datasets.reading import DatasetView, VersionView
from deepshield.domain.datasets import (
    Consent,
    DatasetText,
    Difference,
    Entry,
    LeftOut,
    Use,
    VersionText,
)
from deepshield.persistence import measurement

_MOST_CHANGES = 1000


def dataset_answer(view: DatasetView) -> Dataset:
    """Return a data set as it is answered."""
    row = view.row
    return Dataset(
        id=row.id,
        name=row.name,
        description=row.description,
        redacted=[DatasetText(one) for one in row.redacted or ()],
        created_at=row.created_at,
        versions=[DatasetVersion(**_version(one)) for one in view.versions],
    )


def versions_answer(rows: Sequence[measurement.DatasetVersion], limit: int) -> DatasetVersionPage:
    """Return a page of versions as it is answered."""
    return DatasetVersionPage(
        versions=[DatasetVersion(**_version(one)) for one in rows],
        next_cursor=rows[-1].number if len(rows) == limit else None,
    )


def version_answer(view: VersionView) -> DatasetVersionDetails:
    """Return a version with its counts as it is answered."""
    row = view.row
    return DatasetVersionDetails(
        **_version(row),
        dataset_id=view.dataset.id,
        name=view.dataset.name,
        kept=view.kept,
        withdrawn=view.withdrawn,
        counts=VersionCounts.model_validate(row.counts),
        left_out=_left_out(row.left_out),
        split=SplitRequest(seed=row.split_seed, **row.split_shares),
    )


def preview_answer(draft: Draft) -> VersionPreview:
    """Return what a version would be as it is answered."""
    return VersionPreview(
        manifest_sha256=draft.manifest_sha256,
        counts=VersionCounts.model_validate(draft.counts),
        left_out=_left_out(draft.left_out),
    )


def diff_answer(number: int, to: int, found: Difference) -> VersionDiff:
    """Return how two versions differ as it is answered."""
    return VersionDiff(
        number=number,
        to=to,
        same=found.same,
        added=len(found.added),
        removed=len(found.removed),
        relabelled=len(found.relabelled),
        moved=len(found.moved),
        changes=list(islice(_changes(found), _MOST_CHANGES)),
    )


def _changes(found: Difference) -> Iterator[ItemChange]:
    relabelled = {before.sha256 for before, _ in found.relabelled}
    pairs: list[tuple[Entry | None, Entry | None]] = [
        *((before, after) for before, after in found.relabelled),
        *((before, after) for before, after in found.moved if before.sha256 not in relabelled),
        *((before, None) for before in found.removed),
        *((None, after) for after in found.added),
    ]
    for before, after in pairs:
        one = after or before
        assert one is not None
        yield ItemChange(
            sha256=one.sha256,
            media_id=one.media_id,
            before=before.label if before else None,
            after=after.label if after else None,
            split_before=before.split if before else None,
            split_after=after.split if after else None,
        )


def _version(row: measurement.DatasetVersion) -> dict[str, Any]:
    return {
        "id": row.id,
        "number": row.number,
        "frozen_at": row.frozen_at,
        "manifest_sha256": row.manifest_sha256,
        "files": row.counts["files"],
        "real": row.counts["real"],
        "fake": row.counts["fake"],
        "groups": row.counts["groups"],
        "licence": row.licence,
        "consent": Consent(row.consent),
        "query": row.query,
        "note": row.note,
        "redacted": [VersionText(one) for one in row.redacted or ()],
        "used_for": [Use(one) for one in row.used_for],
        "retired_at": row.retired_at,
    }


def _left_out(counts: dict[str, Any]) -> dict[LeftOut, int]:
    return {LeftOut(reason): number for reason, number in counts.items()}
