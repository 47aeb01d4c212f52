"""Write a released bundle's graph again, with the weights that it has.

For when the graph gets other outputs. Weights, figures and golden logits stay as they are, and a graph that
computes anything else is refused.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path

from safetensors.torch import load_file

from detector.bundle import MANIFEST, ONNX, WEIGHTS, file_sha256, read_bundle
from detector.model import load_model
from detector.runtimes.torch import Scorer
from training.fitting.graph import export_graph


def regraph(folder: Path) -> None:
    """Replace ``model.onnx`` and its hash in ``bundle.json``, or raise `BundleError` and change nothing."""
    manifest = read_bundle(folder).manifest
    module = Scorer(manifest.architecture).eval()
    weights = load_file(folder / WEIGHTS)
    module.backbone.load_state_dict(
        {name: value.float() if value.is_floating_point() else value for name, value in weights.items()}
    )
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as name:
        partial = Path(name, folder.name)
        shutil.copytree(folder, partial)
        export_graph(module, manifest.crop.size, partial / WEIGHTS, partial / ONNX)
        document = json.loads((partial / MANIFEST).read_text())
        document["files"][ONNX] = file_sha256(partial / ONNX)
        (partial / MANIFEST).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
        for runtime in ("onnx", "torch"):
            load_model(partial, runtime, "cpu")
        for file in (ONNX, MANIFEST):
            (partial / file).replace(folder / file)
