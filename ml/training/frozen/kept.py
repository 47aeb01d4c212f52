"""Features in a folder: numbered blocks as ``.npy``, and a manifest whose lines say what each face is."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from torch import nn

from detector.contracts import Image
from training.frozen.clip import class_tokens
from training.frozen.faces import FaceRow, Faces

MANIFEST, PLAN = "manifest.jsonl", "plan.json"

_BATCH = 8  # crops per forward pass: more are no faster on a CPU


@dataclass(frozen=True, slots=True)
class Kept:
    """All faces of a folder: N rows, class tokens ``(N, BLOCKS, WIDTH)``, crops ``(N, S, S, 3)``."""

    rows: list[FaceRow]
    tokens: NDArray[np.float16]
    crops: Image


def keep(
    network: nn.Module, faces: Faces, folder: Path, minutes: float | None, tell: Callable[[str], None]
) -> bool:
    """Add the blocks that ``folder`` lacks; return whether all are there before ``minutes`` have passed.

    Raises ValueError where the folder was begun by another plan.
    """
    folder.mkdir(parents=True, exist_ok=True)
    plan = json.dumps(asdict(faces.plan))
    if (folder / PLAN).exists() and (folder / PLAN).read_text() != plan:
        raise ValueError(f"{folder} was begun by another plan; give another folder")
    (folder / PLAN).write_text(plan)
    end = None if minutes is None else time.monotonic() + 60.0 * minutes
    for number in range(_blocks(folder), faces.plan.blocks):
        if end is not None and time.monotonic() > end:
            return False
        rows, crops = faces.block(number)
        tokens = [class_tokens(network, crops[i : i + _BATCH]) for i in range(0, len(crops), _BATCH)]
        np.save(folder / f"tokens-{number:03d}.npy", np.concatenate(tokens))
        np.save(folder / f"crops-{number:03d}.npy", np.stack(crops))
        # The manifest comes last, and in one write: a block that it does not name is made again.
        with (folder / MANIFEST).open("a") as manifest:
            manifest.write("".join(json.dumps({"block": number, **asdict(row)}) + "\n" for row in rows))
        tell(f"block {number + 1} of {faces.plan.blocks}: {len(rows)} faces")
    return True


def read_kept(folder: Path) -> Kept:
    """Read all blocks; raises FileNotFoundError for a folder without any."""
    lines = [json.loads(line) for line in (folder / MANIFEST).read_text().splitlines()]
    blocks = sorted({line.pop("block") for line in lines})
    tokens, crops = (
        np.concatenate([np.load(folder / f"{name}-{number:03d}.npy") for number in blocks])
        for name in ("tokens", "crops")
    )
    return Kept([FaceRow(**line) for line in lines], tokens, crops)


def _blocks(folder: Path) -> int:
    """Return how many blocks a folder holds."""
    manifest = folder / MANIFEST
    if not manifest.exists():
        return 0
    return 1 + max((json.loads(line)["block"] for line in manifest.read_text().splitlines()), default=-1)
