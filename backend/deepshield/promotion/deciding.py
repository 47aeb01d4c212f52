"""Which bundle is served is decided here: approved by a second person, retired, or taken back."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy.orm import Session

from deepshield.domain.bundles import BundleState, same_person
from deepshield.domain.chain import Erasable
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.persistence.measurement import ProposedBundle
from deepshield.persistence.repositories import audit, bundles
from deepshield.promotion.active import forget
from deepshield.promotion.proposing import known_person
from deepshield.resources import Resources


def all_bundles(resources: Resources) -> Sequence[ProposedBundle]:
    """Return every bundle that was proposed, the newest first."""
    with resources.database.read() as session:
        return bundles.every(session)


def find(resources: Resources, reference: str) -> ProposedBundle:
    """Return a bundle by the beginning of its SHA-256; raises `DeepShieldError` NOT_FOUND."""
    with resources.database.read() as session:
        return _found(bundles.every(session), reference)


def approve(resources: Resources, reference: str, by: str) -> ProposedBundle:
    """Serve a bundle from now on, in place of the one before, and return it.

    Raises `DeepShieldError` NOT_FOUND, CONFLICT for the active one, VALIDATION_ERROR where the same person
    proposed it.
    """
    who, now = known_person(by), resources.clock()
    with resources.database.write() as session:
        rows = bundles.locked(session)
        row = _found(rows, reference)
        if row.state == BundleState.ACTIVE:
            raise DeepShieldError(Code.CONFLICT, f"{_named(row)} is active already.")
        if same_person(row.proposed_by, who):
            raise DeepShieldError(
                Code.VALIDATION_ERROR,
                f"{row.proposed_by} proposed {_named(row)}. Another person has to approve it.",
            )
        before = _active(rows)
        _replace(session, before, row)
        row.previous_id = None if before is None else before.id
        row.approved_by, row.approved_at = who, now
        session.flush()
        details = {
            "by": Erasable(who),
            "bundle": _named(row),
            "sha256": row.sha256,
            "before": _called(before),
        }
        audit.record(session, "bundle.approved", now, subject=row.id, details=details)
    forget(resources)
    return row


def retire(resources: Resources, reference: str, by: str) -> ProposedBundle:
    """Serve a bundle no longer, or not at all; of the active one, the released bundle takes the place.

    Raises `DeepShieldError` NOT_FOUND, CONFLICT for one that is retired.
    """
    who, now = known_person(by), resources.clock()
    with resources.database.write() as session:
        row = _found(bundles.locked(session), reference)
        if row.state == BundleState.RETIRED:
            raise DeepShieldError(Code.CONFLICT, f"{_named(row)} is retired already.")
        before = row.state
        row.state, row.retired_by, row.retired_at = BundleState.RETIRED.value, who, now
        session.flush()
        details = {"by": Erasable(who), "bundle": _named(row), "sha256": row.sha256, "was": before}
        audit.record(session, "bundle.retired", now, subject=row.id, details=details)
    forget(resources)
    return row


def roll_back(resources: Resources, by: str) -> ProposedBundle | None:
    """Serve what was served before the active bundle was approved; return it, None for the released one.

    Raises `DeepShieldError` CONFLICT where no bundle is active.
    """
    who, now = known_person(by), resources.clock()
    with resources.database.write() as session:
        rows = bundles.locked(session)
        active = _active(rows)
        if active is None:
            raise DeepShieldError(Code.CONFLICT, "No bundle is active: the released one is served already.")
        active.retired_by, active.retired_at = who, now
        before = next((row for row in rows if row.id == active.previous_id), None)
        _replace(session, active, before)
        details = {
            "by": Erasable(who),
            "bundle": _named(active),
            "sha256": active.sha256,
            "to": _called(before),
        }
        audit.record(session, "bundle.rolled_back", now, subject=active.id, details=details)
    forget(resources)
    return before


def _active(rows: Sequence[ProposedBundle]) -> ProposedBundle | None:
    return next((row for row in rows if row.state == BundleState.ACTIVE), None)


def _replace(session: Session, active: ProposedBundle | None, by: ProposedBundle | None) -> None:
    """Let one row be active in place of the present one."""
    if active is not None:
        active.state = BundleState.RETIRED.value
        session.flush()  # before the other one is active, of which there may be one only
    if by is not None:
        by.state = BundleState.ACTIVE.value
        session.flush()


def _found(rows: Sequence[ProposedBundle], reference: str) -> ProposedBundle:
    found = [row for row in rows if row.sha256.startswith(reference.lower())] if reference else []
    if len(found) == 1:
        return found[0]
    message = (
        f"{len(found)} bundles begin with {reference}. Give more of the SHA-256."
        if found
        else f"No bundle begins with {reference}. `deepshield bundle list` shows those that were proposed."
    )
    raise DeepShieldError(Code.NOT_FOUND, message)


def _named(row: ProposedBundle) -> str:
    return f"{row.name} {row.version}"


def _called(row: ProposedBundle | None) -> str:
    return "released" if row is None else _named(row)
