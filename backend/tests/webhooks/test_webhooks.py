"""Webhooks: signed as Standard Webhooks says, sent until they are taken, and never where they must not go."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import api_world as world
import pytest
from service_parts import NOON, Clock, MakeResources
from sqlalchemy import func, select, text, update
from webhook_receiver import PERMITTED, Message, Receiver, receiving
from workspace_world import Person

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.events import Event
from deepshield.domain.labels import Grade, Value
from deepshield.domain.owner import Owner
from deepshield.domain.reviews import Decision
from deepshield.intake.addresses import AddressPolicy
from deepshield.jobs import lease as leases
from deepshield.jobs.cancel import delete
from deepshield.jobs.sweep import sweep
from deepshield.persistence.repositories import audit
from deepshield.persistence.tables import WebhookDelivery, WebhookEndpoint
from deepshield.resources import Resources
from deepshield.reviews import deciding
from deepshield.webhooks import delivering, endpoints
from deepshield.webhooks.delivering import Plan, deliver_due
from deepshield.webhooks.secrets import seal, signature, unseal
from deepshield.webhooks.sending import post
from deepshield.workspaces.changing import make_workspace

pytestmark = pytest.mark.integration

PLAN = Plan(delays=(10.0, 100.0), jitter=0.0)


@pytest.fixture
def resources(make_resources: MakeResources, clock: Clock) -> Resources:
    return make_resources(clock=clock, saas={"jwt_exp_hours": 1e5}, rate={"limit_rps": 0})


@pytest.fixture
def owner(resources: Resources) -> Owner:
    return world.account(resources)[0]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as opened:
        yield opened


def endpoint(resources: Resources, owner: Owner, url: str, *events: Event) -> endpoints.WithSecret:
    """Make an endpoint at an address of this machine, which the route refuses."""
    made = endpoints.make_endpoint(resources, owner, url="https://example.org/", events=events or list(Event))
    with resources.database.write() as session:
        session.get_one(WebhookEndpoint, made.row.id).url = url
    return made


def send(resources: Resources, plan: Plan = PLAN) -> int:
    return deliver_due(resources, PERMITTED, plan)


def kept(resources: Resources) -> list[WebhookDelivery]:
    with resources.database.read() as session:
        return list(session.scalars(select(WebhookDelivery).order_by(WebhookDelivery.created_at)))


def test_the_signature_is_the_one_of_the_specification() -> None:
    given = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1614265330,
        b'{"test": 2432232314}',
    )
    assert given == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_receiver_with_the_library_takes_what_is_sent(
    resources: Resources, owner: Owner, receiver: Receiver, clock: Clock
) -> None:
    library = pytest.importorskip("standardwebhooks")
    clock.time = datetime.now(UTC)
    made = endpoint(resources, owner, receiver.url)
    job_id = world.completed(resources, owner)
    send(resources)
    (message,) = receiver.taken
    payload = library.Webhook(made.secret).verify(message.body, message.headers)
    assert payload["data"]["job_id"] == job_id
    with pytest.raises(library.WebhookVerificationError):
        library.Webhook(made.secret).verify(message.body + b" ", message.headers)


def test_what_completes_and_what_fails_is_told_once(
    resources: Resources, owner: Owner, receiver: Receiver
) -> None:
    endpoint(resources, owner, receiver.url)
    completed, failed = world.completed(resources, owner), world.failed(resources, owner)
    world.cancelled(resources, owner)
    world.completed(resources)
    assert send(resources) == 2
    told = {json.loads(message.body)["type"]: json.loads(message.body) for message in receiver.taken}
    assert told["analysis.completed"]["data"]["job_id"] == completed
    assert told["analysis.completed"]["data"]["verdict"] == "manipulated"
    assert told["analysis.failed"]["data"] | {"sha256": ""} == {
        "job_id": failed,
        "state": "FAILED",
        "media_type": "video",
        "sha256": "",
        "error_code": "VIDEO_DECODE_ERROR",
    }
    assert send(resources) == 0


def test_each_owners_endpoints_get_what_they_chose(resources: Resources, owner: Owner) -> None:
    with receiving() as all_, receiving() as failures, receiving() as others:
        endpoint(resources, owner, all_.url)
        endpoint(resources, owner, failures.url, Event.ANALYSIS_FAILED)
        endpoint(resources, world.account(resources)[0], others.url)
        world.completed(resources, owner)
        world.failed(resources, owner)
        send(resources)
        assert (len(all_.taken), len(failures.taken), len(others.taken)) == (2, 1, 0)


def test_an_event_is_there_only_with_its_result(
    resources: Resources, owner: Owner, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint(resources, owner, receiver.url)
    lease = world.running(resources, owner)

    def full(*_: Any) -> None:
        raise OSError("no more disk")

    with monkeypatch.context() as broken:
        broken.setattr(leases.attempts, "end", full)
        with pytest.raises(OSError, match="no more disk"):
            world.finish(resources, lease)
    assert kept(resources) == []
    world.finish(resources, lease)
    assert len(kept(resources)) == 1


def test_what_is_not_taken_is_tried_again_later_and_given_up_in_the_end(
    resources: Resources, owner: Owner, clock: Clock
) -> None:
    with receiving(lambda *_: 500) as receiver:
        made = endpoint(resources, owner, receiver.url)
        world.completed(resources, owner)
        for wait, tries in ((0, 1), (9.9, 0), (0.2, 1), (99, 0), (1.1, 1), (1000, 0)):
            clock.time += timedelta(seconds=wait)
            assert send(resources) == tries, wait
    (delivery,) = kept(resources)
    assert (delivery.state, delivery.attempts, delivery.status) == ("failed", 3, 500)
    assert len({message.id for message in receiver.arrived}) == 1
    with resources.database.read() as session:
        row = session.get_one(WebhookEndpoint, made.row.id)
        entries = [entry.action for entry in audit.of_subject(session, row.id)]
    assert (row.disabled_why, row.failing_since) == ("failing", NOON)
    assert entries == ["webhook.created", "webhook.disabled"]


def test_one_success_keeps_an_endpoint_enabled(resources: Resources, owner: Owner, clock: Clock) -> None:
    refused = set[str]()

    def first_fails(_: BaseHTTPRequestHandler, message: Message) -> int:
        return 500 if message.id in refused else 200

    with receiving(first_fails) as receiver:
        made = endpoint(resources, owner, receiver.url)
        world.completed(resources, owner)
        refused.add(kept(resources)[0].id)
        send(resources)
        clock.time += timedelta(seconds=50)
        world.completed(resources, owner)
        for _ in range(3):
            send(resources)
            clock.time += timedelta(seconds=101)
    assert sorted(row.state for row in kept(resources)) == ["delivered", "failed"]
    with resources.database.read() as session:
        assert session.get_one(WebhookEndpoint, made.row.id).disabled_at is None


def test_nothing_is_sent_to_a_disabled_endpoint(resources: Resources, owner: Owner) -> None:
    with receiving(lambda *_: 410) as receiver:
        made = endpoint(resources, owner, receiver.url)
        for _ in range(3):
            world.completed(resources, owner)
        assert send(resources) == 1, "410 disables at once"
        world.completed(resources, owner)
        assert len(kept(resources)) == 3, "no event is kept for it"
        receiver.behave = lambda *_: 200
        endpoints.enable_endpoint(resources, owner, made.row.id)
        assert send(resources) == 2
        endpoints.disable_endpoint(resources, owner, made.row.id)
        endpoints.resend(resources, owner, kept(resources)[0].id)
        assert send(resources) == 0


def test_both_secrets_sign_for_a_day(
    resources: Resources, owner: Owner, receiver: Receiver, clock: Clock
) -> None:
    made = endpoint(resources, owner, receiver.url)
    new = endpoints.rotate_secret(resources, owner, made.row.id)
    world.completed(resources, owner)
    send(resources)
    clock.time += timedelta(hours=24)
    world.completed(resources, owner)
    send(resources)
    for message, secrets in zip(receiver.taken, ([new.secret, made.secret], [new.secret]), strict=True):
        stamp = int(message.headers["webhook-timestamp"])
        signed = [signature(one, message.id, stamp, message.body) for one in secrets]
        assert message.headers["webhook-signature"].split() == signed


def test_every_secret_signs_for_its_own_day(
    resources: Resources, owner: Owner, receiver: Receiver, clock: Clock
) -> None:
    made = endpoint(resources, owner, receiver.url)
    secrets, hours = [made.secret], (10, 10, 5, 24)
    world.completed(resources, owner)
    for passed in hours:
        if len(secrets) < 3:
            secrets.append(endpoints.rotate_secret(resources, owner, made.row.id).secret)
        clock.time += timedelta(hours=passed)
        endpoints.resend(resources, owner, kept(resources)[0].id)
        send(resources)
    signed_by = [
        [
            one
            for one in secrets
            if signature(one, message.id, int(message.headers["webhook-timestamp"]), message.body)
            in message.headers["webhook-signature"].split()
        ]
        for message in receiver.taken
    ]
    assert signed_by == [secrets[:2], secrets, secrets[1:], secrets[2:]]


def test_secrets_are_stored_encrypted(resources: Resources, owner: Owner) -> None:
    made = endpoints.make_endpoint(resources, owner, url="https://example.org/", events=list(Event))
    with resources.database.read() as session:
        stored = str(session.execute(text("SELECT * FROM webhook_endpoints")).all())
    assert made.secret not in stored
    assert unseal(resources.settings, seal(resources.settings, made.secret)) == made.secret


def test_a_changed_secret_of_the_service_disables_with_a_note(
    make_resources: MakeResources, resources: Resources, owner: Owner, receiver: Receiver, clock: Clock
) -> None:
    made = endpoint(resources, owner, receiver.url)
    for _ in range(2):
        endpoints.rotate_secret(resources, owner, made.row.id)
    world.completed(resources, owner)
    changed = make_resources(clock=resources.clock, saas={"jwt_secret": "another secret of thirty-two bytes"})
    send(changed)
    with resources.database.read() as session:
        assert session.get_one(WebhookEndpoint, made.row.id).disabled_why == "secret"
    assert receiver.arrived == []
    new = endpoints.rotate_secret(changed, owner, made.row.id)
    assert (new.row.old_secret_until, new.row.older_secrets) == (None, None), "nobody can read them"
    with resources.database.write() as session:  # as the release before has kept it
        row = session.get_one(WebhookEndpoint, made.row.id)
        row.old_secret, row.old_secret_until = made.row.secret, clock() + timedelta(hours=24)
    endpoints.enable_endpoint(changed, owner, made.row.id)
    clock.time += timedelta(minutes=5)
    assert send(changed) == 1
    (message,) = receiver.taken
    stamp = int(message.headers["webhook-timestamp"])
    signed = signature(new.secret, message.id, stamp, message.body)
    assert message.headers["webhook-signature"] == signed


def redirects(handler: BaseHTTPRequestHandler, _: Message) -> None:
    handler.send_response(307)
    handler.send_header("Location", "http://127.0.0.2/private")
    handler.send_header("Content-Length", "0")
    handler.end_headers()


def hangs(_: BaseHTTPRequestHandler, __: Message) -> None:
    time.sleep(2)


def drips(handler: BaseHTTPRequestHandler, _: Message) -> None:
    for byte in b"HTTP/1.1 200 OK\r\n":
        try:
            handler.wfile.write(bytes([byte]))
        except OSError:
            return
        time.sleep(0.2)


def pours(handler: BaseHTTPRequestHandler, _: Message) -> None:
    handler.send_response(200)
    handler.end_headers()
    try:
        while True:
            handler.wfile.write(bytes(65536))
    except OSError:
        return


@pytest.mark.parametrize("behave", [redirects, hangs, drips], ids=lambda one: one.__name__)
def test_odd_receivers_cost_little_time_and_take_nothing(behave: Any) -> None:
    with receiving(behave) as receiver:
        started = time.monotonic()
        answer = post(receiver.url, {}, b"{}", PERMITTED, 0.3)
        assert not answer.is_success
        assert time.monotonic() - started < 5
        assert answer.problem or answer.status == 307


def stalls(handler: BaseHTTPRequestHandler, _: Message) -> None:
    handler.send_response(202)
    handler.send_header("Content-Length", "2")
    handler.end_headers()
    handler.rfile.read(1)  # until the sender ends the connection


def breaks_off(handler: BaseHTTPRequestHandler, _: Message) -> None:
    handler.send_response(200)
    handler.send_header("Content-Length", "20")
    handler.end_headers()
    handler.wfile.write(b"ok")


@pytest.mark.parametrize(("behave", "seconds"), [(pours, 10.0), (stalls, 1.0), (breaks_off, 10.0)])
def test_a_status_counts_whatever_follows_it(behave: Any, seconds: float) -> None:
    with receiving(behave) as receiver:
        assert post(receiver.url, {}, b"{}", PERMITTED, seconds).is_success


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://10.0.0.8/hook",
        "http://169.254.169.254/latest/meta-data",
        "ftp://example.org/",
        "https://user:pass@example.org/",
        "https://example.org:22/",
    ],
)
def test_addresses_that_are_never_called_are_refused(resources: Resources, owner: Owner, url: str) -> None:
    with pytest.raises(Exception, match=r"address|port") as refused:
        endpoints.make_endpoint(resources, owner, url=url, events=list(Event))
    assert refused.value.code == Code.INVALID_URL  # type: ignore[attr-defined]


def test_a_name_that_turns_private_later_is_not_called(receiver: Receiver) -> None:
    rebound = AddressPolicy(resolve=lambda *_: ["127.0.0.1"])
    answer = post(receiver.url.replace("127.0.0.1", "example.org"), {}, b"{}", rebound, 1.0)
    assert (answer.status, receiver.arrived) == (None, [])
    assert "public" in (answer.problem or "")


def test_production_sends_over_tls_only(make_resources: MakeResources, owner: Owner) -> None:
    strict = make_resources(environment="production", saas={"jwt_secret": "0123456789abcdef" * 4})
    with pytest.raises(Exception, match="https"):
        endpoints.make_endpoint(strict, owner, url="http://example.org/", events=list(Event))


def test_a_lost_senders_message_is_sent_by_the_next(
    resources: Resources, owner: Owner, receiver: Receiver, clock: Clock
) -> None:
    from deepshield.webhooks import delivering

    endpoint(resources, owner, receiver.url)
    world.completed(resources, owner)
    lost = delivering._claim(resources, PLAN)
    assert lost is not None
    assert send(resources) == 0, "it is leased"
    clock.time += timedelta(seconds=PLAN.lease)
    assert send(resources) == 1
    delivering._attempt(resources, lost, PERMITTED, PLAN)
    assert [row.attempts for row in kept(resources)] == [2], "who lost the lease records nothing"


def test_receivers_that_hang_keep_no_other_account_waiting(
    resources: Resources, owner: Owner, clock: Clock
) -> None:
    other = world.account(resources)[0]
    spaces = [
        owner,
        *(replace(owner, workspace_id=make_workspace(resources, owner, "a").workspace.id) for _ in "bcd"),
    ]
    hanging = [endpoint(resources, space, "http://127.0.0.1:1/").row.id for space in spaces]
    for space, endpoint_id in zip(spaces, hanging, strict=True):
        for _ in range(2):
            endpoints.send_test(resources, space, endpoint_id)
    clock.time += timedelta(seconds=1)
    theirs = [endpoint(resources, other, "http://127.0.0.1:1/").row.id for _ in range(2)]
    for endpoint_id in theirs * 2:
        endpoints.send_test(resources, other, endpoint_id)
    claimed = []
    while (one := delivering._claim(resources, PLAN)) is not None:
        claimed.append(one.endpoint.owner_id)
    mine = owner.id
    assert claimed == [mine, other.id] * 4 + [mine] * 4, "in turns, and nothing waits in vain"


def test_tests_that_wait_to_be_sent_are_few(resources: Resources, owner: Owner, receiver: Receiver) -> None:
    made = endpoint(resources, owner, receiver.url).row.id
    for _ in range(5):
        endpoints.send_test(resources, owner, made)
    with pytest.raises(DeepShieldError) as refused:
        endpoints.send_test(resources, owner, made)
    assert refused.value.code is Code.RATE_LIMITED
    assert send(resources) == 5
    endpoints.send_test(resources, owner, made)


def test_the_routes_from_making_to_sending_again(resources: Resources, receiver: Receiver) -> None:
    _, headers = world.account(resources)
    with world.serving(resources, headers=headers) as client:
        made = client.post("/api/webhooks", json={"url": "https://example.org/hook"}).json()
        assert made["secret"].startswith("whsec_")
        (shown,) = client.get("/api/webhooks").json()["webhooks"]
        assert "secret" not in shown
        with resources.database.write() as session:
            session.get_one(WebhookEndpoint, made["id"]).url = receiver.url
        path = f"/api/webhooks/{made['id']}"
        assert client.post(f"{path}/test").json()["state"] == "waiting"
        send(resources)
        (delivery,) = client.get(f"{path}/deliveries").json()["deliveries"]
        assert (delivery["state"], delivery["status"], delivery["next_at"]) == ("delivered", 200, None)
        assert client.post(f"/api/deliveries/{delivery['id']}/resend").json()["attempts"] == 0
        send(resources)
        assert [message.id for message in receiver.taken] == [delivery["id"]] * 2
        assert client.post(f"{path}/disable").json()["disabled_why"] == "owner"
        assert client.post(f"{path}/test").status_code == 409
        assert client.post(f"{path}/enable").json()["disabled_at"] is None
        assert client.post(f"{path}/secret").json()["old_secret_until"]
        assert client.delete(path).json()["status"] == "deleted"
        assert client.get("/api/webhooks").json() == {"webhooks": []}


def test_pages_of_deliveries_have_each_once(resources: Resources, owner: Owner, clock: Clock) -> None:
    made = endpoints.make_endpoint(resources, owner, url="https://example.org/", events=list(Event))
    for _ in range(5):
        endpoints.send_test(resources, owner, made.row.id)
    seen: list[str] = []
    while page := endpoints.list_deliveries(
        resources, owner, made.row.id, cursor=seen[-1] if seen else None, limit=2
    ):
        seen += [row.id for row in page]
    assert len(seen) == len(set(seen)) == 5
    with resources.database.write() as session:
        session.delete(session.get_one(WebhookDelivery, seen[1]))
    with pytest.raises(DeepShieldError, match="Begin again") as gone:
        endpoints.list_deliveries(resources, owner, made.row.id, cursor=seen[1], limit=2)
    assert gone.value.code is Code.VALIDATION_ERROR, "the list does not begin anew by itself"


def test_the_webhooks_of_others_are_not_there(resources: Resources, owner: Owner) -> None:
    made = endpoints.make_endpoint(resources, owner, url="https://example.org/", events=list(Event))
    test = endpoints.send_test(resources, owner, made.row.id)
    _, headers = world.account(resources)
    with world.serving(resources, headers=headers) as client:
        path = f"/api/webhooks/{made.row.id}"
        answers = [
            client.delete(path),
            client.get(f"{path}/deliveries"),
            client.post(f"/api/deliveries/{test.id}/resend"),
            *(client.post(f"{path}/{verb}") for verb in ("secret", "enable", "disable", "test")),
        ]
        assert [answer.status_code for answer in answers] == [404] * 7


def test_old_deliveries_go(resources: Resources, owner: Owner, clock: Clock) -> None:
    made = endpoints.make_endpoint(resources, owner, url="https://example.org/", events=list(Event))
    endpoints.send_test(resources, owner, made.row.id)
    clock.time += timedelta(days=31)
    sweep(resources)
    with resources.database.read() as session:
        assert session.scalar(select(func.count()).select_from(WebhookDelivery)) == 0


@pytest.mark.parametrize("forgotten", [True, False])
def test_an_event_goes_with_what_it_is_about(
    resources: Resources, receiver: Receiver, clock: Clock, forgotten: bool
) -> None:
    with world.serving(resources) as client:
        ada = Person.new(resources, client)
        endpoint(resources, ada.owner, receiver.url)
        gone, stays = world.completed(resources, ada.owner), world.completed(resources, ada.owner)
        media_id = world.medium_of(resources, gone)
        with resources.database.write() as session:
            deciding.put(session, media_id, Decision(Value.GENERATED, None, Grade.SINGLE, ()), None, clock())
        before = {row.id for row in kept(resources)}
        assert len(before) == 3
        if forgotten:
            answer = ada.ask("POST", f"/media/{media_id}/forget", headers={"If-Match": "*"})
        else:
            answer = ada.ask("DELETE", f"/jobs/{gone}")
        assert answer.status_code == 200
        told = [stays] if forgotten else [stays, media_id]  # a label outlives the analyses
        rows = kept(resources)
        assert sorted(row.subject or "" for row in rows) == sorted(told)
        assert send(resources) == len(told)
        (erased, *_) = before - {row.id for row in rows}
        assert ada.ask("POST", f"/deliveries/{erased}/resend").status_code == 404


def test_messages_of_a_release_before_go_with_what_they_are_about_too(
    resources: Resources, owner: Owner, clock: Clock
) -> None:
    endpoint(resources, owner, "http://127.0.0.1:1/")
    gone, later, stays = (world.completed(resources, owner) for _ in range(3))
    with resources.database.write() as session:
        session.execute(update(WebhookDelivery).values(subject=None))
    delete(resources, gone)
    assert len(kept(resources)) == 3
    sweep(resources)
    assert {row.subject for row in kept(resources)} == {later, stays}
    delete(resources, later)
    assert [row.subject for row in kept(resources)] == [stays]


def test_a_visitor_has_no_webhooks(make_resources: MakeResources) -> None:
    with world.serving(make_resources()) as client:
        assert client.get("/api/webhooks").status_code == 401
