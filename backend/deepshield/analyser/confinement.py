"""Confining the analysing process: memory, network, other programs, termination with its parent.

It uses only the standard library and starts no thread: a process with threads cannot change its namespaces.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from deepshield.analyser.seccomp import forbid_calls

_PR_SET_PDEATHSIG, _PR_SET_NO_NEW_PRIVS = 1, 38
_CLONE_NEWUSER, _CLONE_NEWNET = 0x10000000, 0x40000000
_MB = 1024 * 1024
_LARGEST_FILE = 256 * _MB  # written by the process
_MAX_FILES = 256  # open at once
_REFUSED_EVENTS = ("socket.", "subprocess.", "os.system", "os.exec", "os.posix_spawn", "os.fork", "pty.")

_libc = ctypes.CDLL(None, use_errno=True)


def confine(parent: int, memory_mb: int | None) -> dict[str, str]:
    """Drop all rights that the system lets a process drop; return "ok" or the error for each part.

    With ``memory_mb`` None, memory is not limited, since CUDA maps the GPU's memory into the process. The
    process exits when ``parent`` has ended already.
    """
    report: dict[str, str] = {}
    _try(report, "privileges", lambda: _prctl(_PR_SET_NO_NEW_PRIVS, 1))
    _try(report, "network_namespace", _leave_network)
    # After the namespace, because a change of credentials clears it.
    _try(report, "death_with_parent", lambda: _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL))
    if os.getppid() != parent:
        os._exit(0)  # the signal for a parent that died before prctl never comes
    _try(report, "core_dumps", lambda: _limit(resource.RLIMIT_CORE, 0))
    _try(report, "file_size", lambda: _limit(resource.RLIMIT_FSIZE, _LARGEST_FILE))
    _try(report, "open_files", lambda: _limit(resource.RLIMIT_NOFILE, _MAX_FILES))
    if memory_mb is None:
        report["memory"] = "not limited on CUDA"
    else:
        _try(report, "memory", lambda: _limit_memory(memory_mb))
    sys.addaudithook(_refuse)
    report["audit_hook"] = "ok"
    _try(report, "system_calls", forbid_calls)
    return report


def _try(report: dict[str, str], name: str, step: Callable[[], None]) -> None:
    try:
        step()
    except (OSError, ValueError) as error:
        report[name] = str(error)
    else:
        report[name] = "ok"


def _limit(which: int, value: int) -> None:
    _, hard = resource.getrlimit(which)
    value = value if hard == resource.RLIM_INFINITY else min(value, hard)
    resource.setrlimit(which, (value, value))


def _limit_memory(megabytes: int) -> None:
    # DATA counts private writable memory; AS also counts libraries and models mapped from files.
    _limit(resource.RLIMIT_DATA, megabytes * _MB)
    _limit(resource.RLIMIT_AS, 4 * megabytes * _MB)


def _leave_network() -> None:
    """Enter an empty network namespace; without root, in a new user namespace."""
    if os.geteuid() == 0:
        _check(_libc.unshare(_CLONE_NEWNET))
        return
    user, group = os.geteuid(), os.getegid()
    _check(_libc.unshare(_CLONE_NEWUSER | _CLONE_NEWNET))
    # Without a mapping of the process' own ids it could not create files.
    Path("/proc/self/setgroups").write_text("deny", encoding="ascii")
    Path("/proc/self/uid_map").write_text(f"{user} {user} 1", encoding="ascii")
    Path("/proc/self/gid_map").write_text(f"{group} {group} 1", encoding="ascii")


def _prctl(option: int, value: int) -> None:
    _check(_libc.prctl(option, value, 0, 0, 0))


def _check(result: int) -> None:
    if result:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _refuse(event: str, _: tuple[Any, ...]) -> None:
    if event.startswith(_REFUSED_EVENTS):
        raise PermissionError(f"an analysing process may not use {event}")
