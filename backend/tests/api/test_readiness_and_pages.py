"""Health, readiness, limits, and the documentation that is served."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html.parser import HTMLParser

import api_world as world
import pytest
from fastapi.testclient import TestClient
from service_parts import MakeResources

from deepshield.api.readiness import Readiness
from deepshield.jobs.served_bundle import served_bundle
from deepshield.persistence import migrate
from deepshield.persistence.repositories import workers
from deepshield.resources import Resources

pytestmark = pytest.mark.api


@pytest.fixture
def client(resources: Resources) -> Iterator[TestClient]:
    with world.serving(resources) as client:
        yield client


def worker(resources: Resources, state: str, queue: str = "images") -> None:
    with resources.database.write() as session:
        workers.report(session, f"host:1:{queue}:{state}", queue, state, resources.clock())


def test_health_names_the_model(client: TestClient, resources: Resources) -> None:
    facts = served_bundle(resources).facts
    answer = client.get("/api/health").json()
    assert (answer["status"], answer["model_id"], answer["model_version"]) == (
        "ok",
        facts.name,
        facts.version,
    )
    assert client.get("/api/health/live").json() == {"status": "alive"}


def test_health_answers_without_a_model(make_resources: MakeResources, tmp_path: object) -> None:
    with world.serving(make_resources(infer={"model_weights_path": tmp_path})) as client:
        assert client.get("/api/health").json()["model_id"] is None
        assert client.get("/api/limits").json()["model"] is None


def test_ready_with_all_parts_and_no_worker_yet(client: TestClient) -> None:
    answer = client.get("/api/health/ready")
    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "checks": {
            "database": "ok",
            "migrations": "ok",
            "storage": "ok",
            "broker": "ok",
            "model": "no worker",
        },
        "workers": [],
    }


def test_ready_tells_the_workers_self_test(resources: Resources) -> None:
    worker(resources, "broken")
    broken = Readiness(resources).look()
    assert (broken.status, broken.checks["model"]) == ("not_ready", "broken")
    worker(resources, "ready", "videos")
    mixed = Readiness(resources).look()
    assert (mixed.status, mixed.checks["model"]) == ("ready", "ok")
    assert {(one.queue, one.state) for one in mixed.workers} == {("images", "broken"), ("videos", "ready")}


@pytest.mark.parametrize(("required", "status"), [(True, "not_ready"), (False, "ready")])
def test_the_broker_counts_when_it_is_required(
    make_resources: MakeResources, required: bool, status: str
) -> None:
    resources = make_resources(require_redis_for_ready=required)
    resources.announcer.away = True  # type: ignore[attr-defined]
    answer = Readiness(resources).look()
    assert (answer.status, answer.checks["broker"]) == (status, "down")


def test_an_outdated_schema_is_not_ready(resources: Resources) -> None:
    migrate.downgrade(resources.database, "base")
    answer = Readiness(resources).look()
    assert (answer.status, answer.checks["migrations"], answer.checks["database"]) == (
        "not_ready",
        "outdated",
        "ok",
    )


def test_a_failing_store_is_not_ready(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_: object) -> None:
        raise OSError("read-only")

    monkeypatch.setattr(type(resources.store), "check", broken)
    with world.serving(resources) as client:
        answer = client.get("/api/health/ready")
    assert (answer.status_code, answer.json()["checks"]["storage"]) == (503, "down")
    assert "read-only" not in answer.text


def test_limits_are_public_and_tell_the_settings(make_resources: MakeResources) -> None:
    resources = make_resources(
        saas={"require_auth": True, "free_daily_uploads": 7},
        file={"max_upload_mb": 3},
        video={"max_duration_seconds": 9},
    )
    with world.serving(resources) as client:
        answer = client.get("/api/limits").json()
    assert answer["accounts"] == {
        "required": True,
        "registration_open": True,
        "free_daily_uploads": 7,
        "passwords": True,
        "provider": None,
    }
    assert answer["upload"]["max_bytes"] == 3 * 1024 * 1024
    assert answer["video"]["max_duration_seconds"] == 9
    assert ".mp4" in answer["video"]["extensions"]
    assert "image/png" in answer["image"]["content_types"]
    assert answer["model"]["reliability"]
    assert len(answer["model"]["reliability_intervals"]) == len(answer["model"]["reliability"])
    assert answer["model"]["datasets"]
    assert answer["reverse_search_links"] is True


def test_links_to_search_engines_can_be_turned_off(make_resources: MakeResources) -> None:
    with world.serving(make_resources(reverse_search_links=False)) as client:
        assert client.get("/api/limits").json()["reverse_search_links"] is False


class Page(HTMLParser):
    """What a page loads, links, and holds inline."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.loaded: set[str] = set()
        self.inline: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "style" or (tag == "script" and "src" not in given):
            self.inline.append(tag)
        self.inline += [name for name in given if name.startswith("on") or name == "style"]
        self.loaded |= {given[name] or "" for name in ("src", "href") if name in given}


def test_the_documentation_loads_only_what_is_served_here(client: TestClient) -> None:
    answer = client.get("/api/docs")
    page = Page(answer.text)
    assert page.inline == []
    assert page.loaded
    for address in page.loaded:
        assert re.match(r"/(?!/)", address), address
        assert client.get(address).status_code == 200, address
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "unsafe-eval" not in policy


def test_the_swagger_page_reads_this_document(client: TestClient) -> None:
    assert '"/api/openapi.json"' in client.get("/static/docs.js").text
    assert client.get("/api/openapi.json").json()["openapi"].startswith("3.1")
    assert client.get("/static/app.py").status_code == 404
