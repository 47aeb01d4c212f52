"""The service as a user has it: real HTTP, Celery, engine and media, embedded and with its own servers."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from services import Services, wait_until
from stack import STOP_SECONDS, Stack, clean_environment

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]


# The steps that the web app shows; frame by frame the engine goes through the stages of the second.
STEP_OF = {"validating": 1, "frame_extraction": 2, "face_detection": 2, "inference": 2}


def settings_of(kind: str, request: pytest.FixtureRequest) -> dict[str, str]:
    if kind == "embedded":
        return {}
    services: Services = request.getfixturevalue("services")
    services.redis.flush()
    services.postgres.drop("end_to_end")
    return {
        "DATABASE_URL": services.postgres.create("end_to_end"),
        "CELERY_BROKER_URL": services.redis.url,
        "REQUIRE_REDIS_FOR_READY": "true",
    }


@pytest.fixture(scope="module", params=["embedded", "servers"])
def stack(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp(request.param)
    with Stack(folder, **settings_of(request.param, request)) as running:
        yield running


def events(stack: Stack, job_id: str) -> list[tuple[str, dict[str, Any]]]:
    """Follow a job to its end; return the events' names and data."""
    found: list[tuple[str, dict[str, Any]]] = []
    name = ""
    with stack.client.stream("GET", f"/jobs/{job_id}/events", timeout=90) as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        for line in answer.iter_lines():
            if line.startswith("event:"):
                name = line.partition(":")[2].strip()
            elif line.startswith("data:"):
                found.append((name, json.loads(line.partition(":")[2])))
    return found


def test_a_photograph_from_upload_to_verdict(stack: Stack, portrait_file: Path) -> None:
    answer = stack.post(portrait_file)
    assert {answer["state"], answer["result"], answer["error"]} == {"QUEUED", None}
    told = stack.wait_final(answer["job_id"])
    assert told["state"] == "COMPLETED", told
    result = told["result"]
    assert (told["progress_percent"], told["error"]) == (100, None)
    assert told["metadata"]["original_filename"] == "portrait.jpg"
    assert told["metadata"]["original_size_bytes"] == portrait_file.stat().st_size
    assert (result["frames_sampled"], result["faces"]) == (1, 1)
    assert 0 <= result["final_score"] <= 1
    overlay = result["top_k_suspicious"][0]["heatmap_overlay_url"]
    picture = httpx.get(f"http://127.0.0.1:{stack.port}{overlay}", trust_env=False)
    assert picture.status_code == 200
    assert picture.headers["cache-control"] == "no-store"
    assert picture.headers["content-type"].startswith("image/")


def test_a_clip_is_followed_to_its_end(stack: Stack, clip_file: Path) -> None:
    job_id = stack.post(clip_file, kind="video")["job_id"]
    seen = events(stack, job_id)
    assert [name for name, _ in seen][-1] == "final"
    assert seen[-1][1]["state"] == "COMPLETED"
    percents = [data["progress_percent"] for _, data in seen]
    assert percents == sorted(percents)
    looked = [data["progress"]["frames_decoded"] for _, data in seen]
    assert looked == sorted(looked)
    steps = [STEP_OF.get(data["stage"], 3) for _, data in seen]
    assert steps == sorted(steps), "decoding, finding and scoring are one step, and no step comes twice"
    result = stack.result(job_id)["result"]
    assert result["frames_sampled"] > 10
    assert result["tracks"][0]["seconds_on_screen"] > 1
    address = f"http://127.0.0.1:{stack.port}{result['preview_url']}"
    part = httpx.get(address, headers={"Range": "bytes=0-99"}, trust_env=False)
    assert (part.status_code, part.headers["content-type"]) == (206, "video/mp4")
    assert part.content[4:8] == b"ftyp"


def test_a_face_marked_in_a_clip_is_scored_by_itself(stack: Stack, clip_file: Path) -> None:
    sent = stack.post(clip_file, kind="video")
    first = stack.wait_final(sent["job_id"])["result"]
    left, top, right, bottom = first["top_k_suspicious"][0]["face_bbox"]
    box = [round(left), round(top), round(right), round(bottom)]
    answer = stack.client.post(
        f"/jobs/{sent['job_id']}/marks",
        json={"box": box, "timestamp_ms": first["top_k_suspicious"][0]["timestamp_ms"]},
        headers={"X-Owner-Secret": sent["owner_secret"]},
    )
    assert answer.status_code == 200, answer.text
    told = stack.wait_final(answer.json()["job_id"])
    assert (told["state"], told["marked_from"]) == ("COMPLETED", sent["job_id"])
    result = told["result"]
    assert result["marked"]["box"] == box
    assert result["marked"]["frame_index"] == first["top_k_suspicious"][0]["frame_index"]
    assert (result["frames_sampled"], len(result["tracks"])) == (1, 1)
    assert result["preview_url"].endswith("photo.jpg")


def test_a_file_that_is_no_picture_fails_with_its_reason(stack: Stack, tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"\x89PNG\r\n\x1a\n" + b"\0" * 64)
    told = stack.wait_final(stack.post(broken)["job_id"])
    assert (told["state"], told["result"]) == ("FAILED", None)
    assert told["error"]["error_code"] == "IMAGE_DECODE_ERROR"


def test_a_deleted_job_is_gone_with_its_files(stack: Stack, portrait_file: Path) -> None:
    sent = stack.post(portrait_file)
    job_id, secret = sent["job_id"], {"X-Owner-Secret": sent["owner_secret"]}
    stack.wait_final(job_id)
    assert stack.client.delete(f"/jobs/{job_id}", headers=secret).status_code == 200
    assert stack.client.get(f"/results/{job_id}").status_code == 404
    assert not list((stack.folder / "data" / "files").rglob(f"*{job_id}*"))


def test_metrics_and_readiness_speak_of_what_happened(stack: Stack) -> None:
    ready = stack.client.get("/health/ready")
    assert ready.status_code == 200
    assert ready.json()["checks"]["database"] == "ok"
    assert "deepshield" in stack.client.get("/metrics").text


def test_a_second_service_on_the_port_says_so(stack: Stack) -> None:
    command = [sys.executable, "-m", "deepshield", "up"]
    environment = clean_environment(**stack.settings)
    second = subprocess.run(
        command, capture_output=True, text=True, cwd=stack.folder, env=environment, timeout=60, check=False
    )
    assert second.returncode == 1
    assert f"port {stack.port} is taken" in second.stderr
    assert "Traceback" not in second.stderr


@pytest.mark.parametrize("with_signal", [pytest.param(signal.SIGINT, marks=pytest.mark.long), signal.SIGKILL])
def test_what_was_going_on_goes_on_at_the_next_start(
    tmp_path: Path, clip_file: Path, portrait_file: Path, with_signal: signal.Signals
) -> None:
    stack = Stack(tmp_path, WORKER_DRAIN_SECONDS="0", JOB_RESEND_SECONDS="2", JOB_HEARTBEAT_SECONDS="1",
                  JOB_HEARTBEAT_TIMEOUT_SECONDS="4")  # fmt: skip
    with stack:
        jobs = [stack.post(portrait_file, reuse=False)["job_id"] for _ in range(2)]
        jobs += [stack.post(clip_file, kind="video", reuse=False)["job_id"] for _ in range(2)]
        code = stack.stop(with_signal)
        assert code == (0 if with_signal == signal.SIGINT else -signal.SIGKILL)
        wait_until(lambda: not stack.answers(), STOP_SECONDS, "the old processes are gone")
        stack.log.unlink()
        stack.start()
        stack.wait_ready()
        assert {stack.wait_final(job)["state"] for job in jobs} == {"COMPLETED"}
