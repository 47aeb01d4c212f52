"""What people wrote in the audit log goes by a rule that every kind of entry has, and that holds."""

from __future__ import annotations

import ast
import re
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from service_parts import Clock
from sqlalchemy import select
from sqlalchemy.orm import Session

import deepshield
from deepshield.accounts.administration import create_user
from deepshield.domain.chain import Erasable
from deepshield.domain.erasure import WITH_TEXTS, WITHOUT_TEXTS, GoesWith
from deepshield.domain.events import TEST, Event, subject_of
from deepshield.domain.quota import Tier
from deepshield.outbox import payload
from deepshield.persistence.database import Database
from deepshield.persistence.repositories import (
    audit,
    batches,
    bulk_actions,
    media,
    rechecks,
    saved_views,
    users,
    webhooks,
    workspaces,
)
from deepshield.persistence.tables import AuditEntry, AuditText, WebhookDelivery, WebhookEndpoint
from deepshield.persistence.workbench import Medium, SavedView
from deepshield.workspaces.changing import new_workspace

pytestmark = pytest.mark.integration

_WRITING = ("record", "record_once", "note_access", "_note", "_audited")
_KIND = re.compile(r"logout|[a-z_]+\.(?!zip)[a-z_]+")


def _named(module: Path) -> set[str]:
    """Return the kinds that a module writes: what its calls name, and what else there has a kind's form."""
    tree = ast.parse(module.read_text())
    found: set[str] = set()
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
        if name in _WRITING:
            words = [
                node.value for one in call.args for node in ast.walk(one) if isinstance(node, ast.Constant)
            ]
            found |= {word for word in words if isinstance(word, str) and _KIND.fullmatch(word)}
    if found:  # in a name first, or by a condition
        prefixes = {kind.split(".")[0] for kind in {*WITH_TEXTS, *WITHOUT_TEXTS}}
        constants = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        texts = [one for one in constants if isinstance(one, str) and _KIND.fullmatch(one)]
        found |= {one for one in texts if one.split(".")[0] in prefixes}
    return found - {event.value for event in Event} - {"webhook.test"}


def test_every_kind_of_entry_says_whether_it_has_texts_and_with_what_they_go() -> None:
    root = Path(deepshield.__file__).parent
    written = set().union(*(_named(path) for path in root.rglob("*.py")))
    assert len(written) > 80
    assert written <= {*WITH_TEXTS, *WITHOUT_TEXTS}, "give each a rule in domain/erasure.py"
    assert not WITH_TEXTS.keys() & WITHOUT_TEXTS
    assert all(WITH_TEXTS.values())


def test_a_text_without_a_rule_is_not_written(database: Database, clock: Clock) -> None:
    with pytest.raises(ValueError, match="no rule"), database.write() as session:
        audit.record(session, "job.accepted", clock(), details={"name": Erasable("Jane Doe")})
    with database.read() as session:
        assert session.scalars(select(AuditEntry)).all() == []


class Log:
    """An entry of every kind that has texts, about something of a shared workspace and of an account."""

    def __init__(self, database: Database, now: Callable[..., object]) -> None:
        self.database, self.now = database, now
        self.account = create_user(database, "jane@example.org", "correct horse battery", Tier.FREE)
        self.about: dict[str, str] = {}
        with database.write() as session:
            self.space = new_workspace(session, "Newsroom", now()).id  # type: ignore[arg-type]
            for kind, rule in WITH_TEXTS.items():
                self.about[kind] = about = str(uuid.uuid4())
                whose = self.account if GoesWith.ACCOUNT in rule else None
                place = None if rule == {GoesWith.OPERATOR} else self.space
                text = {"text": Erasable(f"Jane Doe {kind}"), "in_list": [Erasable("Jane")]}
                audit.record(
                    session, kind, now(), subject=about, details=text, whose=whose, workspace_id=place  # type: ignore[arg-type]
                )  # fmt: skip

    def kinds(self) -> set[str]:
        """Return the kinds whose texts are there; all of them or none of an entry's."""
        with self.database.read() as session:
            assert audit.verify(session).fault is None
            subjects = list(session.scalars(select(AuditText.subject)))
        left = {kind for kind, about in self.about.items() if about in subjects}
        assert len(subjects) == 2 * len(left)
        return left


@pytest.fixture
def log(database: Database, clock: Clock) -> Log:
    return Log(database, clock)


def _but(what: GoesWith) -> set[str]:
    return {kind for kind, rule in WITH_TEXTS.items() if what not in rule}


def test_texts_go_with_the_account_and_with_the_workspace(log: Log) -> None:
    assert log.kinds() == set(WITH_TEXTS)
    with log.database.write() as session:
        users.remove(session, log.account)
    assert log.kinds() == _but(GoesWith.ACCOUNT), "also of keys and views that are long gone"
    with log.database.write() as session:
        workspaces.remove(session, log.space)
    assert (
        log.kinds()
        == _but(GoesWith.ACCOUNT) & _but(GoesWith.WORKSPACE)
        == {kind for kind in WITH_TEXTS if kind.startswith("bundle.")}
    )


def test_texts_go_with_what_they_are_about(log: Log) -> None:
    def remove(session: Session, kind: str, about: str) -> None:
        if kind == "media.many_asked":
            bulk_actions.remove(session, [about])
        elif kind.startswith("media."):
            media.remove(session, Medium(id=about))
        elif kind.startswith("recheck."):
            rechecks.remove(session, about)
        elif kind == "view.saved":
            made = SavedView(id=about, workspace_id=log.space, name="a", query="", created_at=log.now())
            session.add(made)
            session.flush()
            saved_views.remove(session, made)
        else:
            raise AssertionError(f"say here how what {kind} is about is removed")

    with log.database.write() as session:
        for kind in set(WITH_TEXTS) - _but(GoesWith.SUBJECT):
            remove(session, kind, log.about[kind])
    assert log.kinds() == _but(GoesWith.SUBJECT)


def test_events_of_webhooks_go_with_what_they_are_about(log: Log) -> None:
    about = {
        name: str(uuid.uuid4()) for name in ("job_id", "media_id", "batch_id", "recheck_id", "webhook_id")
    }
    assert all(subject_of(event, about) for event in (*Event, TEST)), "say in domain/events.py which id it is"
    with log.database.write() as session:
        hook = WebhookEndpoint(
            id=about["webhook_id"], owner_id=log.account, url="https://example.org/", events=list(Event),
            secret="-", created_at=log.now(),
        )  # fmt: skip
        session.add(hook)
        session.flush()
        for event in Event:
            webhooks.add_event(session, log.account, event, payload(event, about, log.now()), log.now())  # type: ignore[arg-type]
    with log.database.write() as session:
        batches.remove(session, about["batch_id"])
        rechecks.remove(session, about["recheck_id"])
        media.remove(session, Medium(id=about["media_id"]))
        assert set(session.scalars(select(WebhookDelivery.subject))) == {about["job_id"]}
