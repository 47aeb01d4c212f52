"""The servers and fixtures that other tests use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import redis
import services as servers
from service_parts import MakeSettings, RecordingAnnouncer
from sqlalchemy import text

from deepshield.persistence import migrate
from deepshield.persistence.database import Database
from deepshield.resources import Resources

pytestmark = pytest.mark.integration


def test_a_database_comes_migrated_and_empty(database: Database) -> None:
    assert migrate.is_current(database)
    with database.read() as session:
        assert session.execute(text("SELECT count(*) FROM jobs")).scalar() == 0


@pytest.mark.parametrize("turn", [1, 2])
def test_tests_do_not_see_each_others_rows(database: Database, turn: int) -> None:
    with database.write() as session:
        assert session.execute(text("SELECT count(*) FROM doomed_blobs")).scalar() == 0
        session.execute(
            text("INSERT INTO doomed_blobs (key, since) VALUES ('a', '2024-01-01 00:00:00+00:00')")
        )


def test_settings_come_from_the_test_alone(
    make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("JOB_MAX_ATTEMPTS", "9")
    monkeypatch.setenv("PORT", "1")
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".env").write_text("VIDEO_MAX_FRAMES=7\n")
    settings = make_settings(job={"max_crashes": 5})
    assert (settings.job.max_attempts, settings.job.max_crashes) == (3, 5)
    assert (settings.port, settings.video.max_frames) == (8001, 32)
    assert make_settings(port=0, environment="development").port == 0


def test_servers_keep_their_data_when_killed(services: servers.Services) -> None:
    own = servers.Redis()
    try:
        own.start()
        with redis.Redis.from_url(own.url) as client:
            client.set("kept", "yes")
        own.kill()
        own.start()
        with redis.Redis.from_url(own.url) as client:
            assert client.get("kept") == b"yes"
    finally:
        own.close()
    assert not own.folder.exists()


def test_a_missing_server_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    own = servers.Redis()
    monkeypatch.setitem(os.environ, "PATH", "/nonexistent")
    try:
        with pytest.raises(servers.MissingProgramError, match=r"redis-server .*make setup-dev"):
            own.start()
    finally:
        own.close()


def test_resources_are_whole_and_record_what_is_announced(resources: Resources) -> None:
    announcer = resources.announcer
    assert isinstance(announcer, RecordingAnnouncer)
    assert announcer.announce("1", "images")
    assert announcer.announced == [("1", "images")]
    resources.store.check()
    resources.database.ping()
