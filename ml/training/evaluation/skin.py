"""Whether false alarms differ with the tone of the skin, measured on the cheeks of authentic media.

The labelled media do not say who is shown, so the tone is measured: the individual typology angle
(ITA), ``arctan((L* - 50) / b*)`` (Chardon, Cretois & Hourseau, "Skin colour typology and suntanning
pathways", 1991).
Light and camera move it, so a class is one of pictures, not of people.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np

from detector.contracts import CropSpec, Floats, Image, Verdict
from measures.reliability import share_interval
from training.evaluation.cross_validation import CrossValidated
from training.evaluation.found_faces import FaceCache, FoundFaces
from training.evaluation.records import Entry
from training.photographs.landmarks import FaceMesh

TONES = {
    "dark": -90.0,
    "brown": -30.0,
    "tan": 10.0,
    "intermediate": 28.0,
    "light": 41.0,
    "very light": 55.0,
}
"""Chardon's classes, each from its lower bound in degrees up to the next."""

_CHEEKS = (50, 280)  # vertices of MediaPipe's canonical face mesh
_CHEEK = 0.12  # radius of what is looked at, of the distance between the outer corners of the eyes
_OUTER_CORNERS = (33, 263)
_LEAST_YELLOW = 3.0  # b* below which a picture has too little colour for an angle
_CERTAIN = 0.5  # probability of the mesh that it lies on a face
_FACES = 3  # of a person, spread over the file

Tones = dict[str, list[float | None]]
"""By file, the angle of each person in order of appearance; None where it cannot be measured."""


def measure_tones(entries: Collection[Entry], data: Path, cache: FaceCache, spec: CropSpec) -> Tones:
    """Return the tones of the authentic files among entries."""
    mesh = FaceMesh()
    authentic = [entry for entry in entries if entry.label == "real"]
    return {entry.file: of_persons(cache.get(data, entry.file), mesh, spec) for entry in authentic}


def of_persons(found: FoundFaces, mesh: FaceMesh, spec: CropSpec) -> list[float | None]:
    """Return each person's tone: the median over up to three of their faces."""
    tones: list[float | None] = []
    for person in range(int(found.person.max(initial=-1)) + 1):
        rows = np.flatnonzero(found.person == person)
        few = np.unique(np.linspace(0, len(rows) - 1, min(_FACES, len(rows))).round().astype(int))
        angles = [_of_crop(found.crops[row], mesh, spec) for row in rows[few]]
        known = [angle for angle in angles if angle is not None]
        tones.append(median(known) if known else None)
    return tones


def typology_angle(pixels: Image) -> float | None:
    """Return the ITA of skin ``(..., 3)`` in degrees: that of their median in CIELAB; None of grey."""
    lab = cv2.cvtColor(pixels.reshape(-1, 1, 3).astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    lightness, _, yellow = np.median(lab.reshape(-1, 3), axis=0).tolist()
    return None if yellow < _LEAST_YELLOW else math.degrees(math.atan2(lightness - 50.0, yellow))


def tone_name(angle: float) -> str:
    """Return the class that an angle belongs to."""
    return [name for name, low in TONES.items() if angle >= low][-1]


def by_tone(validated: CrossValidated, tones: Tones) -> list[dict[str, Any]]:
    """Return a row for each class: authentic files whose deciding person has it, and how many are flagged.

    Every file counts once. ``flagged`` and ``abstained`` are shares out of fold, ``interval`` the 95 % one of
    ``flagged`` over groups. The last row, ``unknown``, is of faces that could not be measured.
    """
    rows: dict[str, list[int]] = {name: [] for name in (*TONES, "unknown")}
    for place in np.flatnonzero(~validated.fake & ~np.isnan(validated.logits)).tolist():
        angles = tones.get(validated.records[place].entry.file, [])
        deciding = validated.out_of_fold.conclusions[place].deciding
        angle = angles[deciding] if deciding is not None and deciding < len(angles) else None
        rows["unknown" if angle is None else tone_name(angle)].append(place)
    return [_row(validated, name, places) for name, places in rows.items() if places]


def _row(validated: CrossValidated, name: str, places: Sequence[int]) -> dict[str, Any]:
    verdicts = [validated.out_of_fold.conclusions[place].decision.verdict for place in places]
    flagged = np.asarray([verdict is Verdict.MANIPULATED for verdict in verdicts])
    groups = validated.groups[list(places)].tolist()
    return {
        "tone": name,
        "files": len(places),
        "groups": len(set(groups)),
        "flagged": float(flagged.mean()),
        "interval": list(share_interval(flagged, np.ones(len(places)), groups)),
        "abstained": float(np.mean([verdict is Verdict.INCONCLUSIVE for verdict in verdicts])),
    }


def _of_crop(crop: Image, mesh: FaceMesh, spec: CropSpec) -> float | None:
    side = crop.shape[0] / (1.0 + 2.0 * spec.margin)
    low, high = (crop.shape[0] - side) / 2.0, (crop.shape[0] + side) / 2.0
    # Crops show faces upright, so that only the direction of the eyes need be given.
    eyes = np.asarray([[low, low], [high, low]], np.float32)
    points, certain = mesh.locate(crop, (low, low, high, high), eyes)
    if certain < _CERTAIN:
        return None
    angles = [typology_angle(cheek) for cheek in _cheeks(crop, points) if cheek.size]
    known = [angle for angle in angles if angle is not None]
    return float(np.mean(known)) if known else None


def _cheeks(crop: Image, points: Floats) -> list[Image]:
    radius = _CHEEK * float(np.linalg.norm(points[_OUTER_CORNERS[0]] - points[_OUTER_CORNERS[1]]))
    y, x = np.mgrid[: crop.shape[0], : crop.shape[1]]
    return [crop[np.hypot(x - points[i][0], y - points[i][1]) <= radius] for i in _CHEEKS]
