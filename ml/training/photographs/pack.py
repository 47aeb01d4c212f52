"""Packed photographs: what `prepare` writes once and every training step reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.contracts import Box, Floats, Image

PIXELS, RECORDS = "pixels.bin", "records.npz"
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Photo:
    """An authentic photograph around one face; coordinates are its own pixels."""

    rgb: Image  # (H, W, 3)
    box: Box  # as the serving detector reports it, may reach outside the photograph
    landmarks: Floats  # (5, 2)
    mesh: Floats  # (468, 2)

    @property
    def size_px(self) -> float:
        """Longer side of the box, the measure of all lengths in blending."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])


class Pack:
    """A folder written by `prepare`, memory-mapped.

    ``records`` has one row per photograph: shape, offset, box, landmarks, mesh, identity, source, licence,
    tier, validation (bool), donors ``(N, K)``: photographs of other people with a similar mesh and skin tone.
    """

    def __init__(self, folder: Path) -> None:
        with np.load(folder / RECORDS, allow_pickle=False) as records:
            self.records: dict[str, NDArray[Any]] = {name: records[name] for name in records.files}
        self._pixels = np.memmap(folder / PIXELS, np.uint8, mode="r")

    def __len__(self) -> int:
        return len(self.records["offset"])

    def __getitem__(self, index: int) -> Photo:
        height, width = self.records["shape"][index].tolist()
        start = int(self.records["offset"][index])
        rgb = np.array(self._pixels[start : start + height * width * 3]).reshape(height, width, 3)
        x0, y0, x1, y1 = self.records["box"][index].tolist()
        return Photo(rgb, (x0, y0, x1, y1), self.records["landmarks"][index], self.records["mesh"][index])

    def donor(self, index: int, rng: np.random.Generator) -> Photo:
        """Return a photograph of another person whose face fits."""
        return self[int(rng.choice(self.records["donors"][index]))]

    def members(self, validation: bool, sources: tuple[str, ...]) -> Indices:
        """Return the rows of one side of the split."""
        chosen = (self.records["validation"] == validation) & np.isin(self.records["source"], sources)
        return np.flatnonzero(chosen)
