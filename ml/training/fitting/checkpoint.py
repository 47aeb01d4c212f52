"""Checkpoints that a killed run resumes from, and its weights."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn

from detector.bundle import MANIFEST
from detector.bundle import WEIGHTS as RELEASED_WEIGHTS

CHECKPOINT, WEIGHTS, BEST_WEIGHTS, LAST_WEIGHTS, REPORT = (
    "checkpoint.pt",
    "weights.safetensors",
    "weights_best.safetensors",
    "weights_last.safetensors",
    "run.json",
)


def save_checkpoint(folder: Path, state: dict[str, Any]) -> None:
    """Write the state so that a reader sees the old file or the new one, never a part."""
    partial = folder / f"{CHECKPOINT}.partial"
    torch.save(state, partial)
    partial.replace(folder / CHECKPOINT)


def load_checkpoint(folder: Path) -> dict[str, Any] | None:
    """Return the last state, or None before the first checkpoint; no code in the file is executed."""
    file = folder / CHECKPOINT
    if not file.exists():
        return None
    state: dict[str, Any] = torch.load(file, map_location="cpu", weights_only=True)
    return state


def save_weights(backbone: nn.Module, file: Path) -> None:
    """Write a backbone under timm's names, as ``Scorer(architecture).backbone`` loads them strictly."""
    partial = file.with_suffix(".partial")
    save_file({name: value.cpu().contiguous() for name, value in backbone.state_dict().items()}, partial)
    partial.replace(file)


def save_report(folder: Path, report: dict[str, Any]) -> None:
    """Write ``run.json``."""
    (folder / REPORT).write_text(json.dumps(report, indent=2) + "\n")


def weights_file(place: Path) -> Path:
    """Return a file of weights: ``place`` itself, or what the run or bundle in the folder ``place`` has."""
    if not place.is_dir():
        return place
    return place / (RELEASED_WEIGHTS if (place / MANIFEST).exists() else WEIGHTS)
