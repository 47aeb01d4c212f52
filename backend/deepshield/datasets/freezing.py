"""Making data sets and freezing versions of them. What has been frozen is never changed, only retired."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePath
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from deepshield.datasets.reading import DatasetView, VersionView, found, version_in, view_of
from deepshield.domain.chain import Erasable
from deepshield.domain.datasets import (
    MOST_ITEMS,
    USABLE,
    Chosen,
    Consent,
    Entry,
    LeftOut,
    SplitRule,
    counted,
    dealt,
    manifest_sha256,
    unplaced,
)
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.queries import Query
from deepshield.domain.roles import May
from deepshield.library.grammar import parse
from deepshield.library.reading import conditions, near_of
from deepshield.persistence.measurement import Dataset, DatasetVersion
from deepshield.persistence.repositories import audit, datasets, media, workspaces
from deepshield.persistence.repositories.datasets import Candidate
from deepshield.resources import Resources
from deepshield.workspaces.standing import unknown_workspace

MOST = 200  # data sets of a workspace
_GROUP_TAG = "group:"
"""A tag that begins so names a group: a person or a source clip."""
_ENDING = re.compile(r"\.[a-z0-9]{1,10}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Of which files a version is to be, and how.

    Files are those of a ``query`` of the library or of ``ids``; with neither all labelled ones.
    """

    licence: str
    rule: SplitRule = field(default_factory=SplitRule)
    consent: Consent = Consent.REQUIRED
    query: str | None = None
    ids: Collection[str] | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Draft:
    """What a version would be, or has become."""

    entries: Sequence[Entry]
    left_out: dict[str, int]
    manifest_sha256: str
    counts: dict[str, Any]


def make_dataset(
    resources: Resources,
    owner: Owner,
    name: str,
    description: str | None = None,
    within: Callable[[Session, DatasetView], None] | None = None,
) -> DatasetView:
    """Make a data set without versions.

    ``within`` is called with it before the transaction commits. Raises `DeepShieldError` ROLE_MISSING,
    CONFLICT when the workspace has one of the name, TOO_MANY.
    """
    owner.need(May.DATASETS)
    now = resources.clock()
    row = Dataset(
        id=str(uuid.uuid4()),
        workspace_id=owner.workspace_id,
        name=name,
        description=description,
        made_by=owner.id,
        created_at=now,
    )
    with resources.database.write() as session:
        _enter(session, owner, now)
        if datasets.count(session, owner.workspace_id) >= MOST:
            raise DeepShieldError(Code.TOO_MANY, f"A workspace has {MOST} data sets at most.", limit=MOST)
        try:
            datasets.add(session, row)
        except IntegrityError as error:
            message = f"This workspace has a data set named {name}. Choose another name."
            raise DeepShieldError(Code.CONFLICT, message) from error
        details = {"name": Erasable(name)}
        audit.record(session, "dataset.created", now, actor=owner.id, subject=row.id, details=details)
        view = DatasetView(row, ())
        if within is not None:
            within(session, view)
    return view


def preview(resources: Resources, owner: Owner, dataset_id: str, wanted: Wanted) -> Draft:
    """Return what `freeze` would make, without making it; raises as that."""
    owner.need(May.DATASETS)
    query, near = _parsed(resources, owner, wanted)
    with resources.database.read() as session:
        found(datasets.find(session, owner.workspace_id, dataset_id))
        return _draft(session, resources, owner, wanted, query, near)


def freeze(
    resources: Resources,
    owner: Owner,
    dataset_id: str,
    wanted: Wanted,
    within: Callable[[Session, VersionView], None] | None = None,
) -> VersionView:
    """Freeze the next version of a data set, with the labels that files have now.

    Its files expire no more until it is retired; who may delete a file still can. ``within`` is called with
    it before the transaction commits. Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, TOO_MANY, CONFLICT
    when no chosen file can be used, QUERY_INVALID.
    """
    owner.need(May.DATASETS)
    query, near = _parsed(resources, owner, wanted)
    now = resources.clock()
    with resources.database.write() as session:
        _enter(session, owner, now)
        dataset = found(datasets.find(session, owner.workspace_id, dataset_id))
        datasets.lock(session, dataset.id)
        draft = _draft(session, resources, owner, wanted, query, near)
        if not draft.entries:
            raise DeepShieldError(
                Code.CONFLICT,
                "No file that was chosen can be used. Label files, or record consent to research, first.",
                left_out=draft.left_out,
            )
        row = DatasetVersion(
            id=str(uuid.uuid4()),
            dataset_id=dataset.id,
            number=datasets.next_number(session, dataset.id),
            query=wanted.query,
            note=wanted.note,
            frozen_at=now,
            frozen_by=owner.id,
            manifest_sha256=draft.manifest_sha256,
            counts=draft.counts,
            left_out=draft.left_out,
            licence=wanted.licence,
            consent=wanted.consent.value,
            split_seed=wanted.rule.seed,
            split_shares={split.value: share for split, share in wanted.rule.shares.items()},
            used_for=[],
        )
        datasets.add_version(session, row, draft.entries)
        details = {
            "name": Erasable(dataset.name),
            "number": row.number,
            "files": len(draft.entries),
            "manifest_sha256": row.manifest_sha256,
            "consent": row.consent,
        }
        audit.record(session, "dataset.frozen", now, actor=owner.id, subject=dataset.id, details=details)
        view = view_of(session, dataset, row)
        if within is not None:
            within(session, view)
    return view


def retire(resources: Resources, owner: Owner, dataset_id: str, number: int) -> VersionView:
    """Let a version's files expire again as all others do; its manifest stays.

    Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING. What has been retired stays so.
    """
    owner.need(May.DATASETS)
    now = resources.clock()
    with resources.database.write() as session:
        dataset, row = version_in(session, owner.workspace_id, dataset_id, number)
        if datasets.retire(session, row.id, owner.id, now):
            details = {"name": Erasable(dataset.name), "number": row.number}
            audit.record(session, "dataset.retired", now, actor=owner.id, subject=dataset.id, details=details)
        dataset, row = version_in(session, owner.workspace_id, dataset_id, number)
        return view_of(session, dataset, row)


def _enter(session: Session, owner: Owner, now: datetime) -> None:
    """Let the workspace stay until the transaction ends."""
    if owner.is_at_home:
        workspaces.ensure_personal(session, owner.id, now)
    if not workspaces.keep(session, owner.workspace_id):
        raise unknown_workspace()


def _parsed(
    resources: Resources, owner: Owner, wanted: Wanted
) -> tuple[Query | None, Mapping[str, Collection[str]]]:
    """Return the query as it is compiled, with what it is near to; raises QUERY_INVALID."""
    if wanted.query is None:
        return None, {}
    query = parse(wanted.query)
    return query, near_of(resources, owner, query)


def _draft(
    session: Session,
    resources: Resources,
    owner: Owner,
    wanted: Wanted,
    query: Query | None,
    near: Mapping[str, Collection[str]],
) -> Draft:
    if query is not None:
        chosen = conditions(session, resources, owner, query, near)
        ids = media.selected(session, owner.workspace_id, chosen, MOST_ITEMS + 1)
    elif wanted.ids is not None:
        ids = list(dict.fromkeys(wanted.ids))
    else:
        ids = datasets.labelled(session, owner.workspace_id, USABLE, MOST_ITEMS + 1)
    if len(ids) > MOST_ITEMS:
        message = f"A version has {MOST_ITEMS} files at most. Choose fewer."
        raise DeepShieldError(Code.TOO_MANY, message, limit=MOST_ITEMS)
    usable: list[Chosen] = []
    left_out: list[LeftOut] = []
    for one in datasets.candidates(session, owner.workspace_id, ids):
        reason = _why_not(one, wanted.consent)
        if reason is None:
            usable.append(_usable(one))
        else:
            left_out.append(reason)
    entries = dealt(usable, wanted.rule)
    return Draft(entries, unplaced(left_out), manifest_sha256(entries, wanted.licence), counted(entries))


def _why_not(one: Candidate, consent: Consent) -> LeftOut | None:
    if one.medium.deleted_at is not None:
        return LeftOut.DELETED
    if one.medium.label not in USABLE:
        return LeftOut.NO_LABEL
    if consent is Consent.REQUIRED and one.medium.research_consent is None:
        return LeftOut.NO_CONSENT
    return None


def _usable(one: Candidate) -> Chosen:
    medium = one.medium
    assert medium.label is not None
    groups = [tag[len(_GROUP_TAG) :] for tag in one.tags if tag.startswith(_GROUP_TAG)]
    ending = PurePath(medium.name).suffix.lower()
    return Chosen(
        sha256=medium.sha256,
        media_id=medium.id,
        media_type=medium.kind,
        size_bytes=medium.size_bytes,
        ending=ending if _ENDING.fullmatch(ending) else "",
        label=medium.label,
        kind=medium.label_kind,
        grade=medium.label_grade,
        label_revision=medium.label_revision,
        source=medium.host or medium.source_kind or "unknown",
        generator=medium.generator,
        keys=tuple(key for key in (one.group_key, *groups) if key),
    )
