"""The golden test of a bundle, in a process of its own, because it loads the engine."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

_SECONDS = 120


class GoldenTestError(Exception):
    """The bundle does not compute what it should; the message says why."""


def golden_test(folder: Path | None) -> str:
    """Load a bundle, the released one where none is given, and return what its test says.

    Raises `GoldenTestError`.
    """
    command = [sys.executable, "-m", "deepshield.cli.selftest", *([str(folder)] if folder else [])]
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            command, capture_output=True, text=True, timeout=_SECONDS, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise GoldenTestError(f"no answer within {_SECONDS} s") from error
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    if done.returncode != 0:
        raise GoldenTestError(lines[-1] if lines else f"exit code {done.returncode}")
    return lines[-1]
