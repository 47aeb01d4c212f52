"""A training run as the release steps read it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from detector.bundle import Source
from detector.contracts import CropSpec
from training.fitting.checkpoint import REPORT, load_checkpoint


@dataclass(frozen=True, slots=True)
class Run:
    """What is known about how weights came to be."""

    architecture: str
    crop: CropSpec  # as it is served
    steps: int
    seed: int
    config: dict[str, Any]
    data: tuple[Source, ...]  # empty while the run has not finished


def read_run(folder: Path, size: int | None = None) -> Run:
    """Read a run's report, or the checkpoint of a run that goes on. Raises FileNotFoundError for neither.

    With ``size`` its crops are served at other pixels per side than they were trained at.
    """
    run = _read(folder)
    return run if size is None else replace(run, crop=replace(run.crop, size=size))


def _read(folder: Path) -> Run:
    report = folder / REPORT
    if report.exists():
        document = json.loads(report.read_text())
        config = document["config"]
        data = tuple(
            Source(name=row["source"], files=row["photographs"], licence=row["licence"])
            for row in document["training_data"]
        )
        return Run(config["architecture"], _crop(config), document["steps"], document["seed"], config, data)
    state = load_checkpoint(folder)
    if state is None:
        raise FileNotFoundError(f"{folder} holds neither {REPORT} nor a checkpoint")
    config = state["config"]
    return Run(config["architecture"], _crop(config), state["step"], config["seed"], config, ())


def _crop(config: dict[str, Any]) -> CropSpec:
    crop: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in config["crop"].items()}
    return CropSpec(**crop)
