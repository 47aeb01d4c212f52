"""The worker's handle on analysing processes that crash, hang, grow or break the protocol."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import process_doubles
import pytest

from deepshield.analyser.protocol import Done, Setup
from deepshield.domain.jobs import Stage
from deepshield.domain.progress import Report
from deepshield.worker.analyser import Analyser, AnalyserBrokenError, RecycleLimits
from deepshield.worker.analysis import Bounds, Crashed, Outcome, Stopped
from deepshield.worker.cancellation import Cancellation, Reason
from deepshield.worker.process import environment

pytestmark = [pytest.mark.worker, pytest.mark.timed]

MakeAnalyser = Callable[..., Analyser]
ROOMY = RecycleLimits(memory_mb=1024, jobs=500)


@pytest.fixture
def setup() -> Setup:
    return Setup(os.getpid(), None, "auto", "auto", None, 8, 60.0, 10**8, 30.0, 2048, False)


@pytest.fixture
def analyser(setup: Setup, tmp_path: Path) -> Iterator[MakeAnalyser]:
    made: list[Analyser] = []

    def make(
        *behaviour: object,
        soft: float = 20,
        hard: float = 25,
        memory: float = 2048,
        recycling: RecycleLimits = ROOMY,
    ) -> Analyser:
        command = [sys.executable, process_doubles.__file__, *map(str, behaviour)]
        made.append(
            Analyser(setup, Bounds(soft, hard, memory), recycling, tmp_path / f"{len(made)}.log", command)
        )
        return made[-1]

    yield make
    for one in made:
        one.close()


def analyze(
    analyser: Analyser,
    cancellation: Cancellation | None = None,
    on_report: Callable[[Report], None] = lambda _: None,
) -> Outcome:
    return analyser.analyze(Path("in"), Path("out"), on_report, cancellation or Cancellation())


def test_a_process_stays_warm_between_jobs(analyser: MakeAnalyser) -> None:
    one = analyser("work")
    first, second = analyze(one), analyze(one)
    assert isinstance(first, Done)
    assert isinstance(second, Done)
    assert pid(first) == pid(second)


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        ("segfault", "it died of SIGSEGV"),
        ("exhaust", "it ran out of memory"),
        ("babble", "it answered a line that is no answer"),
        ("invent", "it answered a line that is no answer"),
        ("garble", "it answered a line that is no answer"),
        ("misprint", "it answered fingerprints of too many frames"),
        ("rave", "it answered a line without end"),
        ("close_pipes", "it died of SIGKILL"),
    ],
)
def test_a_process_that_breaks_over_a_file_is_a_crash_and_is_replaced(
    analyser: MakeAnalyser, behaviour: str, reason: str
) -> None:
    one = analyser(behaviour)
    assert analyze(one) == Crashed(reason)
    assert one.wait_ready() is not None


def test_after_a_crash_the_next_job_runs(analyser: MakeAnalyser, tmp_path: Path) -> None:
    one = analyser("segfault_once", tmp_path / "flag")
    assert isinstance(analyze(one), Crashed)
    assert isinstance(analyze(one), Done)


def test_a_process_that_outgrows_its_memory_is_killed(analyser: MakeAnalyser) -> None:
    assert analyze(analyser("grow", memory=200)) == Crashed("it took more than 200 MiB")


def test_one_that_never_returns_is_killed_at_the_hard_limit(analyser: MakeAnalyser) -> None:
    one = analyser("hang", soft=0.3, hard=0.8)
    one.wait_ready()
    begun = time.monotonic()
    assert analyze(one) == Stopped(Reason.TIMEOUT)
    assert time.monotonic() - begun < 0.8 + 5


def test_at_the_soft_limit_it_is_asked_to_stop(analyser: MakeAnalyser) -> None:
    one = analyser("obey", soft=0.3)
    assert analyze(one) == Stopped(Reason.TIMEOUT)
    first = one.wait_ready()
    assert first is one.wait_ready(), "a process that obeys is not replaced"


@pytest.mark.parametrize("behaviour", ["obey", "hang"])
def test_a_cancellation_ends_the_analysis_whether_the_process_obeys_or_not(
    analyser: MakeAnalyser, behaviour: str
) -> None:
    one, cancellation = analyser(behaviour), Cancellation()
    one.wait_ready()
    threading.Timer(0.3, cancellation.cancel, [Reason.DRAINING]).start()
    assert analyze(one, cancellation) == Stopped(Reason.DRAINING)


def test_a_cancellation_before_the_beginning_counts(analyser: MakeAnalyser) -> None:
    cancellation = Cancellation()
    cancellation.cancel(Reason.LEASE_LOST)
    assert analyze(analyser("work"), cancellation) == Stopped(Reason.LEASE_LOST)


def test_progress_is_handed_on(analyser: MakeAnalyser) -> None:
    seen: list[Report] = []
    cancellation = Cancellation()

    def report(one: Report) -> None:
        seen.append(one)
        cancellation.cancel(Reason.LEASE_LOST)

    analyze(analyser("obey"), cancellation, report)
    assert seen == [Report(Stage.FACE_DETECTION, 3, 32, 2, 1)]


def test_one_that_dies_before_it_begins_does_not_count_against_the_file(analyser: MakeAnalyser) -> None:
    with pytest.raises(AnalyserBrokenError, match="before it begins: it ended with status 4"):
        analyze(analyser("die_before"))


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [("broken", "BundleError: no such bundle"), ("stillborn", "it ended with status 5")],
)
def test_one_that_cannot_load_is_broken_with_its_reason(
    analyser: MakeAnalyser, behaviour: str, reason: str
) -> None:
    with pytest.raises(AnalyserBrokenError, match=reason):
        analyser(behaviour).wait_ready()


def test_a_command_that_is_not_there_is_broken(setup: Setup, tmp_path: Path) -> None:
    one = Analyser(setup, Bounds(1, 2, 100), ROOMY, tmp_path / "log", ["/nowhere/at/all"])
    with pytest.raises(AnalyserBrokenError, match="cannot be started"):
        one.wait_ready()
    one.close()


@pytest.mark.parametrize(
    ("behaviour", "recycling"),
    [("work", RecycleLimits(1024, jobs=1)), ("keep_memory", RecycleLimits(150, jobs=500))],
)
def test_one_that_has_served_or_grown_enough_is_replaced(
    analyser: MakeAnalyser, behaviour: str, recycling: RecycleLimits
) -> None:
    one = analyser(behaviour, recycling=recycling)
    first = analyze(one)
    assert isinstance(first, Done)
    deadline = time.monotonic() + 20
    while alive(pid(first)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    second = analyze(one)
    assert isinstance(second, Done)
    assert pid(second) != pid(first)


def test_one_that_dies_between_jobs_is_replaced_unnoticed(analyser: MakeAnalyser) -> None:
    one = analyser("work")
    first = analyze(one)
    assert isinstance(first, Done)
    os.kill(pid(first), signal.SIGKILL)
    second = analyze(one)
    assert isinstance(second, Done)
    assert pid(second) != pid(first)


def test_closing_ends_the_process(analyser: MakeAnalyser) -> None:
    one = analyser("work")
    outcome = analyze(one)
    one.close()
    assert isinstance(outcome, Done)
    assert not alive(pid(outcome))


def test_the_process_gets_no_secrets() -> None:
    given = {
        "PATH": "/bin",
        "SAAS_JWT_SECRET": "s",
        "DATABASE_URL": "d",
        "LC_ALL": "C",
        "S3_SECRET_ACCESS_KEY": "k",
    }
    got = environment(given)
    assert got["PATH"] == "/bin"
    assert got["LC_ALL"] == "C"
    assert not {"SAAS_JWT_SECRET", "DATABASE_URL", "S3_SECRET_ACCESS_KEY"} & set(got)


def pid(done: Done) -> int:
    """Return the number of the process that answered."""
    return int(done.files[0])


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
