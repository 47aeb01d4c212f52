"""Connections of a real API process: none can be held for nothing, and none takes memory as it likes."""

from __future__ import annotations

import contextlib
import json
import re
import socket
import time
from collections.abc import Iterator

import httpx
import pytest
from api_process import ApiProcess
from services import wait_until

pytestmark = [pytest.mark.security]

MB = 1024 * 1024
HEAD_SECONDS = 1.5
UNREAD_SECONDS = 1.2
MOST = 12
START = b"GET /api/limits HTTP/1.1\r\nHost: x\r\n"
WHOLE = START + b"\r\n"
POST = b"POST /api/auth/login HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiProcess]:
    started = ApiProcess(
        tmp_path_factory.mktemp("api"),
        API_HEAD_SECONDS=str(HEAD_SECONDS),
        API_UNREAD_SECONDS=str(UNREAD_SECONDS),
        API_MAX_CONNECTIONS=str(MOST),
    )
    yield started
    started.stop()


def answer_of(connection: socket.socket) -> tuple[int, str]:
    """Return the status and the code of an answer that ends with the connection."""
    head, _, body = all_of(connection).partition(b"\r\n\r\n")
    assert b"content-type: application/json" in head.lower(), head
    return int(head.split()[1]), json.loads(body)["error"]["error_code"]


def all_of(connection: socket.socket) -> bytes:
    connection.settimeout(10)
    pieces = []
    while piece := connection.recv(65536):
        pieces.append(piece)
    return b"".join(pieces)


def seconds_open(connection: socket.socket, drip: bytes = b"") -> float:
    """Return how long the server keeps a connection on which nothing but ``drip`` comes, piece by piece."""
    began = time.monotonic()
    connection.settimeout(0.2)
    while time.monotonic() - began < 10:
        try:
            if drip:
                connection.sendall(drip)
            if connection.recv(65536) == b"":
                break
        except TimeoutError:
            continue
        except OSError:
            break
    return time.monotonic() - began


@pytest.mark.parametrize(
    ("sent", "drip"), [(b"", b""), (START, b""), (START + b"X-A: ", b"a"), (b"G", b""), (b"\r\n", b"\r\n")]
)
def test_a_head_that_does_not_come_is_waited_for_some_seconds(
    api: ApiProcess, sent: bytes, drip: bytes
) -> None:
    with api.connect() as connection:
        connection.sendall(sent)
        assert HEAD_SECONDS - 0.5 < seconds_open(connection, drip) < HEAD_SECONDS + 2


def test_the_second_head_of_a_connection_has_no_more_time(api: ApiProcess) -> None:
    with api.connect() as connection:
        connection.sendall(WHOLE)
        wait_until(lambda: connection.recv(1, socket.MSG_PEEK), 10)
        connection.sendall(START + b"X-A: ")
        assert seconds_open(connection, b"a") < HEAD_SECONDS + 2


def test_between_requests_a_connection_may_be_idle_for_longer(api: ApiProcess) -> None:
    with httpx.Client(base_url=api.url, timeout=10) as client:
        streams = []
        for _ in range(2):
            answer = client.get("/health/live")
            streams.append(answer.extensions["network_stream"].get_extra_info("client_addr"))
            time.sleep(HEAD_SECONDS + 0.7)
        assert streams[0] == streams[1]


def test_a_body_that_comes_after_its_refusal_cannot_hold_the_connection(api: ApiProcess) -> None:
    with api.connect() as connection:
        connection.sendall(b"POST /api/limits HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\n")
        assert seconds_open(connection, b"a") < HEAD_SECONDS + 3


@pytest.mark.parametrize(
    "start",
    [
        b"GET /api/limits HTTP/1.1\r\nHost: x\r\nX-A: ",
        b"GET /",
        b"GET /api/limits HTTP/1.1\r\n",
        POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-A: ",
        POST + b"Transfer-Encoding: chunked\r\n\r\n2;",
    ],
    ids=["value", "path", "name", "trailer", "chunk"],
)
def test_a_giant_head_is_refused_and_not_held(api: ApiProcess, start: bytes) -> None:
    before = api.memory("VmRSS")
    with api.connect() as connection, contextlib.suppress(ConnectionError, TimeoutError):
        connection.settimeout(3)
        connection.sendall(start)
        for _ in range(24):
            connection.sendall(b"a" * MB)
        pytest.fail("24 MB of headers were taken")
    assert api.memory("VmRSS") - before < 8 * MB
    assert api.alive()


def test_a_large_head_is_refused_with_words_and_a_full_one_is_answered(api: ApiProcess) -> None:
    with api.connect() as connection:
        connection.sendall(START + b"X-A: " + b"a" * 33_000)
        assert answer_of(connection) == (431, "HEADERS_TOO_LARGE")
    with api.connect() as connection:
        connection.sendall(START + b"Connection: close\r\nX-A: " + b"a" * 32_000 + b"\r\n\r\n")
        assert all_of(connection).startswith(b"HTTP/1.1 200 ")


def test_large_bodies_are_no_heads(api: ApiProcess) -> None:
    files = {"file": ("a.png", bytes(3 * MB), "image/png")}
    answer = httpx.post(f"{api.url}/analyze-image", files=files, timeout=20)
    assert answer.json()["error"]["error_code"] == "INVALID_MAGIC_BYTES"


def test_what_is_no_http_is_refused_in_the_one_shape(api: ApiProcess) -> None:
    with api.connect() as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n")
        assert answer_of(connection) == (400, "VALIDATION_ERROR")


def test_idle_connections_make_room_for_others(api: ApiProcess) -> None:
    before = api.descriptors()
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(api.connect()) for _ in range(3 * MOST)]
        assert api.alive()
        assert seconds_open(held[0]) < 1, "the one that was idle longest went first"
        wait_until(lambda: api.descriptors() < before + MOST + 3, 10)


def test_connections_that_are_in_use_are_not_more_than_the_limit(api: ApiProcess) -> None:
    body = POST + b"Content-Length: 100\r\n\r\n{"
    with contextlib.ExitStack() as stack:
        for _ in range(MOST):
            stack.enter_context(api.connect()).sendall(body)
        time.sleep(0.5)
        assert answer_of(stack.enter_context(api.connect())) == (503, "SERVICE_UNAVAILABLE")
    wait_until(api.alive, 10)
    assert api.alive()


def test_answers_that_are_not_read_are_broken_off_and_slow_readers_are_not(api: ApiProcess) -> None:
    ask = b"GET /static/swagger-ui-bundle.js HTTP/1.1\r\nHost: x\r\n\r\n"
    before = closed(api).get("unread", 0.0)
    with contextlib.ExitStack() as stack:
        slow, *others = [stack.enter_context(small_window(api)) for _ in range(MOST)]
        for one in (slow, *others):
            one.sendall(ask * 16)  # more than the system keeps for one that does not read
        began = time.monotonic()
        while time.monotonic() - began < 2.2 * UNREAD_SECONDS:
            assert slow.recv(2048), "one that reads little by little was cut off"
            time.sleep(0.02)
        wait_until(api.alive, 10)
        wait_until(lambda: closed(api)["unread"] - before == len(others), 10)
        assert slow.recv(2048)


def small_window(api: ApiProcess) -> socket.socket:
    """Connect like a client whose system takes next to nothing that it does not read."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    connection.connect(("127.0.0.1", api.port))
    return connection


def test_what_a_limit_closes_is_counted(api: ApiProcess) -> None:
    before = closed(api)
    with api.connect() as connection:
        connection.sendall(START + b"X-A: " + b"a" * 33_000)
        all_of(connection)
    with api.connect() as connection:
        connection.sendall(b"\x16\x03\x01\r\n\r\n")
        all_of(connection)
    with api.connect() as connection:
        all_of(connection)
    counts = closed(api)
    grown = {reason: counts[reason] - before.get(reason, 0.0) for reason in counts}
    assert grown["HEADERS_TOO_LARGE"] == grown["VALIDATION_ERROR"] == 1.0
    assert grown["late"] >= 1.0


def closed(api: ApiProcess) -> dict[str, float]:
    text = httpx.get(f"{api.url}/metrics", timeout=10).text
    found = re.findall(r'deepshield_http_connections_closed_total\{reason="(\w+)"\} ([\d.]+)', text)
    return {reason: float(count) for reason, count in found}
