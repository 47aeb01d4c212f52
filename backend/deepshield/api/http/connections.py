"""Limits of connections: how many there are, how large heads are, how long heads and readers may take.

uvicorn with httptools keeps a head of any size, waits for ever, and takes every connection.
"""

from __future__ import annotations

import asyncio
import fcntl
import struct
import termios
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from deepshield.api.http.errors import refusal
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.observability import metrics
from deepshield.settings import ApiSettings

LARGEST_HEAD = 32 * 1024
"""Bytes of a request line with its headers, and of everything else that is no body, such as trailers."""


class GuardedConnection(HttpToolsProtocol):
    """One connection of a client, which is idle until a whole head has come and once its answer is sent."""

    limits: ClassVar[ApiSettings]

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._unused = 0  # bytes since the last piece of a body, or since the last request
        self._idle_since = self.loop.time()
        self._patience: asyncio.TimerHandle | None = None
        self._reading: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection, in place of the one that has been idle longest when there are too many."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(0)  # writing is paused whenever something is left to send
        self._wait()
        if not self._finds_room():
            self._refuse(DeepShieldError(Code.SERVICE_UNAVAILABLE))

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the connection."""
        self._wait_no_more()
        self._read_no_more()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Hold the answer back, and give its reader some seconds to take any of what was sent."""
        super().pause_writing()
        self._expect_reading()

    def resume_writing(self) -> None:
        """Go on with the answer."""
        self._read_no_more()
        super().resume_writing()

    def data_received(self, data: bytes) -> None:
        """Parse what has come, in pieces that end where a head would be too large."""
        rest = memoryview(data)
        while rest and not self.transport.is_closing():
            room = LARGEST_HEAD - self._unused
            if not room:
                self._refuse(DeepShieldError(Code.HEADERS_TOO_LARGE))
                return
            piece, rest = rest[:room], rest[room:]
            self._unused += len(piece)
            super().data_received(bytes(piece))
        if self._is_idle:
            self._wait()

    def on_headers_complete(self) -> None:
        """Begin to answer; how long a body may take is for those who read it."""
        self._unused = 0
        self._wait_no_more()
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """Hand on a piece of a body."""
        self._unused = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """End a request; what comes next is the head of another."""
        self._unused = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Be idle again."""
        self._idle_since = self.loop.time()
        super().on_response_complete()

    def send_400_response(self, msg: str) -> None:
        """Refuse what is no HTTP, in the shape of every error."""
        self._refuse(DeepShieldError(Code.VALIDATION_ERROR, "This is no well-formed HTTP request."), 400)

    @property
    def _is_idle(self) -> bool:
        return self.cycle is None or self.cycle.response_complete

    @property
    def _unsent(self) -> int:
        """Bytes that the system has not taken yet, because those before them are not read."""
        return self.transport.get_write_buffer_size()

    def _wait(self) -> None:
        """Give the client some seconds for a whole head; bytes on the way do not begin them anew."""
        if self._patience is None and not self.transport.is_closing():
            self._patience = self.loop.call_later(self.limits.head_seconds, self._close, "late")

    def _close(self, reason: str) -> None:
        metrics.CONNECTIONS_CLOSED.labels(reason).inc()
        self.transport.close()

    def _wait_no_more(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _expect_reading(self) -> None:
        self._reading = self.loop.call_later(self.limits.unread_seconds, self._give_up, self._untaken())

    def _give_up(self, before: int) -> None:
        """Break off an answer of which nothing was taken; closing would wait for its reader."""
        if self._untaken() < before:
            self._expect_reading()
            return
        metrics.CONNECTIONS_CLOSED.labels("unread").inc()
        self.transport.abort()

    def _read_no_more(self) -> None:
        if self._reading is not None:
            self._reading.cancel()
            self._reading = None

    def _untaken(self) -> int:
        """Return how many bytes the client has still to take.

        The system's buffer counts: it may be of megabytes, and takes more only when much of it is free, which
        a slow reader needs minutes for.
        """
        return self._unsent + _in_system(self.transport)

    def _finds_room(self) -> bool:
        if len(self.connections) <= self.limits.max_connections:
            return True
        others = [
            one
            for one in self.connections
            if isinstance(one, GuardedConnection)
            and one is not self
            and (one._unsent or not one.transport.is_closing())
        ]
        if len(others) < self.limits.max_connections:
            return True
        idle = [one for one in others if one._is_idle and not one._unsent]
        if idle:
            min(idle, key=lambda one: one._idle_since)._close("idle")
        return bool(idle)

    def _refuse(self, error: DeepShieldError, status: int | None = None) -> None:
        """Answer without the application, and close; an answer that has begun can only be broken off."""
        metrics.CONNECTIONS_CLOSED.labels(error.code).inc()
        if self.cycle is not None and self.cycle.response_started and not self.cycle.response_complete:
            self.transport.abort()
            return
        answer = refusal({}, error, status)
        headers = [*answer.raw_headers, (b"connection", b"close")]
        lines = [name + b": " + value + b"\r\n" for name, value in headers]
        self.transport.write(b"".join([STATUS_LINE[answer.status_code], *lines, b"\r\n", bytes(answer.body)]))
        self.transport.close()


def _in_system(transport: asyncio.Transport) -> int:
    """Return how many bytes the system has to send or has no acknowledgement of; 0 where it does not say."""
    socket = transport.get_extra_info("socket")
    try:
        return int(struct.unpack("i", fcntl.ioctl(socket.fileno(), termios.TIOCOUTQ, bytes(4)))[0])
    except OSError:
        return 0


def guarded(limits: ApiSettings) -> type[GuardedConnection]:
    """Return the protocol that holds connections to these limits: ``uvicorn.Config(http=…)``."""

    class Guarded(GuardedConnection):
        pass

    Guarded.limits = limits
    return Guarded
