"""Second factors and recovery codes; what is taken is taken once, also by requests at the same time."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import delete, func, insert, or_, select, update
from sqlalchemy.orm import Session

from deepshield.persistence.tables import RecoveryCode, SecondFactor


def find(session: Session, user_id: str) -> SecondFactor | None:
    """Return an account's second factor, confirmed or not."""
    return session.get(SecondFactor, user_id, populate_existing=True)


def replace_unconfirmed(session: Session, user_id: str, sealed: str, now: datetime) -> None:
    """Store a new secret in place of one that was not confirmed."""
    unconfirmed = delete(SecondFactor).where(
        SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_(None)
    )
    session.execute(unconfirmed.execution_options(synchronize_session=False))
    session.execute(insert(SecondFactor).values(user_id=user_id, secret=sealed, created_at=now))


def confirm(session: Session, user_id: str, step: int, now: datetime) -> bool:
    """Turn an account's second factor on with the step of its first code; False when it was on already."""
    turned_on = (
        update(SecondFactor)
        .where(SecondFactor.user_id == user_id, SecondFactor.confirmed_at.is_(None))
        .values(confirmed_at=now, last_step=step)
        .returning(SecondFactor.user_id)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(turned_on) is not None


def take_step(session: Session, user_id: str, step: int) -> bool:
    """Take the code of a step; False when this one or a later one was taken already."""
    taken = (
        update(SecondFactor)
        .where(
            SecondFactor.user_id == user_id,
            SecondFactor.confirmed_at.is_not(None),
            or_(SecondFactor.last_step.is_(None), SecondFactor.last_step < step),
        )
        .values(last_step=step)
        .returning(SecondFactor.user_id)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(taken) is not None


def take_recovery_code(session: Session, user_id: str, sha256: str, now: datetime) -> bool:
    """Take a recovery code; False for an unknown one and for one that was taken already."""
    taken = (
        update(RecoveryCode)
        .where(RecoveryCode.user_id == user_id, RecoveryCode.sha256 == sha256, RecoveryCode.used_at.is_(None))
        .values(used_at=now)
        .returning(RecoveryCode.user_id)
        .execution_options(synchronize_session=False)
    )
    return session.scalar(taken) is not None


def replace_recovery_codes(session: Session, user_id: str, hashes: Iterable[str]) -> None:
    """Store the hashes of new codes in place of all earlier ones."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    session.execute(insert(RecoveryCode), [{"user_id": user_id, "sha256": each} for each in hashes])


def recovery_codes_left(session: Session, user_id: str) -> int:
    """Return how many recovery codes were not taken."""
    unused = (RecoveryCode.user_id == user_id, RecoveryCode.used_at.is_(None))
    return session.scalar(select(func.count()).select_from(RecoveryCode).where(*unused)) or 0


def remove(session: Session, user_id: str) -> bool:
    """Delete an account's second factor with its recovery codes; False when there was none."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.user_id == user_id))
    gone = delete(SecondFactor).where(SecondFactor.user_id == user_id).returning(SecondFactor.user_id)
    return session.scalar(gone) is not None
