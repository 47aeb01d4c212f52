"""Packed photographs: what `prepare` writes once and every training step reads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.contracts import Box, Floats, Image

PIXELS, RECORDS, REBUILT, RESTORED = "pixels.bin", "records.npz", "rebuilt.bin", "restored.bin"
REPAINTED = {REBUILT: "make reconstruct", RESTORED: "make restore"}
"""Files that networks paint from the photographs, laid out as `PIXELS`, and what writes them."""
Indices = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Photo:
    """An authentic photograph around one face; coordinates are its own pixels."""

    rgb: Image  # (H, W, 3)
    box: Box  # as the serving detector reports it, may reach outside the photograph
    landmarks: Floats  # (5, 2)
    mesh: Floats  # (468, 2)
    rebuilt: Image | None = None  # (H, W, 3): the photograph as an autoencoder repeats it, see `rebuild`
    restored: Image | None = None  # (H, W, 3): as a generator restores it from few pixels, see `restore`

    @property
    def size_px(self) -> float:
        """Longer side of the box, the measure of all lengths in blending."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])


class Pack:
    """A folder written by `prepare`, memory-mapped.

    ``records`` has one row per photograph: shape, offset, box, landmarks, mesh, identity, source, licence,
    tier, validation (bool), donors ``(N, K)``: photographs of other people with a similar mesh and skin tone.
    Where `rebuild` or `restore` has written a file of `REPAINTED`, photographs come with what it holds.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with np.load(folder / RECORDS, allow_pickle=False) as records:
            self.records: dict[str, NDArray[Any]] = {name: records[name] for name in records.files}
        there = [PIXELS, *(name for name in REPAINTED if (folder / name).exists())]
        self._files = {name: np.memmap(folder / name, np.uint8, mode="r") for name in there}

    def __len__(self) -> int:
        return len(self.records["offset"])

    def __getitem__(self, index: int) -> Photo:
        pictures = {name: self.picture(name, index) for name in self._files}
        x0, y0, x1, y1 = self.records["box"][index].tolist()
        landmarks, mesh = self.records["landmarks"][index], self.records["mesh"][index]
        painted = pictures.get(REBUILT), pictures.get(RESTORED)
        return Photo(pictures[PIXELS], (x0, y0, x1, y1), landmarks, mesh, *painted)

    def has(self, name: str) -> bool:
        """Tell whether photographs come with what the file ``name`` of `REPAINTED` holds."""
        return name in self._files

    def picture(self, name: str, index: int) -> Image:
        """Return one photograph ``(H, W, 3)`` as a file holds it: `PIXELS`, or one of `REPAINTED`."""
        height, width = self.records["shape"][index].tolist()
        start = int(self.records["offset"][index])
        return np.array(self._files[name][start : start + height * width * 3]).reshape(height, width, 3)

    def donor(self, index: int, rng: np.random.Generator) -> Photo:
        """Return a photograph of another person whose face fits."""
        return self[int(rng.choice(self.records["donors"][index]))]

    def members(self, validation: bool, sources: tuple[str, ...]) -> Indices:
        """Return the rows of one side of the split."""
        chosen = (self.records["validation"] == validation) & np.isin(self.records["source"], sources)
        return np.flatnonzero(chosen)


def missing(name: str) -> ValueError:
    """Return the error of a pack without a file of `REPAINTED`."""
    return ValueError(f"{name} is missing from the pack: `{REPAINTED[name]}` writes it")
