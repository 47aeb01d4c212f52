"""A file from a URL into storage: only public hosts are contacted, and nothing of their answers is trusted.

Written on sockets because the usual clients resolve a name themselves, after it has been checked, and set
their time limits per read, so that a server may drip for ever.
"""

from __future__ import annotations

import contextlib
import io
import socket
import ssl
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPException, HTTPResponse
from typing import Any, cast

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.intake.addresses import Doorkeeper
from deepshield.intake.deposit import Deposit, refuse_size
from deepshield.intake.filenames import name_of_url
from deepshield.intake.receive import Received, received
from deepshield.intake.urls import Target, parse_url
from deepshield.settings import FileSettings
from deepshield.storage import BlobStore

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_LONGEST_SECONDS = 120.0  # of all of it; the caller waits
_CONNECT_SECONDS = 10.0
_CHUNK_BYTES = 256 * 1024


def fetch(url: str, store: BlobStore, limits: FileSettings, doorkeeper: Doorkeeper | None = None) -> Received:
    """Store the image or video at ``url``; its content decides which of the two it is.

    Raises `DeepShieldError`: INVALID_URL, URL_NOT_REACHABLE, and those of `Deposit`; nothing is stored then.
    """
    deadline = _Deadline.after(min(_LONGEST_SECONDS, limits.upload_timeout_seconds), limits)
    target = parse_url(url)
    doorkeeper = doorkeeper or Doorkeeper()
    for _ in range(_MOST_REDIRECTS + 1):
        with _asked(target, doorkeeper, deadline) as response:
            if response.status not in _REDIRECTS:
                return _store(response, target, store, limits)
            target = target.follow(response.headers.get("Location") or "")
    raise _unreachable("The address redirects too often.")


def _store(response: HTTPResponse, target: Target, store: BlobStore, limits: FileSettings) -> Received:
    if response.status != 200:
        raise _unreachable(f"The address answered with status {response.status}.")
    if response.headers.get("Content-Encoding", "identity").strip().lower() not in ("", "identity"):
        raise _unreachable("The address answered with a compressed body.")
    if response.length is not None:
        refuse_size(response.length, limits.max_bytes)
    deposit = Deposit(store, None, limits.max_bytes)
    try:
        while data := response.read(_CHUNK_BYTES):
            deposit.write(data)
        if response.length:
            raise _unreachable("The address's answer ended early.")
        stored = deposit.finish()
    except BaseException:
        deposit.abort()
        raise
    name = name_of_url(target.url, stored.format, limits.max_name_length)
    return received(stored, name, None)


@contextlib.contextmanager
def _asked(target: Target, doorkeeper: Doorkeeper, deadline: _Deadline) -> Iterator[HTTPResponse]:
    """Request ``target`` and give the response with its headers read; network failures are refusals."""
    address = doorkeeper.address_of(target.host, target.port)
    try:
        with contextlib.ExitStack() as stack:
            connection = stack.enter_context(_connected(target, address, deadline))
            connection.settimeout(deadline.seconds())
            connection.sendall(_request(target))
            response = stack.enter_context(
                contextlib.closing(
                    HTTPResponse(cast("socket.socket", _Readable(connection, deadline)), method="GET")
                )
            )
            response.begin()
            yield response
    except TimeoutError as error:
        raise _unreachable("The address answers too slowly.") from error
    except (HTTPException, OSError) as error:
        raise _unreachable("The address does not answer as it should.") from error


def _connected(target: Target, address: str, deadline: _Deadline) -> socket.socket:
    try:
        plain = socket.create_connection((address, target.port), min(_CONNECT_SECONDS, deadline.seconds()))
    except OSError as error:
        raise _unreachable("The address cannot be reached.") from error
    if target.scheme == "http":
        return plain
    try:
        return ssl.create_default_context().wrap_socket(plain, server_hostname=target.host)
    except (OSError, ValueError) as error:
        plain.close()
        raise _unreachable("No secure connection to the address can be made.") from error


def _request(target: Target) -> bytes:
    lines = (
        f"GET {target.path} HTTP/1.1",
        f"Host: {target.host_header}",
        "User-Agent: DeepShield",
        "Accept: image/*, video/*, */*;q=0.5",
        "Accept-Encoding: identity",
        "Connection: close",
    )
    return "".join(f"{line}\r\n" for line in (*lines, "")).encode("ascii")


@dataclass(frozen=True, slots=True)
class _Deadline:
    at: float  # on the monotonic clock
    stall: float  # seconds that one read may take

    @classmethod
    def after(cls, seconds: float, limits: FileSettings) -> _Deadline:
        return cls(time.monotonic() + seconds, limits.stall_timeout_seconds)

    def seconds(self) -> float:
        """Return how long the next step may take; raises TimeoutError when the time is up."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, self.stall)


class _Readable:
    """What `HTTPResponse` wants of a socket: a file to read from, here one that keeps to the deadline."""

    def __init__(self, connection: socket.socket, deadline: _Deadline) -> None:
        self._connection, self._deadline = connection, deadline

    def makefile(self, *_: Any, **__: Any) -> io.BufferedReader:
        return io.BufferedReader(_Reads(self._connection, self._deadline))


class _Reads(io.RawIOBase):
    def __init__(self, connection: socket.socket, deadline: _Deadline) -> None:
        super().__init__()
        self._connection, self._deadline = connection, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self._connection.settimeout(self._deadline.seconds())
        return self._connection.recv_into(buffer)


def _unreachable(message: str) -> DeepShieldError:
    return DeepShieldError(Code.URL_NOT_REACHABLE, message)
