"""`deepshield demo`: filled once, on a folder of its own, whatever other service is configured."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from services import wait_until
from stack import START_SECONDS, Stack

from deepshield.demo.filling import fill_once
from deepshield.demo.folder import DemoError, DemoFolder
from deepshield.settings import Settings, variables

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

TOLD = "Ctrl-C stops it"


class Demo(Stack):
    command = ("demo", "--folder", "demo", "--files", "4")

    def wait_ready(self) -> None:
        """Wait until it is filled and says so."""
        super().wait_ready()
        wait_until(lambda: TOLD in self.told(), START_SECONDS, "all is printed")

    def members(self) -> dict[str, dict[str, str]]:
        """Return what signs each of the accounts that were printed in to the shared workspace."""
        found: dict[str, dict[str, str]] = {}
        for line in self.told().splitlines():
            email, _, rest = line.strip().partition(" ")
            if not email.endswith("@example.org"):
                continue
            credentials = {"email": email, "password": rest.split()[0]}
            opened = self.client.post("/auth/login", json=credentials)
            assert opened.status_code == 200, opened.text
            headers = {"Authorization": f"Bearer {opened.json()['access_token']}"}
            spaces = self.client.get("/workspaces", headers=headers).json()["workspaces"]
            shared = next(one for one in spaces if not one["personal"])
            found[shared["role"]] = headers | {"X-Workspace": shared["id"]}
        return found

    def holds(self) -> dict[str, Any]:
        """Return what the workspace holds, for its people."""
        people = self.members()
        assert set(people) == {"admin", "reviewer", "researcher"}

        def get(who: str, path: str) -> Any:
            answer = self.client.get(path, headers=people[who])
            assert answer.status_code == 200, answer.text
            return answer.json()

        media = {one["name"]: one for one in get("admin", "/media")["media"]}
        disputed = media["press-photo.jpg"]["id"]
        return {
            "media": media,
            "comments": get("researcher", f"/media/{disputed}/comments")["comments"],
            "disputed": {one["name"] for one in get("admin", "/review/tasks?state=disputed")["tasks"]},
            "open": {one["name"] for one in get("admin", "/review/tasks?state=open")["tasks"]},
            "waiting": get("reviewer", "/review/mine")["waiting"],
            "datasets": get("researcher", "/datasets")["datasets"],
            "workspaces": get("admin", "/workspaces")["workspaces"],
        }


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    # Files without films, for which one worker is enough.
    with Demo(tmp_path, WORKER_QUEUES="images", DEEPSHIELD_ENV="production", S3_BUCKET="ours") as running:
        yield running


def test_it_is_filled_once_and_keeps_to_its_folder(demo: Demo, tmp_path: Path) -> None:
    first = demo.holds()
    media = first["media"]
    assert set(media) == {"portrait.jpg", "edited.jpg", "press-photo.jpg", "from-a-reader.jpg"}
    assert {one["verdict"] for one in media.values()} == {"no_signs", "manipulated"}
    labelled = [(name, one["label"]) for name, one in media.items() if one["label"]]
    labels = {name: (label["value"], label["grade"]) for name, label in labelled}
    assert labels["portrait.jpg"] == ("authentic", "double")
    assert labels["edited.jpg"] == ("manipulated", "double")
    assert "from-a-reader.jpg" not in labels
    assert [name for name, one in media.items() if one["hold"]] == ["edited.jpg"]
    assert all(one["tags"] and one["research_consent"] for one in media.values())
    assert len(first["comments"]) == 1
    assert first["disputed"] == {"press-photo.jpg"}
    assert first["open"] == {"from-a-reader.jpg"}
    assert first["waiting"] > 0
    (version,) = first["datasets"][0]["versions"]
    assert (version["files"], version["real"], version["groups"]) == (len(labels), 1, 1)

    folder, origin = DemoFolder.claim(tmp_path / "demo"), f"http://127.0.0.1:{demo.port}"
    assert fill_once(folder, origin, 4, print).files == 4
    assert demo.holds() == first
    assert {path.name for path in tmp_path.iterdir()} == {"demo", "service.log"}
    assert (tmp_path / "demo/demo.json").stat().st_mode & 0o077 == 0, "passwords are for its owner alone"


def test_other_data_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "deepshield.db").write_text("somebody's")
    with pytest.raises(DemoError, match="other data"):
        DemoFolder.claim(tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("deepshield.db", "somebody's")]


def test_a_filling_that_was_interrupted_is_not_taken_for_a_demo(tmp_path: Path) -> None:
    DemoFolder.claim(tmp_path).begin()
    with pytest.raises(DemoError, match="interrupted"):
        DemoFolder.claim(tmp_path)


def test_the_settings_of_another_service_do_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {
        "DATABASE_URL": "postgresql://ours@db/deepshield",
        "celery_broker_url": "redis://ours",
        "STORAGE_BACKEND": "s3",
        "OIDC_ISSUER": "https://login.example.org",
        "SAAS_REGISTRATION_OPEN": "false",
        "PORT": "9000",
        "HOME": "/home/ada",
    }
    kept = DemoFolder.claim(tmp_path).environment(given)
    assert kept["HOME"] == "/home/ada"
    for name in variables():
        monkeypatch.delenv(name, raising=False)
    for name, value in kept.items():
        monkeypatch.setenv(name, value)
    settings = Settings(_env_file=None)
    assert settings.database.url == f"sqlite:///{tmp_path}/deepshield.db"
    assert not settings.celery.is_redis
    assert settings.storage.backend == "local"
    assert not settings.oidc.enabled
    assert settings.saas.registration_open
    assert settings.port == 9000
    inside = (settings.celery.queue_dir, settings.storage.data_dir, settings.storage.scratch_dir)
    assert all(path.is_relative_to(tmp_path) for path in (*inside, settings.provenance.trust_dir))
    assert json.loads((tmp_path / "demo.json").read_text())["progress"] == "empty"
