"""Near copies of a video: how long the lookup takes among many hashes, and which copies it finds.

    python backend/tests/load/near.py [--hashes 100000] [--lookups 40] [--postgres]

Made are videos of 32 frames with drawn hashes in one workspace, and copies of some of them: of all frames,
each hash with as many drawn bits changed as the row says, or of a quarter of the frames (an excerpt). Exit
code 1 when one lookup in twenty takes over 150 ms. On a busy machine look at the processor time.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

from services import Postgres
from sqlalchemy import insert, text
from sqlalchemy.orm import Session

from deepshield.domain.fingerprints import Form, FramePrint, kept_keys
from deepshield.domain.jobs import MediaKind, State
from deepshield.jobs.near import near_copies_in
from deepshield.persistence import migrate
from deepshield.persistence.database import Database
from deepshield.persistence.tables import Fingerprint, FingerprintPiece, Job, User
from deepshield.settings import DatabaseSettings

FRAMES = 32
BITS = 256
LIMIT_MS = 150.0
NOW = datetime(2026, 5, 3, 12, tzinfo=UTC)
COPIES = ((8, FRAMES), (16, FRAMES), (24, FRAMES), (16, FRAMES // 4))
_AT_ONCE = 250


def main() -> int:
    """Fill a database, look up, print the figures."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hashes", type=int, default=100_000)
    parser.add_argument("--lookups", type=int, default=40)
    parser.add_argument("--postgres", action="store_true", help="on PostgreSQL in place of SQLite")
    asked = parser.parse_args()
    if not asked.postgres:
        with tempfile.TemporaryDirectory() as folder:
            return measured(f"sqlite:///{folder}/near.db", asked.hashes, asked.lookups)
    server = Postgres()
    server.start()
    try:
        return measured(server.create("near"), asked.hashes, asked.lookups)
    finally:
        server.stop()


def measured(url: str, hashes: int, lookups: int) -> int:
    """Print the figures of one database."""
    database = Database(DatabaseSettings.model_validate({"url": url}))
    migrate.upgrade(database)
    drawn, home = random.Random(5), str(uuid.uuid4())
    with database.write() as session:
        session.add(
            User(
                id=home, email="near@example.org", password_hash="-", created_at=NOW, password_changed_at=NOW
            )
        )
    films = [[drawn.getrandbits(BITS) for _ in range(FRAMES)] for _ in range(hashes // FRAMES)]
    for begin in range(0, len(films), _AT_ONCE):
        with database.write() as session:
            for film in films[begin : begin + _AT_ONCE]:
                _add(session, home, film, drawn)
    chosen = drawn.sample(range(len(films)), lookups)
    asked: list[tuple[str, str, str]] = []  # what is looked up, its original, and the row that it is of
    with database.write() as session:
        originals = {number: _job_of(session, films[number]) for number in chosen}
        for number, (bits, frames) in zip(chosen, COPIES * lookups, strict=False):
            copy = [_changed(one, bits, drawn) for one in films[number][:frames]]
            row = f"{bits} of 256 bits changed, {frames} of {FRAMES} frames"
            asked.append((_add(session, home, copy, drawn), originals[number], row))
    with database.write() as session:
        session.execute(text("ANALYZE"))
    return _report(database, hashes, asked)


def _report(database: Database, hashes: int, asked: Sequence[tuple[str, str, str]]) -> int:
    times, processor = [], []
    found: dict[str, list[bool]] = {}
    for job_id, original, row in asked:
        with database.read() as session:
            job = session.get(Job, job_id)
            assert job is not None
            start, used = time.perf_counter(), time.process_time()
            copies = near_copies_in(session, job).copies
            times.append(1000 * (time.perf_counter() - start))
            processor.append(1000 * (time.process_time() - used))
        found.setdefault(row, []).append(original in {copy.job.id for copy in copies})
    kind = "SQLite" if database.engine.dialect.name == "sqlite" else "PostgreSQL"
    slow = sorted(times)[int(0.95 * len(times))]
    print(f"{kind}, {hashes} hashes, {len(asked)} lookups of a video")
    print(
        f"  median {statistics.median(times):.0f} ms, 95 of 100 within {slow:.0f} ms (wanted: {LIMIT_MS:.0f})"
    )
    print(f"  processor time of this process: median {statistics.median(processor):.0f} ms")
    for row, answers in found.items():
        print(f"  found, {row}: {sum(answers)} of {len(answers)}")
    return int(slow > LIMIT_MS)


def _add(session: Session, home: str, film: Sequence[int], drawn: random.Random) -> str:
    """Add a completed job with these hashes; return its id."""
    prints = [_print(number, place, drawn) for place, number in enumerate(film)]
    job_id = str(uuid.uuid4())
    session.add(
        Job(
            id=job_id, owner_id=home, state=State.COMPLETED, media_type=MediaKind.VIDEO.value, queue="videos",
            stage="done", progress_percent=100, attempts=1, original_filename=f"{_named(film)}.mp4",
            original_size_bytes=9, stored_size_bytes=9, sha256=uuid.uuid4().hex * 2, created_at=NOW,
            updated_at=NOW, due_at=NOW, sent_at=NOW,
        )
    )  # fmt: skip
    session.flush()
    row = Fingerprint(
        job_id=job_id,
        frames=[[one.timestamp_ms, one.quality, one.hash] for one in prints],
        forms=[one.hashes for one in prints],
    )
    session.add(row)
    session.flush()
    pieces = [{"key": key, "fingerprint_id": row.id} for key in sorted(kept_keys(home, prints))]
    session.execute(insert(FingerprintPiece), pieces)
    return job_id


def _print(number: int, place: int, drawn: random.Random) -> FramePrint:
    turned = (drawn.getrandbits(BITS) for _ in range(len(Form) - 1))
    return FramePrint(1000.0 * place, 90, "".join(f"{one:064x}" for one in (number, *turned)))


def _changed(number: int, bits: int, drawn: random.Random) -> int:
    for bit in drawn.sample(range(BITS), bits):
        number ^= 1 << bit
    return number


def _named(film: Sequence[int]) -> str:
    return f"{film[0]:064x}"


def _job_of(session: Session, film: Sequence[int]) -> str:
    (job_id,) = session.query(Job.id).where(Job.original_filename == f"{_named(film)}.mp4").one()
    return str(job_id)


if __name__ == "__main__":
    sys.exit(main())
