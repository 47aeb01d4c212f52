"""The audit log is a chain: what is done to its rows behind the service's back is found, with its place."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from sqlalchemy import text

from deepshield.accounts.administration import seal_audit
from deepshield.domain.chain import FIRST, Link
from deepshield.operations import checkup
from deepshield.persistence import migrate
from deepshield.persistence.database import Database
from deepshield.persistence.repositories import audit
from deepshield.persistence.repositories.audit import Chain
from deepshield.resources import Resources

pytestmark = pytest.mark.integration

NOW = datetime(2026, 5, 3, 12, 0, 0, 123456, UTC)


def written(database: Database, number: int = 1) -> None:
    for count in range(number):
        with database.write() as session:
            audit.record(session, "test", NOW, subject=f"job-{count}", details={"name": "Zoë", "n": count})


def verified(database: Database) -> Chain:
    with database.read() as session:
        return audit.verify(session)


def execute(database: Database, *statements: str) -> None:
    with database.write() as session:
        for statement in statements:
            session.execute(text(statement))


def test_a_log_as_it_was_written_is_whole(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_BATCH", 2)
    assert verified(database) == Chain(0, FIRST)
    written(database, 5)
    with database.read() as session:
        rows = audit.of_subject(session, "job-0")
    assert verified(database).links == 5
    assert verified(database).fault is None
    assert [(row.position, row.details) for row in rows] == [(1, {"name": "Zoë", "n": 0})]


@pytest.mark.parametrize(
    ("statements", "fault"),
    [
        (["UPDATE audit_log SET action = 'other' WHERE position = 3"], "row 3 (id 3) was changed or moved"),
        (["UPDATE audit_log SET actor = 'ada' WHERE position = 1"], "row 1 (id 1) was changed or moved"),
        (["DELETE FROM audit_log WHERE position = 3"], "row 3 is missing"),
        (["DELETE FROM audit_log WHERE position IN (2, 3)"], "rows 2 to 3 are missing"),
        (["DELETE FROM audit_log WHERE position > 4"], "row 5 is missing at the end"),
        (["DELETE FROM audit_log"], "rows 1 to 5 are missing at the end"),
        (
            ["INSERT INTO audit_log (at, action) VALUES ('2026-05-03 12:00:00', 'extra')"],
            "was added outside of the chain",
        ),
        (
            [
                "INSERT INTO audit_log (at, action, position, hash) "
                "SELECT at, action, 6, hash FROM audit_log WHERE position = 5"
            ],
            "row 6 was added behind the head of the chain",
        ),
        (
            [
                "UPDATE audit_log SET position = 99 WHERE position = 2",
                "UPDATE audit_log SET position = 2 WHERE position = 4",
                "UPDATE audit_log SET position = 4 WHERE position = 99",
            ],
            "row 2 (id 4) was changed or moved",
        ),
        (["UPDATE audit_head SET hash = 'x'"], "the head of the chain is not the hash of row 5"),
    ],
)
def test_what_was_done_to_the_rows_is_found(database: Database, statements: list[str], fault: str) -> None:
    written(database, 5)
    execute(database, *statements)
    assert fault in (verified(database).fault or "")


def test_many_writers_make_one_chain(database: Database) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: written(database), range(40)))
    assert verified(database) == Chain(40, verified(database).newest)


def test_what_is_rolled_back_leaves_no_link(database: Database) -> None:
    written(database)
    with contextlib.suppress(RuntimeError), database.write() as session:
        audit.record(session, "lost", NOW)
        raise RuntimeError
    written(database)
    assert (verified(database).links, verified(database).fault) == (2, None)


def test_rows_of_an_earlier_release_are_chained_by_the_migration(database: Database) -> None:
    migrate.downgrade(database, "0005")
    execute(
        database,
        *(
            f"INSERT INTO audit_log (at, actor, action, details) "
            f"VALUES ('2026-05-03 12:00:0{n}.5', 'ada', 'login', '{{\"n\": {n}}}')"
            for n in range(4)
        ),
    )
    migrate.upgrade(database)
    assert (verified(database).links, verified(database).fault) == (4, None)
    written(database)
    assert (verified(database).links, verified(database).fault) == (5, None)


def test_what_a_release_without_the_chain_wrote_can_be_sealed(resources: Resources) -> None:
    database = resources.database
    written(database, 2)
    execute(database, "INSERT INTO audit_log (at, action) VALUES ('2026-05-03 12:00:00', 'login')")
    written(database)
    assert seal_audit(database) == 1
    assert (verified(database).links, verified(database).fault) == (5, None)
    assert seal_audit(database) == 0


def test_doctor_names_the_first_broken_place(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "_bundle", lambda _: "left out here")
    written(resources.database, 3)
    findings = {one.subject: one for one in checkup.examine(resources, read_files=False)}
    assert findings["audit log"].detail.startswith("3 rows, unbroken; the newest hash is ")
    execute(resources.database, "UPDATE audit_log SET subject = 'x' WHERE position = 2")
    findings = {one.subject: one for one in checkup.examine(resources, read_files=False)}
    assert (findings["audit log"].ok, findings["audit log"].detail) == (
        False,
        "broken after 1 rows: row 2 (id 2) was changed or moved",
    )


@pytest.mark.parametrize("change", ["position", "at", "actor", "action", "subject", "details"])
def test_the_hash_covers_every_field(change: str) -> None:
    fields = {"position": 1, "at": NOW, "actor": "a", "action": "b", "subject": "c", "details": {"d": 1}}
    other: dict[str, Callable[[], object]] = {
        "position": lambda: 2,
        "at": lambda: NOW.replace(microsecond=1),
        "details": lambda: {"d": 2},
    }
    changed = {**fields, change: other.get(change, lambda: "other")()}
    assert Link(**fields).hash_after(FIRST) != Link(**changed).hash_after(FIRST)  # type: ignore[arg-type]
    assert Link(**fields).hash_after(FIRST) != Link(**fields).hash_after("1" * 64)  # type: ignore[arg-type]
