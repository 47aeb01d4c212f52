"""Two acts at the same moment, of which the second begins before the first has committed."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.orm import Session

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.resources import Resources

Act = Callable[[], Any]
_FIRST = "first"


def outcome(act: Act) -> Code | None:
    try:
        act()
    except DeepShieldError as refusal:
        return refusal.code
    return None


@contextmanager
def stopped_before_commit() -> Iterator[tuple[threading.Event, threading.Event]]:
    """Let the thread named first wait before it commits: it has all its locks, and nobody sees its work."""
    reached, go_on = threading.Event(), threading.Event()

    def stop(_: Session) -> None:
        if threading.current_thread().name.startswith(_FIRST) and not reached.is_set():
            reached.set()
            assert go_on.wait(20)

    event.listen(Session, "before_commit", stop)
    try:
        yield reached, go_on
    finally:
        go_on.set()
        event.remove(Session, "before_commit", stop)


def waits_for_a_lock(resources: Resources) -> bool:
    asked = text(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
        "AND wait_event_type = 'Lock'"
    )
    with resources.database.read() as session:
        return bool(session.scalar(asked))


def race(resources: Resources, first: Act, second: Act) -> tuple[Code | None, Code | None]:
    """Begin the second while the first has not committed; return what came of each."""
    on_postgres = resources.database.engine.dialect.name == "postgresql"
    with (
        stopped_before_commit() as (reached, go_on),
        ThreadPoolExecutor(1, thread_name_prefix=_FIRST) as one,
        ThreadPoolExecutor(1) as other,
    ):
        begun = one.submit(outcome, first)
        assert reached.wait(20)
        follows = other.submit(outcome, second)
        while on_postgres and not follows.done() and not waits_for_a_lock(resources):
            pass
        go_on.set()
        return begun.result(30), follows.result(30)
