"""Scratch folders: empty after each job, and after dead workers."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from deepshield.worker.scratch import Scratch

pytestmark = [pytest.mark.worker, pytest.mark.timed]


def test_a_jobs_folder_goes_with_all_that_is_in_it(tmp_path: Path) -> None:
    scratch = Scratch(tmp_path / "scratch")
    with scratch.job() as folder:
        (folder / "deep").mkdir()
        (folder / "deep" / "file").write_bytes(b"x")
    assert not folder.exists()
    scratch.close()
    assert list((tmp_path / "scratch").glob("worker-*")) == []


def test_what_a_killed_worker_left_goes_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    living = Scratch(tmp_path)
    code = f"""
import time
from pathlib import Path
from deepshield.worker.scratch import Scratch
with Scratch(Path({str(tmp_path)!r})).job() as folder:
    (folder / "upload").write_bytes(b"x")
    print(folder, flush=True)
    time.sleep(60)
"""
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout is not None
        left = Path(worker.stdout.readline().strip())
        worker.send_signal(signal.SIGKILL)
        worker.wait()
    assert left.exists()
    new = Scratch(tmp_path)
    assert not left.exists()
    assert living.folder.exists()
    new.close()
    living.close()
