"""A bundle of a trained, measured and calibrated run.

Nothing is released that was not measured: calibration and figures must name the very weights that are
written, and the bundle must pass the checks of serving before it takes its place.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import ValidationError

from detector.aggregate import AggregationRule
from detector.bundle import (
    GOLDEN,
    MANIFEST,
    ONNX,
    SCHEMA_VERSION,
    WEIGHTS,
    BundleError,
    Golden,
    Manifest,
    Metrics,
    Training,
    file_sha256,
)
from detector.calibrate import Calibration, DecisionRule
from detector.model import load_model, open_detector
from detector.networks import Network
from detector.runtimes.onnx import OnnxRuntime
from detector.runtimes.torch import TorchRuntime
from detector.score import score_crops
from training.fitting.freeze import Frozen, freeze
from training.fitting.runs import EVALUATION, Run
from training.release.bundle_table import refresh_cards
from training.release.card import model_card
from training.release.gate import replaced, shortfalls, verdict_faults
from training.release.golden import make_golden
from training.release.recipe import recipe

CARD, PICTURE = "CARD.md", "figures.png"
_KEPT = ("robustness", "verdicts", "strength", "subgroups", "skin_tones", "worst_cases", "manipulations")
_RUNTIME_TOLERANCE = 1e-4  # of logits and maps, between the runtimes


class ExportError(Exception):
    """The weights are not released; the message says why."""


@dataclass(frozen=True, slots=True)
class Measurements:
    """What `calibrate` and `evaluate` wrote about the weights."""

    calibration: dict[str, Any]
    report: dict[str, Any]
    picture: Path | None = None


def read_measurements(calibration: Path, metrics: Path) -> Measurements:
    """Read what `calibrate` and `evaluate` wrote, and the picture beside the figures if there is one."""
    picture = metrics.with_suffix(".png")
    constants, report = (json.loads(file.read_text()) for file in (calibration, metrics))
    return Measurements(constants, report, picture if picture.exists() else None)


def export(
    run: Run,
    weights: Path,
    measurements: Measurements,
    out: Path,
    version: str,
    accept_worse: str | None = None,
) -> None:
    """Write a bundle to ``out``, replacing what was there, or raise `ExportError` and leave it as it was.

    A bundle whose figures fall against the one in ``out`` is refused, unless ``accept_worse`` gives a reason,
    which the card then shows.
    """
    metrics = _measured(measurements)
    accepted = _held(metrics, measurements.report["verdicts"], out, accept_worse)
    if not run.data:
        raise ExportError("the run has not finished: it has no report of its training data")
    partial = out.with_name(f".{out.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        frozen = freeze(weights, run.architecture, run.crop.size, partial)
        if frozen.weights_sha256 != metrics.weights_sha256:
            raise ExportError("the figures were measured on other weights: these are unmeasured")
        golden = _write_golden(frozen, run)
        _compare_runtimes(frozen, run, golden)
        manifest = _manifest(run, frozen, measurements, metrics, out.name, version)
        (partial / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n")
        findings = _findings(measurements, metrics, accepted, run.held_out)
        (partial / EVALUATION).write_text(json.dumps(findings, indent=2) + "\n")
        card = model_card(manifest, measurements.report, measurements.calibration["evidence"], findings)
        (partial / CARD).write_text(card)
        if measurements.picture:
            shutil.copyfile(measurements.picture, partial / PICTURE)
        for runtime in ("onnx", "torch"):
            load_model(partial, runtime, "cpu")
        _replace(partial, out)
        refresh_cards(out.parent, CARD)
    except BundleError as error:
        raise ExportError(f"serving refuses the bundle: {error}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def _measured(measurements: Measurements) -> Metrics:
    """Return the figures, if they are good enough and the constants belong to them."""
    metrics = Metrics.model_validate_json(json.dumps(measurements.report["metrics"]))
    if measurements.calibration["weights_sha256"] != metrics.weights_sha256:
        raise ExportError("the calibration was fitted on other weights than were evaluated")
    if not metrics.above_chance():
        raise ExportError("no comparison shows an AUC above chance")
    return metrics


def _held(
    metrics: Metrics, verdicts: dict[str, Any], out: Path, accept_worse: str | None
) -> dict[str, Any] | None:
    """Hold the figures against bounds and the bundle in ``out``; return what is worse and why it may be."""
    before, unread = None, []
    try:
        before = replaced(out)
    except ValueError as error:
        unread = [str(error)]
    never, found = verdict_faults(verdicts, before.counted if before else ())
    if never:
        raise ExportError("; ".join(never))
    found += unread + (shortfalls(metrics, before) if before else [])
    if not found:
        return None
    if not (accept_worse or "").strip():
        raise ExportError(f"{'; '.join(found)}. To release it all the same, say why: --accept-worse REASON")
    return {"reason": accept_worse, "shortfalls": found}


def _findings(
    measurements: Measurements,
    metrics: Metrics,
    accepted: dict[str, Any] | None,
    held_out: dict[str, Any] | None,
) -> dict[str, Any]:
    """Return what ``evaluation.json`` holds: figures of these weights for which the manifest has no place."""
    kept = {key: measurements.report[key] for key in _KEPT}
    if kept["robustness"] and kept["robustness"]["weights_sha256"] != metrics.weights_sha256:
        raise ExportError("robustness was measured on other weights")
    return {
        "weights_sha256": metrics.weights_sha256,
        "accepted_worse": accepted,
        "held_out": held_out,
        "shares": measurements.calibration["evidence"]["verdicts"],
        **kept,
    }


def _write_golden(frozen: Frozen, run: Run) -> Golden:
    runtime = OnnxRuntime()
    scorer = runtime.scorer(frozen.folder, run.architecture)
    golden = make_golden(scorer, open_detector("mtcnn", runtime), run.crop)
    np.savez_compressed(
        frozen.folder / GOLDEN, crops=golden.crops, logits=golden.logits, labels=golden.labels
    )
    return golden


def _compare_runtimes(frozen: Frozen, run: Run, golden: Golden) -> None:
    """Check that both runtimes compute the same on the golden crops and on noise."""
    shape = (5, run.crop.size, run.crop.size, 3)
    noise = np.random.default_rng(0).integers(0, 256, shape, dtype=np.uint8)
    crops = [*golden.crops, *noise]
    scorers: list[Network] = [
        runtime.scorer(frozen.folder, run.architecture) for runtime in (OnnxRuntime(), TorchRuntime("cpu"))
    ]
    outputs = [score_crops(scorer, crops, run.crop) for scorer in scorers]
    gap = max(float(np.abs(one - other).max()) for one, other in zip(*outputs, strict=True))
    if not gap <= _RUNTIME_TOLERANCE:
        raise ExportError(f"the runtimes differ by {gap:.2g} on the same crops")


def _manifest(
    run: Run, frozen: Frozen, measurements: Measurements, metrics: Metrics, name: str, version: str
) -> Manifest:
    fitted = measurements.calibration
    try:
        return Manifest(
            schema_version=SCHEMA_VERSION,
            name=name,
            version=version,
            architecture=run.architecture,
            labels=("real", "manipulated"),
            traces=frozen.traces,
            classifier_bias=frozen.classifier_bias,
            crop=run.crop,
            aggregation=AggregationRule(**fitted["aggregation"]),
            calibration=Calibration(**fitted["calibration"]),
            decision=DecisionRule(**fitted["decision"]),
            training=run.training or _training(run),
            metrics=metrics,
            files={file: file_sha256(frozen.folder / file) for file in (ONNX, WEIGHTS, GOLDEN)},
        )
    except ValidationError as error:
        raise ExportError(f"the manifest is not valid: {error}") from error


def _training(run: Run) -> Training:
    start, file = run.config["start"], Path(run.config["start_file"])
    return Training(
        recipe=recipe(run.config, run.crop, run.held_out),
        start=f"{start} ({'/'.join(file.parts[-2:])})" if file.name else start,
        steps=run.steps,
        seed=run.seed,
        data=run.data,
    )


def _replace(partial: Path, out: Path) -> None:
    """Put the new folder in the old one's place; at no moment is there half a bundle."""
    old = out.with_name(f".{out.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if out.exists():
        out.rename(old)
    partial.rename(out)
    shutil.rmtree(old, ignore_errors=True)
