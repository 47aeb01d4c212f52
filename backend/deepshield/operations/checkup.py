"""What `deepshield doctor` looks at: every part that the service stands on, one finding each."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.exc import SQLAlchemyError

from deepshield.operations import integrity
from deepshield.persistence import migrate
from deepshield.persistence.repositories import workers
from deepshield.resources import Resources
from deepshield.storage import StorageError

_SELF_TEST_SECONDS = 120
_NAMED = 5  # files that a finding names


@dataclass(frozen=True, slots=True)
class Finding:
    """What was looked at, whether it is well, and what was seen; ``ok`` is None when it could not be told."""

    subject: str
    ok: bool | None
    detail: str


class _NotWellError(Exception):
    """A check failed; the message says how."""


def examine(resources: Resources, *, repair: bool = False, read_files: bool = True) -> Iterator[Finding]:
    """Yield findings one by one, the quick ones first.

    With ``repair`` stored files that nothing speaks of are deleted; without ``read_files`` they are not read.
    """
    database = _find("database", lambda: _database(resources))
    yield database
    schema = _find("migrations", lambda: _migrations(resources)) if database.ok else _untold("migrations")
    yield schema
    yield _find("broker", lambda: _broker(resources))
    yield _find("storage", lambda: _storage(resources))
    yield _find("model bundle", lambda: _bundle(resources))
    rows: dict[str, Callable[[], str]] = {
        "workers": lambda: _workers(resources),
        "orphans": lambda: _orphans(resources, repair),
    }
    if read_files:
        rows["checksums"] = lambda: _checksums(resources)
    for subject, check in rows.items():
        yield _find(subject, check) if schema.ok else _untold(subject)


def _find(subject: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, True, check())
    except _NotWellError as error:
        return Finding(subject, False, str(error))
    except (SQLAlchemyError, StorageError, OSError) as error:
        return Finding(subject, False, f"{type(error).__name__}: {str(error).splitlines()[0]}")


def _untold(subject: str) -> Finding:
    return Finding(subject, None, "not looked at, without the database in order")


def _database(resources: Resources) -> str:
    resources.database.ping()
    return resources.database.engine.url.render_as_string(hide_password=True)


def _migrations(resources: Resources) -> str:
    if not migrate.is_current(resources.database):
        raise _NotWellError("the schema is not the newest: `deepshield up` or `deepshield api` migrates it")
    return f"at {migrate.newest()}"


def _broker(resources: Resources) -> str:
    if not resources.announcer.ping():
        raise _NotWellError("does not answer; queued jobs wait in the database until it does")
    return "answers"


def _storage(resources: Resources) -> str:
    resources.store.check()
    return f"{resources.settings.storage.backend}: writes, reads and deletes"


def _bundle(resources: Resources) -> str:
    """Run the self-test in a process of its own, since it loads the engine."""
    folder = resources.settings.infer.model_weights_path
    command = [sys.executable, "-m", "deepshield.cli.selftest", *([str(folder)] if folder else [])]
    try:
        told = subprocess.run(  # noqa: S603 - our own program
            command, capture_output=True, text=True, timeout=_SELF_TEST_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise _NotWellError(f"no answer within {_SELF_TEST_SECONDS} s") from error
    lines = (told.stdout if told.returncode == 0 else told.stderr).strip().splitlines()
    if told.returncode != 0:
        raise _NotWellError(lines[-1] if lines else f"exit code {told.returncode}")
    return lines[-1]


def _workers(resources: Resources) -> str:
    since = resources.clock() - timedelta(seconds=resources.settings.job.heartbeat_timeout_seconds)
    with resources.database.read() as session:
        rows = workers.seen_since(session, since)
    broken = [f"{row.id}: {row.detail}" for row in rows if row.state == "broken"]
    if broken:
        raise _NotWellError("; ".join(broken))
    return ", ".join(f"{row.queue} {row.state}" for row in rows) or "none is running"


def _orphans(resources: Resources, repair: bool) -> str:
    keys = list(integrity.orphans(resources))
    if not keys:
        return "no stored file without a row"
    if repair:
        return f"{integrity.remove(resources, keys)} deleted"
    raise _NotWellError(f"{len(keys)} stored files without a row ({_some(keys)}); --repair deletes them")


def _checksums(resources: Resources) -> str:
    faults = [f"{key} {fault}" for key, fault in integrity.damaged(resources)]
    if faults:
        raise _NotWellError(f"{len(faults)} files are not what they were: {_some(faults)}")
    return "every recorded file is there and unchanged"


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
