"""Reviews survive kills of any part: none is lost or changed, and each task is answered once a round.

    python backend/tests/crash/review_kills.py --answers 1000 --seed 1

Runs a whole service on PostgreSQL and Redis with files that are put up for review, lets readers take and
answer tasks over the API, and kills one part after the other at random moments until nothing waits. A reader
whose response is lost asks again, as clients do. The seed, which is printed first, decides who is killed when
and what is answered.
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
import uuid
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import httpx
import killed_runs
from media import small_photo
from random_kills import SETTINGS
from services import Services
from sqlalchemy import insert, select
from sqlalchemy.exc import SQLAlchemyError
from stack import Stack, answered

from deepshield.domain.reviews import UNREAD, Reason
from deepshield.domain.roles import Role
from deepshield.persistence.repositories import audit, workspaces
from deepshield.persistence.tables import Base, Job, User
from deepshield.persistence.workbench import Label, Medium, Review, ReviewTask
from deepshield.reviews import asking

PARTS = ("api", "postgres", "worker", "scheduler", "redis")
READERS = 6
ANSWERS = ("authentic", "manipulated", "generated", "unknown")
_PASSWORD = "a long enough password"


@dataclass
class Outcome:
    """What the readers and the database know at the end of a run."""

    seed: int
    tasks: int
    wanted: int
    kills: Counter[str] = field(default_factory=Counter)
    sent: int = 0  # answers, with those that were sent again
    acknowledged: int = 0
    reviews: int = 0
    lost: int = 0  # acknowledged, but not in the database
    changed: int = 0  # there, but not as it was acknowledged
    unknown: int = 0  # there, but never acknowledged
    wrong_tasks: int = 0  # not read as often as needed, or twice by one reader, or left open
    states: Counter[str] = field(default_factory=Counter)
    wrong_labels: int = 0  # files without the label of their reviews, or with columns that do not follow it
    chain: str = ""
    seconds: float = 0.0

    @property
    def holds(self) -> bool:
        """Whether every promise was kept."""
        bad = (self.lost, self.changed, self.unknown, self.wrong_tasks, self.wrong_labels)
        return not any(bad) and self.acknowledged == self.reviews >= self.wanted and self.chain == "whole"

    def table(self) -> str:
        """Return all of it for a terminal."""
        rows = {
            "seed": self.seed,
            "killed": ", ".join(f"{part} {count}" for part, count in sorted(self.kills.items())),
            "tasks": f"{self.tasks}: " + ", ".join(f"{one} {n}" for one, n in sorted(self.states.items())),
            "answers wanted / sent / acknowledged": f"{self.wanted} / {self.sent} / {self.acknowledged}",
            "reviews in the database": self.reviews,
            "lost / changed / never acknowledged": f"{self.lost} / {self.changed} / {self.unknown}",
            "tasks not read as they should be": self.wrong_tasks,
            "files without the right label": self.wrong_labels,
            "audit log": self.chain,
            "seconds": f"{self.seconds:.0f}",
            "promise": "kept" if self.holds else "BROKEN",
        }
        return "\n".join(f"{name:<40}{value}" for name, value in rows.items())


class ReviewKills:
    """One run: a service with a queue, readers, and parts that are killed meanwhile."""

    def __init__(self, stack: Stack, services: Services, folder: Path, seed: int) -> None:
        self._stack, self._services = stack, services
        self._random, self._seed = random.Random(seed), seed
        self._photo = small_photo(folder / "photo.jpg").read_bytes()
        self._sender = self._register("sender")
        self._readers = [self._register(f"reader{number}") for number in range(READERS)]
        self._over, self._lock = threading.Event(), threading.Lock()
        self._known: dict[str, tuple[str, str, str]] = {}  # task, answer and note by review
        self._faults: list[Exception] = []

    def run(self, answers: int, kills: int, parts: Sequence[str] = PARTS, pause: float = 2.0) -> Outcome:
        """Have ``answers`` given, or a few more, while parts are killed about ``pause`` seconds apart."""
        tasks = max(2, answers * 2 // 3)
        outcome = Outcome(self._seed, tasks, answers)
        space = self._fill(tasks)
        begun = time.monotonic()
        crowd = [
            threading.Thread(target=self._read, args=(token, space, number, outcome))
            for number, token in enumerate(self._readers)
        ]
        for one in crowd:
            one.start()
        for part in self._victims(parts, kills):
            time.sleep(self._random.uniform(0.2, 2 * pause))
            if self._faults or self._is_over():
                break
            self._kill(part, outcome)
        deadline = time.monotonic() + 300 + answers
        while not self._over.is_set():
            assert time.monotonic() < deadline, f"it has not ended:\n{self._stack.told()[-4000:]}"
            time.sleep(0.3)
            if self._is_over():
                self._over.set()
        for one in crowd:
            one.join(60)
        assert not self._faults, self._faults
        outcome.seconds = time.monotonic() - begun
        self._count(outcome)
        return outcome

    def _register(self, name: str) -> str:
        account = {"email": f"{name}@example.org", "password": _PASSWORD}
        answer = self._stack.client.post("/auth/register", json=account)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def _fill(self, tasks: int) -> str:
        """Make a newsroom; put copies of an analysed photo up for review, every other for two readers."""
        sender = {"Authorization": f"Bearer {self._sender}"}
        made = self._stack.client.post("/workspaces", json={"name": "Newsroom"}, headers=sender)
        space = str(made.json()["id"])
        there = {**sender, "X-Workspace": space}
        files = {"file": ("photo.jpg", self._photo)}
        sent = self._stack.client.post("/analyze-image", files=files, headers=there)
        job_id = sent.json()["job_id"]
        self._stack.client.headers.update(there)
        self._stack.wait_final(job_id)
        with self._stack.database() as database, database.write() as session:
            now = session.get_one(Job, job_id).created_at
            for user in session.scalars(select(User).where(User.email.like("reader%"))):
                workspaces.add_member(session, space, user.id, Role.REVIEWER.value, now)
            job = session.get_one(Job, job_id)
            medium = session.scalars(select(Medium).where(Medium.sha256 == job.sha256)).one()
            patterns = _values(job), _values(medium)
            for number in range(tasks):
                ids = {"sha256": uuid.uuid4().hex * 2, "media_id": str(uuid.uuid4())}
                copy = {"id": str(uuid.uuid4()), "upload_key": None, **ids}
                session.execute(insert(Job), [{**patterns[0], **copy}])
                row = {"id": ids["media_id"], "sha256": ids["sha256"], "job_id": copy["id"]}
                session.execute(insert(Medium), [{**patterns[1], **row}])
                asking.ask(session, ids["media_id"], Reason.FLIPPED, now, needed=1 + number % 2)
        return space

    def _read(self, token: str, space: str, number: int, outcome: Outcome) -> None:
        choice = random.Random(f"{self._seed} {number}")
        try:
            with self._stack.new_client() as client:
                client.headers.update({"Authorization": f"Bearer {token}", "X-Workspace": space})
                while not self._over.is_set():
                    task = self._patiently(client, "/review/tasks/next", {})["task"]
                    if task is None:  # another has the last ones, and may leave them to a second reader
                        self._over.wait(0.5)
                        continue
                    given = (task["id"], choice.choice(ANSWERS), f"{number} {choice.random()}")
                    body = {"lease": task["lease"], "answer": given[1], "note": given[2]}
                    told = self._patiently(client, f"/review/tasks/{task['id']}/answer", body, outcome)
                    assert task["lease"] in {one["id"] for one in told["reviews"]}
                    with self._lock:
                        self._known[task["lease"]] = given
        except Exception as fault:  # noqa: BLE001 - told of by the thread that counts
            self._faults.append(fault)
            self._over.set()

    def _patiently(
        self, client: httpx.Client, path: str, body: dict[str, Any], outcome: Outcome | None = None
    ) -> dict[str, Any]:
        while True:
            if outcome is not None:
                with self._lock:
                    outcome.sent += 1
            answer = answered(lambda: client.post(path, json=body))
            if answer is not None:
                document: dict[str, Any] = answer.json()
                return document
            time.sleep(0.2)

    def _is_over(self) -> bool:
        unread = select(ReviewTask.id).where(ReviewTask.state.in_([state.value for state in UNREAD]))
        with (
            contextlib.suppress(SQLAlchemyError),
            self._stack.database() as database,
            database.read() as session,
        ):
            return session.scalars(unread.limit(1)).first() is None
        return False

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

    def _count(self, outcome: Outcome) -> None:
        with self._stack.database() as database, database.read() as session:
            reviews = {one.id: one for one in session.scalars(select(Review))}
            tasks = session.scalars(select(ReviewTask)).all()
            labels = session.scalars(select(Label)).all()
            media = {one.id: one for one in session.scalars(select(Medium))}
            chain = audit.verify(session)
        outcome.chain = chain.fault or "whole"
        outcome.acknowledged, outcome.reviews = len(self._known), len(reviews)
        outcome.lost = len(self._known.keys() - reviews.keys())
        outcome.unknown = len(reviews.keys() - self._known.keys())
        outcome.changed = sum(
            (row.task_id, row.answer, row.note) != self._known[row.id]
            for row in reviews.values()
            if row.id in self._known
        )
        outcome.states = Counter(task.state for task in tasks)
        for task in tasks:
            of = [one for one in reviews.values() if one.task_id == task.id]
            agree = len({one.answer for one in of}) == 1
            outcome.wrong_tasks += not (
                len(of) == len({one.reader for one in of}) == task.needed == task.answered
                and sorted(one.round for one in of) == list(range(1, len(of) + 1))
                and task.state == ("closed" if agree else "disputed")
            )
            mine = [one for one in labels if one.media_id == task.media_id]
            medium = media[task.media_id]
            expected = [(1, of[0].answer)] if agree else []
            outcome.wrong_labels += not (
                [(one.revision, one.value) for one in mine] == expected
                and (medium.label_revision, medium.label) == (expected[0] if expected else (0, None))
            )


def _values(row: Base) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in row.__mapper__.column_attrs}


@contextlib.contextmanager
def review_kills(services: Services, folder: Path, seed: int) -> Iterator[ReviewKills]:
    """Yield a run on a service that is ready."""
    with killed_runs.service(services, folder, "review_kills", SETTINGS) as stack:
        yield ReviewKills(stack, services, folder, seed)


def main() -> int:
    """Run once and print the outcome; return 1 when a promise was broken."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--answers", type=int, default=1000)
    parser.add_argument("--kills", type=int, help="default: one per 25 answers, and every part once at least")
    arguments = killed_runs.arguments_of(parser)
    kills = arguments.kills or max(len(PARTS), arguments.answers // 25)

    def run(services: Services, folder: Path) -> Outcome:
        with review_kills(services, folder, arguments.seed) as lab:
            return lab.run(arguments.answers, kills)

    return killed_runs.told(arguments.seed, run)


if __name__ == "__main__":
    sys.exit(main())
