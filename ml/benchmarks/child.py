"""A command as a fresh process: its wall time and its own peak memory.

The kernel counts what a process held before it became another program to that program's peak. So the command
is started by a small interpreter (this file as a script), not by the one that holds the benchmarks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Child:
    """How a finished process went."""

    seconds: float  # from its start to its end
    peak_bytes: int  # of resident memory


def run_child(command: Sequence[str]) -> Child:
    """Run a command with its output thrown away; raises RuntimeError when it does not end with 0."""
    done = subprocess.run(  # noqa: S603 - the caller's own command
        [sys.executable, "-I", "-S", __file__, *command], check=True, capture_output=True, text=True
    )
    answer = json.loads(done.stdout)
    if answer["status"] != 0:
        raise RuntimeError(f"{' '.join(command)} ended with {answer['status']}:\n{done.stderr}")
    return Child(answer["seconds"], answer["peak_bytes"])


def deepshield(*arguments: str) -> list[str]:
    """Return the command line of the installed program."""
    return [str(Path(sysconfig.get_path("scripts"), "deepshield")), *arguments]


def _run_here(command: list[str]) -> None:
    started = time.perf_counter()
    pid = os.fork()
    if pid == 0:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.execvp(command[0], command)  # noqa: S606 - a shell is not wanted
    _, status, usage = os.wait4(pid, 0)
    seconds = time.perf_counter() - started
    # Linux counts ru_maxrss in KiB, macOS in bytes.
    peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    print(json.dumps({"status": os.waitstatus_to_exitcode(status), "seconds": seconds, "peak_bytes": peak}))


if __name__ == "__main__":
    _run_here(sys.argv[1:])
