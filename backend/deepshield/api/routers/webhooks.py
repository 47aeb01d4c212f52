"""A workspace's webhooks: made by an admin who is signed in, or by a key with the scope admin."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Path, Query

from deepshield.api.auth import AdministeringOwner
from deepshield.api.deps import ResourcesOf, refuse_cross_site
from deepshield.api.documented import ANY_ROUTE, CHANGING, MAKING, failures
from deepshield.api.once import OncePerKey
from deepshield.api.schemas.webhooks import (
    DeliveryAnswer,
    DeliveryPage,
    WebhookAnswer,
    WebhookCreated,
    WebhookDeleted,
    WebhookList,
    WebhookRequest,
)
from deepshield.domain.failures import Code
from deepshield.persistence.repositories.webhooks import WAITING
from deepshield.persistence.tables import WebhookDelivery
from deepshield.webhooks import endpoints
from deepshield.webhooks.endpoints import WithSecret

_READING = (
    *ANY_ROUTE,
    Code.UNAUTHORIZED,
    Code.SCOPE_MISSING,
    Code.ROLE_MISSING,
    Code.NOT_FOUND,
    Code.VALIDATION_ERROR,
)

router = APIRouter(
    prefix="/webhooks",
    tags=["webhooks"],
    dependencies=[Depends(refuse_cross_site)],
    responses=failures(*_READING),
)
deliveries = APIRouter(
    prefix="/deliveries",
    tags=["webhooks"],
    dependencies=[Depends(refuse_cross_site)],
    responses=failures(*_READING),
)

Id = Path(max_length=36, pattern="^[0-9a-f-]*$")
WebhookId = Annotated[str, Id]
DeliveryId = Annotated[str, Id]
_CHANGED = failures(*CHANGING)


@router.get("", summary="My webhooks")
def get_webhooks(owner: AdministeringOwner, resources: ResourcesOf) -> WebhookList:
    """Return the workspace's webhooks, without their secrets."""
    rows = endpoints.endpoints_of(resources.database, owner.workspace_id)
    return WebhookList(webhooks=[WebhookAnswer.model_validate(row) for row in rows])


@router.post("", summary="Make a webhook", responses=failures(*MAKING, Code.INVALID_URL, Code.TOO_MANY))
def post_webhook(
    wanted: WebhookRequest, owner: AdministeringOwner, resources: ResourcesOf, once: OncePerKey
) -> WebhookCreated:
    """Make a webhook and show its secret, this once.

    Messages are those of Standard Webhooks, whose libraries check their signatures with the secret.
    """
    return once.make(
        WebhookCreated,
        [wanted.model_dump(mode="json")],
        lambda within: endpoints.make_endpoint(
            resources, owner, url=wanted.url, events=wanted.events, within=within
        ),
        _created,
    )


@router.delete("/{webhook_id}", summary="Delete a webhook", responses=_CHANGED)
def delete_webhook(
    webhook_id: WebhookId, owner: AdministeringOwner, resources: ResourcesOf
) -> WebhookDeleted:
    """Delete a webhook with all that waits for it."""
    endpoints.remove_endpoint(resources, owner, webhook_id)
    return WebhookDeleted(id=webhook_id)


@router.post("/{webhook_id}/secret", summary="Change a webhook's secret", responses=failures(*MAKING))
def post_webhook_secret(
    webhook_id: WebhookId, owner: AdministeringOwner, resources: ResourcesOf, once: OncePerKey
) -> WebhookCreated:
    """Make a new secret and show it, this once; for 24 hours messages are signed with the earlier one too."""
    return once.make(
        WebhookCreated,
        [webhook_id],
        lambda within: endpoints.rotate_secret(resources, owner, webhook_id, within),
        _created,
    )


@router.post("/{webhook_id}/enable", summary="Enable a webhook", responses=_CHANGED)
def enable_webhook(webhook_id: WebhookId, owner: AdministeringOwner, resources: ResourcesOf) -> WebhookAnswer:
    """Enable a webhook again; what waited for it is sent."""
    return WebhookAnswer.model_validate(endpoints.enable_endpoint(resources, owner, webhook_id))


@router.post("/{webhook_id}/disable", summary="Disable a webhook", responses=_CHANGED)
def disable_webhook(
    webhook_id: WebhookId, owner: AdministeringOwner, resources: ResourcesOf
) -> WebhookAnswer:
    """Stop sending to a webhook; no events are kept for it meanwhile."""
    return WebhookAnswer.model_validate(endpoints.disable_endpoint(resources, owner, webhook_id))


@router.post("/{webhook_id}/test", summary="Try a webhook", responses=failures(*CHANGING, Code.CONFLICT))
def test_webhook(webhook_id: WebhookId, owner: AdministeringOwner, resources: ResourcesOf) -> DeliveryAnswer:
    """Send a `webhook.test` event; what comes of it is in the list of deliveries."""
    return _delivery(endpoints.send_test(resources, owner, webhook_id))


@router.get("/{webhook_id}/deliveries", summary="What was sent to a webhook")
def get_deliveries(
    webhook_id: WebhookId,
    owner: AdministeringOwner,
    resources: ResourcesOf,
    cursor: Annotated[
        str | None, Query(max_length=36, pattern="^[0-9a-f-]*$", description="`next_cursor` of a page.")
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> DeliveryPage:
    """Return messages of the last 30 days, the newest first, with what came of them."""
    rows = endpoints.list_deliveries(resources, owner, webhook_id, cursor=cursor, limit=limit)
    return DeliveryPage(
        deliveries=[_delivery(row) for row in rows],
        next_cursor=rows[-1].id if len(rows) == limit else None,
    )


@deliveries.post("/{delivery_id}/resend", summary="Send a message again", responses=_CHANGED)
def resend_delivery(
    delivery_id: DeliveryId, owner: AdministeringOwner, resources: ResourcesOf
) -> DeliveryAnswer:
    """Send a message again under its id, whatever came of it."""
    return _delivery(endpoints.resend(resources, owner, delivery_id))


def _created(made: WithSecret) -> WebhookCreated:
    return WebhookCreated(**WebhookAnswer.model_validate(made.row).model_dump(), secret=made.secret)


def _delivery(row: WebhookDelivery) -> DeliveryAnswer:
    answer = DeliveryAnswer.model_validate(row)
    return answer if row.state == WAITING else answer.model_copy(update={"next_at": None})
