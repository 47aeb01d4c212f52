"""Packed photographs: what `prepare` writes once and every training step reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.contracts import Box, Floats, Image

PIXELS, RECORDS, REBUILT, RESTORED = "pixels.bin", "records.npz", "rebuilt.bin", "restored.bin"
REPAINTED = {REBUILT: "make reconstruct", RESTORED: "make restore"}
"""Files that networks paint from the photographs, laid out as `PIXELS`, and what writes them."""
Indices = NDArray[np.int64]


def missing(name: str) -> ValueError:
    """Return the error of a pack without a file of `REPAINTED`."""
    return ValueError(f"{name} is missing from the pack: `{REPAINTED[name]}` writes it")


def _unpainted(name: str) -> Image:
    raise missing(name)


@dataclass(frozen=True, slots=True)
class Photo:
    """An authentic photograph around one face; coordinates are its own pixels."""

    rgb: Image  # (H, W, 3)
    box: Box  # as the serving detector reports it, may reach outside the photograph
    landmarks: Floats  # (5, 2)
    mesh: Floats  # (468, 2)
    painted: Callable[[str], Image] = _unpainted
    """Returns what a network painted of it, ``(H, W, 3)``, by the name of a file of `REPAINTED`; raises
    ValueError where there is none."""

    @property
    def size_px(self) -> float:
        """Longer side of the box, the measure of all lengths in blending."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])


class Pack:
    """A folder written by `prepare`, memory-mapped.

    ``records`` has one row per photograph: shape, offset, box, landmarks, mesh, identity, source, licence,
    tier, validation (bool), donors ``(N, K)``: photographs of other people with a similar mesh and skin tone.
    Where `rebuild` or `restore` has written a file of `REPAINTED`, photographs can show what it holds.
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
        x0, y0, x1, y1 = self.records["box"][index].tolist()
        landmarks, mesh = self.records["landmarks"][index], self.records["mesh"][index]
        painted = partial(self.picture, index=index)
        return Photo(self.picture(PIXELS, index), (x0, y0, x1, y1), landmarks, mesh, painted)

    def has(self, name: str) -> bool:
        """Tell whether there is the file ``name`` of `REPAINTED`."""
        return name in self._files

    def picture(self, name: str, index: int) -> Image:
        """Return one photograph ``(H, W, 3)`` as a file holds it: `PIXELS`, or one of `REPAINTED`.

        Raises ValueError where `REPAINTED`'s is missing.
        """
        if name not in self._files:
            raise missing(name)
        height, width = self.records["shape"][index].tolist()
        start = int(self.records["offset"][index])
        return np.array(self._files[name][start : start + height * width * 3]).reshape(height, width, 3)

    def paint(self, name: str, pictures: Iterable[Image]) -> None:
        """Write a file of `REPAINTED`, one picture per photograph; packs opened from now on have it.

        Killed half-way, it leaves no such file.
        """
        unfinished = self.folder / f"{name}.partial"
        with unfinished.open("wb") as file:
            for row, picture in enumerate(pictures):
                file.write(picture.tobytes())
                if row % 20 == 0:
                    print(f"\r{row + 1}/{len(self)} photographs", end="", flush=True)
        print()
        unfinished.replace(self.folder / name)

    def donor(self, index: int, rng: np.random.Generator) -> Photo:
        """Return a photograph of another person whose face fits."""
        return self[int(rng.choice(self.records["donors"][index]))]

    def members(self, validation: bool, sources: tuple[str, ...]) -> Indices:
        """Return the rows of one side of the split."""
        chosen = (self.records["validation"] == validation) & np.isin(self.records["source"], sources)
        return np.flatnonzero(chosen)
