"""The folder of a demo: nothing but its own is in it, and nothing of it lies elsewhere."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

from deepshield.settings import variables

_RECORD = "demo.json"
_KEPT = ("PORT", "HOST", "WEB_DIR")
_KEPT_GROUPS = ("LOG_", "WORKER_")
_RETENTION_HOURS = 30 * 24


class DemoError(Exception):
    """The demo cannot go on; the message says why and what to do."""


class Progress(StrEnum):
    """How far a demo's folder is."""

    EMPTY = "empty"
    FILLING = "filling"
    FILLED = "filled"


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody of the demo."""

    email: str
    password: str
    role: str
    """In the shared workspace, `domain.roles.Role`."""


@dataclass(frozen=True, slots=True)
class Page:
    """Something to look at."""

    path: str
    """From the service's origin on."""
    shows: str


@dataclass(frozen=True, slots=True)
class Filled:
    """What a demo has been filled with."""

    workspace: str
    """Its name."""
    files: int
    accounts: tuple[Account, ...]
    pages: tuple[Page, ...]


class DemoFolder:
    """A folder that holds a demo's data and a record of how far it was filled."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._record = path / _RECORD

    @classmethod
    def claim(cls, path: Path) -> DemoFolder:
        """Return the folder of a demo, made if it is not there.

        Raises `DemoError` for a folder with other data in it, and for one whose filling was interrupted.
        """
        folder = cls(path.absolute())
        if not folder._record.exists():
            if folder.path.exists() and (not folder.path.is_dir() or any(folder.path.iterdir())):
                raise DemoError(
                    f"{path} has other data in it, which a demo leaves alone. Name another folder."
                )
            folder.path.mkdir(parents=True, exist_ok=True)
            folder._write(Progress.EMPTY)
        if folder.progress is Progress.FILLING:
            raise DemoError(
                f"The demo in {path} was interrupted while it was filled. Delete it and start again."
            )
        return folder

    @property
    def progress(self) -> Progress:
        """How far it is."""
        return Progress(self._read()["progress"])

    @property
    def filled(self) -> Filled | None:
        """What it has been filled with; None before."""
        if self.progress is not Progress.FILLED:
            return None
        kept = self._read()["filled"]
        return Filled(
            kept["workspace"],
            kept["files"],
            tuple(Account(**one) for one in kept["accounts"]),
            tuple(Page(**one) for one in kept["pages"]),
        )

    def begin(self) -> None:
        """Note that it is being filled."""
        self._write(Progress.FILLING)

    def end(self, filled: Filled) -> None:
        """Note what it has been filled with, passwords among it, readable by its owner alone."""
        self._write(Progress.FILLED, filled)

    def environment(self, given: Mapping[str, str]) -> dict[str, str]:
        """Return an environment in which a service keeps all its data here, whatever service ``given`` is of.

        Of the settings in ``given`` only those of the address, the log, the workers and the web app stay. The
        log has warnings alone unless they say otherwise, so that what is printed can be read.
        """
        ours = variables()
        kept = {
            name: value
            for name, value in given.items()
            if name.upper() not in ours or name.upper() in _KEPT or name.upper().startswith(_KEPT_GROUPS)
        }
        for name in kept:
            if name.upper() == "WEB_DIR":  # the service runs in the demo's folder
                kept[name] = str(Path(kept[name]).absolute())
        return {"LOG_LEVEL": "WARNING", **kept} | {
            "DATABASE_URL": f"sqlite:///{self.path / 'deepshield.db'}",
            "CELERY_QUEUE_DIR": str(self.path / "queue"),
            "STORAGE_DATA_DIR": str(self.path / "files"),
            "STORAGE_SCRATCH_DIR": str(self.path / "scratch"),
            "PROVENANCE_TRUST_DIR": str(self.path / "trust"),
            "SAAS_REQUIRE_AUTH": "true",
            "SAAS_FREE_DAILY_UPLOADS": "1000",
            "RETENTION_UPLOAD_HOURS": str(_RETENTION_HOURS),
            "RETENTION_ARTIFACT_HOURS": str(_RETENTION_HOURS),
        }

    def _read(self) -> dict[str, Any]:
        record: dict[str, Any] = json.loads(self._record.read_text("utf-8"))
        return record

    def _write(self, progress: Progress, filled: Filled | None = None) -> None:
        record = {"progress": progress.value, "filled": None if filled is None else asdict(filled)}
        new = self._record.with_suffix(".new")
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(record, file, indent=2)
        new.replace(self._record)
