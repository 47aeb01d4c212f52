"""The checks of `deepshield doctor`: every part that the service depends on, one finding each."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from deepshield.accounts.provider.endpoints import Provider, ProviderError
from deepshield.operations import integrity
from deepshield.operations.workers import live_workers
from deepshield.persistence import migrate
from deepshield.persistence.repositories import audit, workspaces
from deepshield.promotion.active import read_active
from deepshield.promotion.archive import ArchiveError
from deepshield.promotion.fetching import fetched
from deepshield.promotion.golden import GoldenTestError, golden_test
from deepshield.provenance.trust_lists import TrustListError, installed
from deepshield.resources import Resources
from deepshield.result_provenance import TrustListKind
from deepshield.storage import StorageError

_NAMED = 5  # files that a finding names


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome of one check; ``ok`` is None for a warning, or when it could not be made."""

    subject: str
    ok: bool | None
    detail: str


class _FaultError(Exception):
    """A check failed; the message says why."""


def examine(resources: Resources, *, repair: bool = False, read_files: bool = True) -> Iterator[Finding]:
    """Yield findings one by one, the quick ones first.

    ``repair`` deletes stored files without a row; without ``read_files``, checksums are not verified.
    """
    database = _check("database", lambda: _database(resources))
    yield database
    schema = _check("migrations", lambda: _migrations(resources)) if database.ok else _skipped("migrations")
    yield schema
    yield _check("broker", lambda: _broker(resources))
    yield _check("storage", lambda: _storage(resources))
    if resources.settings.oidc.enabled:
        yield _check("sign-in service", lambda: _provider(resources))
    yield _trust_lists(resources)
    yield _check("model bundle", lambda: _bundle(resources))
    rows: dict[str, Callable[[], str]] = {
        "workers": lambda: _workers(resources),
        "orphans": lambda: _orphans(resources, repair),
        "audit log": lambda: _audit_log(resources),
    }
    if read_files:
        rows["checksums"] = lambda: _checksums(resources)
    for subject, check in rows.items():
        yield _check(subject, check) if schema.ok else _skipped(subject)


def _check(subject: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(subject, True, check())
    except _FaultError as error:
        return Finding(subject, False, str(error))
    except (SQLAlchemyError, StorageError, OSError) as error:
        return Finding(subject, False, f"{type(error).__name__}: {str(error).splitlines()[0]}")


def _skipped(subject: str) -> Finding:
    return Finding(subject, None, "not checked, because the database is not usable")


def _database(resources: Resources) -> str:
    resources.database.ping()
    return resources.database.engine.url.render_as_string(hide_password=True)


def _migrations(resources: Resources) -> str:
    if not migrate.is_current(resources.database):
        raise _FaultError("the schema is not the newest: `deepshield up` or `deepshield api` migrates it")
    return f"at {migrate.newest()}"


def _broker(resources: Resources) -> str:
    if not resources.announcer.ping():
        raise _FaultError("does not answer; queued jobs wait in the database until it does")
    return "answers"


def _storage(resources: Resources) -> str:
    resources.store.check()
    return f"{resources.settings.storage.backend}: writes, reads and deletes"


def _provider(resources: Resources) -> str:
    provider = Provider(resources.settings.oidc)
    try:
        keys = provider.keys(None)
    except ProviderError as error:
        raise _FaultError(str(error)) from error
    if not keys:
        raise _FaultError("it publishes no key that signs")
    wanted = resources.settings.oidc.workspace
    if wanted is not None:
        with resources.database.read() as session:
            row = workspaces.get(session, wanted)
        if row is None or row.personal_of is not None:
            raise _FaultError("OIDC_WORKSPACE is the id of no shared workspace")
    return f"{resources.settings.oidc.issuer} answers, with {len(keys)} keys"


def _bundle(resources: Resources) -> str:
    """Test what is served, and say why it is that bundle."""
    own = resources.settings.infer.model_weights_path
    try:
        active = read_active(resources)
    except SQLAlchemyError:
        active = None
    why = ""
    if active is not None:
        named = f"{active.name} {active.version} ({active.sha256[:12]})"
        why = (
            f"; INFER_MODEL_WEIGHTS_PATH is set, so {named}, which is active, is not served"
            if own
            else "; active"
        )
    try:
        with tempfile.TemporaryDirectory() as scratch:
            folder = own if own or active is None else fetched(resources, active, Path(scratch))
            return golden_test(folder) + why
    except (ArchiveError, GoldenTestError) as error:
        raise _FaultError(f"{error}{why}") from error


def _trust_lists(resources: Resources) -> Finding:
    """Warn, rather than fail, where signers are unknown or a list is old: files are analysed all the same."""
    subject, folder = "trust lists", resources.settings.provenance.trust_dir
    try:
        lists = installed(folder)
    except (OSError, TrustListError) as error:
        return Finding(subject, False, str(error))
    if not any(one.kind is TrustListKind.SIGNERS for one in lists):
        words = "no list of signers is installed: every signer is shown as unknown (docs/provenance.md)"
        return Finding(subject, None, words)
    overdue = [one for one in lists if one.overdue(resources.clock().date())]
    if overdue:
        words = ", ".join(f"{one.kind.value} since {one.next_update}" for one in overdue)
        return Finding(subject, None, f"to be replaced: {words}; `deepshield provenance trust-list` does")
    return Finding(subject, True, ", ".join(f"{one.kind.value} until {one.next_update}" for one in lists))


def _workers(resources: Resources) -> str:
    fleet = live_workers(resources.database, resources.settings.job, resources.clock())
    if fleet.broken:
        raise _FaultError("; ".join(f"{worker.id}: {worker.detail}" for worker in fleet.broken))
    if refused := [f"{worker.id}: {worker.detail}" for worker in fleet.workers if worker.detail]:
        raise _FaultError("; ".join(refused))
    return ", ".join(f"{worker.queue} {worker.state}" for worker in fleet.workers) or "none is running"


def _orphans(resources: Resources, repair: bool) -> str:
    keys = list(integrity.orphans(resources))
    if not keys:
        return "no stored file without a row"
    if repair:
        return f"{integrity.remove(resources, keys)} deleted"
    raise _FaultError(f"{len(keys)} stored files without a row ({_some(keys)}); --repair deletes them")


def _audit_log(resources: Resources) -> str:
    with resources.database.read() as session:
        found = audit.verify(session)
    if found.fault is not None:
        raise _FaultError(f"broken after {found.links} rows: {found.fault}")
    return f"{found.links} rows, unbroken; the newest hash is {found.newest}"


def _checksums(resources: Resources) -> str:
    faults = [f"{key} {fault}" for key, fault in integrity.damaged(resources)]
    if faults:
        raise _FaultError(f"{len(faults)} files are missing or changed: {_some(faults)}")
    return "every recorded file is there and unchanged"


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
