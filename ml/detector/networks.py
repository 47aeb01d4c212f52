"""The one protocol through which every network of the product runs.

The cascade (P-, R-, O-Net) and the scorer are opened by a `Runtime`; what it returns are `Network`s that
take and give NumPy arrays, so nothing above this line knows which library computes.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol

from detector.contracts import Floats

CASCADE = Path(__file__).parent / "cascade"


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

        ``(N, 3, S, S)`` -> logits ``(N, T)`` of T traces, their activation maps ``(N, T, h, w)``, pooled
        features ``(N, C)``.
        """
        ...
