"""Abusive uploads to an API in a process of its own, over real sockets."""

from __future__ import annotations

import contextlib
import json
import os
import socket
import time
from collections.abc import Iterator

import httpx
import pytest
from api_process import ApiProcess
from services import wait_until

pytestmark = pytest.mark.security

MB = 1024**2
PNG = b"\x89PNG\r\n\x1a\n"
LIMIT_MB = 200
HEAD = (
    "POST /api/analyze-image HTTP/1.1\r\nHost: localhost\r\n"
    "Content-Type: multipart/form-data; boundary=edge\r\n{}\r\n\r\n"
)
FILE = b'--edge\r\nContent-Disposition: form-data; name="file"; filename="a.png"\r\n\r\n' + PNG


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiProcess]:
    started = ApiProcess(
        tmp_path_factory.mktemp("api"),
        FILE_MAX_UPLOAD_MB=str(LIMIT_MB),
        FILE_STALL_TIMEOUT_SECONDS="1",
        FILE_UPLOAD_TIMEOUT_SECONDS="30",
    )
    yield started
    started.stop()


def answer(connection: socket.socket) -> tuple[int, str]:
    """Read one answer; return its status and error code."""
    data = b""
    while b"\r\n\r\n" not in data:
        piece = connection.recv(65536)
        assert piece, f"the connection ended after {data!r}"
        data += piece
    head, _, body = data.partition(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n")[0])
    while len(body) < length:
        body += connection.recv(65536)
    return int(head.split()[1]), str(json.loads(body)["error"]["error_code"])


def test_a_declared_giant_is_refused_before_it_is_sent(api: ApiProcess) -> None:
    with api.connect() as connection:
        connection.sendall(HEAD.format(f"Content-Length: {10**12}").encode())
        connection.sendall(FILE)
        assert answer(connection) == (413, "FILE_TOO_LARGE")


@pytest.mark.parametrize(
    ("line", "declared", "status"),
    [
        ("POST /api/analyze-image", {"Content-Length": 10**12}, 413),
        ("POST /api/uploads", {"Content-Length": 10**9, "Upload-Length": 8, "Tus-Resumable": "1.0.0"}, 400),
        ("POST /api/auth/login", {"Content-Length": 10**6}, 413),
    ],
)
def test_a_client_that_asks_before_it_sends_is_not_told_to(
    api: ApiProcess, line: str, declared: dict[str, object], status: int
) -> None:
    types = {"uploads": "application/offset+octet-stream", "login": "application/json"}
    kind = types.get(line.rpartition("/")[2], "multipart/form-data; boundary=edge")
    headers = {"Host": "localhost", "Content-Type": kind, "Expect": "100-continue", **declared}
    with api.connect() as connection:
        written = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
        connection.sendall(f"{line} HTTP/1.1\r\n{written}\r\n".encode())
        assert answer(connection)[0] == status


def test_a_client_that_sends_too_much_learns_why(api: ApiProcess) -> None:
    def body() -> Iterator[bytes]:
        yield FILE
        for _ in range(LIMIT_MB + 5):
            yield bytes(MB)

    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    response = httpx.post(f"{api.url}/analyze-image", content=body(), headers=headers, timeout=60)
    assert (response.status_code, response.json()["error"]["error_code"]) == (413, "FILE_TOO_LARGE")
    assert api.files() == []


def test_a_client_with_a_wrong_name_learns_it_while_it_sends(api: ApiProcess) -> None:
    files = {"file": ("a.exe", bytes(30 * MB), "image/png")}
    response = httpx.post(f"{api.url}/analyze-image", files=files, timeout=60)
    assert (response.status_code, response.json()["error"]["error_code"]) == (415, "INVALID_EXTENSION")
    assert api.files() == []


def test_a_body_shorter_than_declared_times_out(api: ApiProcess) -> None:
    with api.connect() as connection:
        connection.sendall(HEAD.format("Content-Length: 100000").encode() + FILE)
        began = time.monotonic()
        assert answer(connection) == (408, "UPLOAD_TIMEOUT")
        assert time.monotonic() - began < 8


def test_a_body_longer_than_declared_is_cut_off(api: ApiProcess) -> None:
    with api.connect() as connection:
        connection.sendall(HEAD.format("Content-Length: 120").encode() + FILE + bytes(1000))
        # What follows is taken for the next request, and it is a race which of the two is refused first.
        assert connection.recv(65536).startswith(b"HTTP/1.1 400 ")
    wait_until(lambda: api.files() == [], 10, "nothing is stored")


@pytest.mark.parametrize("length", ["-1", "abc", "1e3", "0x10", "9" * 30])
def test_a_length_that_is_none_is_refused(api: ApiProcess, length: str) -> None:
    with api.connect() as connection:
        connection.sendall(HEAD.format(f"Content-Length: {length}").encode() + FILE)
        status = int(connection.recv(65536).split()[1])
        assert 400 <= status < 500


def test_a_sender_that_hangs_up_leaves_nothing(api: ApiProcess) -> None:
    with api.connect() as connection:
        connection.sendall(HEAD.format("Content-Length: 100000").encode() + FILE + bytes(5000))
    wait_until(lambda: api.files() == [], 10, "the partial file is removed")
    assert api.alive()


def test_many_stalled_senders_do_not_keep_others_out(api: ApiProcess) -> None:
    with contextlib.ExitStack() as stack:
        stalled = [stack.enter_context(api.connect()) for _ in range(100)]
        for connection in stalled:
            connection.sendall(HEAD.format("Content-Length: 100000").encode() + FILE)
        began = time.monotonic()
        assert api.alive()
        assert time.monotonic() - began < 2
        for connection in stalled:
            assert answer(connection) == (408, "UPLOAD_TIMEOUT")
    wait_until(lambda: api.files() == [], 10)


@pytest.mark.parametrize(
    "body",
    [
        b"".join(
            b'--edge\r\nContent-Disposition: form-data; name="%d"\r\n\r\n\r\n' % n for n in range(10_000)
        ),
        b'--edge\r\nContent-Disposition: form-data; name="note"\r\n\r\n' + bytes(20 * MB),
        b"--edge\r\nX: " + b"y" * (5 * MB),
        b"\r\n" * (2 * MB),
        b"--edge\r\n" * MB,
    ],
    ids=["parts", "field", "header", "line ends", "boundaries"],
)
def test_a_hostile_body_is_refused_and_costs_no_memory(api: ApiProcess, body: bytes) -> None:
    api.forget_peak()
    before = api.memory("VmRSS")
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    response = httpx.post(f"{api.url}/analyze-image", content=body, headers=headers, timeout=30)
    assert response.status_code == 400
    assert response.json()["error"]["error_code"] == "MALFORMED_UPLOAD"
    assert api.memory("VmHWM") - before < 50 * MB


def test_a_large_upload_is_never_in_memory(api: ApiProcess) -> None:
    def body() -> Iterator[bytes]:
        yield FILE
        block = os.urandom(MB)
        for _ in range(150):
            yield block
        yield b"\r\n--edge--\r\n"

    api.forget_peak()
    before = api.memory("VmRSS")
    headers = {"Content-Type": "multipart/form-data; boundary=edge"}
    response = httpx.post(f"{api.url}/analyze-image", content=body(), headers=headers, timeout=120)
    assert response.status_code == 200, response.text
    assert api.memory("VmHWM") - before < 50 * MB
    (stored,) = api.files()
    assert stored.stat().st_size == 150 * MB + len(PNG)
    stored.unlink()
