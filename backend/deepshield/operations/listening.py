"""The API's listening socket, opened by the supervisor so that it outlives a replaced API process."""

from __future__ import annotations

import errno
import socket

_BACKLOG = 2048


class PortTakenError(Exception):
    """The port cannot be listened on; the message says why and what to do."""


def listen(host: str, port: int) -> socket.socket:
    """Return a listening socket; port 0 is any free one. Raises `PortTakenError`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    opened = socket.socket(family)
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        opened.bind((host, port))
        opened.listen(_BACKLOG)
    except OSError as error:
        opened.close()
        if error.errno == errno.EADDRINUSE:
            raise PortTakenError(
                f"port {port} is taken: DeepShield already runs there, or another program does. "
                f"`make run PORT={port + 1}` takes another."
            ) from error
        raise PortTakenError(f"cannot listen on {host}:{port}: {error.strerror}") from error
    opened.set_inheritable(True)
    return opened


def url(host: str, port: int) -> str:
    """Return the address for a browser on this machine."""
    local = host in ("127.0.0.1", "0.0.0.0", "::", "::1", "localhost", "")  # noqa: S104 - compared, not bound
    return f"http://{'localhost' if local else host}:{port}"
