"""Making a batch, finding it for those who may see or change it, and closing it."""

from __future__ import annotations

import hmac
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from deepshield.domain.batches import Held, Tally, item_state
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner, workspace_of
from deepshield.domain.roles import May
from deepshield.intake.fetch import Rules
from deepshield.jobs.batch_ends import finish_if_ended
from deepshield.jobs.ownership import hashed
from deepshield.persistence.repositories import audit, batches
from deepshield.persistence.tables import Batch
from deepshield.resources import Resources

_CHUNK = 500  # rows per insert


@dataclass(frozen=True, slots=True)
class Address:
    """An item whose file is still at an address; without ``name`` it is called by that."""

    url: str
    name: str | None = None
    note: str | None = None


def open_batch(
    resources: Resources,
    owner: Owner | None,
    *,
    name: str,
    addresses: Sequence[Address] = (),
    closed: bool = False,
    owner_secret: str | None = None,
    request_id: str | None = None,
    within: Callable[[Session, tuple[Batch, Tally]], None] | None = None,
) -> tuple[Batch, Tally]:
    """Make a batch of addresses, or one that files come to until it is closed, in one transaction.

    An address that is never connected to is an item that is refused. ``within`` is called with what is
    returned before the transaction commits. Raises `DeepShieldError` BATCH_TOO_LARGE.
    """
    refuse_too_many(resources, len(addresses))
    now, rules = resources.clock(), Rules(resources.settings.file, resources.settings.fetch)
    batch = Batch(
        id=str(uuid.uuid4()),
        owner_id=owner.id if owner else None,
        workspace_id=workspace_of(owner),
        owner_secret_sha256=None if owner or owner_secret is None else hashed(owner_secret),
        name=name,
        request_id=request_id,
        created_at=now,
        updated_at=now,
        closed_at=now if closed else None,
    )
    rows = [
        {
            "batch_id": batch.id,
            "position": position,
            "name": address.name or address.url,
            "note": address.note,
            "url": address.url,
            "reused": False,
            "created_at": now,
            **_checked(rules, address.url),
        }
        for position, address in enumerate(addresses)
    ]
    held = [item_state(str(row["state"]), None) for row in rows]
    made = batch, Tally({state: held.count(state) for state in held})
    with resources.database.write() as session:
        session.add(batch)
        session.flush()
        for start in range(0, len(rows), _CHUNK):
            batches.add_items(session, rows[start : start + _CHUNK])
        audit.record(session, "batch.accepted", now, actor=batch.owner_id, subject=batch.id)
        finish_if_ended(session, batch.id, now)
        if within is not None:
            within(session, made)
    return made


def find_batch(resources: Resources, owner: Owner | None, batch_id: str) -> Batch:
    """Return a batch; raises `DeepShieldError` NOT_FOUND when there is none that ``owner`` may see."""
    with resources.database.read() as session:
        strict = resources.settings.saas.require_auth
        batch = batches.find(session, batch_id, workspace_of(owner), strict)
    if batch is None:
        raise DeepShieldError(Code.NOT_FOUND)
    return batch


def find_own_batch(resources: Resources, owner: Owner | None, batch_id: str, secret: str | None) -> Batch:
    """Return a batch that the caller may change.

    Raises `DeepShieldError` as `find_batch`, OWNER_SECRET_REQUIRED when the batch has another ``secret``.
    """
    batch = find_batch(resources, owner, batch_id)
    if needs_secret(batch) and not _opens(batch, secret):
        raise DeepShieldError(Code.OWNER_SECRET_REQUIRED)
    return batch


def find_sent_batch(resources: Resources, owner: Owner | None, batch_id: str, secret: str | None) -> Batch:
    """Return a batch that the caller may cancel and delete: one's own, or any for who may delete.

    Raises as `find_own_batch`, and ROLE_MISSING for a batch that another member of the workspace has sent.
    """
    batch = find_own_batch(resources, owner, batch_id, secret)
    is_in_workspace = batch.workspace_id is not None or batch.owner_id is not None
    if owner is not None and batch.owner_id != owner.id and is_in_workspace:
        owner.need(May.DELETE)
    return batch


def needs_secret(batch: Batch) -> bool:
    """Return whether only the holder of a secret may change the batch: it has no account."""
    return batch.owner_id is None and batch.workspace_id is None and batch.owner_secret_sha256 is not None


def close_batch(resources: Resources, batch_id: str) -> None:
    """Take no further items; a batch of whose items each has ended is finished by that."""
    now = resources.clock()
    with resources.database.write() as session:
        batch = batches.locked(session, batch_id)
        if batch is not None and batch.closed_at is None:
            batch.closed_at = batch.updated_at = now
            finish_if_ended(session, batch_id, now)


def refuse_too_many(resources: Resources, items: int) -> None:
    """Raise `DeepShieldError` BATCH_TOO_LARGE for more items than a batch may have."""
    most = resources.settings.batch.max_items
    if items > most:
        raise DeepShieldError(Code.BATCH_TOO_LARGE, f"A batch may have {most} items.", limit=most)


def _opens(batch: Batch, secret: str | None) -> bool:
    return secret is not None and hmac.compare_digest(hashed(secret), batch.owner_secret_sha256 or "")


def _checked(rules: Rules, url: str) -> dict[str, str | None]:
    try:
        rules.check(url)
    except DeepShieldError as error:
        return {"state": Held.REFUSED, "error_code": error.code.value, "error_message": error.message}
    return {"state": Held.WAITING, "error_code": None, "error_message": None}
