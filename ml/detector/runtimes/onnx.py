"""ONNX Runtime on the CPU: the default, and all that the base install needs."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Literal

import numpy as np
import onnxruntime as ort

from detector.contracts import Floats
from detector.networks import CASCADE, CascadeNetworks

# Values per call, chosen so that a call's activations stay in a core's cache. Cutting a batch into such
# pieces and giving each core its own is faster than one call that spreads every layer over the cores. They
# are 32 crops of R-Net, 8 of O-Net, 4 of 128 pixels; P-Net's small pictures are many a call, large ones one.
_CASCADE_VALUES, _SCORER_VALUES = 3 * 24**2 * 32, 3 * 128**2 * 4


class OnnxNetwork:
    """One session, run by as many threads as there are pieces of ``values``; thread-safe."""

    def __init__(self, model: Path, values: int, pool: ThreadPoolExecutor) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session = ort.InferenceSession(str(model), options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name
        self._values = values
        self._pool = pool

    def run(self, batch: Floats) -> tuple[Floats, ...]:
        """See `networks.Network.run`."""
        piece = max(1, self._values // max(1, batch[0].size)) if len(batch) else 1
        if len(batch) <= piece:
            return self._compute(batch)
        pieces = [batch[i : i + piece] for i in range(0, len(batch), piece)]
        return tuple(
            np.concatenate(parts) for parts in zip(*self._pool.map(self._compute, pieces), strict=True)
        )

    def _compute(self, batch: Floats) -> tuple[Floats, ...]:
        return tuple(np.asarray(out, np.float32) for out in self._session.run(None, {self._input: batch}))


class OnnxRuntime:
    """Runtime "onnx", on ``threads`` cores (default: all that the process may use)."""

    name = "onnx"
    device: Literal["cpu", "cuda"] = "cpu"

    def __init__(self, threads: int | None = None) -> None:
        self._pool = ThreadPoolExecutor(threads or len(os.sched_getaffinity(0)), thread_name_prefix="onnx")

    def cascade(self) -> CascadeNetworks:
        """See `networks.Runtime.cascade`."""
        return CascadeNetworks(
            *(
                OnnxNetwork(CASCADE / f"{name}.onnx", _CASCADE_VALUES, self._pool)
                for name in ("pnet", "rnet", "onet")
            )
        )

    def scorer(self, bundle: Path, architecture: str) -> OnnxNetwork:
        """See `networks.Runtime.scorer`; the graph carries the architecture."""
        return OnnxNetwork(bundle / "model.onnx", _SCORER_VALUES, self._pool)
