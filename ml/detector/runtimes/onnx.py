"""ONNX Runtime on the CPU: the default, and all that the base install needs."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import onnxruntime as ort

from detector.contracts import Floats
from detector.networks import CASCADE, CascadeNetworks


class OnnxNetwork:
    """One session; thread-safe, as ONNX Runtime's sessions are."""

    def __init__(self, model: Path | bytes, threads: int) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = threads
        options.log_severity_level = 3
        # Four sessions and a decoder share the cores; threads that spin between calls would starve it.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        source = model if isinstance(model, bytes) else str(model)
        self._session = ort.InferenceSession(source, options, providers=["CPUExecutionProvider"])
        self._input = self._session.get_inputs()[0].name

    def run(self, batch: Floats) -> tuple[Floats, ...]:
        """See `networks.Network.run`."""
        return tuple(np.asarray(out, np.float32) for out in self._session.run(None, {self._input: batch}))


class OnnxRuntime:
    """Runtime "onnx"."""

    name = "onnx"
    device = "cpu"

    def __init__(self, threads: int | None = None) -> None:
        self._threads = threads or len(os.sched_getaffinity(0))

    def cascade(self) -> CascadeNetworks:
        """See `networks.Runtime.cascade`."""
        return CascadeNetworks(*(OnnxNetwork(CASCADE / f"{n}.onnx", self._threads) for n in ("pnet", "rnet", "onet")))

    def scorer(self, bundle: Path, architecture: str) -> OnnxNetwork:
        """See `networks.Runtime.scorer`; the graph carries the architecture."""
        return OnnxNetwork(bundle / "model.onnx", self._threads)
