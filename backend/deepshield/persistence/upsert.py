"""INSERT … ON CONFLICT, which SQLAlchemy offers only per dialect."""

from __future__ import annotations

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from deepshield.persistence.tables import Base


def insert(session: Session, table: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """Return an insert into ``table`` that has ``on_conflict_do_nothing`` and ``on_conflict_do_update``."""
    on_postgres = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(table) if on_postgres else sqlite.insert(table)
