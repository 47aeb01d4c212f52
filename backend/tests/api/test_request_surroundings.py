"""What is around every request: ids, headers, other origins, the rate limit, the log and the figures."""

from __future__ import annotations

import io
import json
import logging
import math
import re
from collections.abc import Iterator

import api_world as world
import pytest
import structlog
from example_results import example
from fastapi.testclient import TestClient
from prometheus_client.parser import text_string_to_metric_families
from service_parts import MakeResources

from deepshield.api.http.client import TrustedProxies
from deepshield.idempotency import of_visitor
from deepshield.observability import logging as logs
from deepshield.resources import Resources
from deepshield.settings import LogSettings

pytestmark = pytest.mark.api


@pytest.fixture
def client(resources: Resources) -> Iterator[TestClient]:
    with world.serving(resources) as client:
        yield client


def test_a_plain_request_id_is_kept_and_any_other_replaced(client: TestClient) -> None:
    assert (
        client.get("/api/health", headers={"X-Request-ID": "abc-123_4.5"}).headers["x-request-id"]
        == "abc-123_4.5"
    )
    made = set()
    for given in ("short", "x" * 65, "with space!!", "a\u00e9bcdefgh"):
        answer = client.get("/api/health", headers={"X-Request-ID": given.encode("latin-1")})
        made.add(answer.headers["x-request-id"])
    assert len(made) == 4
    assert all(re.fullmatch("[0-9a-f]{32}", one) for one in made)


def test_answers_are_not_kept_framed_or_sniffed(client: TestClient) -> None:
    headers = client.get("/api/limits").headers
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "strict-transport-security" not in headers


def test_behind_tls_browsers_are_told_to_stay_there(make_resources: MakeResources) -> None:
    with world.serving(make_resources(public_url="https://shield.example.org")) as client:
        assert "max-age" in client.get("/api/health").headers["strict-transport-security"]


def test_named_origins_may_call_with_credentials_and_no_others(make_resources: MakeResources) -> None:
    with world.serving(make_resources(cors={"allowed_origins": ("https://app.example.org",)})) as client:
        named = client.get("/api/limits", headers={"Origin": "https://app.example.org"})
        assert named.headers["access-control-allow-origin"] == "https://app.example.org"
        assert named.headers["access-control-allow-credentials"] == "true"
        foreign = client.get("/api/limits", headers={"Origin": "https://evil.example.org"})
        assert "access-control-allow-origin" not in foreign.headers
        refused = client.get("/api/nothing", headers={"Origin": "https://app.example.org"})
        assert refused.headers["access-control-allow-origin"] == "https://app.example.org"


@pytest.mark.parametrize(
    ("peer", "forwarded", "trusted", "client"),
    [
        ("203.0.113.9", None, (), "203.0.113.9"),
        ("203.0.113.9", "198.51.100.1", (), "203.0.113.9"),
        ("10.0.0.2", "198.51.100.1", ("10.0.0.0/8",), "198.51.100.1"),
        ("10.0.0.2", "1.2.3.4, 198.51.100.1", ("10.0.0.0/8",), "198.51.100.1"),
        ("10.0.0.2", "198.51.100.1, 10.0.0.3", ("10.0.0.0/8",), "198.51.100.1"),
        ("10.0.0.2", "10.0.0.4, 10.0.0.3", ("10.0.0.0/8",), "10.0.0.4"),
        ("10.0.0.2", "198.51.100.1, nonsense", ("10.0.0.0/8",), "10.0.0.2"),
        ("::ffff:10.0.0.2", "2001:db8::1", ("10.0.0.2",), "2001:db8::1"),
        ("10.0.0.2", None, ("10.0.0.0/8",), "10.0.0.2"),
    ],
)
def test_only_trusted_proxies_tell_who_asks(
    peer: str, forwarded: str | None, trusted: tuple[str, ...], client: str
) -> None:
    headers = [] if forwarded is None else [(b"x-forwarded-for", forwarded.encode())]
    scope = {"type": "http", "client": (peer, 1), "headers": headers}
    assert TrustedProxies(trusted).client_address(scope) == client


def test_accounts_are_counted_apart_and_made_up_tokens_buy_nothing(make_resources: MakeResources) -> None:
    resources = make_resources(rate={"limit_rps": 0.01, "limit_burst": 3})
    _, as_ada = world.account(resources)
    with world.serving(resources) as client:

        def statuses(count: int, headers: dict[str, str] | None = None) -> set[int]:
            return {client.get("/api/limits", headers=headers).status_code for _ in range(count)}

        assert 429 in statuses(8)
        assert statuses(2, as_ada) == {200}, "an account has a limit of its own"
        assert 429 in statuses(1, {"Authorization": "Bearer made.up.token"})
        assert 429 in statuses(8, as_ada)


def test_a_customers_ipv6_addresses_are_one_client(make_resources: MakeResources) -> None:
    resources = make_resources(rate={"limit_rps": 0.01, "limit_burst": 4}, trusted={"proxies": ("10.0.0.2",)})
    with world.serving(resources, client=("10.0.0.2", 1)) as client:

        def status(address: str) -> int:
            return client.get("/api/limits", headers={"X-Forwarded-For": address}).status_code

        assert 429 in [status(f"2001:db8:1:2::{number:x}") for number in range(6)]
        assert status("2001:db8:1:3::1") == 200
    first, second, other = (f"2001:db8:1:{net}::{host}" for net, host in ((2, 1), (2, 2), (3, 1)))
    assert of_visitor(first) == of_visitor(second) != of_visitor(other)


def test_api_processes_count_together_in_redis(make_resources: MakeResources, redis_url: str) -> None:
    resources = make_resources(rate={"limit_rps": 0.01, "limit_burst": 4}, celery={"broker_url": redis_url})
    with world.serving(resources) as one, world.serving(resources) as other:
        assert 429 in {client.get("/api/limits").status_code for _ in range(5) for client in (one, other)}
        assert one.get("/api/limits").status_code == other.get("/api/limits").status_code == 429


def test_without_redis_each_process_counts_for_itself(make_resources: MakeResources) -> None:
    broken = {"broker_url": "redis://127.0.0.1:1/0"}
    with world.serving(make_resources(rate={"limit_rps": 0.01, "limit_burst": 2}, celery=broken)) as client:
        assert {client.get("/api/limits").status_code for _ in range(5)} == {200, 429}


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What the log writes as JSON; logging is put back as it was."""
    stream = io.StringIO()
    monkeypatch.setattr("sys.stderr", stream)
    root, before = logging.getLogger(), structlog.get_config()
    handlers, level = root.handlers[:], root.level
    logs.configure(LogSettings(format="json"))
    yield stream
    root.handlers[:], root.level = handlers, level
    structlog.configure(**before)


def test_the_log_tells_route_and_ids_but_nothing_personal(written: io.StringIO, resources: Resources) -> None:
    job_id = world.queued(resources, name="my-private-holiday.mp4")
    with world.serving(resources) as client:
        client.get(
            f"/api/results/{job_id}?token=s3cr3t",
            headers={"Authorization": "Bearer s3cr3t", "X-Request-ID": "request-1"},
        )
        client.get(f"/api/results/{job_id}", headers={"X-Request-ID": "request-2"})
        client.post("/api/auth/login", json={"email": "ada@example.org", "password": "s3cr3t-s3cr3t"})
    structlog.get_logger("test").warning("careless", password="s3cr3t", access_token="s3cr3t")
    # The test's own client logs what it asks for.
    text = "\n".join(line for line in written.getvalue().splitlines() if '"logger": "httpx' not in line)
    assert "s3cr3t" not in text
    assert "ada@" not in text
    assert "holiday" not in text
    assert "testclient" not in text, "the address"
    lines = [json.loads(line) for line in text.splitlines()]
    (line,) = [line for line in lines if line.get("request_id") == "request-2"]
    assert (line["event"], line["route"], line["status"]) == ("request", "/api/results/{job_id}", 200)
    assert (line["job_id"], line["level"], line["method"]) == (job_id, "info", "GET")
    assert line["timestamp"]


def test_a_fault_is_logged_with_its_reason(
    written: io.StringIO, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("the reason")

    monkeypatch.setattr("deepshield.api.routers.results.find_job", broken)
    with world.serving(resources) as client:
        answer = client.get("/api/results/x1", headers={"X-Request-ID": "request-3"})
    assert "the reason" not in answer.text
    faults = [json.loads(line) for line in written.getvalue().splitlines() if "the reason" in line]
    assert faults[0]["request_id"] == "request-3"


def test_metrics_tell_requests_by_route_and_what_the_database_knows(
    client: TestClient, resources: Resources
) -> None:
    world.in_every_state(resources)
    client.get("/api/results/nothing")
    client.request("INVENTED", "/api/limits")
    client.get("/api/made-up")
    text = client.get("/api/metrics").text
    samples = {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }

    def value(name: str, **labels: str) -> float:
        return samples[name, tuple(sorted(labels.items()))]

    assert (
        value("deepshield_http_requests_total", method="GET", route="/api/results/{job_id}", status="404")
        >= 1
    )
    assert value("deepshield_jobs", media_type="video", state="COMPLETED", reason="") == 1
    assert value("deepshield_jobs", media_type="video", state="FAILED", reason="VIDEO_DECODE_ERROR") == 1
    assert value("deepshield_queue_depth", queue="videos") == 1
    assert value("deepshield_queue_oldest_seconds", queue="videos") >= 0
    assert value("deepshield_attempts", outcome="completed") == 1
    assert value("deepshield_verdicts", verdict="manipulated") == 1
    tenths = math.floor(10 * (example().final_score or 0))
    assert value("deepshield_scores_bucket", le=str(tenths / 10)) == 0
    above = "+Inf" if tenths == 9 else str((tenths + 1) / 10)
    assert value("deepshield_scores_bucket", le=above) == 1
    assert value("deepshield_scores_count") == 1
    assert "INVENTED" not in text
    assert "made-up" not in text
