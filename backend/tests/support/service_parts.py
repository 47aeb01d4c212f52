"""Parts for tests of the service: settings, a broker that records announcements, types of fixtures."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from pydantic_settings import PydanticBaseSettingsSource

from deepshield.resources import Resources
from deepshield.settings import Settings

Run = Callable[..., subprocess.CompletedProcess[str]]
MakeSettings = Callable[..., Settings]
MakeResources = Callable[..., Resources]


class TestSettings(Settings):
    """Settings that are what a test says and otherwise the defaults."""

    __test__ = False

    @classmethod
    def settings_customise_sources(
        cls, settings_cls: Any, init_settings: PydanticBaseSettingsSource, **_: Any
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


class RecordingAnnouncer:
    """Stands in for the broker: remembers what was announced; ``away`` makes it unreachable."""

    def __init__(self) -> None:
        self.announced: list[tuple[str, str]] = []
        self.away = False

    def announce(self, job_id: str, queue: str) -> bool:
        if self.away:
            return False
        self.announced.append((job_id, queue))
        return True

    def ping(self) -> bool:
        return not self.away

    def close(self) -> None:
        return


NOON = datetime(2026, 5, 3, 12, tzinfo=UTC)


class Clock:
    """A clock that stands still until a test sets its `time`."""

    def __init__(self, time: datetime) -> None:
        self.time = time

    def __call__(self) -> datetime:
        return self.time
