"""A receiver of webhooks that behaves as it is told to, on 127.0.0.1; and nobody at 127.0.0.2."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from deepshield.intake.addresses import AddressPolicy

HERE = "127.0.0.1"
PERMITTED = AddressPolicy(permits=lambda address: address == HERE)


@dataclass(frozen=True)
class Message:
    """What arrived."""

    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


Behaviour = Callable[[BaseHTTPRequestHandler, Message], int | None]
"""Answers a message with a status; None after it has answered, or not, by itself."""


@dataclass
class Receiver:
    """Keeps all that arrives, and what it took."""

    behave: Behaviour
    url: str = ""
    arrived: list[Message] = field(default_factory=list)
    taken: list[Message] = field(default_factory=list)


def takes(_: BaseHTTPRequestHandler, __: Message) -> int:
    """Take everything."""
    return 200


@contextmanager
def receiving(behave: Behaviour = takes) -> Iterator[Receiver]:
    """Serve in threads until the block ends."""
    receiver = Receiver(behave)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            message = Message({name.lower(): value for name, value in self.headers.items()}, body)
            receiver.arrived.append(message)
            status = receiver.behave(self, message)
            if status is None:
                return
            if 200 <= status < 300:
                receiver.taken.append(message)
            self.send_response(status)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            return

    server = ThreadingHTTPServer((HERE, 0), Handler)
    server.daemon_threads = True
    receiver.url = f"http://{HERE}:{server.server_port}/hook"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
