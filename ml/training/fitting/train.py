"""A training run.

A run that was stopped resumes from its last checkpoint when the same command is given again, and ends with
the weights that it would have had without the stop.
"""

from __future__ import annotations

import copy
import math
import shutil
import time
from collections import Counter
from pathlib import Path

import cv2
import torch
from torch.utils.data import DataLoader

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
from training.fitting.devices import DeviceChoice, open_device
from training.fitting.journal import Journal
from training.fitting.starts import find_weights, run_weights, stay_near
from training.fitting.stopping import Best
from training.fitting.trainer import Trainer
from training.fitting.validate import Validation
from training.photographs.pack import Pack, missing
from training.samples.pairs import Batch, Batches, Pairs


def train(
    config: TrainConfig,
    pack: Pack,
    weights: Path,
    out: Path,
    minutes: float | None = None,
    workers: int = 2,
    device: DeviceChoice = "cpu",
) -> bool:
    """Run or resume; return whether the last step was reached.

    ``minutes`` of wall time end the call early with a checkpoint; the schedule stays that of all steps.
    """
    # OpenCV's threads do not survive the fork into workers, which would then wait for them for ever.
    cv2.setNumThreads(1)
    for name in derived(config):
        if not pack.has(name):
            raise missing(name)
    out.mkdir(parents=True, exist_ok=True)
    best = Best(config.patience)
    trainer = _trainer(config, weights, out, open_device(device), best)
    journal = Journal(out, config.steps, trainer.step)
    validation = Validation(pack, config)
    deadline = time.monotonic() + minutes * 60.0 if minutes else math.inf
    for batch in _loader(config, pack, trainer.step, workers, trainer.device):
        loss, accuracy = trainer.advance(batch)
        journal.advance(trainer.step, loss, accuracy)
        if trainer.step % config.validate_every == 0 or trainer.step == config.steps:
            _validate(trainer, validation, journal, best, out)
        late = time.monotonic() > deadline
        if trainer.step % config.checkpoint_every == 0 or late or best.is_enough:
            save_checkpoint(out, trainer.state() | {"best": best.state()})
            save_weights(trainer.average.module, out / LAST_WEIGHTS)
        if late or best.is_enough:
            break
    if trainer.step < config.steps and not best.is_enough:
        return False
    if not best.step:  # a run that had ended before best weights were kept
        _validate(trainer, validation, journal, best, out)
    _finish(trainer, best, validation, weights, pack, out)
    return True


def _trainer(config: TrainConfig, weights: Path, out: Path, device: torch.device, best: Best) -> Trainer:
    trainer = Trainer(config, weights, device)
    state = load_checkpoint(out)
    if state is not None:
        trainer.restore(state)
        best.restore(state.get("best"))
    return trainer


def _loader(
    config: TrainConfig, pack: Pack, first: int, workers: int, device: torch.device
) -> DataLoader[Batch]:
    rows = pack.members(validation=False, sources=config.sources)
    pairs = Pairs(pack, rows, config.crop, config.augment, config.seed)
    batches = Batches(pairs, config.crop, config.kinds, config.pairs_per_batch)
    return DataLoader(
        batches,
        batch_size=None,
        sampler=range(first, config.steps),
        num_workers=workers,
        prefetch_factor=3 if workers else None,
        pin_memory=device.type == "cuda",
        # Without one of its own the loader draws from the generator that dropout uses, once per (re)start.
        generator=torch.Generator(),
    )


def _validate(trainer: Trainer, validation: Validation, journal: Journal, best: Best, out: Path) -> None:
    figures = validation.measure(trainer.average.module)
    journal.record(trainer.step, **figures)
    journal.draw()
    if best.offer(trainer.step, figures):
        save_weights(trainer.average.module, out / BEST_WEIGHTS)


def _finish(
    trainer: Trainer, best: Best, validation: Validation, weights: Path, pack: Pack, out: Path
) -> None:
    save_checkpoint(out, trainer.state() | {"best": best.state()})
    config, figures = trainer.config, best.figures
    if config.start_share:
        model = copy.deepcopy(trainer.average.module)
        run_weights(model, out / BEST_WEIGHTS)
        stay_near(model, find_weights(weights, config.start_file), config.start_share)
        save_weights(model, out / WEIGHTS)
        figures = validation.measure(model)
    else:
        shutil.copyfile(out / BEST_WEIGHTS, out / WEIGHTS)
    rows = pack.members(validation=False, sources=config.sources)
    sources = Counter(zip(pack.records["source"][rows], pack.records["licence"][rows], strict=True))
    report = {
        "architecture": config.architecture,
        "steps": best.step,
        "seed": config.seed,
        "config": as_document(config),
        "validation": figures,
        "training_data": [
            {"source": str(source), "licence": str(licence), "photographs": count}
            for (source, licence), count in sorted(sources.items())
        ],
    }
    save_report(out, report)
