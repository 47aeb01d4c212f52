"""The key of the tokens: configured, or made once and kept private."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from service_parts import MakeSettings

from deepshield import secret
from deepshield.settings import SettingsError

pytestmark = pytest.mark.unit

CONFIGURED = "a-configured-secret-of-enough-length-123"


@pytest.fixture(autouse=True)
def _forgetful() -> None:
    secret._kept.cache_clear()


def test_the_configured_secret_is_the_key(make_settings: MakeSettings, tmp_path: Path) -> None:
    settings = make_settings(saas={"jwt_secret": CONFIGURED})
    assert secret.signing_key(settings) == CONFIGURED
    assert not (tmp_path / secret.FILE_NAME).exists()


def test_a_made_key_is_private_long_and_stays(make_settings: MakeSettings, tmp_path: Path) -> None:
    key = secret.signing_key(make_settings())
    secret._kept.cache_clear()
    assert secret.signing_key(make_settings()) == key
    assert len(key) >= 32
    kept = tmp_path / secret.FILE_NAME
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.glob(f".{secret.FILE_NAME}*")] == []


def test_processes_that_start_together_agree_on_one_key(tmp_path: Path) -> None:
    path = tmp_path / secret.FILE_NAME

    def start(_: int) -> str:
        secret._make(path)
        return path.read_text()

    with ThreadPoolExecutor(8) as threads:
        assert len(set(threads.map(start, range(32)))) == 1


def test_production_never_makes_one_up(make_settings: MakeSettings) -> None:
    settings = make_settings(environment="production", saas={"jwt_secret": CONFIGURED})
    without = settings.model_copy(update={"saas": settings.saas.model_copy(update={"jwt_secret": None})})
    with pytest.raises(SettingsError, match="SAAS_JWT_SECRET"):
        secret.signing_key(without)
