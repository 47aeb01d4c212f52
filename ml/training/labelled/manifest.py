"""Labelled files and their face crops, as a manifest lists them.

A manifest is JSON lines, one per file, beside the crops it names. Required: ``label`` ("real", "fake"),
``kind`` ("image", "video") and ``crops``, a list of ``{"crop": path, "face_px": number}``: a square picture
of 1.3 times the face's longer side, and that side's length in the original. Optional: ``dataset`` (the
source), ``made_by`` (the generator or method of a fake), ``group`` (a person or source clip, never split),
``licence`` and ``trace`` ("blending", "generation"), where the split's list of methods does not say it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from detector.contracts import MediaType, Trace

CROP_SIDE = 1.3
"""Sides of a stored crop per longer side of the face's box."""

_CHOICES = {"label": ("real", "fake"), "kind": ("image", "video")}

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class LabelledCrop:
    """One face of a labelled file."""

    file: Path
    face_px: float  # longer side of the face's box in the original


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """One row of a manifest."""

    fake: bool
    kind: MediaType
    source: str
    method: str  # "" for an authentic file
    group: str
    licence: str
    trace: Trace | None  # None where the row does not name it, and for authentic files
    crops: tuple[LabelledCrop, ...]


def read_lines(manifest: Path, read: Callable[[dict[str, Any], int], Row]) -> Iterator[Row]:
    """Yield what ``read`` makes of each row of a manifest of labelled files and of its line's number.

    Blank lines are skipped. Raises ValueError with the manifest and the line's number for a row that is not
    valid: label and kind are checked here, since any other label would count as authentic.
    """
    for number, line in enumerate(manifest.read_text().splitlines(), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            for name, values in _CHOICES.items():
                if row[name] not in values:
                    raise ValueError(f"{name} is {row[name]!r}; write {' or '.join(values)}")
            yield read(row, number)
        except KeyError as error:
            raise ValueError(f"{manifest}, line {number}: {error.args[0]} is missing") from error
        except (TypeError, ValueError) as error:
            raise ValueError(f"{manifest}, line {number}: {error}") from error


def read_manifest(manifest: Path) -> Iterator[LabelledFile]:
    """Yield the files of a manifest; raises ValueError with the line's number for one that is not valid."""
    return read_lines(manifest, lambda row, number: _file(row, manifest.parent, f"{manifest.name}:{number}"))


def _file(row: dict[str, Any], folder: Path, default_group: str) -> LabelledFile:
    if "file" in row and "crops" not in row:
        raise ValueError(
            "names a whole file, as `deepshield dataset export` writes it, and no crops of faces; "
            "give the export to `python -m training finetune --labelled`, which finds the faces"
        )
    fake = row["label"] == "fake"
    source = row.get("dataset") or folder.name
    return LabelledFile(
        fake=fake,
        kind=row["kind"],
        source=source,
        method=(row.get("made_by") or "unknown") if fake else "",
        group=f"{source}/{row.get('group') or default_group}",
        licence=row.get("licence") or "not stated",
        trace=Trace(row["trace"]) if fake and row.get("trace") else None,
        crops=tuple(LabelledCrop(folder / crop["crop"], float(crop["face_px"])) for crop in row["crops"]),
    )
