"""A filter of system calls (seccomp(2)): no sockets, no other programs, no access to other processes.

It needs no privilege and holds in containers that forbid namespaces. A refused call fails with EPERM.
"""

from __future__ import annotations

import ctypes
import errno
import os
import platform
import struct

_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER = 22, 2
_ALLOW, _REFUSE = 0x7FFF0000, 0x00050000 | errno.EPERM
_LOAD, _IF_EQUAL, _IF_AT_LEAST, _RETURN = 0x20, 0x15, 0x35, 0x06  # BPF instructions
_NUMBER_AT, _ARCHITECTURE_AT = 0, 4  # in struct seccomp_data
_X32 = 0x40000000  # another numbering of the same calls on x86-64

# socket, io_uring_setup (which opens sockets without the call), execve, execveat, ptrace, process_vm_readv,
# process_vm_writev, pidfd_getfd
_CALLS = {
    "x86_64": (0xC000003E, (41, 425, 59, 322, 101, 310, 311, 438)),
    "aarch64": (0xC00000B7, (198, 425, 221, 281, 117, 270, 271, 438)),
}


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("instructions", ctypes.c_char_p))


def forbid_calls() -> None:
    """Install the filter for this process and its threads to come, for good.

    Needs PR_SET_NO_NEW_PRIVS. Raises OSError where there is no seccomp or the processor is not known.
    """
    machine = platform.machine()
    if machine not in _CALLS:
        raise OSError(errno.ENOSYS, f"no filter for {machine}")
    code = _program(*_CALLS[machine])
    program = _Program(len(code) // 8, code)
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program), 0, 0):
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _program(architecture: int, calls: tuple[int, ...]) -> bytes:
    """Compile: another architecture or a listed call is refused, the rest is allowed."""
    refuse = len(calls) + 1  # instructions from the check of the first call to the refusal, less one
    lines = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_IF_EQUAL, 0, refuse + 2, architecture),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_IF_AT_LEAST, refuse, 0, _X32),
        *((_IF_EQUAL, refuse - 1 - place, 0, call) for place, call in enumerate(calls)),
        (_RETURN, 0, 0, _ALLOW),
        (_RETURN, 0, 0, _REFUSE),
    ]
    return b"".join(struct.pack("=HBBI", *line) for line in lines)
