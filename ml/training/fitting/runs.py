"""A training run as the release steps read it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from detector.bundle import MANIFEST, Source, Training, read_bundle
from detector.contracts import CropSpec
from training.fitting.checkpoint import REPORT, load_checkpoint
from training.fitting.journal import validations
from training.fitting.stopping import MEANS

EVALUATION = "evaluation.json"
"""Figures of a bundle for which its manifest has no place."""


@dataclass(frozen=True, slots=True)
class Run:
    """How weights were trained."""

    architecture: str
    crop: CropSpec  # as it is served
    steps: int
    seed: int
    config: dict[str, Any]
    data: tuple[Source, ...]  # empty while the run has not finished
    held_out: dict[str, Any] | None = None  # figures on labelled media that were left out, and the step
    training: Training | None = None  # what a released bundle says of it, which has no configuration


def read_run(folder: Path, size: int | None = None, margin: float | None = None) -> Run:
    """Read a run's report, or the checkpoint of an unfinished run, or a released bundle, to measure it again.

    Raises FileNotFoundError for a folder with none of them, and `BundleError` for a bundle that is not whole.

    With ``size`` its crops are served at other pixels per side than they were trained at, and with ``margin``
    with another margin: training varies the crop's side around a middle that need not be 1 (`scale`).
    """
    run = _read(folder)
    crop = run.crop if size is None else replace(run.crop, size=size)
    return replace(run, crop=crop if margin is None else replace(crop, margin=margin))


def last_validation(folder: Path) -> dict[str, Any] | None:
    """Return the figures of the weights that a run gave, with their step.

    They are those of its report, where it was validated, else the last ones in its log, and of a released
    bundle those that it gives; None for none of these.
    """
    if (folder / EVALUATION).exists():
        evaluation: dict[str, Any] = json.loads((folder / EVALUATION).read_text())
        return evaluation.get("held_out")
    if (folder / REPORT).exists():
        report = json.loads((folder / REPORT).read_text())
        if report["validation"]:
            return {"step": report["steps"], **report["validation"]}
        return report.get("start_validation")
    found = validations(folder)
    return found[-1] if found else None


def _read(folder: Path) -> Run:
    if (folder / MANIFEST).exists():
        return _released(folder)
    report = folder / REPORT
    if report.exists():
        document = json.loads(report.read_text())
        config = document["config"]
        data = tuple(
            Source(name=row["source"], files=row["photographs"], licence=row["licence"])
            for row in document["training_data"]
        )
        validated = last_validation(folder)
        held_out = validated if validated and MEANS[0] not in validated else None
        steps, seed = document["steps"], document["seed"]
        return Run(config["architecture"], _crop(config), steps, seed, config, data, held_out)
    state = load_checkpoint(folder)
    if state is None:
        raise FileNotFoundError(f"{folder} holds neither {REPORT} nor a checkpoint")
    config = state["config"]
    return Run(config["architecture"], _crop(config), state["step"], config["seed"], config, ())


def _released(folder: Path) -> Run:
    manifest = read_bundle(folder).manifest
    training, found = manifest.training, folder / EVALUATION
    held_out = json.loads(found.read_text()).get("held_out") if found.exists() else None
    return Run(
        manifest.architecture,
        manifest.crop,
        training.steps,
        training.seed,
        {},
        training.data,
        held_out,
        training,
    )


def _crop(config: dict[str, Any]) -> CropSpec:
    return TypeAdapter(CropSpec).validate_python(config["crop"])
