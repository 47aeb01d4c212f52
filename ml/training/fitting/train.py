"""A training run.

A run that was stopped resumes from its last checkpoint when the same command is given again, and ends with
the weights that it would have had without the stop.
"""

from __future__ import annotations

import copy
import math
import shutil
import time
from pathlib import Path
from typing import Any

import cv2
import torch
from torch.utils.data import DataLoader, Dataset

from training.fitting.checkpoint import (
    BEST_WEIGHTS,
    LAST_WEIGHTS,
    WEIGHTS,
    load_checkpoint,
    save_checkpoint,
    save_report,
    save_weights,
)
from training.fitting.config import TrainConfig, as_document, derived
from training.fitting.data import (
    Validates,
    inputs,
    open_batches,
    open_validation,
    resume_inputs,
    training_data,
)
from training.fitting.devices import DeviceChoice, open_device
from training.fitting.journal import Journal
from training.fitting.runs import last_validation
from training.fitting.starts import find_weights, run_weights, stay_near
from training.fitting.stopping import EarlyStopping
from training.fitting.trainer import Trainer
from training.labelled.pack import LabelledPack
from training.photographs.pack import Pack, missing
from training.samples.pairs import Batch


def train(
    config: TrainConfig,
    pack: Pack,
    weights: Path,
    out: Path,
    minutes: float | None = None,
    workers: int = 2,
    device: DeviceChoice = "cpu",
    labelled: LabelledPack | None = None,
) -> bool:
    """Run or resume; return whether the last step was reached.

    ``labelled`` are the crops of a configuration that is trained on such, beside the photographs of ``pack``.
    ``minutes`` of wall time end the call early with a checkpoint; the schedule stays that of all steps.
    """
    # OpenCV's threads do not survive the fork into workers, which would then wait for them for ever.
    cv2.setNumThreads(1)
    for name in derived(config):
        # Labelled runs draw the photographs that a kind can be made of; others take each in its turn.
        if pack.length(name) < (1 if config.labelled else len(pack)):
            raise missing(name)
    out.mkdir(parents=True, exist_ok=True)
    best = EarlyStopping(config.patience)
    trainer = Trainer(config, weights, open_device(device))
    data = _resume(trainer, best, out, pack, labelled)
    journal = Journal(out, config.steps, trainer.step)
    validation = open_validation(config, pack, labelled)
    deadline = time.monotonic() + minutes * 60.0 if minutes else math.inf
    batches = open_batches(config, pack, labelled)
    for batch in _loader(batches, range(trainer.step, config.steps), workers, trainer.device):
        loss, accuracy = trainer.advance(batch)
        journal.advance(trainer.step, loss, accuracy)
        if validation and (trainer.step % config.validate_every == 0 or trainer.step == config.steps):
            _validate(trainer, validation, journal, best, out)
        late = time.monotonic() > deadline
        if trainer.step % config.checkpoint_every == 0 or late or best.should_stop:
            save_checkpoint(out, trainer.state() | {"best": best.state(), "inputs": data})
            save_weights(trainer.average.module, out / LAST_WEIGHTS)
        if late or best.should_stop:
            break
    if trainer.step < config.steps and not best.should_stop:
        return False
    if validation and not best.step:  # a run that had ended before best weights were kept
        _validate(trainer, validation, journal, best, out)
        if not best.step:
            raise ValueError("no validation gave a figure: look at its kinds, and at the loss in log.jsonl")
    journal.draw()
    save_checkpoint(out, trainer.state() | {"best": best.state(), "inputs": data})
    _finish(trainer, best, validation, weights, training_data(config, pack, labelled), out)
    return True


def _resume(
    trainer: Trainer, best: EarlyStopping, out: Path, pack: Pack, labelled: LabelledPack | None
) -> dict[str, Any]:
    """Go back to the checkpoint in ``out``, if there is one; return the `inputs` that the run has.

    Raises ValueError where it began with another configuration or other data.
    """
    state = load_checkpoint(out)
    if state is not None:
        trainer.restore(state)
        best.restore(state.get("best"))
        if before := state.get("inputs"):
            resume_inputs(before, trainer.config, pack, labelled)
        else:
            print(f"{out}: the checkpoint does not say what data the run began with; it goes on with these")
    return inputs(trainer.config, pack, labelled)


def _loader(batches: Dataset[Batch], steps: range, workers: int, device: torch.device) -> DataLoader[Batch]:
    return DataLoader(
        batches,
        batch_size=None,
        sampler=steps,
        num_workers=workers,
        prefetch_factor=3 if workers else None,
        pin_memory=device.type == "cuda",
        # Without one of its own the loader draws from the generator that dropout uses, once per (re)start.
        generator=torch.Generator(),
    )


def _validate(
    trainer: Trainer, validation: Validates, journal: Journal, best: EarlyStopping, out: Path
) -> None:
    figures = validation.measure(trainer.average.module)
    journal.record(trainer.step, **figures)
    journal.draw()
    if best.update(trainer.step, figures):
        save_weights(trainer.average.module, out / BEST_WEIGHTS)


def _finish(
    trainer: Trainer,
    best: EarlyStopping,
    validation: Validates | None,
    weights: Path,
    data: list[dict[str, Any]],
    out: Path,
) -> None:
    config, figures = trainer.config, best.figures
    if validation is None:
        save_weights(trainer.average.module, out / WEIGHTS)
    elif config.start_share:
        model = copy.deepcopy(trainer.average.module)
        run_weights(model, out / BEST_WEIGHTS)
        stay_near(model, find_weights(weights, config.start_file), config.start_share)
        save_weights(model, out / WEIGHTS)
        figures = validation.measure(model)
    else:
        shutil.copyfile(out / BEST_WEIGHTS, out / WEIGHTS)
    report = {
        "architecture": config.architecture,
        "steps": best.step if validation else trainer.step,
        "seed": config.seed,
        "config": as_document(config),
        "validation": figures,
        "start_validation": last_validation(find_weights(weights, config.start_file).parent),
        "training_data": data,
    }
    save_report(out, report)
