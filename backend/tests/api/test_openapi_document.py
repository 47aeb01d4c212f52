"""The OpenAPI document, and generated requests that check the service against it."""

from __future__ import annotations

import os
import re
import socket
from collections.abc import Iterator
from typing import Any

import api_world as world
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import negative_data_rejection, positive_data_acceptance
from service_parts import RecordingAnnouncer, TestSettings

from deepshield.api.app import create_app
from deepshield.domain.failures import Code
from deepshield.intake.tus import CONTENT_TYPE
from deepshield.jobs import lease as leases
from deepshield.observability import metrics
from deepshield.persistence.database import Database
from deepshield.resources import Resources
from deepshield.result import AnalysisResult
from deepshield.storage import open_store

pytestmark = pytest.mark.api

_EXAMPLES = 60 if "FUZZ" in os.environ else 4
schemathesis.serializer.alias(CONTENT_TYPE, "application/octet-stream")
# Their shape does not tell what is accepted: addresses are looked at, files' content, and If-Match.
_MORE_THAN_SHAPE = {
    "/api/auth/register",
    "/api/analyze-image",
    "/api/analyze-video",
    "/api/analyze-url",
    "/api/predict",
    "/api/batches",
    "/api/uploads",
    "/api/uploads/{upload_id}",
    "/api/media/{media_id}",
    "/api/media/{media_id}/forget",
}


class InstantWorker(RecordingAnnouncer):
    """Completes what is announced to it before the announcement returns."""

    resources: Resources

    def announce(self, job_id: str, queue: str) -> bool:
        lease = leases.claim(self.resources, job_id, "worker-1")
        if lease is not None:
            world.finish(self.resources, lease)
        return super().announce(job_id, queue)


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return create_app(TestSettings()).openapi()


def operations(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            yield f"{method.upper()} {path}", operation


def test_every_route_of_the_contract_is_there(document: dict[str, Any]) -> None:
    assert {name for name, _ in operations(document)} >= {
        "GET /api/health",
        "GET /api/health/live",
        "GET /api/health/ready",
        "GET /api/metrics",
        "GET /api/limits",
        "POST /api/analyze-image",
        "POST /api/analyze-video",
        "GET /api/results/{job_id}",
        "GET /api/artifacts/{job_id}/{name}",
        "POST /api/auth/register",
        "POST /api/auth/login",
        "POST /api/auth/logout",
        "GET /api/auth/me",
        "GET /api/jobs/me",
        "DELETE /api/jobs/{job_id}",
        "POST /api/jobs/{job_id}/retry",
        "GET /api/jobs/{job_id}/events",
    }


def test_every_route_is_described(document: dict[str, Any]) -> None:
    tags = {tag["name"] for tag in document["tags"]}
    for name, operation in operations(document):
        assert operation.get("summary"), name
        assert operation.get("description"), name
        assert set(operation["tags"]) <= tags, name
        assert operation["tags"], name


def test_failures_have_one_shape(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            if status < "400" or "content" not in response:
                continue
            shape = response["content"]["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
            assert shape in ("ErrorAnswer", "Ready"), (name, status)
    assert "HTTPValidationError" not in document["components"]["schemas"], "the framework's own shape"


def test_failures_are_documented_by_their_codes(document: dict[str, Any]) -> None:
    for name, operation in operations(document):
        for status, response in operation["responses"].items():
            if status < "400" or response.get("description", "").startswith("A part that is needed"):
                continue
            codes = [Code(code) for code in response["x-failures"]]
            assert codes, (name, status)
            framework = {"400", "416"}  # answered with another status than the code's
            assert status in framework or {str(code.status) for code in codes} == {status}, (name, status)


def test_the_table_of_failures_is_exported_whole(document: dict[str, Any]) -> None:
    table = document["x-failures"]
    assert table["codes"].keys() == {code.value for code in Code}
    assert table["codes"]["FILE_TOO_LARGE"] == {
        "status": 413,
        "fault": "file",
        "again": False,
        "summary": Code.FILE_TOO_LARGE.summary,
        "advice": Code.FILE_TOO_LARGE.advice,
    }
    assert table["not_charged"] in Code.INTERNAL_ERROR.words


def test_answers_have_examples(document: dict[str, Any]) -> None:
    shapes = document["components"]["schemas"]
    for name in ("ResultAnswer", "JobSummary", "Health", "ErrorBody"):
        properties = shapes[name]["properties"].values()
        scalars = [
            field
            for field in properties
            if field.get("type") in ("string", "integer", "number") and "enum" not in field
        ]
        assert scalars, name
        assert all(
            "examples" in field or field.get("format") == "date-time" or "const" in field for field in scalars
        ), name
    (example,) = shapes["AnalysisResult"]["examples"]
    assert AnalysisResult.model_validate(example).verdict == "manipulated"


def test_without_metrics_there_is_no_such_route() -> None:
    off = create_app(TestSettings(ENABLE_PROMETHEUS_METRICS=False)).openapi()
    assert "/api/metrics" not in off["paths"]


def test_ids_of_operations_are_unique(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for _, operation in operations(document)]
    assert len(set(ids)) == len(ids)
    assert all(re.fullmatch(r"[a-z_]+", one) for one in ids), "they become names in generated clients"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory, document: dict[str, Any]) -> Iterator[Any]:
    """The document of one running application whose jobs are completed at once."""
    folder = tmp_path_factory.mktemp("api")
    chosen = TestSettings(
        database={"url": f"sqlite:///{folder / 'deepshield.db'}"},
        celery={"queue_dir": folder / "queue"},
        storage={"data_dir": folder / "files", "scratch_dir": folder / "scratch"},
        rate={"limit_rps": 0},
    )
    worker = InstantWorker()
    resources = Resources(chosen, Database(chosen.database), open_store(chosen), worker)
    worker.resources = resources
    with world.serving(resources) as client:
        client.app.openapi_schema = document  # type: ignore[attr-defined]
        yield schemathesis.openapi.from_asgi("/api/openapi.json", client.app)


@pytest.mark.parametrize("name", [name for name, _ in operations(create_app(TestSettings()).openapi())])
def test_generated_requests_are_answered_as_documented(
    api: Any, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_: object, **__: object) -> None:
        raise socket.gaierror(socket.EAI_NONAME, "no network in this test")

    monkeypatch.setattr(socket, "getaddrinfo", unreachable)
    method, path = name.split()
    operation = api[path][method]
    documented = operation.definition.raw["responses"]

    @settings(
        max_examples=_EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=operation.as_strategy())
    def answered(case: schemathesis.Case) -> None:
        response = case.call_and_validate(excluded_checks=excluded(path))
        if response.status_code >= 400 and "error" in response.json():
            named = documented[str(response.status_code)]["x-failures"]
            assert response.json()["error"]["error_code"] in named

    answered()


def stories_of(api: Any) -> Any:
    class Stories(api.as_state_machine()):  # type: ignore[misc]
        def before_call(self, case: schemathesis.Case) -> None:
            beside = ((case.headers, "X-Workspace"), (case.query, "workspace"), (case.query, "batch"))
            for sent, name in beside:
                if sent:
                    sent.pop(name, None)  # an invented one ends every story
            if case.operation.path == "/api/analyze-image":  # a story without a job is a short one
                case.body = {"file": world.PICTURE}

        def validate_response(self, response: Any, case: schemathesis.Case, *_: Any, **__: Any) -> None:
            replaced = [negative_data_rejection, *excluded(case.operation.path)]
            case.validate_response(response, excluded_checks=replaced)

    return Stories


def excluded(path: str) -> list[Any]:
    return [positive_data_acceptance] if path in _MORE_THAN_SHAPE else []


def results_read() -> float:
    labels = {"method": "GET", "route": "/api/results/{job_id}", "status": "200"}
    return metrics.REGISTRY.get_sample_value("deepshield_http_requests_total", labels) or 0.0


def test_generated_stories_are_answered_as_documented(api: Any) -> None:
    """Answers feed the next requests: a job is uploaded, read, cancelled, deleted."""
    before = results_read()
    # What is not about a job would fill most of the few stories.
    beside = (
        "url|auth|uploads|batches|keys|webhooks|deliveries|law|shared|workspaces|invitations"
        "|media|views|export|review|rechecks|datasets|evaluations|policies"
    )
    stories_of(api.exclude(path_regex=beside)).run(
        settings=settings(
            max_examples=3 * _EXAMPLES,
            stateful_step_count=6,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.explicit, Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
    )
    assert results_read() > before, "the stories get as far as a result"
