"""Webhooks in a storm: a receiver that fails, hangs and redirects at random, and senders that are killed.

    python backend/tests/crash/webhook_storm.py --events 10000 --seed 1

Writes events in transactions, some of which are rolled back, while senders in processes of their own deliver
them and are killed. The seed, which is printed first, decides what happens when.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from service_parts import RecordingAnnouncer, TestSettings
from sqlalchemy import func, select
from webhook_receiver import PERMITTED, Message, Receiver, receiving

from deepshield.domain.events import Event
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.outbox import payload
from deepshield.persistence import migrate
from deepshield.persistence.database import Database
from deepshield.persistence.repositories import users, webhooks
from deepshield.persistence.tables import WebhookDelivery, WebhookEndpoint
from deepshield.resources import Resources
from deepshield.storage import open_store
from deepshield.webhooks import delivering, endpoints
from deepshield.webhooks.delivering import Plan

PRIVATE = "127.0.0.2"  # the senders may call 127.0.0.1 alone
PLAN = Plan(
    delays=(0.05,) * 1000, jitter=0.5, request=0.3, lease=1.5, pause=0.02, at_once=8, of_one_endpoint=8
)
SETTLED_SECONDS = PLAN.request + 1.0  # within which attempts that were under way have ended
_EVENT = Event.ANALYSIS_COMPLETED.value


class RolledBackError(Exception):
    """The transaction of an event is not to be committed."""


@dataclass
class Outcome:
    """What was written, what arrived, and what should not have happened."""

    seed: int
    committed: set[str] = field(default_factory=set)
    rolled_back: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    attempts: int = 0
    kills: int = 0
    after_disabling: int = 0
    private_connections: int = 0
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether each committed event was delivered, and nothing went where it must not."""
        return self.taken == self.committed and not self.after_disabling and not self.private_connections

    def table(self) -> str:
        """Return the outcome as lines."""
        return "\n".join(
            (
                f"seed {self.seed}: {len(self.committed)} events, {len(self.rolled_back)} rolled back",
                f"{self.attempts} attempts, {self.kills} senders killed, {self.seconds:.1f} s",
                f"not delivered: {len(self.committed - self.taken)}",
                f"delivered without a commit: {len(self.taken - self.committed)}",
                f"after the endpoint was disabled: {self.after_disabling}",
                f"connections to a private address: {self.private_connections}",
            )
        )


def storm(folder: Path, *, events: int, seed: int, kills: int, patience: float) -> Outcome:
    """Run one storm in a folder."""
    outcome, chance = Outcome(seed), random.Random(seed)
    started = time.monotonic()
    resources = _resources(folder)
    migrate.upgrade(resources.database)
    with (
        _trap(outcome) as trap,
        receiving(_at_random(chance, trap)) as receiver,
        receiving() as disabled,
        contextlib.closing(resources),
    ):
        owner = _account(resources)
        _endpoint(resources, owner, receiver.url)
        switched = _endpoint(resources, owner, disabled.url)
        sender = _Sender(folder)
        fatal = {chance.randrange(events) for _ in range(kills)}
        try:
            for number in range(events):
                _event(resources, owner, f"{number}", chance, outcome)
                if number == events // 2:
                    endpoints.disable_endpoint(resources, owner, switched)
                    time.sleep(SETTLED_SECONDS)
                    before = len(disabled.arrived)
                if number in fatal:
                    sender.kill()
                    outcome.kills += 1
            _wait(resources, receiver, outcome, started + patience)
        finally:
            sender.end()
        outcome.after_disabling = len(disabled.arrived) - before
        outcome.attempts = len(receiver.arrived)
        outcome.taken = {json.loads(message.body)["data"]["number"] for message in receiver.taken}
    outcome.seconds = time.monotonic() - started
    return outcome


class _Sender:
    """The sending process, started again when it is killed."""

    def __init__(self, folder: Path) -> None:
        self._command = [sys.executable, __file__, "--send", str(folder)]
        self._process = subprocess.Popen(self._command)

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._process = subprocess.Popen(self._command)

    def end(self) -> None:
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


def send(folder: Path) -> None:
    """Send what is due until SIGTERM."""
    stopping = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    with contextlib.closing(_resources(folder)) as resources:
        delivering.run(resources, stopping, PERMITTED, PLAN)


def _resources(folder: Path) -> Resources:
    settings = TestSettings(
        database={"url": f"sqlite:///{folder / 'storm.db'}"},
        storage={"data_dir": folder / "files", "scratch_dir": folder / "scratch"},
    )
    return Resources(settings, Database(settings.database), open_store(settings), RecordingAnnouncer())


def _account(resources: Resources) -> Owner:
    with resources.database.write() as session:
        users.add(session, "1" * 36, "ada@example.org", "-", Tier.PRO.value, resources.clock())
    return Owner("1" * 36, Tier.PRO)


def _endpoint(resources: Resources, owner: Owner, url: str) -> str:
    made = endpoints.make_endpoint(resources, owner, url="https://example.org/", events=list(Event))
    with resources.database.write() as session:
        session.get_one(WebhookEndpoint, made.row.id).url = url
    return made.row.id


def _event(resources: Resources, owner: Owner, number: str, chance: random.Random, outcome: Outcome) -> None:
    wanted = chance.random() > 0.1
    now = resources.clock()
    with contextlib.suppress(RolledBackError), resources.database.write() as session:
        webhooks.add_event(session, owner.id, _EVENT, payload(_EVENT, {"number": number}, now), now)
        if not wanted:
            raise RolledBackError
    (outcome.committed if wanted else outcome.rolled_back).add(number)


def _at_random(chance: random.Random, trap: str) -> Any:
    def behave(handler: BaseHTTPRequestHandler, _: Message) -> int | None:
        drawn = chance.random()
        if drawn < 0.6:
            return 200
        if drawn < 0.8:
            return 500
        if drawn < 0.85:
            time.sleep(PLAN.request * 2)
        elif drawn < 0.95:
            handler.send_response(302)
            handler.send_header("Location", trap)
            handler.send_header("Content-Length", "0")
            handler.end_headers()
        return None  # the connection ends without an answer

    return behave


@contextlib.contextmanager
def _trap(outcome: Outcome) -> Iterator[str]:
    with socket.socket() as opened:
        opened.bind((PRIVATE, 0))
        opened.listen()
        yield f"http://{PRIVATE}:{opened.getsockname()[1]}/"
        opened.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                opened.accept()[0].close()
                outcome.private_connections += 1


def _wait(resources: Resources, receiver: Receiver, outcome: Outcome, end: float) -> None:
    left = (
        select(func.count())
        .select_from(WebhookDelivery)
        .join(WebhookEndpoint, WebhookEndpoint.id == WebhookDelivery.endpoint_id)
        .where(WebhookDelivery.state == webhooks.WAITING, WebhookEndpoint.disabled_at.is_(None))
    )
    while time.monotonic() < end:
        with resources.database.read() as session:
            if not session.scalar(left):
                return
        time.sleep(0.1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a storm and print what came of it; 1 when a promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--send", type=Path, help=argparse.SUPPRESS)
    wanted = parser.parse_args(arguments)
    if wanted.send is not None:
        send(wanted.send)
        return 0
    print(f"seed {wanted.seed}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        outcome = storm(
            Path(folder), events=wanted.events, seed=wanted.seed, kills=wanted.kills, patience=3600.0
        )
    print(outcome.table())
    return 0 if outcome.holds else 1


if __name__ == "__main__":
    sys.exit(main())
