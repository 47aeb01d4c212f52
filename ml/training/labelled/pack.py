"""Labelled crops in one file: what a manifest and a split come to, as every training step reads it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.contracts import Image
from training.labelled.manifest import CROP_SIDE, LabelledFile, read_manifest
from training.labelled.split import Split, unknown_names

CROPS, RECORDS = "crops.bin", "labelled.npz"


@dataclass(frozen=True, slots=True)
class Stored:
    """One crop: the picture ``(side, side, 3)`` and the face's longer side in it, in pixels."""

    rgb: Image
    face_px: float


class LabelledPack:
    """A folder written by `pack_labelled`.

    ``records`` has one row per crop: offset and length (of its encoded bytes), side (pixels), face_px (in the
    original), fake, video, trace ("" for authentic), source, method, group, licence, number (of the file
    that it is of), held_out (name of the kind that validates on it, "" for others).
    """

    def __init__(self, folder: Path) -> None:
        with np.load(folder / RECORDS, allow_pickle=False) as records:
            self.records: dict[str, NDArray[Any]] = {name: records[name] for name in records.files}
        self._bytes = np.memmap(folder / CROPS, np.uint8, mode="r")

    def __len__(self) -> int:
        return len(self.records["offset"])

    def __getitem__(self, row: int) -> Stored:
        start, length = int(self.records["offset"][row]), int(self.records["length"][row])
        return Stored(
            _decoded(self._bytes[start : start + length]), float(self.records["side"][row] / CROP_SIDE)
        )

    @property
    def stored_face_px(self) -> NDArray[np.float64]:
        """Longer side of each face in its stored crop, in pixels."""
        return np.asarray(self.records["side"] / CROP_SIDE, np.float64)

    def can_show(self, rows: NDArray[np.int64], size: int, reduction: float) -> NDArray[np.bool_]:
        """Return of each of ``rows`` whether its face can be shown at a size, reduced from its original."""
        return (self.records["side"][rows] / CROP_SIDE >= size) & (
            self.records["face_px"][rows] >= size * reduction
        )


def pack_labelled(
    manifests: Sequence[Path], split: Split, out: Path, held_out: Sequence[str] | None = None
) -> int:
    """Write the crops of manifests as one pack; return how many.

    ``held_out`` names the kinds of the split that are held out, see `Split.only`; default: all. Raises
    ValueError for a crop that is no square picture, and for names in the split that no file bears.
    """
    files = [file for manifest in manifests for file in read_manifest(manifest)]
    if unknown := unknown_names(split, files):
        raise ValueError(f"no file of the manifests has the source or method {unknown}")
    if held_out:
        split = split.only(held_out, files)
    out.mkdir(parents=True, exist_ok=True)
    rows: list[dict[str, Any]] = []
    with (out / CROPS).open("wb") as packed:
        for number, file in enumerate(files):
            common = _common(file, split) | {"number": number}
            for crop in file.crops if file.source not in split.skipped else ():
                data = crop.file.read_bytes()
                placed = {"offset": packed.tell(), "length": len(data), "side": _side(data, crop.file)}
                rows.append({**common, **placed, "face_px": crop.face_px})
                packed.write(data)
    columns: dict[str, Any] = {name: np.asarray([row[name] for row in rows]) for name in rows[0]}
    np.savez(out / RECORDS, **columns)
    return len(rows)


def _common(file: LabelledFile, split: Split) -> dict[str, Any]:
    return {
        "fake": file.fake,
        "video": file.kind == "video",
        "trace": str(split.trace(file) or ""),
        "source": file.source,
        "method": file.method,
        "group": file.group,
        "licence": file.licence,
        "held_out": split.kind_of(file) or "",
    }


def _side(data: bytes, file: Path) -> int:
    height, width = _decoded(np.frombuffer(data, np.uint8)).shape[:2]
    if height != width:
        raise ValueError(f"{file} is {width} x {height}, not square")
    return int(height)


def _decoded(data: NDArray[np.uint8]) -> Image:
    image = cv2.imdecode(np.asarray(data), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError("a crop is no picture")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)
