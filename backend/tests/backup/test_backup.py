"""A backup contains everything, is restored on either database, and is refused when a byte has changed."""

from __future__ import annotations

import hashlib
import io
import json
import random
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from made_bundles import passes, write_bundle
from service_parts import MakeResources, MakeSettings, RecordingAnnouncer
from sqlalchemy import func, select, text

from deepshield import idempotency
from deepshield.accounts import administration
from deepshield.backup import rows
from deepshield.backup.archive import BackupError
from deepshield.backup.dump import make
from deepshield.backup.restore import check, restore
from deepshield.domain.custody import Sender, Source, SourceKind
from deepshield.domain.events import Event
from deepshield.domain.jobs import MediaKind
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.domain.roles import Role
from deepshield.domain.scopes import Scope
from deepshield.jobs.submit import Submission, submit
from deepshield.keys.making import make_key
from deepshield.persistence import migrate
from deepshield.persistence.database import Database
from deepshield.persistence.repositories import audit, users
from deepshield.promotion.active import read_active
from deepshield.promotion.deciding import approve
from deepshield.promotion.fetching import fetched
from deepshield.promotion.proposing import propose
from deepshield.resources import Resources
from deepshield.storage import open_store
from deepshield.webhooks import endpoints
from deepshield.workspaces.changing import make_workspace
from deepshield.workspaces.invitations import invite

pytestmark = pytest.mark.integration

MakeEmpty = Callable[[str], Resources]


@pytest.fixture
def make_empty(
    make_settings: MakeSettings, tmp_path: Path, request: pytest.FixtureRequest
) -> Iterator[MakeEmpty]:
    """Another service, with nothing in it and no schema, on "sqlite" or "postgres"."""
    opened: list[Database] = []

    def open_empty(kind: str) -> Resources:
        url = f"sqlite:///{tmp_path / 'other.db'}"
        if kind == "postgres":
            url = request.getfixturevalue("services").postgres.create(
                f"empty_{len(opened)}_{tmp_path.name}"[:60]
            )
        settings = make_settings(database={"url": url}, storage={"data_dir": tmp_path / "other"})
        opened.append(Database(settings.database))
        return Resources(settings, opened[-1], open_store(settings), RecordingAnnouncer())

    yield open_empty
    for database in opened:
        database.close()


def fill(resources: Resources, files: int = 2) -> None:
    user_id = administration.create_user(resources.database, "ada@example.com", "correct horse", Tier.FREE)
    for number in range(files):
        content = b"\x00\xffbytes" * (number + 1)
        key = f"uploads/{number}"
        with resources.store.writer(key) as writer:
            writer.write(content)
            writer.commit()

        facts = Submission(
            MediaKind.IMAGE,
            f"ä\n{number}.png",
            "image/png",
            len(content),
            hashlib.sha256(content).hexdigest(),
            key,
            None,
            Source(SourceKind.UPLOAD, Sender.ACCOUNT, datetime.now(UTC), "ä.png", "image/png"),
        )
        submit(resources, Owner(user_id, Tier.FREE), facts)


def fill_for_programs(resources: Resources) -> None:
    """Write a row of each table that an account's programs need."""
    with resources.database.read() as session:
        user = users.find_by_email(session, "ada@example.com")
    assert user is not None
    owner = Owner(user.id, Tier.FREE)
    make_key(resources, owner, name="a", scopes=list(Scope), expires_at=None)
    made = endpoints.make_endpoint(resources, owner, url="https://example.org/", events=list(Event))
    endpoints.send_test(resources, owner, made.row.id)
    space = make_workspace(resources, owner, "Newsroom").workspace
    invite(resources, owner, space.id, Role.REVIEWER)
    with resources.database.write() as session:
        idempotency.keep_answer(session, resources, idempotency.KeyedRequest("a", "b", "c" * 64), {"d": 1})


def content(database: Database) -> dict[str, list[dict[str, Any]]]:
    with database.engine.connect() as connection:
        return {
            table.name: [json.loads(line) for line in rows.dumped(connection, table)]
            for table in rows.tables(connection)
        }


def backup(resources: Resources) -> bytes:
    out = io.BytesIO()
    make(resources, out)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_rows_and_files_come_back_on_either_database(
    resources: Resources, make_empty: MakeEmpty, kind: str, tmp_path: Path
) -> None:
    fill(resources)
    fill_for_programs(resources)
    write_bundle(tmp_path / "bundle")
    proposed = propose(resources, tmp_path / "bundle", "Ada", passes)
    approve(resources, proposed.sha256, "Grace")
    other = make_empty(kind)
    found = restore(other, io.BytesIO(backup(resources)))
    assert (found.files, found.missing) == (3, ())
    active = read_active(other)
    assert active is not None
    assert (fetched(other, active) / "model.onnx").exists()
    restored = content(other.database)
    assert restored == content(resources.database)
    people = ("workspaces", "memberships", "invitations")
    assert [len(restored[name]) for name in people] == [2, 2, 1]
    programs = ("api_keys", "idempotency_keys", "webhook_endpoints", "webhook_deliveries")
    assert [len(restored[name]) for name in programs] == [1, 1, 1, 1]
    assert b"".join(other.store.read("uploads/1")) == b"\x00\xffbytes" * 2
    assert migrate.is_current(other.database)
    with other.database.read() as session:
        assert audit.verify(session).fault is None


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_life_goes_on_after_a_restore(resources: Resources, make_empty: MakeEmpty, kind: str) -> None:
    fill(resources)
    other = make_empty(kind)
    restore(other, io.BytesIO(backup(resources)))
    with other.database.write() as session:
        audit.record(session, "test", datetime.now(UTC))
    numbers = [entry["id"] for entry in content(other.database)["audit_log"]]
    assert len(set(numbers)) == len(numbers) > len(content(resources.database)["audit_log"])


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_a_backup_and_its_restore_need_no_temporary_file(
    resources: Resources, make_empty: MakeEmpty, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """They run in a container whose temporary folder is smaller than one file may be."""
    fill(resources, files=1)
    large = random.Random(1).randbytes(9 << 20)
    with resources.store.writer("uploads/0") as writer:
        writer.write(large)
        writer.commit()
    with resources.database.write() as session:
        columns = {"sha256": hashlib.sha256(large).hexdigest(), "size": len(large), "text": "x" * len(large)}
        session.execute(
            text("UPDATE jobs SET sha256 = :sha256, stored_size_bytes = :size, error_message = :text"),
            columns,
        )
    other = make_empty("sqlite")
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "none"))
    restore(other, io.BytesIO(backup(resources)))
    assert b"".join(other.store.read("uploads/0")) == large
    assert content(other.database) == content(resources.database)


def test_what_is_written_meanwhile_is_not_half_in_it(
    resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(resources)
    dumped = rows.dumped

    def with_a_visitor(connection: Any, table: Any) -> Iterator[bytes]:
        if table.name == "jobs":
            with resources.database.write() as session:
                session.execute(text("DELETE FROM jobs"))
        yield from dumped(connection, table)

    monkeypatch.setattr(rows, "dumped", with_a_visitor)
    found = check(io.BytesIO(backup(resources)))
    assert found.files == 2
    with resources.database.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(text("jobs"))) == 0


def test_a_file_that_was_deleted_meanwhile_is_named(resources: Resources) -> None:
    fill(resources)
    resources.store.delete("uploads/0")
    found = check(io.BytesIO(backup(resources)))
    assert (found.files, found.missing) == (1, ("uploads/0",))


def test_a_damaged_file_stops_the_backup(resources: Resources) -> None:
    fill(resources)
    with resources.store.writer("uploads/0") as writer:
        writer.write(b"other")
        writer.commit()
    with pytest.raises(BackupError, match="uploads/0 has changed"):
        make(resources, io.BytesIO())


def test_restoring_over_data_is_refused(resources: Resources) -> None:
    fill(resources)
    before = content(resources.database)
    with pytest.raises(BackupError, match="has data already"):
        restore(resources, io.BytesIO(backup(resources)))
    assert content(resources.database) == before


@pytest.mark.parametrize("name", ["tables/jobs.jsonl", "files/uploads/1"])
def test_one_changed_byte_restores_nothing(resources: Resources, make_empty: MakeEmpty, name: str) -> None:
    fill(resources)
    damaged = changed(backup(resources), name)
    other = make_empty("sqlite")
    with pytest.raises(BackupError, match="differs from its checksum"):
        restore(other, io.BytesIO(damaged))
    assert not any(content(other.database).values())
    if name.startswith("tables"):
        with pytest.raises(BackupError, match="differs from its checksum"):
            check(io.BytesIO(damaged))


@pytest.mark.parametrize("share", [0.2, 0.6, 0.95])
def test_an_archive_that_was_cut_off_restores_nothing(
    resources: Resources, make_empty: MakeEmpty, share: float
) -> None:
    fill(resources, files=8)
    whole = backup(resources)
    end = whole.rindex(b"end.json")
    other = make_empty("sqlite")
    with pytest.raises(BackupError):
        restore(other, io.BytesIO(whole[: int(end * share)]))
    assert not any(content(other.database).values())


def test_something_else_is_no_backup(resources: Resources) -> None:
    for data in (b"", b"PK\x03\x04 something else", b"\x00" * 2048):
        with pytest.raises(BackupError, match="not a backup"):
            restore(resources, io.BytesIO(data))


def test_a_newer_programs_backup_is_refused(make_resources: MakeResources, make_empty: MakeEmpty) -> None:
    data = backup(make_resources())
    newest = migrate.newest().encode()
    newer = data.replace(b'"revision": "' + newest, b'"revision": "' + b"9" * len(newest), 1)
    with pytest.raises(BackupError, match="newer than"):
        restore(make_empty("sqlite"), io.BytesIO(newer))


@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_a_backup_of_the_first_schema_comes_back_in_todays(
    make_empty: MakeEmpty, kind: str, tmp_path: Path
) -> None:
    other = make_empty(kind)
    migrate.bring_to(other.database, "0001")
    with other.database.engine.connect() as connection:
        assert rows.tables(connection)
    data = first_schema_backup()
    found = restore(other, io.BytesIO(data))
    assert found.rows == 1
    assert migrate.is_current(other.database)
    assert content(other.database)["users"][0]["email"] == "ada@example.com"


def first_schema_backup() -> bytes:
    """Write by hand what a service of the first schema would have written."""

    user = {
        "id": "1",
        "email": "ada@example.com",
        "password_hash": "x",
        "tier": "free",
        "created_at": "2026-01-02T03:04:05+00:00",
        "password_changed_at": "2026-01-02T03:04:05+00:00",
    }
    line = json.dumps(user).encode() + b"\n"
    manifest = {
        "revision": "0001",
        "created_at": "2026-01-02T03:04:05+00:00",
        "program": "0.1.0",
        "tables": [{"name": "users", "rows": 1, "sha256": hashlib.sha256(line).hexdigest()}],
        "files": 0,
        "format": 1,
    }
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as tar:
        for name, data in (
            ("manifest.json", json.dumps(manifest).encode()),
            ("tables/users.jsonl", line),
            ("end.json", b'{"files": 0, "missing": []}'),
        ):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return out.getvalue()


def changed(data: bytes, name: str) -> bytes:
    """Change a byte in the middle of one member."""
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        info = tar.getmember(name)
    middle = info.offset_data + info.size // 2
    # A letter for a letter, so that a line of JSON stays one.
    other = b"a" if data[middle : middle + 1] != b"a" else b"b"
    return data[:middle] + other + data[middle + 1 :]
