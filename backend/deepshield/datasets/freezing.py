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
from deepshield.domain.fingerprints import FramePrint
from deepshield.domain.near_pairs import near_pairs
from deepshield.domain.owner import Owner
from deepshield.domain.queries import Query
from deepshield.domain.roles import May
from deepshield.library.grammar import parse
from deepshield.library.reading import conditions, near_of
from deepshield.persistence.measurement import Dataset, DatasetVersion
from deepshield.persistence.repositories import audit, datasets, fingerprints, media, workspaces
from deepshield.persistence.repositories.datasets import Candidate
from deepshield.persistence.repositories.media_fields import asks_what_was_said
from deepshield.resources import Resources
from deepshield.workspaces.blindness import read_blind
from deepshield.workspaces.standing import unknown_workspace

MOST = 200  # data sets of a workspace
MOST_FRAMES = 50_000
"""Of files that are compared with each other: of more it would take too long for a request."""
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
    join_near_copies: bool = True
    """Whether near copies are in one group, and so in one split, as the library's ``near:`` finds them."""


@dataclass(frozen=True, slots=True)
class Copies:
    """Pairs of hashes of near copies by which all of some files' hang together."""

    of: frozenset[str]
    """The hashes of the files that were looked at."""
    pairs: Sequence[tuple[str, str]]
    unknown: int
    """How many of those have no fingerprint."""

    @property
    def counts(self) -> dict[str, int]:
        """How many files stay with near copies, and how many could not be compared."""
        return {"joined": len({one for pair in self.pairs for one in pair}), "unknown": self.unknown}


@dataclass(frozen=True, slots=True)
class Draft:
    """What a version would be, or has become."""

    entries: Sequence[Entry]
    left_out: dict[str, int]
    manifest_sha256: str
    counts: dict[str, Any]
    copies: Copies | None


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
        datasets.one_at_a_time(session, owner.workspace_id)  # so that requests at once cannot pass the limit
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


def preview(resources: Resources, owner: Owner, dataset_id: str | None, wanted: Wanted) -> Draft:
    """Return what `freeze` would make, without making it, also of a data set yet to be made (None).

    Raises as `freeze`.
    """
    owner.need(May.DATASETS)
    query, near = _parsed(resources, owner, wanted)
    with resources.database.read() as session:
        if dataset_id is not None:
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
    it before the transaction commits. Files that the account reads blind are passed over where files are
    chosen by what was said of them, and counted. Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, TOO_MANY,
    CONFLICT when no chosen file can be used, QUERY_INVALID, READING_BLIND with their number where such files
    are chosen otherwise.
    """
    owner.need(May.DATASETS)
    query, near = _parsed(resources, owner, wanted)
    with (
        resources.database.read() as session
    ):  # to compare many files takes seconds: others may write meanwhile
        found(datasets.find(session, owner.workspace_id, dataset_id))
        copies = _draft(session, resources, owner, wanted, query, near).copies
    now = resources.clock()
    with resources.database.write() as session:
        _enter(session, owner, now)
        dataset = found(datasets.find(session, owner.workspace_id, dataset_id))
        datasets.lock(session, dataset.id)
        draft = _draft(session, resources, owner, wanted, query, near, copies)
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
    compared: Copies | None = None,
) -> Draft:
    hidden = read_blind(session, owner)
    if query is not None:
        chosen = conditions(session, resources, owner, query, near, hidden=hidden)
        ids = media.selected(session, owner.workspace_id, chosen, MOST_ITEMS + 1)
    elif wanted.ids is not None:
        ids = list(dict.fromkeys(wanted.ids))
    else:
        ids = datasets.labelled(session, owner.workspace_id, USABLE, MOST_ITEMS + 1, hidden=hidden)
    if blind := hidden.intersection(ids):
        raise DeepShieldError(
            Code.READING_BLIND,
            f"You read {len(blind)} of these files blind. Answer their reviews, give them back or hand them "
            "to a colleague first, or choose other files.",
            files=len(blind),
        )
    # Whatever is said of them: to count those that are labelled would tell of them.
    passed_over = len(hidden) if _by_what_was_said(wanted, query) else 0
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
    copies = _copies(session, usable, compared) if wanted.join_near_copies else None
    entries = dealt(usable, wanted.rule, () if copies is None else copies.pairs)
    counts = counted(entries, passed_over, None if copies is None else copies.counts)
    return Draft(entries, unplaced(left_out), manifest_sha256(entries, wanted.licence), counts, copies)


def _copies(session: Session, usable: Sequence[Chosen], compared: Copies | None) -> Copies:
    """Return the near copies among files; those that were ``compared`` before, if the files are the same."""
    hashes = {one.media_id: one.sha256 for one in usable}
    if compared is not None and compared.of == frozenset(hashes.values()):
        return compared
    prints: dict[str, list[FramePrint]] = {}
    frames = 0
    for media_id, found_prints in fingerprints.of_media(session, list(hashes)):
        prints[hashes[media_id]] = found_prints
        frames += len(found_prints)
        if frames > MOST_FRAMES:
            message = (
                f"Near copies are looked for among {MOST_FRAMES} frames at most. Choose fewer files, or "
                "freeze them without keeping near copies together."
            )
            raise DeepShieldError(Code.TOO_MANY, message, limit=MOST_FRAMES)
    unknown = len(hashes) - sum(bool(one) for one in prints.values())
    return Copies(frozenset(hashes.values()), near_pairs(prints), unknown)


def _by_what_was_said(wanted: Wanted, query: Query | None) -> bool:
    return wanted.ids is None if query is None else asks_what_was_said(query)


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
