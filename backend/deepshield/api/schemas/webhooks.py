"""Webhooks: endpoints and what was sent to them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, Field

from deepshield.api.schemas.base import Answer
from deepshield.domain.events import Event
from deepshield.intake.urls import LONGEST

_URL = "https://example.org/deepshield"
_WEBHOOK_ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
_DELIVERY_ID = "9b2f0a1c-55f4-4a86-8a36-2f9d1f0f6c11"

Url = Annotated[
    str, Field(description="At a public address.", min_length=1, max_length=LONGEST, examples=[_URL])
]


class WebhookRequest(Answer):
    """A webhook to make."""

    url: Url
    events: list[Event] = Field(
        default=list(Event), min_length=1, max_length=len(Event), description="Which events it takes."
    )


class WebhookAnswer(Answer):
    """A webhook without its secret."""

    id: str = Field(examples=[_WEBHOOK_ID])
    url: str = Field(examples=[_URL])
    events: list[str] = Field(examples=[[Event.ANALYSIS_COMPLETED.value]])
    created_at: AwareDatetime
    failing_since: AwareDatetime | None = Field(description="Since when it has taken nothing.")
    disabled_at: AwareDatetime | None
    disabled_why: str | None = Field(
        description="`failing` (took nothing for a day), `gone` (answered 410), `owner`, `operator`, "
        "`secret` (the server's own was changed: make a new one), `left` (whose it was is no admin of "
        "the workspace any more).",
        examples=["failing"],
    )
    old_secret_until: AwareDatetime | None = Field(
        description="Until when messages are signed with the secret before too."
    )


class WebhookCreated(WebhookAnswer):
    """A webhook with its new secret: this is the only time that it is shown."""

    secret: str = Field(examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"])


class WebhookList(Answer):
    """The workspace's webhooks, the newest first."""

    webhooks: list[WebhookAnswer]


class WebhookDeleted(Answer):
    """Nothing is sent to it any more."""

    id: str = Field(examples=[_WEBHOOK_ID])
    status: Literal["deleted"] = "deleted"


class DeliveryAnswer(Answer):
    """One message to one webhook."""

    id: str = Field(description="The `webhook-id` that it is sent with.", examples=[_DELIVERY_ID])
    event: str = Field(examples=[Event.ANALYSIS_COMPLETED.value])
    state: Literal["waiting", "delivered", "failed"]
    attempts: int = Field(examples=[1])
    created_at: AwareDatetime
    tried_at: AwareDatetime | None
    next_at: AwareDatetime | None = Field(description="When it is tried next; null when it is not.")
    status: int | None = Field(description="Of the last answer.", examples=[200])
    problem: str | None = Field(description="Why there was no answer.", examples=["No answer within 10 s."])


class DeliveryPage(Answer):
    """Messages to a webhook, the newest first; kept for 30 days."""

    deliveries: list[DeliveryAnswer]
    next_cursor: str | None = Field(
        description="For the messages before these; null where none is left.", examples=[_DELIVERY_ID]
    )
