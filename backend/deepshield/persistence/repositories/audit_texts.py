"""Texts that the audit log has digests of: kept apart from the chain, shown with it, and erased."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, or_, select
from sqlalchemy.orm import Session

from deepshield.domain.chain import Erasable, new_key, reference, referred, replaced
from deepshield.domain.erasure import may_have_texts
from deepshield.persistence.tables import ApiKey, AuditEntry, AuditText
from deepshield.persistence.workbench import SavedView

_BATCH = 500  # rows of a statement


def keep_apart(session: Session, entry: AuditEntry, whose: str | None = None) -> None:
    """Put the texts of an entry that is being written into rows of their own, and digests in their places.

    ``whose`` is the account that they go with. Raises ValueError for a kind of entry that has no rule by
    which its texts are erased.
    """

    def kept(value: Any) -> Any:
        if not isinstance(value, Erasable):
            return value
        if not may_have_texts(entry.action):
            raise ValueError(f"domain.erasure has no rule for the texts of {entry.action}")
        row = AuditText(
            id=str(uuid.uuid4()),
            key=new_key(),
            text=value.text,
            subject=entry.subject,
            workspace_id=entry.workspace_id,
            account_id=whose,
            at=entry.at,
        )
        session.add(row)
        return reference(row.id, row.key, value.text)

    if entry.details is not None:
        entry.details = replaced(entry.details, kept)


@dataclass(frozen=True, slots=True)
class Shown:
    """An entry's details with their texts; ``erased`` names those that have one no more."""

    details: dict[str, Any] | None
    erased: Sequence[str] = ()


def shown(session: Session, entries: Sequence[AuditEntry]) -> list[Shown]:
    """Return the details of entries with the texts that are still kept, as they were written."""
    wanted = sorted({named for entry in entries for named in _referred(entry.details)})
    texts: dict[str, AuditText] = {}
    for start in range(0, len(wanted), _BATCH):
        some = select(AuditText).where(AuditText.id.in_(wanted[start : start + _BATCH]))
        texts |= {row.id: row for row in session.scalars(some)}
    return [_shown(entry.details, texts) for entry in entries]


def erase_about(session: Session, subjects: Collection[str]) -> None:
    """Erase the texts of the entries about some subjects."""
    names = sorted(subjects)
    for start in range(0, len(names), _BATCH):
        _erase(session, AuditText.subject.in_(names[start : start + _BATCH]))


def erase_of_workspace(session: Session, workspace_id: str) -> None:
    """Erase the texts of a workspace's entries."""
    _erase(session, AuditText.workspace_id == workspace_id)


def erase_of_account(session: Session, user_id: str) -> None:
    """Erase the texts of an account that is being closed: its personal workspace's, and its own elsewhere.

    Those are the names of its keys, revoked ones too, and of its views. What it has written on a workspace's
    files stays there.
    """
    erase_of_workspace(session, user_id)
    _erase(session, AuditText.account_id == user_id)
    # Rows that a release before has written name no account: those of what is still there are found by it.
    views = select(SavedView.id).where(SavedView.user_id == user_id)
    keys = select(ApiKey.id).where(ApiKey.owner_id == user_id)
    _erase(session, or_(AuditText.subject.in_(views), AuditText.subject.in_(keys)))


def erase_said(session: Session, subjects: Collection[str], names: Collection[str], **of: Any) -> None:
    """Erase what entries about some subjects say under some names, of all or of those with such details."""
    rows = select(AuditEntry.details).where(AuditEntry.subject.in_(list(subjects)))
    found: list[str] = []
    for details in session.scalars(rows):
        if details is not None and all(details.get(name) == value for name, value in of.items()):
            found += _referred([details.get(name) for name in names])
    erase(session, found)


def containing(session: Session, part: str, workspace_id: str | None = None) -> Sequence[AuditText]:
    """Return the texts that contain something, in any case: all, or a workspace's."""
    query = select(AuditText).where(AuditText.text.icontains(part, autoescape=True))
    if workspace_id is not None:
        query = query.where(AuditText.workspace_id == workspace_id)
    return session.scalars(query.order_by(AuditText.at, AuditText.id)).all()


def erase(session: Session, ids: Sequence[str]) -> None:
    """Erase texts by their ids."""
    for start in range(0, len(ids), _BATCH):
        _erase(session, AuditText.id.in_(ids[start : start + _BATCH]))


def _erase(session: Session, which: Any) -> None:
    session.execute(delete(AuditText).where(which).execution_options(synchronize_session=False))


def _referred(value: Any) -> list[str]:
    found: list[str] = []

    def note(one: Any) -> Any:
        named = referred(one)
        if named is None:
            return one
        found.append(named)
        return None

    replaced(value, note)
    return found


def _shown(details: dict[str, Any] | None, texts: dict[str, AuditText]) -> Shown:
    def text_of(value: Any) -> Any:
        named = referred(value)
        if named is None:
            return value
        row = texts.get(named)
        if row is None or value != reference(row.id, row.key, row.text):
            gone.add(named)
            return None
        return row.text

    gone: set[str] = set()
    told = replaced(details, text_of)
    erased = [name for name, value in (details or {}).items() if gone.intersection(_referred(value))]
    return Shown(told, erased)
