"""Uploads through the application: what is answered, what is stored, what is refused."""

from __future__ import annotations

import errno
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from fastapi.testclient import TestClient

from deepshield.api.app import create_app

if TYPE_CHECKING:
    from httpx import Response

    from deepshield.resources import Resources

pytestmark = pytest.mark.api

MP4 = b"\0\0\0\x20ftypisom" + bytes(200)
PNG = b"\x89PNG\r\n\x1a\n" + bytes(200)


def serving(resources: Resources) -> TestClient:
    return TestClient(create_app(resources.settings, lambda _: resources), raise_server_exceptions=False)


@pytest.fixture
def client(resources: Resources) -> Iterator[TestClient]:
    with serving(resources) as client:
        yield client


def stored(resources: Resources) -> list[str]:
    return [info.key for info in resources.store.list("")]


def post(client: TestClient, route: str, name: str, data: bytes, kind: str | None = None) -> Response:
    file = (name, data, kind) if kind else (name, data)
    return client.post(f"/api/{route}", files={"file": file})


def code(response: Response) -> str:
    return str(response.json()["error"]["error_code"])


def test_an_image_is_accepted_as_the_contract_says(
    client: TestClient, resources: Resources, portrait_file: Path
) -> None:
    data = portrait_file.read_bytes()
    response = post(client, "analyze-image", "Me & you.jpg", data, "image/jpeg")
    assert response.status_code == 200, response.text
    answer = response.json()
    assert answer["job_id"]
    expected = {
        "state": "QUEUED",
        "stage": "validating",
        "progress_percent": 0,
        "result": None,
        "error": None,
    }
    assert {key: answer[key] for key in expected} == expected
    assert answer["media_type"] == "image"
    assert answer["reused"] is False
    assert resources.announcer.announced == [(answer["job_id"], "images")]  # type: ignore[attr-defined]
    (key,) = stored(resources)
    assert b"".join(resources.store.read(key)) == data
    result = client.get(f"/api/results/{answer['job_id']}").json()
    assert result["metadata"] == {
        "original_filename": "Me & you.jpg",
        "original_content_type": "image/jpeg",
        "original_size_bytes": len(data),
        "stored_size_bytes": len(data),
    }
    assert result["sha256"] == hashlib.sha256(data).hexdigest()


def test_a_video_goes_to_its_own_queue(client: TestClient, resources: Resources, clip_file: Path) -> None:
    response = post(client, "analyze-video", "clip.mp4", clip_file.read_bytes(), "video/mp4")
    assert response.status_code == 200, response.text
    assert [queue for _, queue in resources.announcer.announced] == ["videos"]  # type: ignore[attr-defined]


REFUSED: dict[str, tuple[str, str, bytes, str | None, int, str]] = {
    "a video named as an image": ("analyze-image", "a.jpg", MP4, "image/jpeg", 415, "INVALID_MAGIC_BYTES"),
    "an image named as a video": ("analyze-video", "a.mp4", PNG, "video/mp4", 415, "INVALID_MAGIC_BYTES"),
    "a page": ("analyze-image", "a.png", b"<html>", "image/png", 415, "INVALID_MAGIC_BYTES"),
    "one byte": ("analyze-image", "a.png", b"\x89", None, 415, "INVALID_MAGIC_BYTES"),
    "a video by content": ("analyze-image", "a", MP4, None, 415, "INVALID_MAGIC_BYTES"),
    "a program": ("analyze-image", "a.exe", PNG, None, 415, "INVALID_EXTENSION"),
    "two extensions": ("analyze-image", "a.php.png", PNG, "image/png", 400, "DOUBLE_EXTENSION"),
    "a long name": ("analyze-image", "a" * 300 + ".png", PNG, "image/png", 400, "FILENAME_TOO_LONG"),
    "a path": ("analyze-image", "../../a.png", PNG, "image/png", 400, "INVALID_FILENAME"),
    "nothing": ("analyze-image", "a.png", b"", "image/png", 400, "EMPTY_FILE"),
}


@pytest.mark.parametrize("case", REFUSED.values(), ids=REFUSED)
def test_a_wrong_file_is_refused_with_its_code(
    client: TestClient, resources: Resources, case: tuple[str, str, bytes, str | None, int, str]
) -> None:
    route, name, data, declared, status, expected = case
    response = post(client, route, name, data, declared)
    assert (response.status_code, code(response)) == (status, expected)
    assert set(response.json()) == {"error", "request_id"}
    assert stored(resources) == []
    assert resources.announcer.announced == []  # type: ignore[attr-defined]


def test_a_file_over_the_limit_is_refused(make_resources: Callable[..., Any]) -> None:
    resources = make_resources(file={"max_upload_mb": 1})
    with serving(resources) as client:
        assert post(client, "analyze-image", "a.png", PNG.ljust(1024**2, b"x")).status_code == 200
        before = stored(resources)
        for size in (1024**2 + 1, 5 * 1024**2):
            response = post(client, "analyze-image", "a.png", PNG.ljust(size, b"x"))
            assert (response.status_code, code(response)) == (413, "FILE_TOO_LARGE")
        assert stored(resources) == before


def test_without_a_model_nothing_is_taken(make_resources: Callable[..., Any], tmp_path: Path) -> None:
    resources = make_resources(infer={"model_weights_path": tmp_path / "absent"})
    with serving(resources) as client:
        response = post(client, "analyze-image", "a.png", PNG)
    assert (response.status_code, code(response)) == (503, "MODEL_NOT_AVAILABLE")
    assert stored(resources) == []


def test_a_store_that_fails_is_507_and_leaves_nothing(
    client: TestClient, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr(os, "fsync", full)
    response = post(client, "analyze-image", "a.png", PNG)
    monkeypatch.undo()
    assert (response.status_code, code(response)) == (507, "STORAGE_FULL")
    root = resources.settings.storage.data_dir
    assert [path for path in root.rglob("*") if path.is_file()] == []


def test_the_form_is_documented(client: TestClient) -> None:
    document = client.get("/api/openapi.json").json()
    for route in ("analyze-image", "analyze-video", "predict"):
        body = document["paths"][f"/api/{route}"]["post"]["requestBody"]
        schema = body["content"]["multipart/form-data"]["schema"]
        assert schema["required"] == ["file"]
        assert schema["properties"]["file"]["format"] == "binary"
