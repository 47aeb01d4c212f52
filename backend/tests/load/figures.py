"""The service's figures under load, embedded and on PostgreSQL with Redis, as a table.

    python backend/tests/load/figures.py [--photos 100] [--seconds 15] [--streams 500] [--megabytes 150]
    python backend/tests/load/figures.py --only-batch --batch 1000

Run it on an otherwise idle machine. Exit code 1 when a figure is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import httpx
from media import small_clip, small_photo
from plain_http import follow, poll
from services import free_port, running, wait_until
from sqlalchemy import func, select
from stack import Stack, clean_environment, descendants

from deepshield.persistence.tables import Job

POLLS_PER_SECOND = 200
VIDEOS = 60  # enough to outlast the polling
MIB = 1024 * 1024
JOBS_FOLLOWED = 10
OPENING_AT_ONCE = 50


@dataclass(frozen=True)
class Figure:
    """One line of the table."""

    name: str
    measured: str
    wanted: str
    holds: bool


@dataclass(frozen=True)
class Amounts:
    """How much is done for each figure."""

    photos: int
    seconds: float
    streams: int
    megabytes: int
    batch: int
    only_batch: bool = False


class Load:
    """The measurements on one running service."""

    def __init__(self, stack: Stack, folder: Path, amounts: Amounts) -> None:
        self._stack, self._amounts, self._folder = stack, amounts, folder
        self._photo = small_photo(folder / "photo.jpg", 512)
        self._clip = small_clip(folder / "clip.mp4", frames=250)

    def figures(self) -> Iterator[Figure]:
        """Measure one after the other."""
        self._settle()
        if self._amounts.only_batch:
            yield self.batch()
            return
        yield self.one_photo()
        yield self.queued_photos()
        yield self.batch()
        yield self.polling()
        yield self.streams()
        yield self.large_upload()

    def one_photo(self) -> Figure:
        """A photo posted to the idle service, against the engine's own time for it."""
        excess = []
        for _ in range(10):
            told = self._stack.wait_final(self._post(self._photo), 60)
            took = _seconds(told, "created_at", "processing_completed_at")
            own = told["result"]["timings_ms"]["total"] / 1000
            excess.append((took - 1.5 * own, took, own))
        over, took, own = statistics.median_low(excess)
        told_both = f"{took * 1000:.0f} ms; engine {own * 1000:.0f} ms"
        return Figure("photo to verdict, idle service", told_both, "1.5 x engine + 150 ms", over <= 0.150)

    def queued_photos(self) -> Figure:
        """Photos that wait for one worker, against the engine's own rate."""
        count = self._amounts.photos
        alone = float(_python("engine_rate.py", str(self._photo), str(min(count, 50))))
        worker = self._worker("images")
        paused = [worker, *descendants(worker)]
        for pid in paused:
            os.kill(pid, signal.SIGSTOP)
        try:
            jobs = [self._post(self._photo) for _ in range(count)]
        finally:
            for pid in paused:
                os.kill(pid, signal.SIGCONT)
        told = [self._stack.wait_final(job, 300) for job in jobs]
        assert all(one["state"] == "COMPLETED" for one in told)
        times = sorted(datetime.fromisoformat(one["processing_completed_at"]) for one in told)
        # From the second on: the first may have been taken before the pause.
        rate = (count - 2) / (times[-1] - times[1]).total_seconds()
        shown = f"{rate / alone:.2f} ({rate:.1f} of {alone:.1f} per second)"
        return Figure(f"{count} queued photos / engine alone", shown, "0.8", rate >= 0.8 * alone)

    def batch(self) -> Figure:
        """Photos of one request, analysed while the rest still comes, against the engine's own rate."""
        count = self._amounts.batch
        alone = float(_python("engine_rate.py", str(self._photo), str(min(count, 50))))
        photo = self._photo.read_bytes()
        files = [("files", (f"{number}.jpg", photo, "image/jpeg")) for number in range(count)]
        made = self._stack.client.post("/batches", params={"reuse": False}, files=files, timeout=600)
        assert made.status_code == 200, made.text
        batch = f"/batches/{made.json()['batch_id']}"
        wait_until(lambda: self._stack.client.get(batch).json()["state"] == "FINISHED", 900)
        lines = self._stack.client.get(f"{batch}.jsonl").text.splitlines()
        jobs = [json.loads(line)["job"] for line in lines]
        assert [job["state"] for job in jobs] == ["COMPLETED"] * count
        times = sorted(datetime.fromisoformat(job["processing_completed_at"]) for job in jobs)
        rate = (count - 1) / (times[-1] - times[0]).total_seconds()
        shown = f"{rate / alone:.2f} ({rate:.1f} of {alone:.1f} per second)"
        return Figure(f"{count} photos of a batch / engine alone", shown, "0.9", rate >= 0.9 * alone)

    def polling(self) -> Figure:
        """Results polled at a steady rate while videos are analysed."""
        videos = [self._post(self._clip, "video") for _ in range(VIDEOS)]
        wait_until(lambda: self._stack.result(videos[0])["state"] in ("RUNNING", "PROCESSING"), 60)
        path = f"/api/results/{videos[0]}"
        took = asyncio.run(poll(self._stack.port, path, POLLS_PER_SECOND, self._amounts.seconds))
        last = self._stack.result(videos[-1])["state"]
        self._settle()
        p95 = statistics.quantiles(took, n=20)[-1] * 1000
        name = f"polling results, {POLLS_PER_SECOND}/s, p95" + (
            "" if last == "QUEUED" else " (videos ended early)"
        )
        return Figure(name, f"{p95:.1f} ms", "under 50 ms", p95 < 50)

    def streams(self) -> Figure:
        """Many clients that follow a few jobs to their end."""
        worker = self._worker("images")
        os.kill(worker, signal.SIGSTOP)
        try:
            jobs = [self._post(self._photo) for _ in range(JOBS_FOLLOWED)]
            ended, spread = asyncio.run(self._follow(jobs, lambda: os.kill(worker, signal.SIGCONT)))
        finally:
            os.kill(worker, signal.SIGCONT)
        shown = f"{ended} ended as they should, {spread * 1000:.0f} ms apart"
        return Figure(
            "event streams at once", shown, str(self._amounts.streams), ended == self._amounts.streams
        )

    async def _follow(self, jobs: list[str], go: Callable[[], None]) -> tuple[int, float]:
        opening = asyncio.Semaphore(OPENING_AT_ONCE)
        paths = [f"/api/jobs/{jobs[number % len(jobs)]}/events" for number in range(self._amounts.streams)]
        following = [asyncio.create_task(follow(self._stack.port, path, opening)) for path in paths]
        await asyncio.sleep(2 + self._amounts.streams / 200)
        go()
        came = await asyncio.wait_for(asyncio.gather(*following, return_exceptions=True), 120)
        times = [[one for one, path in zip(came, paths, strict=True) if job in path] for job in jobs]
        good = [[one for one in of_job if isinstance(one, float)] for of_job in times]
        return sum(map(len, good)), max((max(of_job) - min(of_job) for of_job in good if of_job), default=0.0)

    def large_upload(self) -> Figure:
        """What an upload adds to the API's memory at its peak."""
        large = self._folder / "large.mp4"
        with large.open("wb") as opened:
            opened.write(self._clip.read_bytes())
            padding = self._amounts.megabytes * MIB
            opened.write((padding + 8).to_bytes(4, "big") + b"free")  # a box that players pass over
            opened.truncate(opened.tell() + padding)
        api = self._stack.pids("api")[0]
        Path(f"/proc/{api}/clear_refs").write_text("5")  # the peak starts anew, proc(5)
        before = memory(api, "VmRSS")
        begun = time.monotonic()
        job = self._post(large, "video")
        took = time.monotonic() - begun
        added = (memory(api, "VmHWM") - before) / MIB
        self._stack.wait_final(job, 120)
        shown = f"{added:.0f} MiB ({took:.1f} s)"
        return Figure(
            f"memory added by a {self._amounts.megabytes} MB upload", shown, "under 50 MiB", added < 50
        )

    def _post(self, path: Path, kind: str = "image") -> str:
        return str(self._stack.post(path, kind=kind, reuse=False)["job_id"])

    def _worker(self, queue: str) -> int:
        lines = {pid: Path(f"/proc/{pid}/cmdline").read_text() for pid in self._stack.pids("worker")}
        return next(pid for pid, line in lines.items() if queue in line)

    def _settle(self) -> None:
        """Wait until nothing is queued or running."""
        open_jobs = select(func.count()).where(Job.processing_completed_at.is_(None))
        with self._stack.database() as database:

            def none_open() -> bool:
                with database.read() as session:
                    return not session.scalar(open_jobs)

            wait_until(none_open, 300, "all jobs have ended")


def api_start(folder: Path) -> Figure:
    """From the start of an API process to its first answer, the best of three."""
    took = []
    for _ in range(3):
        port = free_port()
        environment = clean_environment(PORT=str(port), LOG_LEVEL="ERROR")
        begun = time.monotonic()
        process = subprocess.Popen([sys.executable, "-m", "deepshield", "api"], cwd=folder, env=environment)
        try:
            wait_until(lambda port=port: _answers(port), 60, "the API answers")
            took.append(time.monotonic() - begun)
        finally:
            process.terminate()
            process.wait()
    return Figure("start of the API process", f"{min(took):.2f} s", "under 2 s", min(took) < 2)


def _answers(port: int) -> bool:
    try:
        return httpx.get(f"http://127.0.0.1:{port}/api/health/live", trust_env=False).status_code == 200
    except httpx.TransportError:
        return False


def _python(script: str, *arguments: str) -> str:
    command = [sys.executable, str(Path(__file__).with_name(script)), *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def memory(pid: int, field: str) -> int:
    """Return what the kernel says of a process's memory, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(f"{field}:"))


def _seconds(told: dict[str, Any], since: str, until: str) -> float:
    return (datetime.fromisoformat(told[until]) - datetime.fromisoformat(told[since])).total_seconds()


def measure(name: str, amounts: Amounts, **settings: str) -> bool:
    """Measure one kind of service, print its table, and tell whether every figure holds."""
    print(f"\n{name}", flush=True)
    holds = True
    with (
        tempfile.TemporaryDirectory(prefix="deepshield-load-") as folder,
        Stack(Path(folder), LOG_LEVEL="WARNING", **settings) as stack,
    ):
        for figure in Load(stack, Path(folder), amounts).figures():
            holds &= show(figure)
    return holds


def show(figure: Figure) -> bool:
    """Print a line of the table, and tell whether the figure holds."""
    mark = "" if figure.holds else "  MISSED"
    print(f"  {figure.name:<44}{figure.measured:<44}{figure.wanted}{mark}", flush=True)
    return figure.holds


def main() -> int:
    """Measure everything and print it."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--photos", type=int, default=100)
    parser.add_argument("--seconds", type=float, default=15.0)
    parser.add_argument("--streams", type=int, default=500)
    parser.add_argument("--megabytes", type=int, default=150)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--only-batch", action="store_true")
    amounts = Amounts(**vars(parser.parse_args()))
    holds = True
    if not amounts.only_batch:
        with tempfile.TemporaryDirectory() as folder:
            holds = show(api_start(Path(folder)))
    holds &= measure("embedded: SQLite, files", amounts)
    with running() as services:
        addresses = {
            "DATABASE_URL": services.postgres.create("load"),
            "CELERY_BROKER_URL": services.redis.url,
        }
        holds &= measure("PostgreSQL and Redis", amounts, **addresses)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
