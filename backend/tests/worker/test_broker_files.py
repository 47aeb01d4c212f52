"""Celery's filesystem transport: whole messages, each to one worker, from several processes at once."""

from __future__ import annotations

import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from queue import Empty
from typing import Any

import pytest
from services import wait_until

from deepshield.broker import CeleryAnnouncer, make_celery
from deepshield.settings import CelerySettings

pytestmark = [pytest.mark.worker, pytest.mark.timed]


@pytest.fixture
def settings(tmp_path: Path) -> CelerySettings:
    return CelerySettings(queue_dir=tmp_path / "queue")


def test_messages_of_many_writers_reach_one_of_many_readers_once(settings: CelerySettings) -> None:
    announcer = CeleryAnnouncer(settings)
    seen: list[str] = []
    writing = threading.Event()

    def read() -> None:
        with make_celery(settings).connection_for_read() as connection:
            channel = connection.channel()
            while True:
                all_written = writing.is_set()  # before looking, or the last ones may come after it
                try:
                    seen.append(_job_id(channel._get("images")))
                except Empty:
                    if all_written:
                        return

    with ThreadPoolExecutor(5) as threads:
        readers = [threads.submit(read) for _ in range(2)]
        try:
            assert all(threads.map(lambda n: announcer.announce(str(n), "images"), range(60)))
        finally:
            writing.set()
        for reader in readers:
            reader.result(30)
    assert sorted(map(int, seen)) == list(range(60))
    assert list((settings.queue_dir / "messages").iterdir()) == []
    announcer.close()


_FIRST_MESSAGES = """
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deepshield.broker import CeleryAnnouncer, make_celery
from deepshield.settings import CelerySettings

settings = CelerySettings(queue_dir=Path(sys.argv[1]) / "queue")
announcer = CeleryAnnouncer(settings)
sys.setswitchinterval(1e-6)
with ThreadPoolExecutor(5) as threads:
    made = [threads.submit(make_celery, settings) for _ in range(2)]
    said = list(threads.map(lambda n: announcer.announce(str(n), "images"), range(6)))
    for one in made:
        one.result()
sys.exit(not all(said))
"""


def test_the_first_messages_of_a_process_may_come_at_once(tmp_path: Path) -> None:
    for attempt in range(8):
        command = [sys.executable, "-c", _FIRST_MESSAGES, str(tmp_path / str(attempt))]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
        assert done.returncode == 0, done.stderr


def test_queues_are_kept_apart_and_in_order(settings: CelerySettings) -> None:
    announcer = CeleryAnnouncer(settings)
    for job_id, queue in (("1", "images"), ("2", "videos"), ("3", "images")):
        announcer.announce(job_id, queue)
    with make_celery(settings).connection_for_read() as connection:
        channel = connection.channel()
        assert [_job_id(channel._get(queue)) for queue in ("images", "images", "videos")] == ["1", "3", "2"]
    announcer.close()


def test_a_torn_message_is_passed_over(settings: CelerySettings) -> None:
    announcer = CeleryAnnouncer(settings)
    with make_celery(settings).connection_for_read() as connection:
        channel = connection.channel()
        (settings.queue_dir / "messages" / "0.images.msg").write_bytes(b"")
        announcer.announce("1", "images")
        assert _job_id(channel._get("images")) == "1"
    announcer.close()


def test_a_worker_is_woken_soon(settings: CelerySettings) -> None:
    announcer, app = CeleryAnnouncer(settings), make_celery(settings)
    got: list[Any] = []

    def consume() -> None:
        with app.connection_for_read() as connection, app.amqp.TaskConsumer(connection) as consumer:
            consumer.on_message = lambda message: (got.append(message), message.ack())
            while not got:
                try:
                    connection.drain_events(timeout=1)
                except TimeoutError:
                    continue

    thread = threading.Thread(target=consume)
    thread.start()
    announcer.announce("1", "videos")
    wait_until(lambda: got, 10)
    thread.join(10)
    announcer.close()


def _job_id(message: dict[str, Any]) -> str:
    from base64 import b64decode
    from json import loads

    arguments: list[list[str]] = loads(b64decode(message["body"]))
    return arguments[0][0]
