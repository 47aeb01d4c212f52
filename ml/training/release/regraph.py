"""Write a released bundle's graph again, with the weights that it has.

For when the graph gets other outputs. Weights, figures and golden logits stay as they are, and a graph that
computes anything else is refused. A manifest that names no traces is of a network with one logit per crop,
fitted on blended faces: it is given that trace, and its numbers the shapes that go with it.
"""

from __future__ import annotations

import json
import shutil
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load_file

from detector.bundle import GOLDEN, MANIFEST, ONNX, WEIGHTS, file_sha256, read_bundle
from detector.contracts import Trace
from detector.model import load_model
from detector.runtimes.torch import scorer_of
from training.fitting.graph import export_graph


def regraph(folder: Path) -> None:
    """Replace ``model.onnx`` and its hash in ``bundle.json``, or raise `BundleError` and change nothing.

    Where the manifest names no traces, ``golden.npz`` is replaced too.
    """
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}.") as name:
        partial = Path(name, folder.name)
        shutil.copytree(folder, partial)
        document = json.loads((partial / MANIFEST).read_text())
        if "traces" not in document:
            document = _of_blending(document, partial / GOLDEN)
            _write(document, partial)
        manifest = read_bundle(partial).manifest
        module = scorer_of(manifest.architecture, load_file(partial / WEIGHTS))
        export_graph(module, manifest.crop.size, partial / WEIGHTS, partial / ONNX)
        document["files"][ONNX] = file_sha256(partial / ONNX)
        _write(document, partial)
        for runtime in ("onnx", "torch"):
            load_model(partial, runtime, "cpu")
        for file in (ONNX, GOLDEN, MANIFEST):
            (partial / file).replace(folder / file)


def _of_blending(document: dict[str, Any], golden: Path) -> dict[str, Any]:
    """Return the manifest of a network with one logit per crop with its trace; write its golden logits so."""
    with np.load(golden, allow_pickle=False) as arrays:
        crops, logits, labels = arrays["crops"], arrays["logits"], arrays["labels"]
    np.savez_compressed(golden, crops=crops, logits=logits[:, None], labels=labels)
    named: dict[str, Any] = {}
    for key, value in document.items():
        if key == "classifier_bias":
            named |= {"traces": [Trace.BLENDING.value], key: [value]}
        else:
            named[key] = value
    return named | {"files": document["files"] | {GOLDEN: file_sha256(golden)}}


def _write(document: dict[str, Any], folder: Path) -> None:
    (folder / MANIFEST).write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n")
