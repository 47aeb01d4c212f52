"""Two traces on one scale: for each, authentic files lie around 0 with spread 1, so that they compare.

The scale is folded into the network's classifier. What is released, measured and calibrated is the scaled
network alone.
"""

from __future__ import annotations

import dataclasses
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from safetensors.torch import load_file, save_file

from training.evaluation.comparisons import Comparison
from training.evaluation.records import (
    FileRecord,
    Measured,
    conclude,
    default_rules,
    header_line,
    record_line,
    traces_of,
)
from training.evaluation.traces import fit_scales, scaled
from training.fitting.freeze import freeze
from training.fitting.runs import Run
from training.labelled.scale import Scale

WEIGHTS, SCALE, RECORDS = "weights_scaled.safetensors", "scale.json", "records_scaled.jsonl"
_WEIGHT, _BIAS = "classifier.weight", "classifier.bias"


def scale_weights(weights: Path, scales: Sequence[Scale], out: Path) -> None:
    """Write weights whose logits are scaled; raises ValueError where they are not as many as the scales."""
    tensors = load_file(weights)
    if len(tensors[_BIAS]) != len(scales):
        raise ValueError(f"{weights.name} has {len(tensors[_BIAS])} logits; the records have {len(scales)}")
    head, bias = tensors[_WEIGHT].float().clone(), tensors[_BIAS].float().clone()
    for place, scale in enumerate(scales):
        head[place] /= scale.spread
        bias[place] = scale.apply(float(bias[place]))
    partial = out.with_suffix(".partial")
    save_file({**tensors, _WEIGHT: head, _BIAS: bias}, partial)
    partial.replace(out)


def scale_run(
    run: Run,
    weights: Path,
    measured: Measured,
    records: Sequence[FileRecord],
    comparisons: Sequence[Comparison],
    out: Path,
) -> dict[str, Any]:
    """Write `WEIGHTS`, `SCALE` and `RECORDS` to the folder ``out``; return what `SCALE` holds.

    The records name the scaled weights as they ship. Raises ValueError where ``records`` are of other weights
    than ``weights``.
    """
    out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        frozen = freeze(weights, run.architecture, measured.crop.size, Path(folder))
    if frozen.weights_sha256 != measured.weights_sha256:
        raise ValueError(f"the records are of other weights than {weights}")
    scales = fit_scales(records, comparisons)
    scale_weights(weights, scales, out / WEIGHTS)
    with tempfile.TemporaryDirectory() as folder:
        sha256 = freeze(out / WEIGHTS, run.architecture, measured.crop.size, Path(folder)).weights_sha256
    head, files = scaled_records(measured, records, scales, sha256)
    (out / RECORDS).write_text(header_line(head) + "".join(map(record_line, files)))
    document = {
        "weights_sha256": sha256,
        "unscaled_sha256": measured.weights_sha256,
        "scales": [dataclasses.asdict(scale) for scale in scales],
    }
    (out / SCALE).write_text(json.dumps(document, indent=2) + "\n")
    return document


def scaled_records(
    measured: Measured, records: Sequence[FileRecord], scales: Sequence[Scale], weights_sha256: str
) -> tuple[Measured, list[FileRecord]]:
    """Return what measuring the scaled weights would give, within the rounding of half precision."""
    rules = default_rules(measured.crop, traces_of(records))
    files = []
    for record in records:
        file = scaled(record, scales)
        files.append(dataclasses.replace(file, raw_logit=conclude(file, rules).logit))
    return dataclasses.replace(measured, weights_sha256=weights_sha256), files
