"""What a process of the service holds open: settings, database, storage and the connection to the broker."""

from __future__ import annotations

from dataclasses import dataclass

from deepshield.broker import Announcer, CeleryAnnouncer
from deepshield.domain.clock import Clock, now
from deepshield.persistence.database import Database
from deepshield.settings import Settings
from deepshield.storage import BlobStore, open_store


@dataclass(frozen=True, slots=True)
class Resources:
    """Opened once per process and shared by its threads; not to be used across a fork."""

    settings: Settings
    database: Database
    store: BlobStore
    announcer: Announcer
    clock: Clock = now

    def close(self) -> None:
        """Close connections."""
        self.announcer.close()
        self.database.close()


def open_resources(settings: Settings) -> Resources:
    """Open what the settings name; connections are made at first use."""
    return Resources(
        settings, Database(settings.database), open_store(settings), CeleryAnnouncer(settings.celery)
    )
