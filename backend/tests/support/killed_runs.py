"""What runs that kill parts of the service have in common: the service, the command, the log that is kept."""

from __future__ import annotations

import argparse
import contextlib
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Protocol

from services import Services, running
from stack import Stack


class Outcome(Protocol):
    """What a run saw."""

    @property
    def holds(self) -> bool:
        """Whether every promise was kept."""

    def table(self) -> str:
        """Return all of it for a terminal."""


@contextlib.contextmanager
def service(services: Services, folder: Path, name: str, settings: Mapping[str, str]) -> Iterator[Stack]:
    """Yield a service that is ready, on an empty database ``name`` and an empty Redis."""
    services.redis.flush()
    services.postgres.drop(name)
    addresses = {"DATABASE_URL": services.postgres.create(name), "CELERY_BROKER_URL": services.redis.url}
    with Stack(folder, **addresses, **settings) as stack:
        yield stack


def arguments_of(parser: argparse.ArgumentParser) -> argparse.Namespace:
    """Return the command's arguments with the seed, which is printed first."""
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    print(f"seed {arguments.seed}", flush=True)
    return arguments


def told(seed: int, run: Callable[[Services, Path], Outcome]) -> int:
    """Run once and print the outcome; return 1, and keep the service's log, when a promise was broken."""
    with tempfile.TemporaryDirectory(prefix="deepshield-crash-") as folder, running() as services:
        outcome = run(services, Path(folder))
        if not outcome.holds:
            kept = Path(tempfile.gettempdir(), f"deepshield-crash-{seed}.log")
            kept.write_bytes((Path(folder) / "service.log").read_bytes())
            print(f"the service's log: {kept}")
    print(outcome.table())
    return 0 if outcome.holds else 1
