"""Connections of httpcore to the address that was checked, within one time limit for all that they do.

httpcore's own limits apply to a single read, so that a server that sends a byte at a time would never be cut
off; and the usual clients resolve a name again after it has been checked.
"""

from __future__ import annotations

import functools
import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore

from deepshield.intake.addresses import AddressPolicy


class PinnedBackend(httpcore.NetworkBackend):
    """Connects to permitted addresses only; all on its connections ends ``seconds`` after it was made.

    ``connected_to`` is the latest address. With ``to_proxy`` the hosts are those of the operator's own proxy,
    which the policy is not about.
    """

    def __init__(self, policy: AddressPolicy, seconds: float, *, to_proxy: bool = False) -> None:
        self._policy, self._backend, self._to_proxy = policy, httpcore.SyncBackend(), to_proxy
        self._end = time.monotonic() + seconds
        self.connected_to = ""

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """Connect to the checked address of a host; raises as `AddressPolicy.address_of`, and httpcore's."""
        address = host if self._to_proxy else self._policy.address_of(host, port)
        stream = self._backend.connect_tcp(address, port, _left(self._end, timeout), local_address)
        self.connected_to = address
        return _Bounded(stream, self._end)


@functools.cache
def trusted() -> ssl.SSLContext:
    """Return the context of all requests: reading the system's certificates takes longer than a request."""
    return ssl.create_default_context()


class _Bounded(httpcore.NetworkStream):
    def __init__(self, stream: httpcore.NetworkStream, end: float) -> None:
        self._stream, self._end = stream, end

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._end, timeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._end, timeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        inner = self._stream.start_tls(ssl_context, server_hostname, _left(self._end, timeout))
        return _Bounded(inner, self._end)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(end: float, timeout: float | None) -> float:
    left = end - time.monotonic()
    if left <= 0:
        raise httpcore.ReadTimeout("the time for the whole request is over")
    return left if timeout is None else min(left, timeout)
