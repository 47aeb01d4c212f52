"""The supervisor, on small processes that really run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from services import wait_until

pytestmark = pytest.mark.unit

# Runs the parts given as Python programs on the command line; told to stop by signals alone.
SUPERVISOR = """
import sys
from deepshield.operations.supervisor import Part, Supervisor
parts = [Part(f"part {n}", (sys.executable, "-c", program)) for n, program in enumerate(sys.argv[2:])]
sys.exit(Supervisor(parts, stop_seconds=float(sys.argv[1])).run())
"""
NOTE_AND_WAIT = """
import os, pathlib, time
from deepshield.operations import parent
parent.end_with_supervisor()
with pathlib.Path({path!r}).open("a") as notes:
    notes.write(f"{{os.getpid()}}\\n")
time.sleep(60)
"""


class Running:
    """A supervisor in a process of its own."""

    def __init__(self, stop_seconds: float, *programs: str) -> None:
        command = [sys.executable, "-c", SUPERVISOR, str(stop_seconds), *map(textwrap.dedent, programs)]
        self.process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)

    def end(self, with_signal: signal.Signals = signal.SIGTERM) -> tuple[int, str]:
        self.process.send_signal(with_signal)
        _, errors = self.process.communicate(timeout=20)
        return self.process.returncode, errors


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    return tmp_path / "notes"


@pytest.fixture
def started() -> Iterator[list[Running]]:
    running: list[Running] = []
    yield running
    for one in running:
        if one.process.poll() is None:
            one.process.kill()
        one.process.communicate()


def pids(notes: Path) -> list[int]:
    return [int(line) for line in notes.read_text().split()] if notes.exists() else []


def is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"


def test_a_process_that_dies_is_started_again_and_told(notes: Path, started: list[Running]) -> None:
    started.append(Running(5, NOTE_AND_WAIT.format(path=str(notes))))
    wait_until(lambda: len(pids(notes)) == 1)
    os.kill(pids(notes)[0], signal.SIGKILL)
    wait_until(lambda: len(pids(notes)) == 2)
    code, errors = started[0].end()
    assert code == 0
    assert "part 0 ended (killed by SIGKILL), starting it again" in errors
    assert not any(map(is_running, pids(notes)))


def test_restarts_take_longer_while_it_keeps_failing(notes: Path, started: list[Running]) -> None:
    program = f"import pathlib, time; pathlib.Path({str(notes)!r}).open('a').write(f'{{time.time_ns()}}\\n')"
    started.append(Running(5, program))
    wait_until(lambda: len(pids(notes)) == 4)
    code, errors = started[0].end()
    assert code == 0
    assert [float(line.split(" in ")[1].split()[0]) for line in errors.splitlines()[:3]] == [0.25, 0.5, 1.0]


@pytest.mark.parametrize("with_signal", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_every_process_is_asked_to_end(
    notes: Path, started: list[Running], with_signal: signal.Signals
) -> None:
    program = """
        import pathlib, signal, sys
        path = pathlib.Path({path!r})
        def end(*_):
            path.with_suffix(".ended").touch()
            sys.exit(0)
        signal.signal(signal.SIGTERM, end)
        path.open("a").write("1\\n")
        signal.pause()
    """
    started.append(Running(10, *(program.format(path=f"{notes}{n}") for n in range(2))))
    wait_until(lambda: all(pids(Path(f"{notes}{n}")) for n in range(2)))
    assert started[0].end(with_signal) == (0, "")
    assert all(Path(f"{notes}{n}").with_suffix(".ended").exists() for n in range(2))


def test_one_that_does_not_end_is_killed_in_time(notes: Path, started: list[Running]) -> None:
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    started.append(Running(0.5, stubborn + NOTE_AND_WAIT.format(path=str(notes))))
    wait_until(lambda: len(pids(notes)) == 1)
    begun = time.monotonic()
    code, errors = started[0].end()
    assert code == 0
    assert "killing part 0" in errors
    assert time.monotonic() - begun < 10
    assert not is_running(pids(notes)[0])


def test_a_second_signal_kills_at_once(notes: Path, started: list[Running]) -> None:
    stubborn = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    started.append(Running(60, stubborn + NOTE_AND_WAIT.format(path=str(notes))))
    wait_until(lambda: len(pids(notes)) == 1)
    started[0].process.send_signal(signal.SIGINT)
    time.sleep(0.3)  # two signals that are pending at once are one
    code, _ = started[0].end(signal.SIGINT)
    assert code == 0
    assert not is_running(pids(notes)[0])


def test_a_part_that_cannot_run_as_configured_stops_everything(notes: Path, started: list[Running]) -> None:
    started.append(Running(5, NOTE_AND_WAIT.format(path=str(notes)), "import sys; sys.exit(2)"))
    _, errors = started[0].process.communicate(timeout=20)
    assert started[0].process.returncode == 2
    assert "part 1 cannot run as it is configured" in errors
    assert not any(map(is_running, pids(notes)))


def test_nothing_outlives_a_supervisor_that_is_killed(notes: Path, started: list[Running]) -> None:
    started.append(Running(5, NOTE_AND_WAIT.format(path=str(notes))))
    wait_until(lambda: len(pids(notes)) == 1)
    started[0].process.kill()
    wait_until(lambda: not is_running(pids(notes)[0]))
