"""The one protocol through which every network of the product runs, and the choice of a runtime.

The cascade (P-, R-, O-Net) and the scorer are opened by a `Runtime`; what it returns are `Network`s that
take and give NumPy arrays, so nothing above this line knows which library computes.
"""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from detector.contracts import Floats

RuntimeName = Literal["auto", "onnx", "torch"]
DeviceName = Literal["auto", "cpu", "cuda"]

CASCADE = Path(__file__).parent / "cascade"


class RuntimeUnavailableError(Exception):
    """The requested runtime or device is not installed or not present; the message says what to do."""


class Network(Protocol):
    """A loaded network."""

    def run(self, batch: Floats) -> tuple[Floats, ...]:
        """Compute on ``(N, 3, H, W) float32``; outputs have N as first axis."""
        ...


@dataclass(frozen=True, slots=True)
class CascadeNetworks:
    """The three networks of MTCNN (Zhang et al., 2016). Inputs are RGB as ``(x - 127.5) / 128``.

    ``proposal``: any H, W from 12 -> probability ``(N, H', W')``, box offsets ``(N, 4, H', W')``, stride 2.
    ``refine``: 24 x 24 -> probability ``(N,)``, offsets ``(N, 4)``.
    ``output``: 48 x 48 -> probability ``(N,)``, offsets ``(N, 4)``, landmarks ``(N, 10)``: five x, five y.
    """

    proposal: Network
    refine: Network
    output: Network


class Runtime(Protocol):
    """Opens networks on one device."""

    name: str
    device: Literal["cpu", "cuda"]

    def cascade(self) -> CascadeNetworks:
        """Open the face cascade."""
        ...

    def scorer(self, bundle: Path, architecture: str) -> Network:
        """Open a bundle's scorer.

        ``(N, 3, S, S)`` -> logits ``(N,)``, activation maps ``(N, h, w)``, pooled features ``(N, C)``.
        """
        ...


def open_runtime(name: RuntimeName = "auto", device: DeviceName = "auto") -> Runtime:
    """Return the runtime asked for; "auto" is torch where it finds CUDA, else ONNX Runtime on the CPU.

    Raises `RuntimeUnavailableError` when torch or CUDA is asked for and is not there.
    """
    if name == "onnx" and device == "cuda":
        raise RuntimeUnavailableError("the onnx runtime computes on the CPU; use --runtime torch for CUDA")
    if (
        name == "torch"
        or device == "cuda"
        or (name == "auto" and device == "auto" and _cuda_driver_present())
    ):
        if importlib.util.find_spec("torch") is not None:
            from detector.runtimes.torch import TorchRuntime, cuda_available

            if device == "cpu" or name == "torch" or cuda_available():
                return TorchRuntime(device)
        elif name == "torch" or device == "cuda":
            raise RuntimeUnavailableError(
                "torch is not installed; install the extra: pip install 'deepshield[torch]'"
            )
        if device == "cuda":
            raise RuntimeUnavailableError("torch finds no CUDA device")
    from detector.runtimes.onnx import OnnxRuntime

    return OnnxRuntime()


def _cuda_driver_present() -> bool:
    # Importing torch takes seconds, so "auto" looks for the driver's device file first.
    return Path("/dev/nvidiactl").exists() or Path("/dev/dxg").exists()
