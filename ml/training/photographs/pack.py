"""Packed photographs: what `prepare` writes once and every training step reads."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.contracts import Box, Floats, Image

PIXELS, RECORDS = "pixels.bin", "records.npz"
RECONSTRUCTED, RESTORED, DECODED = "reconstructed.bin", "restored.bin", "decoded.bin"
DERIVED = {RECONSTRUCTED: "make reconstruct", RESTORED: "make restore", DECODED: "make decode"}
"""Files of what networks made of the photographs, laid out as `PIXELS`, and the commands that write them."""
Indices = NDArray[np.int64]


def digest(records: Mapping[str, NDArray[Any]]) -> str:
    """Identify a pack by its records: the first half of the SHA-256 of all columns."""
    found = hashlib.sha256()
    for name in sorted(records):
        column = np.ascontiguousarray(records[name])
        found.update(f"{name} {column.dtype.str} {column.shape}".encode())
        found.update(column.tobytes())
    return found.hexdigest()[:32]


def missing(name: str) -> ValueError:
    """Return the error of a pack without a file of `DERIVED`."""
    return ValueError(f"{name} is missing from the pack: `{DERIVED[name]}` writes it")


def _underived(name: str) -> Image:
    raise missing(name)


@dataclass(frozen=True, slots=True)
class Photo:
    """An authentic photograph around one face; coordinates are its own pixels."""

    rgb: Image  # (H, W, 3)
    box: Box  # as the serving detector reports it, may reach outside the photograph
    landmarks: Floats  # (5, 2)
    mesh: Floats  # (468, 2)
    derived: Callable[[str], Image] = _underived
    """Returns what a network made of it, ``(H, W, 3)``, by the name of a file of `DERIVED`; raises
    ValueError where there is none."""

    @property
    def size_px(self) -> float:
        """Longer side of the box, the measure of all lengths in blending."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])


class Pack:
    """A folder written by `prepare`, memory-mapped.

    ``records`` has one row per photograph: shape, offset, box, landmarks, mesh, identity, source, licence,
    tier, validation (bool), donors ``(N, K)``: photographs of other people with a similar mesh and skin tone.
    Where `reconstruct`, `restore` or `decode` has written a file of `DERIVED`, photographs can show what it
    holds; the file may end after some of the photographs.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        with np.load(folder / RECORDS, allow_pickle=False) as records:
            self.records: dict[str, NDArray[Any]] = {name: records[name] for name in records.files}
        ends = self.records["offset"] + 3 * self.records["shape"].astype(np.int64).prod(axis=1)
        self._files = {PIXELS: np.memmap(folder / PIXELS, np.uint8, mode="r")}
        self._lengths: dict[str, int] = {}
        for name in DERIVED:
            size = (folder / name).stat().st_size if (folder / name).exists() else 0
            if whole := int(np.searchsorted(ends, size, side="right")):
                self._files[name] = np.memmap(folder / name, np.uint8, mode="r")
                self._lengths[name] = whole

    def __len__(self) -> int:
        return len(self.records["offset"])

    def __getitem__(self, index: int) -> Photo:
        x0, y0, x1, y1 = self.records["box"][index].tolist()
        landmarks, mesh = self.records["landmarks"][index], self.records["mesh"][index]
        derived = partial(self.picture, index=index)
        return Photo(self.picture(PIXELS, index), (x0, y0, x1, y1), landmarks, mesh, derived)

    def has(self, name: str) -> bool:
        """Return whether there is the file ``name`` of `DERIVED`, or a beginning of it."""
        return name in self._files

    def length(self, name: str) -> int:
        """Return how many photographs, the first ones, have a picture in the file ``name`` of `DERIVED`."""
        return self._lengths.get(name, 0)

    def shorten(self, name: str, length: int) -> None:
        """Take only the first ``length`` pictures of a file of `DERIVED`.

        Raises ValueError where it has fewer.
        """
        if self.length(name) < length:
            raise ValueError(f"{name} has {self.length(name)} pictures, not {length} as when the run began")
        self._lengths[name] = length

    def picture(self, name: str, index: int) -> Image:
        """Return one photograph ``(H, W, 3)`` as a file holds it: `PIXELS`, or one of `DERIVED`.

        Raises ValueError where `DERIVED`'s is missing.
        """
        if name != PIXELS and index >= self.length(name):
            raise missing(name)
        height, width = self.records["shape"][index].tolist()
        start = int(self.records["offset"][index])
        return np.array(self._files[name][start : start + height * width * 3]).reshape(height, width, 3)

    def write_derived(self, name: str, pictures: Iterable[Image]) -> None:
        """Write a file of `DERIVED`, one picture per photograph; packs opened from now on have it.

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

    def continue_derived(
        self, name: str, make: Callable[[range], Iterable[Image]], limit: int | None = None
    ) -> None:
        """Write a file of `DERIVED` on from where it ends, up to the first ``limit`` photographs.

        ``make`` returns the pictures of some rows. Killed half-way, the file keeps the pictures that are
        whole; packs opened from now on have them.
        """
        rows = range(Pack(self.folder).length(name), min(len(self), limit or len(self)))
        if not rows:
            return
        with (self.folder / name).open("ab") as file:
            file.truncate(int(self.records["offset"][rows.start]))
            for row, picture in zip(rows, make(rows), strict=True):
                file.write(picture.tobytes())
                if row % 20 == 0:
                    print(f"\r{row + 1}/{rows.stop} photographs", end="", flush=True)
        print()

    def donor(self, index: int, rng: np.random.Generator) -> Photo:
        """Return a photograph of another person whose face fits."""
        return self[int(rng.choice(self.records["donors"][index]))]

    def members(self, validation: bool, sources: tuple[str, ...]) -> Indices:
        """Return the rows of one side of the split."""
        chosen = (self.records["validation"] == validation) & np.isin(self.records["source"], sources)
        return np.flatnonzero(chosen)
