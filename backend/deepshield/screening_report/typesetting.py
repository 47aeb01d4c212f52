"""Pages and pictures to a PDF, by the typesetter in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Mapping
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.screening_report.child import MAIN

_COMMAND = (sys.executable, "-P", "-m", "deepshield.screening_report.child")
_SECONDS = 30.0
_AT_ONCE, _PATIENCE_SECONDS = 2, 10.0
_LARGEST = 64 * 2**20  # of a report
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
_places = threading.BoundedSemaphore(_AT_ONCE)


class TypesettingError(RuntimeError):
    """The report could not be set; the message is for the log."""


def typeset(
    pages: Mapping[str, object], attached: bytes, pictures: Mapping[str, bytes], at: datetime
) -> bytes:
    """Return the PDF. Equal arguments give equal bytes.

    Raises `TypesettingError`, and `DeepShieldError` RATE_LIMITED while too many reports are being set.
    """
    contents = {
        MAIN: files("deepshield.screening_report").joinpath("template.typ").read_bytes(),
        "pages.json": json.dumps(pages).encode(),
        "record.json": attached,
        **pictures,
    }
    if not _places.acquire(timeout=_PATIENCE_SECONDS):
        raise DeepShieldError(Code.RATE_LIMITED)
    try:
        with tempfile.TemporaryDirectory(prefix="deepshield-report-") as folder:
            for name, content in contents.items():
                Path(folder, name).write_bytes(content)
            return _run(folder, int(at.timestamp()))
    except OSError as error:
        raise TypesettingError(str(error)) from error
    finally:
        _places.release()


def _run(folder: str, seconds: int) -> bytes:
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            [*_COMMAND, str(os.getpid()), str(seconds)],
            cwd=folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env=_environment(),
        )
    except subprocess.TimeoutExpired as error:
        raise TypesettingError(str(error)) from error
    if done.returncode != 0 or not done.stdout.startswith(b"%PDF-") or len(done.stdout) > _LARGEST:
        raise TypesettingError(f"status {done.returncode}: {done.stderr[-1000:].decode(errors='replace')}")
    return done.stdout


def _environment() -> dict[str, str]:
    """Pass nothing on that is a secret of the service."""
    return {
        name: value for name, value in os.environ.items() if name in _PASSED_ON or name.startswith("PYTHON")
    }
