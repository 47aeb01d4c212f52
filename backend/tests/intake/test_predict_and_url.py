"""The routes of older clients: predictions awaited, and files fetched from a URL."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from example_results import example
from fastapi.testclient import TestClient
from services import wait_until

from deepshield.api.app import create_app
from deepshield.api.predictions import predictions
from deepshield.api.routers import analyze
from deepshield.domain.errors import Code
from deepshield.jobs import lease
from deepshield.result import Instant, Person

if TYPE_CHECKING:
    from deepshield.resources import Resources

pytestmark = pytest.mark.api

PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)
_STILL = example("manipulated")
_ONE = _STILL.tracks[0]


def _seen(letter: str, left: float) -> Person:
    face = _ONE.faces[0].model_copy(update={"bbox": (left, 2.0, left + 9, 11.0)})
    return _ONE.model_copy(update={"person": letter, "probability": 0.5, "faces": [face]})


RESULT = _STILL.model_copy(
    update={
        "decision_threshold": 0.69,
        "timeline": [Instant(timestamp_ms=0.0, scores={"A": 0.93, "B": 0.2, "C": 0.69})],
        "tracks": [_seen("A", 1.0), _seen("B", 40.0), _seen("C", 80.0)],
    }
)


@pytest.fixture
def client(resources: Resources) -> Iterator[TestClient]:
    app = create_app(resources.settings, lambda _: resources)
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def worker(resources: Resources) -> Iterator[Callable[[Callable[[lease.Lease], None]], None]]:
    """Stands in for a worker: does something with the next announced job, once."""
    threads: list[threading.Thread] = []

    def work(act: Callable[[lease.Lease], None]) -> None:
        def run() -> None:
            announced = resources.announcer.announced  # type: ignore[attr-defined]
            wait_until(lambda: announced)
            held = lease.claim(resources, announced[0][0], "test")
            assert held
            act(held)

        threads.append(threading.Thread(target=run))
        threads[0].start()

    yield work
    for thread in threads:
        thread.join(20)


def predict(client: TestClient, field: str = "file", data: bytes = PNG) -> Any:
    return client.post("/api/predict", files={field: ("a.png", data, "image/png")})


@pytest.mark.parametrize("field", ["file", "image"])
def test_every_face_is_called_real_or_fake(
    client: TestClient,
    resources: Resources,
    worker: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
    field: str,
) -> None:
    worker(lambda held: lease.finish(resources, held, RESULT, [], None))
    monkeypatch.setattr(analyze, "_PREDICT_SECONDS", 10.0)
    response = predict(client, field)
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["face_detection_method"] == "mtcnn"
    assert answer["predictions"] == [
        {"prediction": "Fake", "probability": 0.93, "box": [1.0, 2.0, 10.0, 11.0]},
        {"prediction": "Real", "probability": 0.2, "box": [40.0, 2.0, 49.0, 11.0]},
        {"prediction": "Fake", "probability": 0.69, "box": [80.0, 2.0, 89.0, 11.0]},
    ]


def test_no_face_is_no_prediction() -> None:
    assert predictions("id", example("no_face")).predictions == []


def test_a_failure_is_answered_with_its_own_code(
    client: TestClient, resources: Resources, worker: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyze, "_PREDICT_SECONDS", 10.0)
    worker(lambda held: lease.fail(resources, held, Code.IMAGE_DECODE_ERROR, "We could not read it."))
    response = predict(client)
    assert response.status_code == 422
    error = response.json()["error"]
    assert (error["error_code"], error["message"]) == ("IMAGE_DECODE_ERROR", "We could not read it.")
    assert error["details"]["job_id"]


def test_a_long_analysis_goes_on_without_the_waiting_request(
    client: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyze, "_PREDICT_SECONDS", 0.2)
    response = predict(client)
    assert (response.status_code, response.json()["error"]["error_code"]) == (503, "SERVICE_UNAVAILABLE")
    job = client.get(f"/api/results/{response.json()['error']['details']['job_id']}").json()
    assert job["state"] == "QUEUED"


def test_an_address_is_answered_at_once_with_a_job_that_is_fetching(
    client: TestClient, resources: Resources
) -> None:
    response = client.post("/api/analyze-url", json={"file_url": "https://example.org/clip.mp4?a=1"})
    assert response.status_code == 200, response.text
    answer = response.json()
    assert (answer["media_type"], answer["state"], answer["stage"]) == ("video", "QUEUED", "fetching")
    assert resources.announcer.announced == []  # type: ignore[attr-defined]
    job = client.get(f"/api/results/{answer['job_id']}").json()
    assert (job["metadata"]["original_filename"], job["sha256"]) == ("clip.mp4", "")


@pytest.mark.parametrize(
    ("url", "status", "expected"),
    [
        ("http://127.0.0.1:8001/", 400, "INVALID_URL"),
        ("file:///etc/passwd", 400, "INVALID_URL"),
        ("", 422, "VALIDATION_ERROR"),
        ("http://example.org/" + "x" * 3000, 422, "VALIDATION_ERROR"),
    ],
)
def test_a_url_that_is_not_fetched_is_refused(
    client: TestClient, url: str, status: int, expected: str
) -> None:
    response = client.post("/api/analyze-url", json={"file_url": url})
    assert (response.status_code, response.json()["error"]["error_code"]) == (status, expected)


def test_a_giant_body_in_place_of_a_url_is_not_read(client: TestClient) -> None:
    response = client.post("/api/analyze-url", json={"file_url": "x" * 10_000_000})
    assert (response.status_code, response.json()["error"]["error_code"]) == (413, "FILE_TOO_LARGE")
