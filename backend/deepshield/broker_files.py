"""Celery's filesystem transport with atomic messages.

Kombu's own transport creates a message's file first and writes it afterwards. A worker that reads it in
between finds an empty file and crashes.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from pathlib import Path
from queue import Empty
from typing import Any

from kombu.transport import TRANSPORT_ALIASES, filesystem

SCHEME = "filesystem"
_LONGEST_WAIT_SECONDS = 0.5


class Channel(filesystem.Channel):
    """Publishes and consumes messages by renaming files, which is atomic."""

    def _put(  # type: ignore[override]  # the two base classes name the message differently
        self, queue: str, payload: dict[str, Any], **_: Any
    ) -> None:
        folder = Path(self.data_folder_out)
        # The wall clock sorts messages across restarts; the end of the name is the queue.
        name = f"{time.time_ns():020d}-{secrets.token_hex(8)}"
        partial = folder / f"{name}.partial"
        partial.write_text(json.dumps(payload), encoding="utf-8")
        partial.rename(folder / f"{name}.{queue}.msg")

    def _get(self, queue: str, timeout: float | None = None) -> dict[str, Any]:
        folder = Path(self.data_folder_in)
        suffix = f".{queue}.msg"
        for name in sorted(name for name in os.listdir(folder) if name.endswith(suffix)):  # noqa: PTH208 - names
            taken = folder / f"{name}.{secrets.token_hex(8)}.taken"
            try:
                (folder / name).rename(taken)
                text = taken.read_text(encoding="utf-8")
                taken.unlink()
                message: dict[str, Any] = json.loads(text)
            except (OSError, ValueError):
                continue  # another worker was faster, or the machine crashed while the file was written
            return message
        raise Empty


class Transport(filesystem.Transport):
    """The transport of this channel."""

    Channel = Channel

    def drain_events(self, connection: Any, timeout: float | None = None, **options: Any) -> None:
        """Wait for messages for half a second at most, so that a worker notices soon that it has to stop."""
        wait = _LONGEST_WAIT_SECONDS if timeout is None else min(timeout, _LONGEST_WAIT_SECONDS)
        super().drain_events(connection, timeout=wait, **options)  # type: ignore[no-untyped-call]


def register() -> None:
    """Make ``filesystem://`` mean this transport in this process."""
    TRANSPORT_ALIASES[SCHEME] = f"{__name__}:{Transport.__name__}"
