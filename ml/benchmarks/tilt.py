"""Faces under tilt: how many are found, how many authentic ones are flagged, how many hits remain.

    python -m benchmarks.tilt [--data FOLDER] [--bundle BUNDLE] [--quick]

Labelled stills are turned about their middle, their surroundings mirrored, and looked at twice: plainly, with
a crop that is never levelled, and as serving does, with the pass through turned pictures and the levelled
crop. Of manipulated stills those count that are flagged upright. Some of them score just above the threshold
and are lost by any change of their pixels; the row of 5 degrees, where nothing is levelled, says how many.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from benchmarks.footage import NoFootageError, find_stills, read_still
from benchmarks.options import Settings, parse
from benchmarks.report import Figure, Section, Target, print_section
from detector.contracts import Box, Detection, Image
from detector.faces.crop import crop_face
from detector.faces.turned import clear, detect_turned
from detector.model import Model, load_model
from detector.score import score_crops

ANGLES = (-90, -60, -45, -30, -15, 0, 5, 15, 30, 45, 60, 90, 180)
_STILLS = 50
_MANIPULATED = 250  # of which a tenth or so is flagged upright
_SMALLEST_PX = 60.0
_NEAR = 0.5  # of the face's size: how far from its place a face may be found
_MORE_ALARMS = 0.05  # than upright


@dataclass(slots=True)
class Row:
    """Counts at one angle, plainly and as serving does."""

    faces: int = 0
    found: tuple[int, int] = (0, 0)
    flagged: tuple[int, int] = (0, 0)


def measure(settings: Settings) -> Section:
    """Measure all of this module's figures."""
    title = "Faces under tilt"
    share = 10 if settings.quick else 1
    try:
        authentic = find_stills(settings.data, _STILLS // share, "real")
        manipulated = find_stills(settings.data, _MANIPULATED // share, "fake")
    except NoFootageError as reason:
        return Section(title, notes=(str(reason),))
    model = load_model(settings.model, "onnx", "cpu")
    alarms = _rows(authentic, model, flagged_only=False)
    hits = _rows(manipulated, model, flagged_only=True)
    notes = (
        f"{len(authentic)} authentic stills; share of flagged is of those found",
        f"{hits[0].faces} of {len(manipulated)} manipulated stills are flagged upright",
    )
    return Section(title, (*figures_of(alarms), *hits_of(hits)), notes)


def _rows(paths: Sequence[Path], model: Model, flagged_only: bool) -> dict[int, Row]:
    rows = {angle: Row() for angle in ANGLES}
    for path in paths:
        picture = read_still(path)
        upright = model.detector.detect([picture], _SMALLEST_PX)[0][:1]
        if not upright or (flagged_only and not _flagged(picture, upright, model, level=True)):
            continue
        for angle, row in rows.items():
            _count(row, turned(picture, angle), _turned_box(upright[0].box, picture, angle), model)
    return rows


def figures_of(rows: dict[int, Row]) -> list[Figure]:
    """Return recall and share of flagged faces at each angle, plainly and as serving does."""
    figures = []
    level = rows[0].flagged[1] / max(1, rows[0].found[1])
    for angle, row in rows.items():
        recall = [found / max(1, row.faces) for found in row.found]
        flagged = [alarms / max(1, found) for alarms, found in zip(row.flagged, row.found, strict=True)]
        figures += [
            Figure(f"{angle:+d} degrees: recall, plain", recall[0]),
            Figure(f"{angle:+d} degrees: recall, served", recall[1], target=Target(">=", recall[0])),
            Figure(f"{angle:+d} degrees: flagged, plain", flagged[0]),
            Figure(
                f"{angle:+d} degrees: flagged, served", flagged[1], target=Target("<=", level + _MORE_ALARMS)
            ),
        ]
    return figures


def hits_of(rows: dict[int, Row]) -> list[Figure]:
    """Return of the faces flagged upright the share that is found and flagged at each angle."""
    return [
        Figure(f"{angle:+d} degrees: hits kept, {way}", row.flagged[side] / max(1, row.faces))
        for angle, row in rows.items()
        for side, way in enumerate(("plain", "served"))
    ]


def turned(picture: Image, degrees: float) -> Image:
    """Turn a picture about its middle, counterclockwise, its surroundings mirrored."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D(((width - 1) / 2.0, (height - 1) / 2.0), degrees, 1.0)
    shown = cv2.warpAffine(
        picture, matrix, (width, height), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT
    )
    return np.asarray(shown, np.uint8)


def _turned_box(box: Box, picture: Image, degrees: float) -> Box:
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2.0, height / 2.0), degrees, 1.0)
    x, y = (matrix @ np.asarray([(box[0] + box[2]) / 2.0, (box[1] + box[3]) / 2.0, 1.0])).tolist()
    half = max(box[2] - box[0], box[3] - box[1]) / 2.0
    return x - half, y - half, x + half, y + half


def _count(row: Row, picture: Image, place: Box, model: Model) -> None:
    plain = model.detector.detect([picture], _SMALLEST_PX)
    served = plain if clear(plain) else detect_turned(model.detector, [picture], _SMALLEST_PX)
    served = served if any(served) else plain
    hits = [_at(place, found[0]) for found in (plain, served)]
    row.faces += 1
    row.found = (row.found[0] + len(hits[0]), row.found[1] + len(hits[1]))
    row.flagged = (
        row.flagged[0] + _flagged(picture, hits[0], model, level=False),
        row.flagged[1] + _flagged(picture, hits[1], model, level=True),
    )


def _at(place: Box, faces: list[Detection]) -> list[Detection]:
    """Return the face nearest to a place, if one is near."""
    side = place[2] - place[0]

    def away(face: Detection) -> float:
        dx, dy = ((face.box[i] + face.box[i + 2]) / 2.0 - (place[i] + place[i + 2]) / 2.0 for i in (0, 1))
        return float(np.hypot(dx, dy)) / side

    nearest = sorted(faces, key=away)[:1]
    return [face for face in nearest if away(face) <= _NEAR]


def _flagged(picture: Image, faces: list[Detection], model: Model, level: bool) -> int:
    spec = model.rules.crop
    crops = [crop_face(picture, face.box, face.landmarks if level else None, spec) for face in faces]
    logits = score_crops(model.scorer, crops, spec).logits.max(axis=1).tolist()
    threshold = model.rules.decision.threshold
    return sum(model.rules.calibration.probability(logit) >= threshold for logit in logits)


if __name__ == "__main__":
    print_section(measure(parse(__doc__)))
