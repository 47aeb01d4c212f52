"""Data sets, their frozen versions, and the files of those."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, insert, or_, select, update
from sqlalchemy.orm import Session

from deepshield.domain.datasets import Consent, Entry, Split
from deepshield.domain.jobs import FINAL
from deepshield.persistence import turns
from deepshield.persistence.measurement import Dataset, DatasetItem, DatasetVersion
from deepshield.persistence.tables import Job
from deepshield.persistence.workbench import Label, Medium, MediumTag

_AT_ONCE = 500  # rows per statement: SQLite takes some thousands of values
_FINAL = tuple(state.value for state in FINAL)


def add(session: Session, dataset: Dataset) -> None:
    """Insert a data set; raises IntegrityError when the workspace has one of the name."""
    session.add(dataset)
    session.flush()


def one_at_a_time(session: Session, workspace_id: str) -> None:
    """Let other transactions that make a data set in the workspace wait until this one ends."""
    turns.one_at_a_time(session, f"data sets {workspace_id}")


def find(session: Session, workspace_id: str, dataset_id: str) -> Dataset | None:
    """Return a workspace's data set."""
    return session.scalar(
        select(Dataset).where(Dataset.id == dataset_id, Dataset.workspace_id == workspace_id)
    )


def named(session: Session, workspace_id: str, name: str) -> Dataset | None:
    """Return a workspace's data set of a name."""
    return session.scalar(select(Dataset).where(Dataset.name == name, Dataset.workspace_id == workspace_id))


def of_workspace(session: Session, workspace_id: str) -> Sequence[Dataset]:
    """Return a workspace's data sets by name."""
    return session.scalars(
        select(Dataset).where(Dataset.workspace_id == workspace_id).order_by(Dataset.name)
    ).all()


def count(session: Session, workspace_id: str) -> int:
    """Return how many data sets a workspace has."""
    query = select(func.count()).select_from(Dataset).where(Dataset.workspace_id == workspace_id)
    return session.scalar(query) or 0


def lock(session: Session, dataset_id: str) -> bool:
    """Let other versions of a data set wait until the transaction ends; False when it is gone."""
    return session.scalar(select(Dataset.id).where(Dataset.id == dataset_id).with_for_update()) is not None


def next_number(session: Session, dataset_id: str) -> int:
    """Return the number of the next version; for who holds the data set's lock."""
    last = session.scalar(
        select(func.max(DatasetVersion.number)).where(DatasetVersion.dataset_id == dataset_id)
    )
    deleted = session.scalar(select(Dataset.last_number).where(Dataset.id == dataset_id))
    return max(last or 0, deleted or 0) + 1


def versions(session: Session, dataset_ids: Collection[str], of_each: int) -> Sequence[DatasetVersion]:
    """Return the newest versions of data sets, ``of_each`` at most, the newest of each first."""
    place = func.row_number().over(
        partition_by=DatasetVersion.dataset_id, order_by=DatasetVersion.number.desc()
    )
    numbered = (
        select(DatasetVersion.id, place.label("place"))
        .where(DatasetVersion.dataset_id.in_(list(dataset_ids)))
        .subquery()
    )
    query = (
        select(DatasetVersion)
        .join(numbered, numbered.c.id == DatasetVersion.id)
        .where(numbered.c.place <= of_each)
    )
    return session.scalars(query.order_by(DatasetVersion.dataset_id, DatasetVersion.number.desc())).all()


def version_page(
    session: Session, dataset_id: str, limit: int, before: int | None = None
) -> Sequence[DatasetVersion]:
    """Return versions of a data set, the newest first, from beyond the one with a number."""
    query = select(DatasetVersion).where(DatasetVersion.dataset_id == dataset_id)
    if before is not None:
        query = query.where(DatasetVersion.number < before)
    return session.scalars(query.order_by(DatasetVersion.number.desc()).limit(limit)).all()


def version(session: Session, dataset_id: str, number: int) -> DatasetVersion | None:
    """Return a version by its number."""
    query = select(DatasetVersion).where(DatasetVersion.dataset_id == dataset_id)
    return session.scalar(
        query.where(DatasetVersion.number == number).execution_options(populate_existing=True)
    )


def add_version(session: Session, row: DatasetVersion, entries: Iterable[Entry]) -> None:
    """Insert a version with its files."""
    session.add(row)
    session.flush()
    rows = [_row(row.id, entry) for entry in entries]
    for start in range(0, len(rows), _AT_ONCE):
        session.execute(insert(DatasetItem), rows[start : start + _AT_ONCE])


def note_use(session: Session, version_id: str, use: str) -> None:
    """Record what a version has been used for."""
    row = session.get(DatasetVersion, version_id, populate_existing=True, with_for_update=True)
    if row is not None and use not in row.used_for:
        row.used_for = sorted({*row.used_for, use})
        session.flush()


def note_use_of(session: Session, manifest_sha256: str, use: str) -> int:
    """Record what every version with a manifest has been used for; return how many there are."""
    found = session.scalars(
        select(DatasetVersion.id).where(DatasetVersion.manifest_sha256 == manifest_sha256)
    ).all()
    for version_id in sorted(found):
        note_use(session, version_id, use)
    return len(found)


def retire(session: Session, version_id: str, by: str, now: datetime) -> bool:
    """Keep a version's files no longer for it; False when that was so already."""
    there = (DatasetVersion.id == version_id, DatasetVersion.retired_at.is_(None))
    retired = update(DatasetVersion).where(*there).values(retired_at=now, retired_by=by)
    return session.scalar(retired.returning(DatasetVersion.id)) is not None


def redact_version(
    session: Session, version_id: str, names: Collection[str], redacted: Sequence[str]
) -> None:
    """Erase texts of a version by their columns; ``redacted`` names all that are gone then."""
    values: dict[str, Any] = {**dict.fromkeys(names), "redacted": list(redacted)}
    session.execute(update(DatasetVersion).where(DatasetVersion.id == version_id).values(**values))


def remove_version(session: Session, dataset: Dataset, row: DatasetVersion) -> None:
    """Delete a version with its files' lines and its evaluations; for who holds the data set's lock."""
    dataset.last_number = max(dataset.last_number or 0, row.number)
    session.flush()
    session.execute(delete(DatasetVersion).where(DatasetVersion.id == row.id))


def remove_all(session: Session, workspace_id: str) -> None:
    """Delete a workspace's data sets with all their versions."""
    session.execute(delete(Dataset).where(Dataset.workspace_id == workspace_id))


def entries(
    session: Session, version_id: str, split: Split | None = None, after: str = "", limit: int | None = None
) -> list[Entry]:
    """Return a version's files, all or of one split, in the order of their hashes, from beyond ``after``."""
    query = select(DatasetItem).where(DatasetItem.version_id == version_id, DatasetItem.sha256 > after)
    if split is not None:
        query = query.where(DatasetItem.split == split.value)
    query = query.order_by(DatasetItem.sha256)
    return [_entry(row) for row in session.scalars(query if limit is None else query.limit(limit))]


def among(session: Session, version_id: str, media_ids: Collection[str]) -> Sequence[str]:
    """Return those of some media that are files of a version."""
    query = select(DatasetItem.media_id).where(
        DatasetItem.version_id == version_id, DatasetItem.media_id.in_(list(media_ids))
    )
    return session.scalars(query).all() if media_ids else ()


def kept_files(session: Session, version_id: str) -> int:
    """Return how many of a version's files are still kept for it, without those that were withdrawn."""
    kept = exists().where(
        Job.media_id == DatasetItem.media_id,
        Job.sha256 == DatasetItem.sha256,
        Job.upload_key.is_not(None),
    )
    return _count(session, version_id, kept, ~_withdrawn())


def withdrawn_files(session: Session, version_id: str) -> int:
    """Return how many of a version's files have lost the consent that it rests on."""
    return _count(session, version_id, _withdrawn())


def _count(session: Session, version_id: str, *wanted: ColumnElement[bool]) -> int:
    items = select(func.count()).select_from(DatasetItem)
    query = items.join(DatasetVersion, DatasetVersion.id == DatasetItem.version_id)
    return session.scalar(query.where(DatasetItem.version_id == version_id, *wanted)) or 0


def withdraw(session: Session, media_id: str, now: datetime) -> None:
    """Mark a file in the versions that rest on its consent, which is withdrawn; its hash stays in them."""
    resting = select(DatasetVersion.id).where(DatasetVersion.consent == Consent.REQUIRED)
    mine = (DatasetItem.media_id == media_id, DatasetItem.withdrawn_at.is_(None))
    session.execute(
        update(DatasetItem).where(*mine, DatasetItem.version_id.in_(resting)).values(withdrawn_at=now)
    )


def give_again(session: Session, media_id: str) -> None:
    """Take that mark away: consent is given again."""
    marked = (DatasetItem.media_id == media_id, DatasetItem.withdrawn_at.is_not(None))
    session.execute(update(DatasetItem).where(*marked).values(withdrawn_at=None))


def upload_keys(session: Session, pairs: Mapping[str, str], *, consented: bool = False) -> dict[str, str]:
    """Return by hash where the bytes of files are kept; ``pairs`` are of hash and medium.

    With ``consented`` only of those whose consent to research has not been withdrawn.
    """
    query = select(Job.sha256, Job.media_id, Job.upload_key).where(
        Job.media_id.in_(list(pairs.values())), Job.upload_key.is_not(None), Job.state.in_(_FINAL)
    )
    if consented:
        query = query.where(exists().where(Medium.id == Job.media_id, Medium.research_consent.is_not(None)))
    return {
        sha256: key
        for sha256, media_id, key in session.execute(query.order_by(Job.created_at, Job.id))
        if key is not None and pairs.get(sha256) == media_id
    }


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that was chosen for a version, with its label's group and its tags."""

    medium: Medium
    group_key: str | None
    tags: Sequence[str]


def labelled(
    session: Session,
    workspace_id: str,
    labels: Collection[str],
    limit: int,
    *,
    hidden: Collection[str] = (),
) -> Sequence[str]:
    """Return the ids of a workspace's files that have one of some labels, but of ``hidden`` ones."""
    query = select(Medium.id).where(Medium.workspace_id == workspace_id, Medium.label.in_(list(labels)))
    if hidden:
        query = query.where(Medium.id.not_in(list(hidden)))
    return session.scalars(query.order_by(Medium.id).limit(limit)).all()


def candidates(session: Session, workspace_id: str, media_ids: Sequence[str]) -> list[Candidate]:
    """Return those of ``media_ids`` that are the workspace's, with what is said of them."""
    found: list[Candidate] = []
    for start in range(0, len(media_ids), _AT_ONCE):
        ids = list(media_ids[start : start + _AT_ONCE])
        present = and_(Label.media_id == Medium.id, Label.revision == Medium.label_revision)
        query = (
            select(Medium, Label.group_key)
            .outerjoin(Label, present)
            .where(Medium.id.in_(ids), Medium.workspace_id == workspace_id)
            .order_by(Medium.id)
        )
        tags: dict[str, list[str]] = {}
        for media_id, tag in session.execute(
            select(MediumTag.media_id, MediumTag.tag).where(MediumTag.media_id.in_(ids))
        ):
            tags.setdefault(media_id, []).append(tag)
        found += [
            Candidate(medium, group, sorted(tags.get(medium.id, ())))
            for medium, group in session.execute(query)
        ]
    return found


def holds(name: str, number: int | None, workspace_id: str) -> ColumnElement[bool]:
    """Return the condition that a medium is in a version of a data set: ``dataset:NAME@3`` of a query.

    Without a number it is the newest version. Of an unknown data set nothing is in it.
    """
    of_name = and_(Dataset.name == name, Dataset.workspace_id == workspace_id)
    newest = (
        select(func.max(DatasetVersion.number))
        .join(Dataset, Dataset.id == DatasetVersion.dataset_id)
        .where(of_name)
        .scalar_subquery()
    )
    wanted = (
        select(DatasetItem.media_id)
        .join(DatasetVersion, DatasetVersion.id == DatasetItem.version_id)
        .join(Dataset, Dataset.id == DatasetVersion.dataset_id)
        .where(of_name, DatasetVersion.number == (newest if number is None else number))
    )
    return Medium.id.in_(wanted)


def keeps_file_of_job() -> ColumnElement[bool]:
    """Return the condition that a version in use has the file of a job, which then does not expire.

    A file that was withdrawn expires as all others do.
    """
    in_use = and_(
        DatasetVersion.id == DatasetItem.version_id, DatasetVersion.retired_at.is_(None), ~_withdrawn()
    )
    mine = and_(DatasetItem.media_id == Job.media_id, DatasetItem.sha256 == Job.sha256)
    return exists(select(DatasetItem.version_id).join(DatasetVersion, in_use).where(mine).correlate(Job))


def _withdrawn() -> ColumnElement[bool]:
    """Return the condition that an item of a version has lost the consent that the version rests on.

    The medium is asked besides the mark: a version may just be frozen while consent is withdrawn.
    """
    lost = exists().where(Medium.id == DatasetItem.media_id, Medium.research_consent.is_(None))
    rests = DatasetVersion.consent == Consent.REQUIRED
    return or_(DatasetItem.withdrawn_at.is_not(None), and_(rests, lost.correlate(DatasetItem)))


def _row(version_id: str, entry: Entry) -> dict[str, Any]:
    return {
        "version_id": version_id,
        "sha256": entry.sha256,
        "media_id": entry.media_id,
        "media_type": entry.media_type,
        "size_bytes": entry.size_bytes,
        "ending": entry.ending,
        "label": entry.label,
        "kind": entry.kind,
        "grade": entry.grade,
        "label_revision": entry.label_revision,
        "source": entry.source,
        "generator": entry.generator,
        "group_key": entry.group,
        "split": entry.split.value,
    }


def _entry(row: DatasetItem) -> Entry:
    return Entry(
        sha256=row.sha256,
        media_id=row.media_id,
        media_type=row.media_type,
        size_bytes=row.size_bytes,
        ending=row.ending,
        label=row.label,
        kind=row.kind,
        grade=row.grade,
        label_revision=row.label_revision,
        source=row.source,
        generator=row.generator,
        group=row.group_key,
        split=Split(row.split),
    )
