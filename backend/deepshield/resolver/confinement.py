"""What the process that reads a page may do: connect to public addresses, and little else."""

from __future__ import annotations

import resource
import sys
from collections.abc import Callable
from typing import Any

from deepshield.intake.addresses import is_public

# Address space of one process. With the whole library loaded it takes 85 MB, and reading a page of some
# megabytes as much again. `server.AT_ONCE` of them, the server, the health check and /tmp stay below the
# container's 1 GiB (docker-compose.yml), so that pages made to take much end their own process and no other.
MEMORY_BYTES = 208 * 1024 * 1024
CPU_SECONDS = 40
LARGEST_FILE = 256 * 1024  # what the process may write to any file, its answer too
_MAX_FILES = 128
_REFUSED = ("subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "pty.", "socket.bind")
_CONNECTS = ("socket.connect", "socket.sendto", "socket.sendmsg")


class RefusedError(PermissionError):
    """The process tried what it may not do."""


def confine(proxy: tuple[str, int] | None) -> None:
    """Limit memory, time and files, and refuse other programs and connections to what is not public.

    ``proxy`` is the numeric address and port of the operator's own proxy, the one exception. Names are
    resolved before they are connected to, so that the address which is checked is the one that is used
    (PEP 578; the hook cannot be removed).
    """
    for which, value in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_FSIZE, LARGEST_FILE),
        (resource.RLIMIT_NOFILE, _MAX_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        _, hard = resource.getrlimit(which)
        kept = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(which, (kept, kept))
    sys.addaudithook(_guard(proxy))


def _guard(proxy: tuple[str, int] | None) -> Callable[[str, tuple[Any, ...]], None]:
    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(_REFUSED):
            raise RefusedError(f"{event} is refused here")
        if event in _CONNECTS and not _permitted(arguments[1], proxy):
            raise RefusedError("connections are made to public addresses only")

    return hook


def _permitted(address: object, proxy: tuple[str, int] | None) -> bool:
    if not isinstance(address, tuple) or len(address) < 2:
        return False
    return address[:2] == proxy if proxy is not None else is_public(str(address[0]))
