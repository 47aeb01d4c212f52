"""A recheck survives kills of any part: every file is judged once more, at no charge, and nothing is lost.

    python backend/tests/crash/recheck_kills.py --media 300 --seed 1

Runs a whole service on PostgreSQL and Redis with files in its library that an earlier model has judged, asks
for all of them to be checked again, and kills one part after the other at random moments until that is done.
The seed, which is printed first, decides which part is killed when.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import os
import random
import signal
import sys
import threading
import time
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import killed_runs
from media import small_photo
from random_kills import SETTINGS
from services import Services
from sqlalchemy import func, insert, select
from sqlalchemy.exc import SQLAlchemyError
from stack import Stack, answered

from deepshield.persistence.repositories import blobs
from deepshield.persistence.tables import Base, Job, ModelBundle, Result, Usage, WebhookDelivery
from deepshield.persistence.workbench import Medium, Recheck, RecheckItem
from deepshield.storage.local import LocalStore

PARTS = ("worker", "child", "scheduler", "api", "redis", "postgres")
OLD = "0" * 64  # the model that judged the files before
_CHUNK = 500
_SECONDS_PER_FILE = 3.0


@dataclass
class Outcome:
    """What the database knows at the end of a run."""

    seed: int
    media: int
    kills: Counter[str] = field(default_factory=Counter)
    sent: int = 0  # times that the recheck was asked for, with one Idempotency-Key
    rechecks: int = 0
    state: str = ""
    items: Counter[str] = field(default_factory=Counter)
    jobs: int = 0  # of the recheck
    media_of_jobs: int = 0
    results: int = 0  # of the recheck's jobs
    older_results: int = 0
    flips_expected: int = 0
    flips: int = 0  # items whose verdict changed
    flips_told: int = 0  # events
    ends_told: int = 0
    charges_before: int = 0
    charges: int = 0
    most_attempts: int = 0
    left_files: int = 0  # copies of killed schedulers, which the hourly cleaning deletes
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether every promise was kept."""
        return (
            (self.rechecks, self.state, self.ends_told) == (1, "FINISHED", 1)
            and self.items == Counter(DONE=self.media)
            and self.jobs == self.media_of_jobs == self.results == self.media
            and self.older_results == self.media + 1
            and self.flips == self.flips_told == self.flips_expected
            and self.charges == self.charges_before
            and self.left_files <= self.kills["scheduler"] + self.kills["postgres"]
        )

    def table(self) -> str:
        """Return all of it for a terminal."""
        rows = {
            "seed": self.seed,
            "killed": ", ".join(f"{part} {count}" for part, count in sorted(self.kills.items())),
            "rechecks": f"{self.rechecks}, asked for {self.sent} times, {self.state}",
            "files": self.media,
            "items": ", ".join(f"{state} {count}" for state, count in sorted(self.items.items())),
            "jobs / files of them / results": f"{self.jobs} / {self.media_of_jobs} / {self.results}",
            "older results that are there": f"{self.older_results} of {self.media + 1}",
            "flips: expected / found / told": f"{self.flips_expected} / {self.flips} / {self.flips_told}",
            "events of its end": self.ends_told,
            "charges before / after": f"{self.charges_before} / {self.charges}",
            "most attempts of a job": self.most_attempts,
            "copies left to the hourly cleaning": self.left_files,
            "seconds": f"{self.seconds:.0f}",
            "promise": "kept" if self.holds else "BROKEN",
        }
        return "\n".join(f"{name:<40}{value}" for name, value in rows.items())


class RecheckKills:
    """One run: a service with a library, one recheck of all of it, and parts that are killed meanwhile."""

    def __init__(self, stack: Stack, services: Services, folder: Path, seed: int) -> None:
        self._stack, self._services = stack, services
        self._random, self._seed = random.Random(seed), seed
        self._photo = small_photo(folder / "photo.jpg").read_bytes()
        self._store = LocalStore(folder / "data" / "files")
        account = {"email": "crash@example.org", "password": "a long enough password"}
        answer = stack.client.post("/auth/register", json=account)
        assert answer.status_code == 200, answer.text
        self._login = {"Authorization": f"Bearer {answer.json()['access_token']}"}
        stack.client.headers.update(self._login)

    def run(self, media: int, kills: int, parts: Sequence[str] = PARTS, pause: float = 2.0) -> Outcome:
        """Check ``media`` files again while parts are killed about ``pause`` seconds apart."""
        outcome = Outcome(self._seed, media)
        self._fill(outcome)
        hook = {
            "url": "https://example.org/rechecks",
            "events": ["recheck.finished", "verdict.flipped", "analysis.completed"],
        }
        assert self._stack.client.post("/webhooks", json=hook).status_code == 200
        begun = time.monotonic()
        asking = threading.Thread(target=self._ask, args=(outcome,))
        asking.start()
        for part in self._victims(parts, kills):
            time.sleep(self._random.uniform(0.2, 2 * pause))
            if self._is_over():
                break
            self._kill(part, outcome)
        asking.join()
        deadline = time.monotonic() + 120.0 + media * _SECONDS_PER_FILE
        while not self._is_over():
            assert time.monotonic() < deadline, f"it has not ended:\n{self._stack.told()[-4000:]}"
            time.sleep(0.5)
        outcome.seconds = time.monotonic() - begun
        self._count(outcome)
        return outcome

    def _fill(self, outcome: Outcome) -> None:
        """Fill the library with copies of one analysed photo, each with bytes and a verdict of its own."""
        answer = self._stack.client.post("/analyze-image", files={"file": ("photo.jpg", self._photo)})
        assert answer.status_code == 200, answer.text
        first = answer.json()["job_id"]
        verdict = self._stack.wait_final(first)["result"]["verdict"]
        other = "no_signs" if verdict != "no_signs" else "manipulated"
        with self._stack.database() as database:
            with database.write() as session:
                model = session.get_one(Job, first), session.get_one(Result, first)
                now = model[0].created_at
                medium = session.scalars(select(Medium).where(Medium.sha256 == model[0].sha256)).one()
                session.add(ModelBundle(sha256=OLD, name="old", version="1.0", first_seen_at=now))
                templates = [_values(row) for row in (*model, medium)]
                medium.deleted_at = now  # it is the pattern alone
            for start in range(0, outcome.media, _CHUNK):
                rows: dict[Any, list[dict[str, Any]]] = {Job: [], Result: [], Medium: []}
                for number in range(start, min(start + _CHUNK, outcome.media)):
                    before = self._random.choice((verdict, other))
                    outcome.flips_expected += before != verdict
                    self._copy(templates, number, before, rows)
                with database.write() as session:
                    for table, some in rows.items():
                        session.execute(insert(table), some)
            with database.read() as session:
                outcome.charges_before = session.scalar(select(func.sum(Usage.used))) or 0

    def _copy(
        self,
        templates: list[dict[str, Any]],
        number: int,
        verdict: str,
        rows: dict[Any, list[dict[str, Any]]],
    ) -> None:
        data = self._photo + number.to_bytes(4, "big")  # after the picture's end
        key, sha256 = f"uploads/{uuid.uuid4().hex}", hashlib.sha256(data).hexdigest()
        with self._store.writer(key) as writer:
            writer.write(data)
            writer.commit()
        job_id, media_id = str(uuid.uuid4()), str(uuid.uuid4())
        size = {"original_size_bytes": len(data), "stored_size_bytes": len(data)}
        job = {"id": job_id, "media_id": media_id, "sha256": sha256, "upload_key": key, "charged_day": None}
        rows[Job].append({**templates[0], **job, **size})
        rows[Result].append({**templates[1], "job_id": job_id, "verdict": verdict, "bundle_id": OLD})
        medium = {"id": media_id, "sha256": sha256, "size_bytes": len(data), "job_id": job_id}
        rows[Medium].append({**templates[2], **medium, "verdict": verdict, "bundle_sha256": OLD})

    def _ask(self, outcome: Outcome) -> None:
        wanted = {"q": "", "reason": "kills", "expect_count": outcome.media}
        with self._stack.new_client() as client:
            client.headers.update({**self._login, "Idempotency-Key": "the-recheck"})
            while True:
                outcome.sent += 1
                if answered(lambda: client.post("/rechecks", json=wanted)) is not None:
                    return
                time.sleep(0.2)

    def _victims(self, parts: Sequence[str], kills: int) -> Iterator[str]:
        """Every part in turn, each round in another order."""
        for number in range(kills):
            if number % len(parts) == 0:
                order = self._random.sample(parts, len(parts))
            yield order[number % len(parts)]

    def _kill(self, part: str, outcome: Outcome) -> None:
        if part in ("redis", "postgres"):
            server = self._services.redis if part == "redis" else self._services.postgres
            server.kill()
            time.sleep(self._random.uniform(0, 1.5))
            server.start()
        else:
            pids = self._stack.pids(part)
            if not pids:
                return  # it is being started again
            with contextlib.suppress(ProcessLookupError):
                os.kill(self._random.choice(pids), signal.SIGKILL)
        outcome.kills[part] += 1

    def _is_over(self) -> bool:
        ended = select(func.count()).select_from(Recheck).where(Recheck.finished_at.is_not(None))
        with (
            contextlib.suppress(SQLAlchemyError),
            self._stack.database() as database,
            database.read() as session,
        ):
            return bool(session.scalar(ended))
        return False

    def _count(self, outcome: Outcome) -> None:
        with self._stack.database() as database, database.read() as session:
            found = session.scalars(select(Recheck)).all()
            outcome.rechecks, outcome.state = len(found), found[0].state
            items = session.scalars(select(RecheckItem)).all()
            jobs = session.scalars(select(Job).where(Job.cause_id == found[0].id)).all()
            done = set(session.scalars(select(Result.job_id)))
            told = Counter(session.scalars(select(WebhookDelivery.event)))
            outcome.charges = session.scalar(select(func.sum(Usage.used))) or 0
            stored = [info.key for info in self._store.list("uploads/")]
            outcome.left_files = len(set(stored) - blobs.known(session, stored))
        outcome.items = Counter(item.state for item in items)
        outcome.flips = sum(item.before_verdict != item.after_verdict for item in items)
        made = {job.id for job in jobs}
        outcome.jobs, outcome.media_of_jobs = len(made), len({job.media_id for job in jobs})
        outcome.results, outcome.older_results = len(made & done), len(done - made)
        outcome.flips_told, outcome.ends_told = told["verdict.flipped"], told["recheck.finished"]
        outcome.most_attempts = max((job.attempts for job in jobs), default=0)


def _values(row: Base) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}


@contextlib.contextmanager
def recheck_kills(services: Services, folder: Path, seed: int) -> Iterator[RecheckKills]:
    """Yield a run on a service that is ready."""
    with killed_runs.service(services, folder, "recheck_kills", SETTINGS) as stack:
        yield RecheckKills(stack, services, folder, seed)


def main() -> int:
    """Run once and print the outcome; return 1 when a promise was broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--media", type=int, default=300)
    parser.add_argument("--kills", type=int, help="default: one per 15 files, and every part once at least")
    parser.add_argument("--pause", type=float, default=2.0, help="mean seconds from kill to kill")
    arguments = killed_runs.arguments_of(parser)
    kills = arguments.kills or max(len(PARTS), arguments.media // 15)

    def run(services: Services, folder: Path) -> Outcome:
        with recheck_kills(services, folder, arguments.seed) as lab:
            return lab.run(arguments.media, kills, pause=arguments.pause)

    return killed_runs.told(arguments.seed, run)


if __name__ == "__main__":
    sys.exit(main())
