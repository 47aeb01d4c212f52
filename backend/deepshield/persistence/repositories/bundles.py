"""Bundles that were proposed to the service; at most one is active."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from deepshield.domain.bundles import BundleState
from deepshield.persistence.measurement import ProposedBundle


def add(session: Session, row: ProposedBundle) -> None:
    """Insert a bundle; raises IntegrityError for one that was proposed before."""
    session.add(row)
    session.flush()


def active(session: Session) -> ProposedBundle | None:
    """Return the bundle that is served in place of the released one."""
    return session.scalar(select(ProposedBundle).where(ProposedBundle.state == BundleState.ACTIVE.value))


def by_sha256(session: Session, sha256: str) -> ProposedBundle | None:
    """Return a bundle by the SHA-256 of its manifest."""
    return session.scalar(select(ProposedBundle).where(ProposedBundle.sha256 == sha256))


def every(session: Session) -> Sequence[ProposedBundle]:
    """Return all bundles, the newest first."""
    return session.scalars(
        select(ProposedBundle).order_by(ProposedBundle.proposed_at.desc(), ProposedBundle.id)
    ).all()


def locked(session: Session) -> Sequence[ProposedBundle]:
    """Return all bundles, which nobody else changes until the transaction ends."""
    query = select(ProposedBundle).order_by(ProposedBundle.id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).all()
