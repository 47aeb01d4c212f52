"""A line to a server that breaks once, in the middle of what a client sends."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator


class BrokenLine:
    """Forwards connections, and cuts the one that brings byte number ``breaks_after``, once."""

    def __init__(self, target: tuple[str, int], breaks_after: int) -> None:
        self._target, self._breaks_after = target, breaks_after
        self._lock, self._open = threading.Lock(), list[socket.socket]()
        self._threads: list[threading.Thread] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.sent = 0  # bytes that clients have sent
        self.has_broken = False

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def start(self) -> None:
        self._run(self._serve)

    def stop(self) -> None:
        """Cut every connection and wait for the threads."""
        _cut(self._listener)
        for thread in self._threads[:1]:
            thread.join()
        for end in self._open:
            _cut(end)
        for thread in self._threads:
            thread.join()
        for end in (self._listener, *self._open):
            end.close()

    def _run(self, target: object, *arguments: object) -> None:
        thread = threading.Thread(target=target, args=arguments)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                server = socket.create_connection(self._target)
                self._open += [client, server]
                self._run(self._forward, client, server, True)
                self._run(self._forward, server, client, False)

    def _forward(self, source: socket.socket, target: socket.socket, counted: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                if counted and self._breaks(len(data)):
                    break
                target.sendall(data)
        for end in (source, target):
            _cut(end)

    def _breaks(self, size: int) -> bool:
        with self._lock:
            self.sent += size
            if self.has_broken or self.sent <= self._breaks_after:
                return False
            self.has_broken = True
            return True


def _cut(end: socket.socket) -> None:
    with contextlib.suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)


@contextlib.contextmanager
def breaking(address: str, breaks_after: int) -> Iterator[BrokenLine]:
    """Yield a line to ``address`` (http://host:port)."""
    host, port = address.removeprefix("http://").split(":")
    line = BrokenLine((host, int(port)), breaks_after)
    line.start()
    try:
        yield line
    finally:
        line.stop()
