"""Jobs survive kills of any part: none is lost, each has one outcome, and the charges are right.

    python backend/tests/crash/random_kills.py --jobs 100 --seed 1

Runs a whole service on PostgreSQL and Redis, uploads jobs as a registered user and kills one part after the
other at random moments. The seed, which is printed first, decides which part is killed when.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import httpx
import killed_runs
from media import small_clip, small_photo
from services import Services
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from stack import FINAL, Stack, answered

from deepshield.persistence.tables import Batch, BatchItem, Job, Result, Usage, WebhookDelivery

PARTS = ("api", "worker", "child", "scheduler", "redis", "postgres")
PATIENCE_SECONDS = 120.0
CLIP_SHARE = 0.15
SETTINGS = {
    "SAAS_FREE_DAILY_UPLOADS": "1000000",
    "SAAS_REQUIRE_AUTH": "true",
    "SAAS_JWT_SECRET": "a secret of the crash test, long enough",
    # Kills by this test must not use up the attempts of a job.
    "JOB_MAX_ATTEMPTS": "50",
    "JOB_MAX_CRASHES": "50",
    # The promise holds for any intervals; short ones show it sooner.
    "JOB_HEARTBEAT_SECONDS": "1",
    "JOB_HEARTBEAT_TIMEOUT_SECONDS": "6",
    "JOB_RESEND_SECONDS": "5",
    "JOB_SWEEP_SECONDS": "1",
    "LOG_LEVEL": "WARNING",
}


@dataclass
class Outcome:
    """What the database and the client know at the end of a run."""

    seed: int
    wanted: int = 0  # jobs that the client meant to have accepted
    kills: Counter[str] = field(default_factory=Counter)
    acknowledged: set[str] = field(default_factory=set)  # ids that a client was given
    unanswered: int = 0  # uploads whose answer was lost: each is a job or none, never half of one
    accepted: int = 0  # jobs in the database
    lost: int = 0  # acknowledged, but not in the database
    unfinished: int = 0
    states: Counter[str] = field(default_factory=Counter)
    wrong_results: int = 0  # completed without a result, or a result without being completed
    batch_wanted: int = 0  # photos of one batch, sent with one Idempotency-Key until there is an answer
    batch_sent: int = 0  # times that it was sent
    batch_items: int = 0  # of all batches: each with a job of its own
    batch_events: int = 0  # `batch.finished`
    charges: int = 0
    charged_jobs: int = 0
    most_attempts: int = 0
    seconds_to_end: float = 0.0  # from the last restart until every job had ended

    @property
    def holds(self) -> bool:
        """Whether every promise was kept."""
        return (
            len(self.acknowledged) == self.wanted
            and not self.lost
            and not self.unfinished
            and not self.wrong_results
            and self.batch_items == self.batch_wanted
            and self.batch_events == (1 if self.batch_wanted else 0)
            # Every file is good: a job that failed did so by our fault and has been refunded.
            and self.charges == self.charged_jobs == self.states["COMPLETED"]
            and sum(self.states.values()) == self.accepted
        )

    def table(self) -> str:
        """Return all of it for a terminal."""
        killed = ", ".join(f"{part} {count}" for part, count in sorted(self.kills.items()))
        states = ", ".join(f"{state} {count}" for state, count in sorted(self.states.items()))
        rows = {
            "seed": self.seed,
            "killed": killed,
            "acknowledged to the client": f"{len(self.acknowledged)} of {self.wanted}",
            "uploads without an answer": self.unanswered,
            "accepted": self.accepted,
            "lost": self.lost,
            "not ended": self.unfinished,
            "outcomes": states,
            "completed without one result": self.wrong_results,
            "items of the batch": f"{self.batch_items} of {self.batch_wanted}, sent {self.batch_sent} times",
            "events of its end": self.batch_events,
            "charges / jobs charged": f"{self.charges} / {self.charged_jobs}",
            "most attempts of a job": self.most_attempts,
            "seconds from the last restart to the last outcome": f"{self.seconds_to_end:.0f}",
            "promise": "kept" if self.holds else "BROKEN",
        }
        return "\n".join(f"{name:<52}{value}" for name, value in rows.items())


class RandomKills:
    """One run: a service, a client that uploads, and parts that are killed at random moments."""

    def __init__(self, stack: Stack, services: Services, folder: Path, seed: int) -> None:
        self._stack, self._services = stack, services
        self._random = random.Random(seed)
        self._outcome = Outcome(seed)
        self._photo, self._clip = small_photo(folder / "photo.jpg"), small_clip(folder / "clip.mp4")
        self._token = _register(stack)

    def run(
        self, jobs: int, kills: int, parts: Sequence[str] = PARTS, pause: float = 2.0, batch: int = 0
    ) -> Outcome:
        """Upload jobs while parts are killed about ``pause`` seconds apart; wait until all have ended.

        Beside them one request with ``batch`` photos is sent.
        """
        self._outcome.wanted, self._outcome.batch_wanted = jobs, batch
        uploads = [self._random.random() < CLIP_SHARE for _ in range(jobs)]
        begun = threading.Event()
        uploading = threading.Thread(target=self._upload, args=(uploads, kills * pause / jobs, begun))
        uploading.start()
        batching = threading.Thread(target=self._send_batch, args=(batch,))
        batching.start()
        begun.wait(60)
        for part in self._victims(parts, kills):
            time.sleep(self._random.uniform(0.2, 2 * pause))
            self._kill(part)
        uploading.join()
        batching.join()
        last_restart = time.monotonic()
        self._await_end(last_restart + PATIENCE_SECONDS)
        self._outcome.seconds_to_end = time.monotonic() - last_restart
        self._count()
        return self._outcome

    def _victims(self, parts: Sequence[str], kills: int) -> Iterator[str]:
        """Every part in turn, each round in another order."""
        for number in range(kills):
            if number % len(parts) == 0:
                order = self._random.sample(parts, len(parts))
            yield order[number % len(parts)]

    def _kill(self, part: str) -> None:
        if part in ("redis", "postgres"):
            server = self._services.redis if part == "redis" else self._services.postgres
            server.kill()
            time.sleep(self._random.uniform(0, 1.5))
            server.start()
        elif part == "flush":
            self._services.redis.flush()
        else:
            pids = self._stack.pids(part)
            if not pids:
                return  # it is being started again
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._random.choice(pids), signal.SIGKILL)
        self._outcome.kills[part] += 1

    def _upload(self, clips: Sequence[bool], pause: float, begun: threading.Event) -> None:
        with self._stack.new_client() as client:
            client.headers["Authorization"] = f"Bearer {self._token}"
            for clip in clips:
                while (job_id := self._try_upload(client, clip)) is None:
                    self._outcome.unanswered += 1
                    time.sleep(0.2)
                self._outcome.acknowledged.add(job_id)
                begun.set()
                time.sleep(pause)

    def _send_batch(self, count: int) -> None:
        if not count:
            return
        with self._stack.new_client() as client:
            client.headers["Authorization"] = f"Bearer {self._token}"
            hook = {"url": "https://example.org/batches", "events": ["batch.finished"]}
            keyed = {"Idempotency-Key": "the-webhook"}
            while answered(lambda: client.post("/webhooks", json=hook, headers=keyed)) is None:
                time.sleep(0.2)
            photo = self._photo.read_bytes()
            files = [("files", (f"{number}.jpg", photo, "image/jpeg")) for number in range(count)]
            keyed = {"Idempotency-Key": "the-batch"}
            while True:
                self._outcome.batch_sent += 1
                sent = answered(
                    lambda: client.post("/batches", files=files, params={"reuse": False}, headers=keyed)
                )
                if sent is not None:
                    return
                time.sleep(0.2)

    def _try_upload(self, client: httpx.Client, clip: bool) -> str | None:
        path, kind = (self._clip, "video") if clip else (self._photo, "image")
        files = {"file": (path.name, path.read_bytes())}
        answer = answered(lambda: client.post(f"/analyze-{kind}", files=files, params={"reuse": False}))
        return None if answer is None else str(answer.json()["job_id"])

    def _await_end(self, deadline: float) -> None:
        final = [*FINAL]
        while time.monotonic() < deadline:
            with (
                contextlib.suppress(SQLAlchemyError),
                self._stack.database() as database,
                database.read() as session,
            ):
                open_jobs = select(func.count()).select_from(Job).where(Job.state.not_in(final))
                open_batches = select(func.count()).select_from(Batch).where(Batch.finished_at.is_(None))
                self._outcome.unfinished = (session.scalar(open_jobs) or 0) + (
                    session.scalar(open_batches) or 0
                )
                if not self._outcome.unfinished:
                    return
            time.sleep(0.5)

    def _count(self) -> None:
        outcome = self._outcome
        with self._stack.database() as database, database.read() as session:
            jobs = session.scalars(select(Job)).all()
            results = set(session.scalars(select(Result.job_id)))
            own = select(func.count(func.distinct(BatchItem.job_id)))
            outcome.batch_items = session.scalar(own) or 0
            finished = WebhookDelivery.event == "batch.finished"
            outcome.batch_events = (
                session.scalar(select(func.count()).select_from(WebhookDelivery).where(finished)) or 0
            )
            outcome.charges = session.scalar(select(func.sum(Usage.used))) or 0
        outcome.accepted = len(jobs)
        outcome.lost = len(outcome.acknowledged - {job.id for job in jobs})
        outcome.states = Counter(job.state for job in jobs if job.state in FINAL)
        outcome.wrong_results = sum((job.state == "COMPLETED") != (job.id in results) for job in jobs)
        outcome.charged_jobs = sum(job.charged_day is not None for job in jobs)
        outcome.most_attempts = max((job.attempts for job in jobs), default=0)


def _register(stack: Stack) -> str:
    account = {"email": "crash@example.org", "password": "a long enough password"}
    answer = stack.client.post("/auth/register", json=account)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


@contextlib.contextmanager
def random_kills(services: Services, folder: Path, seed: int, **settings: str) -> Iterator[RandomKills]:
    """Yield a run on a service that is ready."""
    with killed_runs.service(services, folder, "random_kills", {**SETTINGS, **settings}) as stack:
        yield RandomKills(stack, services, folder, seed)


def main() -> int:
    """Run once and print the outcome; return 1 when a promise was broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--jobs", type=int, default=100)
    parser.add_argument("--kills", type=int, help="default: one per 4 jobs, and every part once at least")
    parser.add_argument("--parts", default=",".join(PARTS), help="of these and flush (Redis forgets all)")
    parser.add_argument("--batch", type=int, help="photos of one batch beside them; default: half the jobs")
    arguments = killed_runs.arguments_of(parser)
    parts = arguments.parts.split(",")
    kills = arguments.kills or max(len(parts), arguments.jobs // 4)
    batch = arguments.jobs // 2 if arguments.batch is None else arguments.batch

    def run(services: Services, folder: Path) -> Outcome:
        with random_kills(services, folder, arguments.seed) as lab:
            return lab.run(arguments.jobs, kills, parts, batch=batch)

    return killed_runs.told(arguments.seed, run)


if __name__ == "__main__":
    sys.exit(main())
