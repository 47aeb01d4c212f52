"""Which library computes, and whether on a GPU. Until a runtime is opened, the standard library is enough."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from detector.networks import Runtime

RuntimeName = Literal["auto", "onnx", "torch"]
DeviceName = Literal["auto", "cpu", "cuda"]

# Importing torch takes seconds, so it is not tried without a driver's device file; the second one is WSL's.
_DRIVERS = (Path("/dev/nvidiactl"), Path("/dev/dxg"))


class RuntimeUnavailableError(Exception):
    """The requested runtime or device is not installed or not present; the message says what to do."""


def tries_cuda(name: str, device: str) -> bool:
    """Return whether `open_runtime` tries CUDA; it computes on the CPU where this is False."""
    if name == "onnx" or device == "cpu" or not _has_torch():
        return False
    return device == "cuda" or any(driver.exists() for driver in _DRIVERS)


def open_runtime(name: RuntimeName = "auto", device: DeviceName = "auto") -> Runtime:
    """Return the runtime asked for; "auto" is torch where it finds CUDA, else ONNX Runtime on the CPU.

    Raises `RuntimeUnavailableError` when torch or CUDA is asked for and is not there.
    """
    if name == "onnx" and device == "cuda":
        raise RuntimeUnavailableError("the onnx runtime computes on the CPU; use --runtime torch for CUDA")
    if (name == "torch" or device == "cuda") and not _has_torch():
        raise RuntimeUnavailableError(
            "torch is not installed; install the extra: pip install 'deepshield[torch]'"
        )
    cuda = tries_cuda(name, device)
    if name == "torch" or cuda:
        from detector.runtimes.torch import TorchRuntime, cuda_available

        found = cuda and cuda_available()
        if device == "cuda" and not found:
            raise RuntimeUnavailableError("torch finds no CUDA device")
        if name == "torch" or found:
            return TorchRuntime("cuda" if found else "cpu")
    from detector.runtimes.onnx import OnnxRuntime

    return OnnxRuntime()


def _has_torch() -> bool:
    return importlib.util.find_spec("torch") is not None
