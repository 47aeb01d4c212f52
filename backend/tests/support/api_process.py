"""The API in a process of its own, with settings that a test names, and what it takes of the machine."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
from services import free_port, wait_until


class ApiProcess:
    """`deepshield api` on a database and a storage in ``folder``; more settings by their variables."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder, self.port = folder, free_port()
        environment = {
            **os.environ,
            "DATABASE_URL": f"sqlite:///{folder}/deepshield.db",
            "STORAGE_DATA_DIR": str(folder / "files"),
            "CELERY_QUEUE_DIR": str(folder / "queue"),
            "RATE_LIMIT_RPS": "0",
            "PORT": str(self.port),
            **settings,
        }
        with (folder / "api.log").open("wb") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "deepshield", "api"],
                cwd=folder,
                env=environment,
                stdout=log,
                stderr=log,
            )
        wait_until(self.alive, 60, "the API answers")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    def alive(self) -> bool:
        assert self.process.poll() is None, (self.folder / "api.log").read_text()
        with contextlib.suppress(httpx.HTTPError):
            return httpx.get(f"{self.url}/health/live", timeout=5).status_code == 200
        return False

    def memory(self, field: str) -> int:
        """Bytes of resident memory: "VmRSS" now, "VmHWM" at most since the last reset."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        line = next(line for line in status.splitlines() if line.startswith(field))
        return int(line.split()[1]) * 1024

    def forget_peak(self) -> None:
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")

    def files(self) -> list[Path]:
        return [path for path in (self.folder / "files").rglob("*") if path.is_file()]

    def connect(self) -> socket.socket:
        return socket.create_connection(("127.0.0.1", self.port), 20)

    def descriptors(self) -> int:
        """How many files and connections the process has open."""
        return len(list(Path(f"/proc/{self.process.pid}/fd").iterdir()))

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(20)
