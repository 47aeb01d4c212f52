"""What a confined process can no longer do; each check runs in a process of its own."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.worker, pytest.mark.timed]

_CONFINED = """
import ctypes, errno, json, os, resource, socket, sys
from deepshield.analyser.confinement import confine
report = confine(os.getppid(), {memory})
def tell(value): os.write(1, json.dumps(value).encode())
"""


def confined(code: str, memory: int | None = 512) -> Any:
    done = subprocess.run(
        [sys.executable, "-P", "-c", _CONFINED.format(memory=memory) + code],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_everything_that_needs_no_privilege_is_given_up() -> None:
    report = confined("tell(report)")
    assert report.pop("network_namespace")  # needs a privilege that containers may withhold
    assert set(report.values()) == {"ok"}


def test_memory_is_limited_so_that_an_allocation_fails_in_the_process() -> None:
    code = "\ntry: bytearray(2**30)\nexcept MemoryError: tell('refused')"
    assert confined(code) == "refused"


def test_memory_is_left_alone_on_cuda() -> None:
    code = "tell([report['memory'], resource.getrlimit(resource.RLIMIT_DATA)[0] == resource.RLIM_INFINITY])"
    assert confined(code, None) == ["not limited on CUDA", True]


@pytest.mark.parametrize(
    "action",
    [
        "socket.socket()",
        "socket.getaddrinfo('localhost', 80)",
        "socket.create_connection(('127.0.0.1', 1))",
        "os.system('true')",
        "os.execv('/bin/true', ['true'])",
        "__import__('subprocess').run(['true'])",
        "os.fork()",
    ],
)
def test_python_reaches_no_network_and_no_program(action: str) -> None:
    assert confined(f"\ntry: {action}\nexcept PermissionError: tell('refused')") == "refused"


@pytest.mark.parametrize(
    "call",
    [
        "libc.socket(socket.AF_INET, socket.SOCK_STREAM, 0)",
        "libc.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0)",
        "libc.execv(b'/bin/true', None)",
        "libc.ptrace(16, os.getppid(), 0, 0)",
    ],
)
def test_native_code_does_not_either(call: str) -> None:
    code = f"libc = ctypes.CDLL(None, use_errno=True)\ntell([{call}, ctypes.get_errno() == errno.EPERM])"
    assert confined(code) == [-1, True]


def test_no_file_can_fill_the_disk(tmp_path: Path) -> None:
    code = f"""
with open({str(tmp_path / "big")!r}, "wb") as file:
    try:
        file.truncate(2**40)
    except OSError as error:
        tell(error.errno == errno.EFBIG)
"""
    assert confined(code) is True


def test_threads_and_files_still_work(tmp_path: Path) -> None:
    code = f"""
import threading
from pathlib import Path
path = Path({str(tmp_path / "made")!r})
thread = threading.Thread(target=path.write_text, args=("x",))
thread.start(); thread.join()
tell(path.read_text())
"""
    assert confined(code) == "x"


def test_it_dies_with_the_worker_even_when_it_hangs() -> None:
    child = _CONFINED.format(memory=512) + "tell(os.getpid())\nimport time\ntime.sleep(60)"
    worker = f"import subprocess, sys; subprocess.run([sys.executable, '-P', '-c', {child!r}])"
    with subprocess.Popen([sys.executable, "-c", worker], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(os.read(parent.stdout.fileno(), 100))
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    deadline = time.monotonic() + 10
    while _runs(pid):
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_it_does_not_start_for_a_worker_that_is_gone() -> None:
    module = "deepshield.analyser.confinement"
    code = f"import os; from {module} import confine; confine(os.getppid() + 1, 9); print(1)"
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == ""


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"  # whoever adopted it has yet to take note of its end
