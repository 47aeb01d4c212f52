"""The application behind a real socket, for what a client without one cannot show: streams that go on."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Iterator

from services import wait_until

from deepshield.api.app import create_app
from deepshield.api.server import server_of
from deepshield.resources import Resources


@contextlib.contextmanager
def listening(resources: Resources) -> Iterator[str]:
    """Serve in a thread; yields the address and stops the server at the end."""
    with socket.socket() as opened:
        opened.bind(("127.0.0.1", 0))
        server = server_of(create_app(resources.settings, lambda _: resources), resources.settings)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [opened]})
        thread.start()
        try:
            wait_until(lambda: server.started or not thread.is_alive(), what="the server listens")
            yield f"http://127.0.0.1:{opened.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=20)
    assert not thread.is_alive(), "the server stops"
