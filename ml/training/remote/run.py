"""Train from a travelling folder for some minutes: ``train.sh`` calls it.

The whole checkpoint stays in ``run/`` of that folder, for a next call on the same machine; ``--out`` gets
what a call elsewhere needs to go on, the log and the curves, all small.
"""

from __future__ import annotations

import argparse
import dataclasses
import importlib.util
import json
import os
import shutil
import time
from pathlib import Path

from training.fitting.checkpoint import REPORT
from training.fitting.config import TrainConfig, parse_config
from training.fitting.devices import DeviceChoice
from training.fitting.handover import HANDOVER
from training.fitting.journal import CURVES, LOG
from training.fitting.train import train
from training.remote.album import open_album
from training.remote.build import ALBUM, CONFIG, STARTS

MINUTES = 9.0  # of a limit of ten, which starting, validating and copying share
_LAST_WORDS = 0.5  # minutes for the last validation and for writing


def run(folder: Path, out: Path, minutes: float, device: DeviceChoice, workers: int) -> bool:
    """Train until done or late, and copy what came of it to ``out``; return whether the run is finished."""
    began = time.monotonic()
    config = possible_here(parse_config(json.loads((folder / CONFIG).read_text())))
    pack = open_album(folder / ALBUM, folder / "photographs")
    place = folder / "run"
    place.mkdir(exist_ok=True)
    _earlier_log(folder, place)
    left = minutes - _LAST_WORDS - (time.monotonic() - began) / 60.0
    done = train(config, pack, folder / STARTS, place, max(left, 1e-9), workers, device, folder / HANDOVER)
    out.mkdir(parents=True, exist_ok=True)
    for file in (*(place / HANDOVER).iterdir(), place / LOG, place / CURVES, place / REPORT):
        if file.exists():
            shutil.copyfile(file, out / file.name)
    return done


def possible_here(config: TrainConfig) -> TrainConfig:
    """Switch H.264 off where PyAV is missing; the run's report then says so."""
    if config.augment.h264 and importlib.util.find_spec("av") is None:
        print("PyAV is not installed: this run goes without H.264 (give its wheel to the pack to have it)")
        return dataclasses.replace(config, augment=dataclasses.replace(config.augment, h264=0.0))
    return config


def _earlier_log(folder: Path, place: Path) -> None:
    """Go on with the log that came with a hand-over, so that the curves show the whole run."""
    kept = folder / HANDOVER / LOG
    if kept.exists() and not (place / LOG).exists():
        shutil.copyfile(kept, place / LOG)


def main() -> None:
    """Read the arguments and train."""
    parser = argparse.ArgumentParser(description="train from a travelling folder")
    parser.add_argument("--pack", type=Path, required=True, help="the folder")
    parser.add_argument("--out", type=Path, required=True, help="for what comes of it")
    parser.add_argument("--minutes", type=float, default=MINUTES, help="of wall time, the start included")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto", help="where to compute")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 2, help="processes that make pairs")
    arguments = parser.parse_args()
    done = run(arguments.pack, arguments.out, arguments.minutes, arguments.device, arguments.workers)
    print(f"{arguments.out}: {'finished' if done else 'to be continued'}")


if __name__ == "__main__":
    main()
