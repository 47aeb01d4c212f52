"""A process that ends with the supervisor that started it (Linux: prctl(2), PR_SET_PDEATHSIG)."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

VARIABLE = "DEEPSHIELD_SUPERVISOR"  # the process id of the supervisor; not a setting
_PR_SET_PDEATHSIG = 1


def end_with_supervisor() -> None:
    """When started by a supervisor, have the kernel send SIGTERM as soon as the supervisor has ended."""
    supervisor = os.environ.pop(VARIABLE, None)
    if supervisor is None or not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != int(supervisor):  # it had ended before the call
        sys.exit(1)
