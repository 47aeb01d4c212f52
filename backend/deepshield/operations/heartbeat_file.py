"""The heartbeat of a process that has neither a row nor a port: a file that it touches."""

from __future__ import annotations

import time
from pathlib import Path

from deepshield.settings import Settings


def path_of(settings: Settings) -> Path:
    """Return the scheduler's file; a container has its own, since its scratch folder is its own."""
    return settings.storage.scratch_dir / "scheduler.alive"


def touch(path: Path) -> None:
    """Record that a round of work has succeeded."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()


def age(path: Path) -> float | None:
    """Return the seconds since the last `touch`; None when there was none."""
    try:
        return max(0.0, time.time() - path.stat().st_mtime)
    except FileNotFoundError:
        return None
