"""What one call hands to the next where a whole checkpoint is too large to travel.

The averaged weights, rounded as they ship, and the step: a few megabytes instead of a hundred. The next call
starts both the weights and their average from them. The optimiser's moments stay behind, so it warms up anew
over some steps; samples and schedule go on where they were.
"""

from __future__ import annotations

import json
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from training.fitting.checkpoint import WEIGHTS
from training.fitting.config import as_document, describes
from training.fitting.trainer import Trainer

HANDOVER, STATE, LOCALISER = "handover", "handover.json", "localiser.safetensors"


def hand_over(trainer: Trainer, folder: Path) -> None:
    """Write the state to a folder; the description last, so that a torn hand-over is none."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / STATE).unlink(missing_ok=True)
    save_file({k: _halved(v) for k, v in trainer.average.module.state_dict().items()}, folder / WEIGHTS)
    save_file(
        {k: v.cpu().contiguous() for k, v in trainer.localiser.head.state_dict().items()}, folder / LOCALISER
    )
    (folder / STATE).write_text(json.dumps({"step": trainer.step, "config": as_document(trainer.config)}))


def handed_over(folder: Path | None) -> bool:
    """Tell whether a folder holds a hand-over."""
    return folder is not None and (folder / STATE).exists()


def take_over(trainer: Trainer, folder: Path) -> None:
    """Go on from what was handed over; raises ValueError when it belongs to another configuration."""
    document = json.loads((folder / STATE).read_text())
    if not describes(document["config"], trainer.config):
        raise ValueError("what was handed over belongs to another configuration")
    weights = {k: v.float() if v.is_floating_point() else v for k, v in load_file(folder / WEIGHTS).items()}
    for module in (trainer.backbone, trainer.average.module):
        module.load_state_dict(weights)
    trainer.localiser.head.load_state_dict(load_file(folder / LOCALISER))
    trainer.step = trainer.taken_over_at = document["step"]
    # Another stretch of random numbers for dropout than the first call's.
    torch.manual_seed(trainer.config.seed + trainer.step)


def _halved(value: Tensor) -> Tensor:
    """Round as `freeze` does: kernels and matrices to half precision, vectors not."""
    wide = value.is_floating_point() and value.ndim > 1
    return (value.half() if wide else value).cpu().contiguous()
