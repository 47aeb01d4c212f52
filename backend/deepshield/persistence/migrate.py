"""Bringing a database's schema to the newest version: the only way a schema comes to be."""

from __future__ import annotations

import logging
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text

import deepshield
from deepshield.persistence.database import Database

_FOLDER = Path(deepshield.__file__).parents[1] / "migrations"
_LOCK = 0x64656570  # any number that only this program uses


def upgrade(database: Database) -> None:
    """Migrate to the newest schema, in one transaction.

    Processes that start together wait for each other. Raises SQLAlchemyError and leaves the schema as it was.
    """
    with database.engine.connect().execution_options(writing=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.upgrade(_config(connection), "head")


def downgrade(database: Database, revision: str) -> None:
    """Migrate back to ``revision`` ("base" is an empty database), in one transaction."""
    with database.engine.connect().execution_options(writing=True) as connection, connection.begin():
        command.downgrade(_config(connection), revision)


def is_current(database: Database) -> bool:
    """Tell whether the schema is the newest that this program knows."""
    with database.engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision() == newest()


def newest() -> str | None:
    """Return the newest revision that this program knows."""
    return ScriptDirectory(str(_FOLDER)).get_current_head()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return config
