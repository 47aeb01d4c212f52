"""The scorer as an ONNX graph that reads its numbers out of ``model.safetensors``.

A safetensors file is a JSON header and the tensors' bytes, row by row and little-endian, which is what ONNX
calls external data. So the graph refers to it instead of holding a second copy: the two runtimes cannot
drift apart, and a bundle is half as large.
"""

from __future__ import annotations

import json
import warnings
from io import BytesIO
from pathlib import Path
from typing import Any

import onnx
import torch
from torch.jit._trace import TracerWarning

from detector.runtimes.torch import Scorer

_OPSET = 17
_PREFIX = "backbone."
_OUTPUTS = ("logits", "maps", "features")


def export_graph(module: Scorer, size: int, weights: Path, target: Path) -> None:
    """Write ``x (n, 3, S, S)`` -> ``logits (n, T)``, ``maps (n, T, h, w)``, ``features (n, C)``.

    ``target`` must lie beside ``weights``.

    Half-precision tensors are cast to single precision in the graph; ONNX Runtime folds the casts, and the
    batch norms into the convolutions, when it opens the file.
    """
    model = onnx.load_from_string(_traced(module, size))
    header, origin = _header(weights)
    casts = [
        cast for tensor in model.graph.initializer if (cast := _refer(tensor, header, origin, weights.name))
    ]
    nodes = [*casts, *model.graph.node]
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    target.write_bytes(model.SerializeToString(deterministic=True))
    onnx.checker.check_model(str(target))


def _traced(module: Scorer, size: int) -> bytes:
    file = BytesIO()
    rows = {0: "n"}
    with warnings.catch_warnings():
        # The exporter that is announced as successor needs another package and gives the same graph.
        warnings.simplefilter("ignore", DeprecationWarning)
        warnings.simplefilter("ignore", TracerWarning)
        torch.onnx.export(
            module,
            (torch.zeros(2, 3, size, size),),
            file,  # type: ignore[arg-type]  # takes a file object too
            dynamo=False,
            opset_version=_OPSET,
            do_constant_folding=False,
            # Exporting for evaluation would fold batch norms into kernels that are in no file.
            training=torch.onnx.TrainingMode.PRESERVE,
            input_names=["x"],
            output_names=list(_OUTPUTS),
            dynamic_axes=dict.fromkeys(("x", *_OUTPUTS), rows),
        )
    return file.getvalue()


def _header(weights: Path) -> tuple[dict[str, Any], int]:
    """Return a safetensors file's table of contents and where its tensors' bytes begin."""
    with weights.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        return json.loads(file.read(length)), 8 + length


def _refer(
    tensor: onnx.TensorProto, header: dict[str, Any], origin: int, location: str
) -> onnx.NodeProto | None:
    """Point an initialiser at its bytes in the weights' file; return the cast that it needs, if any."""
    entry = header.get(tensor.name.removeprefix(_PREFIX))
    if entry is None:
        return None
    start, end = entry["data_offsets"]
    tensor.ClearField("raw_data")
    tensor.data_location = onnx.TensorProto.EXTERNAL
    for key, value in (("location", location), ("offset", origin + start), ("length", end - start)):
        tensor.external_data.add(key=key, value=str(value))
    if entry["dtype"] != "F16":
        return None
    name = tensor.name
    tensor.name, tensor.data_type = f"{name}.half", onnx.TensorProto.FLOAT16
    return onnx.helper.make_node("Cast", [tensor.name], [name], to=onnx.TensorProto.FLOAT)
