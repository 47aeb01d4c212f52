"""Webhook endpoints, and what is sent to each: written with what it is about, leased, ended."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, or_, select, update
from sqlalchemy.orm import Session

from deepshield.domain.events import subject_of
from deepshield.domain.webhooks import WhyDisabled
from deepshield.persistence.tables import Batch, Job, WebhookDelivery, WebhookEndpoint
from deepshield.persistence.workbench import Medium, Recheck

WAITING, DELIVERED, FAILED = "waiting", "delivered", "failed"
_BATCH = 500  # rows of a statement


@dataclass(frozen=True, slots=True)
class Claimed:
    """A delivery that this sender may attempt until its lease ends, with its endpoint as it is now."""

    delivery: WebhookDelivery
    endpoint: WebhookEndpoint


def add_event(
    session: Session, workspace_id: str, event: str, payload: dict[str, Any], now: datetime
) -> None:
    """Write a delivery for each of a workspace's endpoints that takes the event and is not disabled."""
    query = select(WebhookEndpoint).where(_of(workspace_id), WebhookEndpoint.disabled_at.is_(None))
    # Locked, so that no endpoint is deleted between this query and the insert.
    for endpoint in session.scalars(query.with_for_update(read=True, key_share=True)):
        if event in endpoint.events:
            add_delivery(session, endpoint.id, event, payload, now)


def add_delivery(
    session: Session, endpoint_id: str, event: str, payload: dict[str, Any], now: datetime
) -> WebhookDelivery:
    """Write a delivery, due at once."""
    row = WebhookDelivery(
        id=str(uuid.uuid4()),
        endpoint_id=endpoint_id,
        event=event,
        subject=subject_of(event, payload["data"]),
        payload=payload,
        state=WAITING,
        attempts=0,
        created_at=now,
        next_at=now,
    )
    session.add(row)
    session.flush()
    return row


def is_any_due(session: Session, now: datetime) -> bool:
    """Return whether a delivery waits whose time has come."""
    return bool(session.scalar(select(exists().where(_due(now)))))


def claim(session: Session, token: str, now: datetime, until: datetime, at_once: int) -> Claimed | None:
    """Lease a due delivery, at most ``at_once`` of an endpoint; None when there is none.

    It is one of the account that has the fewest under way, in whichever workspaces, and of those the one that
    is due longest: receivers that hang keep nobody's deliveries waiting but their account's own.
    """
    under_way = and_(
        WebhookDelivery.state == WAITING,
        WebhookDelivery.lease_token.is_not(None),
        WebhookDelivery.next_at > now,
    )
    full = (
        select(WebhookDelivery.endpoint_id)
        .where(under_way)
        .group_by(WebhookDelivery.endpoint_id)
        .having(func.count() >= at_once)
    )
    busy = (
        select(WebhookEndpoint.owner_id, func.count().label("number"))
        .join(WebhookDelivery, WebhookDelivery.endpoint_id == WebhookEndpoint.id)
        .where(under_way)
        .group_by(WebhookEndpoint.owner_id)
        .subquery()
    )
    chosen = (
        select(WebhookDelivery.id)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .outerjoin(busy, busy.c.owner_id == WebhookEndpoint.owner_id)
        .where(_due(now), WebhookDelivery.endpoint_id.not_in(full))
        .order_by(func.coalesce(busy.c.number, 0), WebhookDelivery.next_at)
        .limit(1)
        .with_for_update(skip_locked=True, of=WebhookDelivery)
    )
    delivery = session.scalar(
        update(WebhookDelivery)
        .where(WebhookDelivery.id == chosen.scalar_subquery())
        .values(lease_token=token, attempts=WebhookDelivery.attempts + 1, next_at=until, tried_at=now)
        .returning(WebhookDelivery)
    )
    if delivery is None:
        return None
    endpoint = session.get(WebhookEndpoint, delivery.endpoint_id)
    assert endpoint is not None, "deliveries go with their endpoint"
    return Claimed(delivery, endpoint)


def untried(session: Session, endpoint_id: str, event: str) -> int:
    """Return how many deliveries of an event wait for their first attempt."""
    waiting = (WebhookDelivery.state == WAITING, WebhookDelivery.attempts == 0)
    ours = (WebhookDelivery.endpoint_id == endpoint_id, WebhookDelivery.event == event)
    return session.scalar(select(func.count()).select_from(WebhookDelivery).where(*ours, *waiting)) or 0


def end_attempt(session: Session, delivery_id: str, token: str, values: dict[str, Any]) -> bool:
    """Record how an attempt ended; False when its lease was lost."""
    held = and_(WebhookDelivery.id == delivery_id, WebhookDelivery.lease_token == token)
    ended = update(WebhookDelivery).where(held).values(lease_token=None, **values)
    return session.scalar(ended.returning(WebhookDelivery.id)) is not None


def note_success(session: Session, endpoint_id: str) -> None:
    """Record that an endpoint took something."""
    failing = and_(WebhookEndpoint.id == endpoint_id, WebhookEndpoint.failing_since.is_not(None))
    session.execute(update(WebhookEndpoint).where(failing).values(failing_since=None))


def note_failure(session: Session, endpoint_id: str, now: datetime) -> datetime | None:
    """Record that an endpoint took nothing, and return since when; None when it is gone."""
    since = func.coalesce(WebhookEndpoint.failing_since, now)
    noted = update(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id).values(failing_since=since)
    return session.scalar(noted.returning(WebhookEndpoint.failing_since))


def disable(session: Session, endpoint_id: str, why: WhyDisabled, now: datetime) -> bool:
    """Disable an endpoint; False when it is gone or disabled already."""
    enabled = and_(WebhookEndpoint.id == endpoint_id, WebhookEndpoint.disabled_at.is_(None))
    off = update(WebhookEndpoint).where(enabled).values(disabled_at=now, disabled_why=why.value)
    return session.scalar(off.returning(WebhookEndpoint.id)) is not None


def endpoints_of(session: Session, workspace_id: str) -> Sequence[WebhookEndpoint]:
    """Return a workspace's endpoints, the newest first."""
    query = select(WebhookEndpoint).where(_of(workspace_id))
    return session.scalars(query.order_by(WebhookEndpoint.created_at.desc(), WebhookEndpoint.id)).all()


def of_account(session: Session, owner_id: str) -> Sequence[WebhookEndpoint]:
    """Return the endpoints that an account is responsible for, in whichever workspace, the newest first."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.owner_id == owner_id)
    return session.scalars(query.order_by(WebhookEndpoint.created_at.desc(), WebhookEndpoint.id)).all()


def hand_over(
    session: Session, workspace_id: str, owner_id: str, to: str | None, now: datetime
) -> Sequence[str]:
    """Disable the endpoints of a shared workspace that an account is responsible for.

    The account ``to`` becomes responsible for all of them, if one is given. Returns the ids of those that
    were enabled; the others keep why they are disabled.
    """
    theirs = select(WebhookEndpoint).where(
        WebhookEndpoint.workspace_id == workspace_id, WebhookEndpoint.owner_id == owner_id
    )
    locked = theirs.order_by(WebhookEndpoint.id).with_for_update()
    disabled = []
    for row in session.scalars(locked.execution_options(populate_existing=True)):
        row.owner_id = to or owner_id
        if row.disabled_at is None:
            row.disabled_at, row.disabled_why = now, WhyDisabled.LEFT.value
            disabled.append(row.id)
    session.flush()
    return disabled


def remove_of_workspace(session: Session, workspace_id: str) -> None:
    """Delete the endpoints of a shared workspace with what waits for them."""
    session.execute(delete(WebhookEndpoint).where(WebhookEndpoint.workspace_id == workspace_id))


def lock_endpoint(session: Session, endpoint_id: str, workspace_id: str) -> WebhookEndpoint | None:
    """Return one of a workspace's endpoints and lock it until the transaction ends."""
    query = select(WebhookEndpoint).where(WebhookEndpoint.id == endpoint_id, _of(workspace_id))
    return session.scalar(query.with_for_update())


def deliveries(
    session: Session, endpoint_id: str, before: WebhookDelivery | None, limit: int
) -> Sequence[WebhookDelivery]:
    """Return an endpoint's deliveries, the newest first, from beyond ``before``."""
    query = select(WebhookDelivery).where(WebhookDelivery.endpoint_id == endpoint_id)
    if before is not None:
        same = WebhookDelivery.created_at == before.created_at
        older = WebhookDelivery.created_at < before.created_at
        query = query.where(or_(older, and_(same, WebhookDelivery.id < before.id)))
    order = query.order_by(WebhookDelivery.created_at.desc(), WebhookDelivery.id.desc())
    return session.scalars(order.limit(limit)).all()


def find_delivery(session: Session, delivery_id: str, workspace_id: str) -> WebhookDelivery | None:
    """Return a delivery to one of a workspace's endpoints."""
    query = select(WebhookDelivery).join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
    return session.scalar(query.where(WebhookDelivery.id == delivery_id, _of(workspace_id)))


def send_again(session: Session, delivery_id: str, now: datetime) -> None:
    """Let a delivery be attempted anew, whatever came of it; a sender that is at it records nothing."""
    anew = {"state": WAITING, "attempts": 0, "next_at": now, "lease_token": None}
    session.execute(update(WebhookDelivery).where(WebhookDelivery.id == delivery_id).values(**anew))


def remove_old(session: Session, made_before: datetime) -> None:
    """Delete deliveries of before then, whatever came of them."""
    session.execute(delete(WebhookDelivery).where(WebhookDelivery.created_at < made_before))


def erase_about(session: Session, subjects: Collection[str]) -> None:
    """Delete the deliveries about some subjects, whatever came of them; an attempt under way may arrive."""
    names = sorted(subjects)
    for start in range(0, len(names), _BATCH):
        _delete(session, WebhookDelivery.subject.in_(names[start : start + _BATCH]))


def erase_said(session: Session, subject: str, names: Collection[str]) -> None:
    """Put null in the place of what deliveries about a subject say under some names."""
    about = select(WebhookDelivery.id, WebhookDelivery.payload).where(WebhookDelivery.subject == subject)
    for delivery_id, payload in session.execute(about.with_for_update()).all():
        data = payload["data"]
        erased = {**payload, "data": {**data, **{name: None for name in names if name in data}}}
        session.execute(
            update(WebhookDelivery)
            .where(WebhookDelivery.id == delivery_id)
            .values(payload=erased)
            .execution_options(synchronize_session=False)
        )


def find_subjects(session: Session, limit: int) -> None:
    """Note what deliveries of a release before are about, and delete those about what is gone.

    What was erased of a recheck is erased in them too. One whose event is unknown here is about its endpoint.
    The rechecks stay locked until the transaction ends, so that no text is erased of one in between.
    """
    query = select(WebhookDelivery).where(WebhookDelivery.subject.is_(None)).limit(limit)
    found = {
        row.id: subject_of(row.event, row.payload["data"]) or row.endpoint_id
        for row in session.scalars(query)
    }
    if not found:
        return
    about = select(Recheck.id, Recheck.redacted).where(Recheck.id.in_(set(found.values())))
    rechecks = session.execute(about.order_by(Recheck.id).with_for_update()).all()
    for delivery_id, subject in found.items():
        session.execute(
            update(WebhookDelivery)
            .where(WebhookDelivery.id == delivery_id)
            .values(subject=subject)
            .execution_options(synchronize_session=False)
        )
    for recheck_id, names in rechecks:
        if names:
            erase_said(session, recheck_id, names)
    there = (
        exists().where(table.id == WebhookDelivery.subject)
        for table in (Job, Medium, Batch, Recheck, WebhookEndpoint)
    )
    _delete(session, WebhookDelivery.id.in_(list(found)), ~or_(*there))


def _delete(session: Session, *which: ColumnElement[bool]) -> None:
    session.execute(delete(WebhookDelivery).where(*which).execution_options(synchronize_session=False))


def _of(workspace_id: str) -> ColumnElement[bool]:
    personal = and_(WebhookEndpoint.workspace_id.is_(None), WebhookEndpoint.owner_id == workspace_id)
    return or_(WebhookEndpoint.workspace_id == workspace_id, personal)


def _due(now: datetime) -> ColumnElement[bool]:
    enabled = select(WebhookEndpoint.id).where(WebhookEndpoint.disabled_at.is_(None))
    return and_(
        WebhookDelivery.state == WAITING,
        WebhookDelivery.next_at <= now,
        WebhookDelivery.endpoint_id.in_(enabled),
    )
