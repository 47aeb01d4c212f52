"""Fetching a file from a URL into storage; only public hosts are contacted, and no answer is trusted.

This module uses sockets for two reasons. The usual clients resolve a name again after it has been checked.
Their time limits apply to a single read, so a server that sends a byte at a time is never cut off.
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
from deepshield.intake.addresses import AddressPolicy
from deepshield.intake.filenames import name_of_url
from deepshield.intake.receive import Received, received
from deepshield.intake.upload_writer import UploadWriter, refuse_size
from deepshield.intake.urls import Target, parse_url
from deepshield.settings import FileSettings
from deepshield.storage import BlobStore

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_MOST_REDIRECTS = 5
_LONGEST_SECONDS = 120.0  # for the whole fetch, since the client waits for it
_CONNECT_SECONDS = 10.0
_CHUNK_BYTES = 256 * 1024


def fetch(url: str, store: BlobStore, limits: FileSettings, policy: AddressPolicy | None = None) -> Received:
    """Store the image or video at ``url``; its content decides which of the two it is.

    Raises `DeepShieldError`: INVALID_URL, URL_NOT_REACHABLE, and those of `UploadWriter`; then nothing is
    stored.
    """
    deadline = _Deadline.after(min(_LONGEST_SECONDS, limits.upload_timeout_seconds), limits)
    target = parse_url(url)
    policy = policy or AddressPolicy()
    for _ in range(_MOST_REDIRECTS + 1):
        with _requested(target, policy, deadline) as response:
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
    writer = UploadWriter(store, None, limits.max_bytes)
    try:
        while data := response.read(_CHUNK_BYTES):
            writer.write(data)
        if response.length:
            raise _unreachable("The address's answer ended early.")
        stored = writer.finish()
    except BaseException:
        writer.abort()
        raise
    name = name_of_url(target.url, stored.format, limits.max_name_length)
    return received(stored, name, None)


@contextlib.contextmanager
def _requested(target: Target, policy: AddressPolicy, deadline: _Deadline) -> Iterator[HTTPResponse]:
    """Request ``target`` and yield the response with its headers read; a network failure is a refusal."""
    address = policy.address_of(target.host, target.port)
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
        """Return the seconds that the next step may take; raises TimeoutError after the deadline."""
        left = self.at - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, self.stall)


class _Readable:
    """The part of a socket that `HTTPResponse` uses: a file to read from, which here keeps the deadline."""

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
