"""Migrating a database's schema to the newest version, which is the only way a schema is created.

Alembic is imported only when there is something to migrate: every process of the service checks at its start,
and usually there is nothing.
"""

from __future__ import annotations

import functools
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import SQLAlchemyError

import deepshield
from deepshield.persistence.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

_FOLDER = Path(deepshield.__file__).parents[1] / "migrations"
_REVISION = re.compile(r'^revision = "(\w+)"', re.MULTILINE)
_FOLLOWS = re.compile(r'^down_revision = "(\w+)"', re.MULTILINE)
_LOCK = 0x64656570  # any number that only this program uses


class NewerSchemaError(SQLAlchemyError):
    """The schema was made by a later version of this program."""


def upgrade(database: Database) -> None:
    """Migrate to the newest schema, in one transaction.

    Processes that start together wait for each other. Raises SQLAlchemyError, of which `NewerSchemaError` is
    one, and leaves the schema as it was.
    """
    found = _revision(database)
    if found == newest():
        return
    if found is not None and not is_known(found):
        raise NewerSchemaError(
            f"its schema is {found}, newer than {newest()}: start the newer version, or restore a backup"
        )
    from alembic import command

    with database.engine.connect().execution_options(writing=True) as connection, connection.begin():
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        command.upgrade(_config(connection), "head")


def downgrade(database: Database, revision: str) -> None:
    """Migrate back to ``revision`` ("base" is an empty database), in one transaction."""
    from alembic import command

    with database.engine.connect().execution_options(writing=True) as connection, connection.begin():
        command.downgrade(_config(connection), revision)


def bring_to(database: Database, revision: str) -> None:
    """Migrate a database without data to ``revision``, whether its schema is older, newer or missing."""
    from alembic import command

    downgrade(database, "base")
    with database.engine.connect().execution_options(writing=True) as connection, connection.begin():
        command.upgrade(_config(connection), revision)


def is_current(database: Database) -> bool:
    """Return whether the schema is the newest that this program knows."""
    return _revision(database) == newest()


def _revision(database: Database) -> str | None:
    with database.engine.connect() as connection:
        if not inspect(connection).has_table("alembic_version"):
            return None
        found: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
        return found


def newest() -> str:
    """Return the newest revision that this program knows: the one that no other follows.

    Numbers say nothing of the order: a migration that was numbered early may come to the others late.
    """
    followed = _revisions()
    (newest,) = set(followed) - set(followed.values())
    return newest


def is_known(revision: str) -> bool:
    """Return whether this program has a revision; one that it has not was made by a later version."""
    return revision in _revisions()


@functools.cache
def _revisions() -> dict[str, str | None]:
    """Return the revisions, and which one each follows; read from their files, without Alembic."""
    texts = [path.read_text("utf-8") for path in (_FOLDER / "versions").glob("[0-9]*_*.py")]
    found = [(_REVISION.search(text), _FOLLOWS.search(text)) for text in texts]
    return {one[1]: before[1] if before else None for one, before in found if one}


def _config(connection: Connection) -> Config:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    config.attributes["connection"] = connection
    logging.getLogger("alembic").setLevel(logging.WARNING)
    return config
