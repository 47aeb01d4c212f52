"""OpenVINO behind the detector's network protocol, only to compare it: it is no dependency of the product."""

from __future__ import annotations

import importlib
import importlib.util
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Literal

import numpy as np

from detector.contracts import Floats
from detector.networks import CASCADE, CascadeNetworks

Precision = Literal["f32", "bf16"]

_PIECES = {"pnet": 1, "rnet": 32, "onet": 16, "scorer": 4}  # items per call, as for ONNX Runtime


def installed() -> bool:
    """Return whether OpenVINO can be imported."""
    return importlib.util.find_spec("openvino") is not None


class OpenVinoNetwork:
    """A compiled network with one stream per core; pieces of a batch run side by side."""

    def __init__(self, model: Path, piece: int, threads: int, precision: Precision) -> None:
        core: Any = importlib.import_module("openvino").Core()
        self._compiled = core.compile_model(
            str(model),
            "CPU",
            {
                "INFERENCE_PRECISION_HINT": precision,
                "NUM_STREAMS": str(threads),
                "INFERENCE_NUM_THREADS": str(threads),
            },
        )
        self._piece = piece
        self._pool = ThreadPoolExecutor(threads)
        self._local = threading.local()

    def run(self, batch: Floats) -> tuple[Floats, ...]:
        """See `networks.Network.run`."""
        pieces = [batch[i : i + self._piece] for i in range(0, len(batch), self._piece)]
        if len(pieces) == 1:
            return self._compute(batch)
        return tuple(
            np.concatenate(parts) for parts in zip(*self._pool.map(self._compute, pieces), strict=True)
        )

    def _compute(self, batch: Floats) -> tuple[Floats, ...]:
        if not hasattr(self._local, "request"):
            self._local.request = self._compiled.create_infer_request()
        answers = self._local.request.infer([np.ascontiguousarray(batch)])
        return tuple(np.array(answers[output], np.float32) for output in self._compiled.outputs)


def open_cascade(threads: int, precision: Precision) -> CascadeNetworks:
    """Open P-, R- and O-Net."""
    return CascadeNetworks(
        *(
            OpenVinoNetwork(CASCADE / f"{name}.onnx", _PIECES[name], threads, precision)
            for name in ("pnet", "rnet", "onet")
        )
    )


def open_scorer(model: Path, threads: int, precision: Precision) -> OpenVinoNetwork:
    """Open a bundle's scorer."""
    return OpenVinoNetwork(model, _PIECES["scorer"], threads, precision)
