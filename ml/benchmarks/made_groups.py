"""Made pictures of many people whose places are known without any detector: what is found of them.

The faces are of the labelled photographs (``train-real``), each shown at one size on a plain ground. The data
set's own boxes, which people or other detectors drew, say where each face lies.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import cv2
import numpy as np

from benchmarks.footage import NoFootageError, read_still
from detector.contracts import Box, Image

MANIFEST = "train-real/manifest.jsonl"
_AROUND = 1.25  # sides of what is shown of a photograph, in longer sides of its face
_GROUND = (110, 120, 110)
_SEED = 7


@dataclass(frozen=True, slots=True)
class Size:
    """A group's pixels, its number of faces, and the longer side of each."""

    width: int
    height: int
    faces: int
    side: int


SIZES = (Size(1600, 1200, 20, 120), Size(3000, 2250, 100, 110))


def made_groups(data: Path, sizes: Sequence[Size] = SIZES) -> Iterator[tuple[Image, list[Box]]]:
    """Yield a group of each size, no two of the same people, and the places of its faces.

    Raises `NoFootageError` where there are no such photographs.
    """
    manifest = data / MANIFEST
    try:
        records = [json.loads(line) for line in manifest.read_text().splitlines()]
    except OSError as error:
        raise NoFootageError(f"no made groups: {manifest} cannot be read") from error
    boxes = {record["file"]: record["face_box"] for record in records if record["tier"] == "A"}
    files = iter(np.random.default_rng(_SEED).permutation(list(boxes)).tolist())
    for size in sizes:
        faces = []
        for file in islice(files, size.faces):
            x, y, width, height = boxes[file]
            faces.append((read_still(manifest.parent / file), (x, y, x + width, y + height)))
        yield group_of(faces, size)


def group_of(faces: Sequence[tuple[Image, Box]], size: Size) -> tuple[Image, list[Box]]:
    """Return a picture of faces in rows, each given as a picture and its box there, and their places."""
    columns = int((size.faces * size.width / size.height) ** 0.5) + 1
    step = size.width // columns
    side = round(_AROUND * size.side)
    picture = np.full((size.height, size.width, 3), _GROUND, np.uint8)
    places: list[Box] = []
    for i, (shown, box) in enumerate(faces):
        scale = size.side / max(box[2] - box[0], box[3] - box[1])
        left = (i % columns) * step + (step - side) // 2
        top = (i // columns) * step + (step - side) // 2
        way = cv2.INTER_AREA if scale < 1.0 else cv2.INTER_CUBIC
        reduced = cv2.resize(shown, None, fx=scale, fy=scale, interpolation=way)
        middle = (scale * (box[0] + box[2]) / 2.0, scale * (box[1] + box[3]) / 2.0)
        moved = np.asarray([[1.0, 0.0, side / 2.0 - middle[0]], [0.0, 1.0, side / 2.0 - middle[1]]])
        picture[top : top + side, left : left + side] = cv2.warpAffine(
            reduced, moved, (side, side), borderValue=_GROUND
        )
        x, y = left + side / 2.0, top + side / 2.0
        across, along = scale * (box[2] - box[0]) / 2.0, scale * (box[3] - box[1]) / 2.0
        places.append((x - across, y - along, x + across, y + along))
    return picture, places
