"""Engines and transactions on SQLite and PostgreSQL.

A block of `Database.write` is one transaction: it commits when the block ends and rolls back when it raises.
On SQLite it takes the write lock at its beginning, so that it cannot fail later because another process has
written; `Database.read` never waits for writers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.orm import Session

from deepshield.settings import DatabaseSettings

_SQLITE_WAIT_SECONDS = 30
_POSTGRES_STATEMENT_MS = 30_000


class Database:
    """One engine and its transactions; safe to share between threads, not across a fork."""

    def __init__(self, settings: DatabaseSettings) -> None:
        self.url = settings.url
        self.engine = _sqlite(settings) if settings.is_sqlite else _postgres(settings)
        # With PostgreSQL's "read committed" each statement sees the newest data, in a transaction or not.
        # Beginning and ending a transaction would add two round trips to each poll.
        self._reading = (
            self.engine if settings.is_sqlite else self.engine.execution_options(isolation_level="AUTOCOMMIT")
        )

    @contextmanager
    def write(self) -> Iterator[Session]:
        """Yield a session in one transaction that may write."""
        with (
            self.engine.connect().execution_options(writing=True) as connection,
            Session(connection, expire_on_commit=False) as session,
        ):
            yield session
            try:
                session.commit()
            except Exception:
                # A connection whose COMMIT failed may still be in its transaction and must not be reused.
                connection.invalidate()
                raise

    @contextmanager
    def read(self) -> Iterator[Session]:
        """Yield a session for queries only."""
        with Session(self._reading, expire_on_commit=False) as session:
            yield session

    def ping(self) -> None:
        """Raise SQLAlchemyError when the database does not answer."""
        with self.engine.connect() as connection:
            connection.execute(text("SELECT 1"))

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def _sqlite(settings: DatabaseSettings) -> Engine:
    path = make_url(settings.url).database
    if path and path != ":memory:":
        Path(path).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(settings.url, connect_args={"timeout": _SQLITE_WAIT_SECONDS})

    @event.listens_for(engine, "connect")
    def _configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions are begun below, not by the driver
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        writing = connection.get_execution_options().get("writing")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writing else "BEGIN")

    return engine


def _postgres(settings: DatabaseSettings) -> Engine:
    url = make_url(settings.url)
    if url.drivername in (
        "postgres",
        "postgresql",
    ):  # SQLAlchemy's own choice of driver changes with its version
        url = url.set(drivername="postgresql+psycopg2")
    return create_engine(
        url,
        pool_size=settings.pool_size,
        max_overflow=settings.pool_size,
        pool_pre_ping=True,
        connect_args={
            "connect_timeout": 5,
            "options": f"-c statement_timeout={_POSTGRES_STATEMENT_MS} -c timezone=utc",
        },
    )
