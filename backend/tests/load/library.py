"""The library's figures with many files, embedded and on PostgreSQL, as a table.

    python backend/tests/load/library.py [--files 100000] [--requests 60]

It starts the service, fills a workspace's library, and asks for first pages and exports over HTTP. Run it on
an otherwise idle machine. Exit code 1 when a figure is missed.
"""

from __future__ import annotations

import argparse
import os
import random
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from figures import MIB, Figure, memory, show
from services import running
from sqlalchemy import insert, text
from stack import Stack

from deepshield.persistence.database import Database
from deepshield.persistence.repositories.workspaces import ensure_personal
from deepshield.persistence.workbench import Medium, MediumTag
from deepshield.settings import DatabaseSettings

QUERIES = {
    "plain": {},
    "by verdict": {"q": "verdict:manipulated"},
    "by verdict and people": {"q": "verdict:manipulated people>1 -label:any"},
    "by text that few have": {"q": "clip-004217"},
    "by text that many have": {"q": "clip"},
    "by tag": {"q": "tag:desk"},
    "by a tag that few have": {"q": "tag:rare"},
    "by score range": {"q": "score:0.4..0.6"},
    "by score range, sorted by score": {"q": "score:0.4..0.6", "sort": "score"},
    "sorted by name": {"sort": "name"},
    "of a past month": {"q": "since:2026-02 until:2026-02"},
}
FIRST_PAGE_MS = 150
ROWS_PER_SECOND = 5_000
ADDED_MIB = 50
_AT_ONCE = 5_000
_WARMING = 3  # requests that are not counted


class Library:
    """The measurements on one running service."""

    def __init__(self, stack: Stack, files: int, requests: int) -> None:
        self._stack, self._files, self._requests = stack, files, requests
        answer = stack.client.post(
            "/auth/register", json={"email": "load@example.org", "password": "correct horse battery"}
        )
        assert answer.status_code in (200, 201), answer.text
        stack.client.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        stack.client.cookies.clear()
        self._workspace: str = stack.client.get("/auth/me").json()["id"]

    def figures(self) -> Iterator[Figure]:
        """Fill the library and measure one after the other."""
        self._fill()
        before = self._rss()
        for name, asked in QUERIES.items():
            yield self.page(name, asked)
        yield self.walk()
        for form in ("csv", "jsonl"):
            yield self.export(form)
        yield self._added(before, "memory of the API, after all of that")
        yield self.export("parquet")
        with_package = self._rss()
        yield self.export("parquet")
        yield self._added(with_package, "memory of the API, Parquet once more")

    def _added(self, before: int, name: str) -> Figure:
        added = (self._rss() - before) / MIB
        shown = f"{before / MIB:.0f} MiB, then {added:+.0f} MiB"
        return Figure(name, shown, f"+{ADDED_MIB} MiB", added < ADDED_MIB)

    def page(self, name: str, asked: dict[str, str]) -> Figure:
        """The first page of a query, with its count."""
        took, told, worked = [], {}, self._worked()
        for _ in range(self._requests + _WARMING):
            begun = time.perf_counter()
            answer = self._stack.client.get("/media", params=asked)
            took.append((time.perf_counter() - begun) * 1000)
            assert answer.status_code == 200, answer.text
            told = answer.json()
        p95 = _quantile(took[_WARMING:], 0.95)
        own = (self._worked() - worked) / len(took) * 1000
        number = f"{told['total']}{'+' if told['more'] else ''}"
        shown = f"{p95:.0f} ms, CPU {own:.0f} ms ({number} found)"
        return Figure(f"first page, {name}", shown, f"p95 in {FIRST_PAGE_MS} ms", p95 <= FIRST_PAGE_MS)

    def walk(self) -> Figure:
        """Pages from the first on, of which none is slower than the others."""
        took, cursor = [], None
        for _ in range(self._requests):
            asked = {"limit": 200, **({"cursor": cursor} if cursor else {})}
            begun = time.perf_counter()
            answer = self._stack.client.get("/media", params=asked)
            took.append((time.perf_counter() - begun) * 1000)
            cursor = answer.json()["cursor"]
            if cursor is None:
                break
        p95 = _quantile(took, 0.95)
        return Figure(f"{len(took)} pages of 200 in a row", f"p95 {p95:.0f} ms", "–", True)

    def export(self, form: str) -> Figure:
        """All files as one export, read as it comes."""
        begun, worked = time.perf_counter(), self._worked()
        with self._stack.client.stream("GET", f"/export/results.{form}", timeout=600) as answer:
            if answer.status_code == 501:
                return Figure(f"export, {form}", "the extra is not installed", "–", True)
            assert answer.status_code == 200, answer.read()
            for _ in answer.iter_raw():
                pass
        rate = self._files / (time.perf_counter() - begun)
        own = self._files / max(self._worked() - worked, 0.01)
        shown = f"{rate:,.0f} rows/s, {own:,.0f} per CPU second"
        return Figure(f"export, {form}", shown, f"{ROWS_PER_SECOND:,} rows/s", rate >= ROWS_PER_SECOND)

    def _worked(self) -> float:
        """Return the seconds of processor time that the API has taken, whatever runs beside it."""
        ticks = 0
        for pid in self._stack.pids("api"):
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            ticks += int(fields[11]) + int(fields[12])  # utime and stime, proc(5)
        return ticks / os.sysconf("SC_CLK_TCK")

    def _rss(self) -> int:
        return sum(memory(pid, "VmRSS") for pid in self._stack.pids("api"))

    def _fill(self) -> None:
        database = Database(DatabaseSettings(url=self._stack.settings["DATABASE_URL"]))
        chance, now = random.Random(7), datetime(2026, 11, 1, tzinfo=UTC)
        with database.write() as session:
            ensure_personal(session, self._workspace, now)
        for first in range(0, self._files, _AT_ONCE):
            numbers = range(first, min(first + _AT_ONCE, self._files))
            rows = [_medium(self._workspace, number, chance, now) for number in numbers]
            tags = [
                {"media_id": row["id"], "tag": tag, "workspace_id": self._workspace,
                 "tagged_by": self._workspace, "tagged_at": now}
                for number, row in zip(numbers, rows, strict=True)
                for tag in _tags(number)
            ]  # fmt: skip
            with database.write() as session:
                session.execute(insert(Medium), rows)
                session.execute(insert(MediumTag), tags)
        if not database.url.startswith("sqlite"):
            with database.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("ANALYZE media, media_tags"))  # as autovacuum does within a minute
        database.close()


def _tags(number: int) -> list[str]:
    return ["desk"] * (number % 3 == 0) + ["rare"] * (number % 5_000 == 0) + ["kept"]


def _medium(workspace: str, number: int, chance: random.Random, now: datetime) -> dict[str, Any]:
    verdict = chance.choices(["manipulated", "no_signs", "inconclusive", "no_face"], [10, 60, 20, 10])[0]
    given = verdict in ("manipulated", "no_signs")
    seen = now - timedelta(minutes=5 * chance.randrange(100_000))
    return {
        "id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "workspace_id": workspace,
        "sha256": f"{chance.getrandbits(256):064x}",
        "kind": "image" if number % 4 else "video",
        "name": f"clip-{number:06}.{'jpg' if number % 4 else 'mp4'}",
        "content_type": "image/jpeg" if number % 4 else "video/mp4",
        "size_bytes": 4_000_000,
        "first_at": seen,
        "seen_at": seen,
        "revision": 1,
        "sent_by": workspace,
        "source_kind": "upload",
        "host": None,
        "job_id": str(uuid.UUID(int=chance.getrandbits(128), version=4)),
        "analysed_at": seen,
        "analyses": 1,
        "verdict": verdict,
        "score": chance.random() if given else None,
        "threshold": 0.69,
        "people": chance.choice([0, 1, 1, 1, 2, 3]),
        "faces": 16,
        "reasons": ["above_threshold" if verdict == "manipulated" else "below_threshold"],
        "bundle_sha256": "ab" * 32,
        "bundle": "tf_efficientnetv2_b0",
        "bundle_version": "1.3.0",
        "c2pa": "none",
        "label": chance.choice([None] * 9 + ["manipulated"]),
        "label_grade": "single",
        "label_revision": 0,
    }


def _quantile(values: list[float], share: float) -> float:
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def measure(name: str, files: int, requests: int, **settings: str) -> bool:
    """Measure one kind of service, print its table, and tell whether every figure holds."""
    print(f"\n{name}, {files:,} files", flush=True)
    holds = True
    with (
        tempfile.TemporaryDirectory(prefix="deepshield-load-") as folder,
        Stack(Path(folder), LOG_LEVEL="WARNING", **settings) as stack,
    ):
        for figure in Library(stack, files, requests).figures():
            holds &= show(figure)
    return holds


def main() -> int:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--files", type=int, default=100_000)
    parser.add_argument("--requests", type=int, default=60)
    wanted = parser.parse_args()
    holds = measure("embedded: SQLite, files", wanted.files, wanted.requests)
    with running() as services:
        address = services.postgres.create("load")
        holds &= measure("PostgreSQL", wanted.files, wanted.requests, DATABASE_URL=address)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
