"""`.env.example` lists every setting with meaning and default, what compose asks for, and nothing else."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from service_parts import MakeSettings

from deepshield.settings import Settings, variables

pytestmark = pytest.mark.unit

EXAMPLE = Path(__file__).parents[3] / ".env.example"
COMPOSE = [EXAMPLE.with_name("docker-compose.yml"), EXAMPLE.parent / "deploy" / "compose" / "managed.yml"]
CONTRACT = {
    "DATABASE_URL",
    "CELERY_BROKER_URL",
    "CELERY_RESULT_BACKEND",
    "STORAGE_DATA_DIR",
    "SAAS_REQUIRE_AUTH",
    "SAAS_JWT_SECRET",
    "SAAS_JWT_EXP_HOURS",
    "SAAS_FREE_DAILY_UPLOADS",
    "SAAS_AUTH_COOKIE_NAME",
    "SAAS_AUTH_COOKIE_SECURE",
    "SAAS_AUTH_COOKIE_SAMESITE",
    "SAAS_RETURN_TOKEN_IN_BODY",
    "RUN_DB_MIGRATIONS_ON_STARTUP",
    "ENABLE_PROMETHEUS_METRICS",
    "REQUIRE_REDIS_FOR_READY",
    "INFER_MODEL_WEIGHTS_PATH",
    "INFER_FAKE_DECISION_THRESHOLD",
    "RATE_LIMIT_RPS",
    "RATE_LIMIT_BURST",
    "CORS_ALLOWED_ORIGINS",
    "LOG_LEVEL",
    "LOG_FORMAT",
    "FILE_MAX_UPLOAD_MB",
    "VIDEO_MAX_DURATION_SECONDS",
    "VIDEO_MAX_FRAMES",
}


def listed() -> dict[str, str]:
    """Return the example's variables and what it says of each."""
    told: dict[str, str] = {}
    comment = ""
    for line in EXAMPLE.read_text().splitlines():
        if line.startswith("#"):
            comment += line[1:]
        elif "=" in line:
            told[line.split("=")[0]] = comment.strip()
        else:
            comment = ""
    return told


@pytest.fixture
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in set(variables()) & set(os.environ):
        monkeypatch.delenv(name)


def test_it_lists_every_variable_once_and_no_other() -> None:
    names = re.findall(r"^([A-Z0-9_]+)=", EXAMPLE.read_text(), re.MULTILINE)
    assert len(names) == len(set(names))
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", "".join(file.read_text() for file in COMPOSE)))
    assert set(names) == set(variables()) | asked


def test_it_says_what_each_is_for() -> None:
    assert [name for name, comment in listed().items() if not comment] == []


@pytest.mark.usefixtures("_bare_environment")
def test_its_values_are_the_defaults() -> None:
    assert Settings(_env_file=EXAMPLE) == Settings(_env_file=None)  # type: ignore[call-arg]


@pytest.mark.usefixtures("_bare_environment")
def test_it_writes_defaults_out_in_full() -> None:
    written = dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", EXAMPLE.read_text(), re.MULTILINE))
    defaults = Settings(_env_file=None).model_dump()  # type: ignore[call-arg]
    flat = {f"{group}_{name}".upper(): value for group, fields in defaults.items() if isinstance(fields, dict)
            for name, value in fields.items()}  # fmt: skip
    empty = {name for name, value in flat.items() if value is None or value == () or value == ""}
    assert {name for name in flat if not written[name]} == empty


@pytest.mark.usefixtures("_bare_environment")
@pytest.mark.parametrize("name", sorted(set(variables())))
def test_each_variable_is_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, "no value that any setting takes \x01")
    try:
        read = Settings(_env_file=None)  # type: ignore[call-arg]
    except ValueError:
        return
    assert "\\x01" in repr(read) or "**********" in repr(read)


def test_the_contracts_variables_are_there(make_settings: MakeSettings) -> None:
    assert set(variables()) >= CONTRACT
    assert make_settings().saas.free_daily_uploads == 20
