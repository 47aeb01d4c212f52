"""Reading data sets. The workspace is part of every query: unknown and foreign ones have one answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from deepshield.domain.datasets import Difference, difference
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.roles import May
from deepshield.persistence.measurement import Dataset, DatasetVersion
from deepshield.persistence.repositories import datasets
from deepshield.resources import Resources
from deepshield.workspaces.blindness import read_blind

OF_EACH = 200  # versions that come with a data set; the rest are a list of their own


@dataclass(frozen=True, slots=True)
class DatasetView:
    """A data set with its newest versions, `OF_EACH` at most, the newest first."""

    row: Dataset
    versions: Sequence[DatasetVersion]


@dataclass(frozen=True, slots=True)
class VersionView:
    """A version of a data set, and how many of its files are still kept, or were withdrawn."""

    dataset: Dataset
    row: DatasetVersion
    kept: int
    withdrawn: int


def list_datasets(resources: Resources, owner: Owner) -> list[DatasetView]:
    """Return the workspace's data sets by name; raises `DeepShieldError` ROLE_MISSING."""
    owner.need(May.READ)
    with resources.database.read() as session:
        found = datasets.of_workspace(session, owner.workspace_id)
        versions = datasets.versions(session, [one.id for one in found], OF_EACH)
    return [DatasetView(one, [v for v in versions if v.dataset_id == one.id]) for one in found]


def find_dataset(resources: Resources, owner: Owner, dataset_id: str) -> DatasetView:
    """Return a data set of the workspace; raises `DeepShieldError` NOT_FOUND, ROLE_MISSING."""
    owner.need(May.READ)
    with resources.database.read() as session:
        row = found(datasets.find(session, owner.workspace_id, dataset_id))
        return DatasetView(row, datasets.versions(session, [row.id], OF_EACH))


def list_versions(
    resources: Resources, owner: Owner, dataset_id: str, *, before: int | None = None, limit: int = 50
) -> Sequence[DatasetVersion]:
    """Return versions of a data set, the newest first, from beyond a number; raises as `find_dataset`."""
    owner.need(May.READ)
    with resources.database.read() as session:
        row = found(datasets.find(session, owner.workspace_id, dataset_id))
        return datasets.version_page(session, row.id, limit, before)


def find_version(resources: Resources, owner: Owner, dataset_id: str, number: int) -> VersionView:
    """Return a version; raises as `find_dataset`."""
    owner.need(May.READ)
    with resources.database.read() as session:
        dataset, row = version_in(session, owner.workspace_id, dataset_id, number)
        return view_of(session, dataset, row)


def view_of(session: Session, dataset: Dataset, row: DatasetVersion) -> VersionView:
    """Return a version with the numbers of its files."""
    return VersionView(
        dataset, row, datasets.kept_files(session, row.id), datasets.withdrawn_files(session, row.id)
    )


def version_in(
    session: Session, workspace_id: str, dataset_id: str, number: int
) -> tuple[Dataset, DatasetVersion]:
    """Return a version with its data set; raises `DeepShieldError` NOT_FOUND."""
    dataset = found(datasets.find(session, workspace_id, dataset_id))
    row = datasets.version(session, dataset.id, number)
    if row is None:
        raise DeepShieldError(Code.NOT_FOUND, f"{dataset.name} has no version {number}.")
    return dataset, row


def compare_versions(resources: Resources, owner: Owner, dataset_id: str, number: int, to: int) -> Difference:
    """Return what became of the files of a version in another one; raises as `find_dataset`.

    Without files that the account reads blind.
    """
    owner.need(May.READ)
    with resources.database.read() as session:
        rows = [version_in(session, owner.workspace_id, dataset_id, one)[1] for one in (number, to)]
        hidden = read_blind(session, owner)
        before, after = (
            [one for one in datasets.entries(session, row.id) if one.media_id not in hidden] for row in rows
        )
    return difference(before, after)


def found(row: Dataset | None) -> Dataset:
    """Return the row, or raise `DeepShieldError` NOT_FOUND."""
    if row is None:
        raise DeepShieldError(Code.NOT_FOUND, "There is no such data set in this workspace.")
    return row
