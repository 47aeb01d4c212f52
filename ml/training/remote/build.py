"""One small folder to train from: ``python -m training.remote.build CONFIG --pack … --weights … --out …``.

It holds code, configuration, initial weights (or what an earlier call handed over) and the photographs, and
``train.sh`` trains from it wherever Python, torch and timm are.
"""

from __future__ import annotations

import argparse
import dataclasses
import inspect
import json
import math
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from safetensors.torch import load_file, save_file

import detector
import measures
import training
from training.fitting.checkpoint import WEIGHTS
from training.fitting.config import TrainConfig, as_document, load_config, repainted
from training.fitting.handover import HANDOVER, LOCALISER, STATE, handed_over
from training.fitting.journal import LOG
from training.fitting.starts import find_weights
from training.photographs.pack import Pack
from training.remote.album import write_album

MEGABYTES = 60.0
PAIRS = 64
CONFIG, ALBUM, CODE, STARTS = "config.json", "album", "code", "weights"

_SCRIPT = """#!/usr/bin/env bash
# Trains for some minutes and leaves checkpoints and figures in $OUT, or in out/ beside this file.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
export PYTHONPATH="$here/code" PYTHONUNBUFFERED=1
if compgen -G "$here/wheels/*.whl" >/dev/null && ! "$python" -c 'import av' 2>/dev/null; then
  "$python" -m pip install -q --no-index --no-deps --target "$here/site" "$here"/wheels/*.whl
  PYTHONPATH="$PYTHONPATH:$here/site"
fi
exec "$python" -m training.remote.run --pack "$here" --out "${OUT:-$here/out}" "$@"
"""


def for_gpu(config: TrainConfig, pairs: int, steps: int | None) -> TrainConfig:
    """Return the configuration with larger batches, in bfloat16.

    The rate rises with the root of the batch's size, as suits Adam (Malladi et al., "On the SDEs and Scaling
    Rules for Adaptive Gradient Algorithms", NeurIPS 2022).
    """
    rate = config.learning_rate * math.sqrt(pairs / config.pairs_per_batch)
    return dataclasses.replace(
        config, pairs_per_batch=pairs, learning_rate=rate, steps=steps or config.steps, bfloat16=True
    )


def build(
    config: TrainConfig,
    pack: Pack,
    weights: Path,
    out: Path,
    megabytes: float = MEGABYTES,
    handover: Path | None = None,
    wheels: Sequence[Path] = (),
) -> dict[str, Any]:
    """Write the folder, replacing what was there; return what it holds.

    The photographs get what the rest leaves of ``megabytes`` (10^6 bytes). Raises `album.AlbumError` when
    that is too little, and FileNotFoundError for weights that are not there.
    """
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    _copy_code(out / CODE)
    (out / CONFIG).write_text(json.dumps(as_document(_travelling(config)), indent=2) + "\n")
    (out / HANDOVER).mkdir()
    if handover is not None and handed_over(handover):
        for name in (WEIGHTS, LOCALISER, STATE, LOG):
            if (handover / name).exists():
                shutil.copyfile(handover / name, out / HANDOVER / name)
        files = [config.start_file] if config.start_share else []
    else:
        files = [config.start_file]
    files += [config.teacher] if config.distillation else []
    for name in filter(None, files):
        _copy(find_weights(weights, name), out / STARTS / _plain(name))
    if config.start in ("own", "selection") and not handed_over(handover):
        _drop_head(out / STARTS / _plain(config.start_file))
    for wheel in wheels:
        _copy(wheel, out / "wheels" / wheel.name)
    script = out / "train.sh"
    script.write_text(_SCRIPT)
    script.chmod(0o755)
    rows = np.flatnonzero(np.isin(pack.records["source"], config.sources))
    # Views are enlarged up to this much, so the photographs keep as many pixels as the closest view needs.
    closest = min(1.0, config.augment.scale[0])
    spec = dataclasses.replace(config.crop, size=math.ceil(config.crop.size / closest))
    album = write_album(pack, rows, spec, megabytes - size_mb(out), out / ALBUM, repainted(config))
    return album | {"megabytes": round(size_mb(out), 2)}


def size_mb(folder: Path) -> float:
    """Return the size of a folder's files in 10^6 bytes."""
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / 1e6


def _travelling(config: TrainConfig) -> TrainConfig:
    """Name weights as they lie in the folder, where no path of this machine leads anywhere."""
    return dataclasses.replace(config, start_file=_plain(config.start_file), teacher=_plain(config.teacher))


def _plain(name: str) -> str:
    """Return a file name that two runs' ``weights.safetensors`` do not share."""
    return "-".join(Path(name).parts[-2:]).strip("/-") if name else ""


def _drop_head(file: Path) -> None:
    """Leave out ImageNet's classifier, a sixth of the file, which no start uses."""
    tensors = {name: value for name, value in load_file(file).items() if not name.startswith("classifier.")}
    save_file(tensors, file)


def _copy_code(out: Path) -> None:
    for package in (detector, measures, training):
        source = Path(inspect.getfile(package)).parent
        for file in source.rglob("*.py"):
            _copy(file, out / source.name / file.relative_to(source))


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)


def main() -> None:
    """Read the arguments, build and say what is in it."""
    parser = argparse.ArgumentParser(description="pack a training run into one folder")
    parser.add_argument("config", type=Path, help="TOML file of the run")
    parser.add_argument("--pack", type=Path, required=True, help="folder written by photographs.prepare")
    parser.add_argument("--weights", type=Path, required=True, help="folder of initial weights")
    parser.add_argument("--out", type=Path, required=True, help="folder to write; replaced")
    parser.add_argument("--megabytes", type=float, default=MEGABYTES, help="of the whole folder, at most")
    parser.add_argument("--pairs", type=int, default=PAIRS, help="per batch")
    parser.add_argument("--steps", type=int, help="of the whole run (default: the configuration's)")
    parser.add_argument("--continue", type=Path, dest="handover", help="folder that an earlier call left")
    parser.add_argument("--wheels", type=Path, nargs="*", default=[], help="of packages missing there")
    arguments = parser.parse_args()
    config = for_gpu(load_config(arguments.config), arguments.pairs, arguments.steps)
    pack = Pack(arguments.pack)
    parts = (arguments.megabytes, arguments.handover, arguments.wheels)
    print(json.dumps(build(config, pack, arguments.weights, arguments.out, *parts)))
    print(f"bash {arguments.out}/train.sh --minutes 9")


if __name__ == "__main__":
    main()
