"""Migrations make the schema that the code expects, on both databases, and can be taken back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from service_parts import Clock
from services import Services
from sqlalchemy import inspect, select, text
from typer.testing import CliRunner

from deepshield.cli.app import app
from deepshield.persistence import measurement, migrate, workbench  # noqa: F401  (tables of the metadata)
from deepshield.persistence.database import Database
from deepshield.persistence.repositories import users, workspaces
from deepshield.persistence.tables import Base, WebhookEndpoint
from deepshield.settings import DatabaseSettings
from deepshield.workspaces.changing import new_workspace

pytestmark = pytest.mark.integration


@pytest.fixture(params=["sqlite", "postgres"])
def empty(request: pytest.FixtureRequest, services: Services, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return services.postgres.create("empty_for_migrations")


def test_the_migrated_schema_is_the_one_in_the_tables(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []
    assert migrate.is_current(database)


def test_down_and_up_again_and_by_several_at_once(empty: str, services: Services) -> None:
    databases = [Database(DatabaseSettings(url=empty)) for _ in range(3)]
    first = databases[0]
    assert not migrate.is_current(first)
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(migrate.upgrade, databases))
    assert migrate.is_current(first)
    migrate.downgrade(first, "base")
    assert set(inspect(first.engine).get_table_names()) <= {"alembic_version"}
    migrate.upgrade(first)
    assert migrate.is_current(first)
    for database in databases:
        database.close()
    if "postgresql" in empty:
        services.postgres.drop("empty_for_migrations")


def test_webhooks_of_who_had_left_before_are_disabled_and_handed_over(
    database: Database, clock: Clock
) -> None:
    with database.write() as session:
        for name in ("ada", "bob", "eve"):
            users.add(session, name, f"{name}@example.org", "-", "free", clock())
        space = new_workspace(session, "Newsroom", clock()).id
        workspaces.add_member(session, space, "ada", "admin", clock())
        workspaces.add_member(session, space, "bob", "lead", clock())
        owners = [("ada", space), ("bob", space), ("eve", space), ("eve", None), ("bob", space)]
        for number, (owner, where) in enumerate(owners):
            off = number == 4
            session.add(WebhookEndpoint(
                id=str(number), owner_id=owner, workspace_id=where, url="-", events=[], secret="-",
                created_at=clock(), disabled_at=clock() if off else None,
                disabled_why="operator" if off else None,
            ))  # fmt: skip
    migrate.downgrade(database, "0026")
    migrate.upgrade(database)
    with database.read() as session:
        rows = session.scalars(select(WebhookEndpoint).order_by(WebhookEndpoint.id))
        found = [(row.owner_id, row.disabled_why, row.disabled_at is None) for row in rows]
    assert found == [
        ("ada", None, True), ("ada", "left", False), ("ada", "left", False), ("eve", None, True),
        ("ada", "operator", False),
    ]  # fmt: skip


def test_a_schema_of_a_later_version_is_left_as_it_is(empty: str, services: Services) -> None:
    database = Database(DatabaseSettings(url=empty))
    migrate.upgrade(database)
    with database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(migrate.NewerSchemaError, match="9999"):
        migrate.upgrade(database)
    database.close()
    done = CliRunner(env={"DATABASE_URL": empty}).invoke(app, ["admin", "migrate"])
    assert done.exit_code == 1
    assert "start the newer version" in done.stderr
    assert "Traceback" not in done.output
    if "postgresql" in empty:
        services.postgres.drop("empty_for_migrations")


def test_admin_migrate_tells_of_a_database_that_cannot_be_had_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://somebody:hunter2@127.0.0.1:9/nothing"
    done = CliRunner(env={"DATABASE_URL": url}).invoke(app, ["admin", "migrate"])
    assert done.exit_code == 1
    assert "cannot be used" in done.stderr
    assert "hunter2" not in done.output


def test_a_commit_that_fails_does_not_poison_the_pool(database: Database) -> None:
    from sqlalchemy import event

    def broken(_: object) -> None:
        raise RuntimeError("the disk is full")

    event.listen(database.engine, "commit", broken)
    with pytest.raises(RuntimeError), database.write() as session:
        session.execute(text("INSERT INTO doomed_blobs (key, since) VALUES ('k', '2026-01-01')"))
    event.remove(database.engine, "commit", broken)
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM doomed_blobs")).scalar() == 0


def test_the_newest_revision_is_told_without_alembic() -> None:
    from alembic.script import ScriptDirectory

    assert migrate.newest() == ScriptDirectory(str(migrate._FOLDER)).get_current_head()
