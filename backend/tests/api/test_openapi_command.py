"""`deepshield openapi`: the document without a service."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from service_parts import Run, TestSettings

from deepshield.api.app import create_app

pytestmark = pytest.mark.integration


@pytest.fixture(scope="module")
def printed(run: Run, tmp_path_factory: pytest.TempPathFactory) -> str:
    finished: subprocess.CompletedProcess[str] = run("openapi", cwd=tmp_path_factory.mktemp("empty"))
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


def test_it_prints_what_the_service_serves(printed: str) -> None:
    served = create_app(TestSettings()).openapi()
    assert json.loads(printed) == json.loads(json.dumps(served))


def test_it_is_written_so_that_differences_are_changes(printed: str) -> None:
    assert printed == json.dumps(json.loads(printed), indent=1, sort_keys=True) + "\n"


def test_the_environment_changes_nothing_and_nothing_is_opened(
    run: Run, printed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / ".env").write_text("SAAS_AUTH_COOKIE_NAME=sid\n")
    monkeypatch.setenv("SAAS_REQUIRE_AUTH", "true")
    monkeypatch.setenv("ENABLE_PROMETHEUS_METRICS", "false")
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/deepshield.db")
    assert run("openapi", cwd=tmp_path).stdout == printed
    assert [path.name for path in tmp_path.iterdir()] == [".env"]
