"""A workspace's endpoints: made, listed, deleted, their secrets changed, tried, and what was sent to them."""

from __future__ import annotations

import ipaddress
import uuid
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from deepshield.domain.chain import Erasable
from deepshield.domain.errors import Code, DeepShieldError, not_signed_in
from deepshield.domain.events import TEST, Event
from deepshield.domain.owner import Owner
from deepshield.domain.roles import May
from deepshield.domain.webhooks import WhyDisabled
from deepshield.intake.addresses import is_public
from deepshield.intake.urls import parse_url
from deepshield.outbox import payload
from deepshield.persistence.database import Database
from deepshield.persistence.repositories import audit, users, webhooks
from deepshield.persistence.repositories.paging import named_by_cursor
from deepshield.persistence.tables import WebhookDelivery, WebhookEndpoint
from deepshield.resources import Resources
from deepshield.settings import Settings
from deepshield.webhooks.secrets import new_secret, rotate, seal
from deepshield.workspaces.standing import locked

MOST = 20  # of a workspace
_TESTS = 5  # of an endpoint that wait for their first attempt
_TESTS_SECONDS = 10  # a receiver that hangs takes as long


@dataclass(frozen=True, slots=True)
class WithSecret:
    """An endpoint and the secret that it has just got, which is shown once."""

    row: WebhookEndpoint
    secret: str


Within = Callable[[Session, WithSecret], None]


def make_endpoint(
    resources: Resources, owner: Owner, *, url: str, events: Collection[Event], within: Within | None = None
) -> WithSecret:
    """Make an endpoint; ``within`` is called with it before the transaction commits.

    Raises `DeepShieldError` INVALID_URL for an address that is never called, TOO_MANY, UNAUTHORIZED when the
    account has just been deleted, NOT_FOUND or ROLE_MISSING when it has just ceased to be an admin.
    """
    _check(resources.settings, url)
    now, secret = resources.clock(), new_secret()
    row = WebhookEndpoint(
        id=str(uuid.uuid4()),
        owner_id=owner.id,
        workspace_id=owner.shared_id,
        made_by=owner.id,
        url=url,
        events=sorted(event.value for event in set(events)),
        secret=seal(resources.settings, secret),
        created_at=now,
    )
    made = WithSecret(row, secret)
    with resources.database.write() as session:
        _require_admin(session, owner)
        if users.lock(session, owner.id) is None:
            raise not_signed_in()
        if len(webhooks.endpoints_of(session, owner.workspace_id)) >= MOST:
            raise DeepShieldError(
                Code.TOO_MANY, f"A workspace has {MOST} webhooks at most. Delete one.", limit=MOST
            )
        session.add(row)
        session.flush()
        _audited(session, "webhook.created", owner, row, resources)
        if within is not None:
            within(session, made)
    return made


def endpoints_of(database: Database, workspace_id: str) -> Sequence[WebhookEndpoint]:
    """Return a workspace's endpoints, the newest first; a personal one has its account's id."""
    with database.read() as session:
        return webhooks.endpoints_of(session, workspace_id)


def endpoints_of_account(database: Database, owner_id: str) -> Sequence[WebhookEndpoint]:
    """Return the endpoints that an account is responsible for, in whichever workspace, the newest first."""
    with database.read() as session:
        return webhooks.of_account(session, owner_id)


def disable_all(database: Database, owner_id: str, now: datetime) -> int:
    """Disable all endpoints of an account, for an operator; return how many were enabled."""
    with database.write() as session:
        rows = webhooks.of_account(session, owner_id)
        ended = sum(webhooks.disable(session, row.id, WhyDisabled.OPERATOR, now) for row in rows)
        audit.record(session, "webhooks.disabled", now, subject=owner_id, details={"webhooks": ended})
        return ended


def remove_endpoint(resources: Resources, owner: Owner, endpoint_id: str) -> None:
    """Delete an endpoint with what waits for it; an attempt under way may still arrive.

    Raises NOT_FOUND, ROLE_MISSING.
    """
    with resources.database.write() as session:
        row = _locked(session, owner, endpoint_id)
        _audited(session, "webhook.deleted", owner, row, resources)
        session.delete(row)


def rotate_secret(
    resources: Resources, owner: Owner, endpoint_id: str, within: Within | None = None
) -> WithSecret:
    """Give an endpoint a new secret; messages are signed with those of the last day too.

    Raises NOT_FOUND, ROLE_MISSING.
    """
    secret = new_secret()
    with resources.database.write() as session:
        row = _locked(session, owner, endpoint_id)
        rotate(resources.settings, row, secret, resources.clock())
        _audited(session, "webhook.secret_changed", owner, row, resources)
        made = WithSecret(row, secret)
        if within is not None:
            within(session, made)
    return made


def enable_endpoint(resources: Resources, owner: Owner, endpoint_id: str) -> WebhookEndpoint:
    """Enable an endpoint again; what waited for it is sent. Raises NOT_FOUND, ROLE_MISSING."""
    with resources.database.write() as session:
        row = _locked(session, owner, endpoint_id)
        row.disabled_at = row.disabled_why = row.failing_since = None
        _audited(session, "webhook.enabled", owner, row, resources)
    return row


def disable_endpoint(resources: Resources, owner: Owner, endpoint_id: str) -> WebhookEndpoint:
    """Disable an endpoint: nothing is sent to it, and no event is kept for it.

    Raises NOT_FOUND, ROLE_MISSING.
    """
    with resources.database.write() as session:
        row = _locked(session, owner, endpoint_id)
        row.disabled_at, row.disabled_why = resources.clock(), WhyDisabled.OWNER.value
        _audited(session, "webhook.disabled", owner, row, resources)
    return row


def send_test(resources: Resources, owner: Owner, endpoint_id: str) -> WebhookDelivery:
    """Send an endpoint a test event.

    Raises NOT_FOUND, ROLE_MISSING, CONFLICT when it is disabled, RATE_LIMITED while earlier ones
    have not been tried yet.
    """
    now = resources.clock()
    with resources.database.write() as session:
        row = _locked(session, owner, endpoint_id)
        if row.disabled_at is not None:
            raise DeepShieldError(Code.CONFLICT, "This webhook is disabled. Enable it first.")
        if webhooks.untried(session, row.id, TEST) >= _TESTS:
            message = f"{_TESTS} test messages still wait to be sent. Try again when they have been."
            raise DeepShieldError(Code.RATE_LIMITED, message, retry_after_seconds=_TESTS_SECONDS)
        return webhooks.add_delivery(session, row.id, TEST, payload(TEST, {"webhook_id": row.id}, now), now)


def list_deliveries(
    resources: Resources, owner: Owner, endpoint_id: str, *, cursor: str | None, limit: int
) -> Sequence[WebhookDelivery]:
    """Return what was sent to an endpoint or waits, the newest first, from beyond ``cursor``.

    Raises NOT_FOUND, and VALIDATION_ERROR where the message that ``cursor`` names is gone.
    """
    with resources.database.read() as session:
        if endpoint_id not in {row.id for row in webhooks.endpoints_of(session, owner.workspace_id)}:
            raise _unknown()
        before = None
        if cursor is not None:
            found = webhooks.find_delivery(session, cursor, owner.workspace_id)
            before = named_by_cursor(found if found and found.endpoint_id == endpoint_id else None)
        return webhooks.deliveries(session, endpoint_id, before, limit)


def resend(resources: Resources, owner: Owner, delivery_id: str) -> WebhookDelivery:
    """Send a message again, under the same id; raises NOT_FOUND, ROLE_MISSING."""
    with resources.database.write() as session:
        _require_admin(session, owner)
        row = webhooks.find_delivery(session, delivery_id, owner.workspace_id)
        if row is None:
            raise _unknown()
        webhooks.send_again(session, row.id, resources.clock())
        session.refresh(row)
    return row


def _check(settings: Settings, url: str) -> None:
    target = parse_url(url)
    if settings.is_production and target.scheme != "https":
        raise DeepShieldError(Code.INVALID_URL, "Webhooks are sent to https addresses.")
    try:
        ipaddress.ip_address(target.host)
    except ValueError:
        return  # a name, whose addresses are checked each time that something is sent
    if not is_public(target.host):
        raise DeepShieldError(Code.INVALID_URL, "Webhooks are sent to public addresses only.")


def _require_admin(session: Session, owner: Owner) -> None:
    """Let nobody cease to be an admin of a shared workspace before the transaction ends.

    Of a change and the removal of who makes it at the same moment, the later one sees what the earlier did.
    """
    if not owner.is_at_home:
        locked(session, owner, owner.workspace_id, May.MANAGE)


def _locked(session: Session, owner: Owner, endpoint_id: str) -> WebhookEndpoint:
    _require_admin(session, owner)
    row = webhooks.lock_endpoint(session, endpoint_id, owner.workspace_id)
    if row is None:
        raise _unknown()
    return row


def _audited(session: Session, action: str, owner: Owner, row: WebhookEndpoint, resources: Resources) -> None:
    details = {"host": Erasable(parse_url(row.url).host)}  # a path can have a secret of the receiver's
    audit.record(session, action, resources.clock(), actor=owner.id, subject=row.id, details=details)


def _unknown() -> DeepShieldError:
    return DeepShieldError(Code.NOT_FOUND, "There is no such webhook.")
