"""Sending what is due: leased, tried for a day, and given up with a note."""

from __future__ import annotations

import json
import logging
import random
import threading
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from deepshield.domain.webhooks import WhyDisabled
from deepshield.intake.addresses import AddressPolicy
from deepshield.persistence.repositories import audit, webhooks
from deepshield.persistence.repositories.webhooks import Claimed
from deepshield.resources import Resources
from deepshield.webhooks.secrets import UnreadableSecretError, earlier_secrets, signature, unseal
from deepshield.webhooks.sending import Answer, post

_log = logging.getLogger(__name__)
_random = random.SystemRandom()

_GONE = 410
_MINUTE, _HOUR = 60.0, 3600.0


@dataclass(frozen=True, slots=True)
class Plan:
    """How often and how long something is tried. Times are in seconds."""

    delays: tuple[float, ...] = (
        *(5.0, 30.0, 5 * _MINUTE, 30 * _MINUTE),
        *(_HOUR, 2 * _HOUR, 4 * _HOUR, 8 * _HOUR, 8 * _HOUR),
    )
    jitter: float = 0.2  # a share of the delay, either way
    request: float = 10.0
    lease: float = 60.0  # longer than a request with looking up its host
    pause: float = 1.0  # between looks when nothing is due
    at_once: int = 8
    of_one_endpoint: int = 2

    @property
    def failing(self) -> float:
        """How long an endpoint has taken nothing when a message that is given up disables it."""
        return sum(self.delays) * (1 - self.jitter)


def run(
    resources: Resources,
    stopping: threading.Event,
    policy: AddressPolicy | None = None,
    plan: Plan | None = None,
) -> None:
    """Send what is due until ``stopping`` is set; several processes may do so at the same time."""
    policy, plan = policy or AddressPolicy(), plan or Plan()
    slots = threading.Semaphore(plan.at_once)
    with ThreadPoolExecutor(plan.at_once, "webhook") as pool:
        while not stopping.is_set():
            if not slots.acquire(timeout=plan.pause):
                continue
            claimed = _next(resources, plan)
            if claimed is None:
                slots.release()
                stopping.wait(plan.pause)
                continue
            attempt = pool.submit(_attempt, resources, claimed, policy, plan)
            attempt.add_done_callback(lambda _: slots.release())


def deliver_due(resources: Resources, policy: AddressPolicy, plan: Plan) -> int:
    """Attempt everything that is due now, one after the other; return how many attempts that were."""
    count = 0
    while (claimed := _claim(resources, plan)) is not None:
        _attempt(resources, claimed, policy, plan)
        count += 1
    return count


def _next(resources: Resources, plan: Plan) -> Claimed | None:
    try:
        with resources.database.read() as session:
            if not webhooks.is_any_due(session, resources.clock()):
                return None
        return _claim(resources, plan)
    except SQLAlchemyError as error:
        _log.warning("webhooks wait for the database: %s", type(error).__name__)
        return None


def _claim(resources: Resources, plan: Plan) -> Claimed | None:
    now = resources.clock()
    until = now + timedelta(seconds=plan.lease)
    with resources.database.write() as session:
        return webhooks.claim(session, str(uuid.uuid4()), now, until, plan.of_one_endpoint)


def _attempt(resources: Resources, claimed: Claimed, policy: AddressPolicy, plan: Plan) -> None:
    try:
        answer = _sent(resources, claimed, policy, plan)
        with resources.database.write() as session:
            _record(session, claimed, answer, plan, resources.clock())
    except UnreadableSecretError:
        with resources.database.write() as session:
            _disable(session, claimed, WhyDisabled.SECRET, resources.clock())
    except SQLAlchemyError as error:  # the lease ends, and the message is sent again
        _log.warning("a webhook's outcome was not recorded: %s", type(error).__name__)
    except Exception:  # noqa: BLE001 - nobody else would see it; the lease ends here too
        _log.exception("a webhook was not sent")


def _sent(resources: Resources, claimed: Claimed, policy: AddressPolicy, plan: Plan) -> Answer:
    delivery, endpoint, now = claimed.delivery, claimed.endpoint, resources.clock()
    body = json.dumps(delivery.payload, separators=(",", ":")).encode()
    timestamp = int(now.timestamp())
    earlier = earlier_secrets(resources.settings, endpoint, now)
    secrets = [unseal(resources.settings, endpoint.secret), *(one.secret for one in earlier)]
    signatures = [signature(one, delivery.id, timestamp, body) for one in secrets]
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "DeepShield",
        "Connection": "close",
        "webhook-id": delivery.id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }
    return post(endpoint.url, headers, body, policy, plan.request)


def _record(session: Session, claimed: Claimed, answer: Answer, plan: Plan, now: datetime) -> None:
    delivery, token = claimed.delivery, claimed.delivery.lease_token
    assert token is not None, "a claimed delivery has a lease"
    came = {"status": answer.status, "problem": answer.problem}
    if answer.is_success:
        if webhooks.end_attempt(session, delivery.id, token, {"state": webhooks.DELIVERED, **came}):
            webhooks.note_success(session, delivery.endpoint_id)
        return
    left = plan.delays[delivery.attempts - 1 :]
    again = {"next_at": now + _jittered(left[0], plan)} if left else {"state": webhooks.FAILED}
    if not webhooks.end_attempt(session, delivery.id, token, {**again, **came}):
        return
    since = webhooks.note_failure(session, delivery.endpoint_id, now)
    if answer.status == _GONE:
        _disable(session, claimed, WhyDisabled.GONE, now)
    elif not left and since is not None and since <= now - timedelta(seconds=plan.failing):
        _disable(session, claimed, WhyDisabled.FAILING, now)


def _jittered(delay: float, plan: Plan) -> timedelta:
    return timedelta(seconds=delay * _random.uniform(1 - plan.jitter, 1 + plan.jitter))


def _disable(session: Session, claimed: Claimed, why: WhyDisabled, now: datetime) -> None:
    endpoint = claimed.endpoint
    if webhooks.disable(session, endpoint.id, why, now):
        audit.record(session, "webhook.disabled", now, subject=endpoint.id, details={"why": why.value})
