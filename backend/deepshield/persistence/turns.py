"""Transactions about one subject, one after the other."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.orm import Session


def one_at_a_time(session: Session, subject: str) -> None:
    """Let other transactions that call this about the same subject wait until this one ends.

    For SQLite there is nothing to do: it has one writing transaction at a time.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(subject, 0))))
