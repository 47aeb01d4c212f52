"""A made-up collection: noise for faces, where fakes of one source bear a grid."""

import json
from pathlib import Path

import cv2
import numpy as np

from training.labelled.split import HeldOut, Split

SPLIT = Split(
    held_out=(
        HeldOut("gan", frozenset({"gan-gallery"}), frozenset({"gan"})),
        HeldOut("studio", frozenset({"studio"}), frozenset()),
    ),
    blended=frozenset({"swap"}),
    skipped=frozenset({"memes"}),
)

# source, kind, label, method, files, crops of each
SOURCES = (
    ("press", "image", "real", None, 6, 1),
    ("talks", "video", "real", None, 4, 3),
    ("studio", "image", "real", None, 4, 1),
    ("memes", "image", "real", None, 2, 1),
    ("gallery", "image", "fake", "diffusion", 6, 1),
    ("mixed", "image", "fake", "gan", 2, 1),
    ("mixed", "image", "fake", "swap", 3, 1),
    ("gan-gallery", "image", "fake", "gan", 5, 1),
    ("swaps", "video", "fake", "swap", 4, 3),
    ("heads", "video", "fake", "talking-head", 4, 2),
)


def picture(side: int, seed: int) -> np.ndarray:
    """Return smooth noise ``(side, side, 3)``."""
    noise = np.random.default_rng(seed).integers(40, 215, (12, 12, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(noise, (side, side), interpolation=cv2.INTER_CUBIC))


def write_collection(folder: Path, sources: tuple = SOURCES) -> Path:
    """Write crops and their manifest; return the manifest."""
    lines, number = [], 0
    for source, kind, label, method, files, crops in sources:
        for file in range(files):
            named = []
            for _ in range(crops):
                side, number = 150 + 10 * (number % 7), number + 1
                cv2.imwrite(str(folder / f"{number}.webp"), picture(side, number))
                named.append({"crop": f"{number}.webp", "face_px": side})
            row = {
                "label": label,
                "kind": kind,
                "dataset": source,
                "group": f"{source}-{file // 2}",
                "crops": named,
            }
            lines.append(json.dumps(row | ({"made_by": method} if method else {})))
    manifest = folder / "manifest.jsonl"
    manifest.write_text("\n".join(lines))
    return manifest
