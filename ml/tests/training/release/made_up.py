"""Made-up measurements: records of normal logits, and the figures and constants that they give."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from detector.contracts import CropSpec
from training.evaluation.comparisons import Comparison
from training.evaluation.constants import calibration_document
from training.evaluation.evaluate import evaluate
from training.evaluation.records import Entry, FaceRecord, FileRecord, Measured, conclude, default_rules
from training.evaluation.regions import Policy
from training.evaluation.skin import Tones
from training.release.export import Measurements

ARCHITECTURE = "test_efficientnet"
CROP = CropSpec(size=96, margin=0.1)
STILLS = Comparison("stills", "image", ("stills",), ("stills",))
CLIPS = Comparison("clips", "video", ("clips",), ("clips",))


def make_records(files: int = 120, gap: float = 2.0, seed: int = 0) -> list[FileRecord]:
    """Make stills and clips whose logits are normal, those of fakes ``gap`` higher; two files per group."""
    rng = np.random.default_rng(seed)
    records = []
    for number in range(files):
        fake, clip = bool(number % 2), number % 4 >= 2
        centre = rng.normal(gap * fake - 1.0, 1.0)
        frames = 12 if clip else 1
        faces = tuple(
            FaceRecord(sample, (float(centre + rng.normal(0.0, 0.4) * clip),), 120.0, 0.5, 0.99)
            for sample in range(frames)
        )
        name = "clips" if clip else "stills"
        entry = Entry(
            f"{name}/{number}",
            "video" if clip else "image",
            "fake" if fake else "real",
            name,
            f"{name}-{number // 4}",
            "swap, of faces" if fake else None,
        )
        record = FileRecord(entry, frames, frames, (faces,), None)
        logit = conclude(record, default_rules()).logit
        records.append(FileRecord(entry, frames, frames, (faces,), logit))
    return records


def with_logits(records: list[FileRecord], logits: np.ndarray) -> list[FileRecord]:
    """Give every face of a file the file's row of ``logits``, one per trace."""
    return [
        replace(
            record,
            persons=tuple(
                tuple(replace(face, logits=tuple(row)) for face in faces) for faces in record.persons
            ),
        )
        for record, row in zip(records, logits.tolist(), strict=True)
    ]


def make_measurements(records: list[FileRecord], sha256: str) -> Measurements:
    comparisons, measured = (STILLS, CLIPS), Measured(sha256, ARCHITECTURE, CROP, 32)
    calibration = calibration_document(records, comparisons, Policy(), measured)
    tones: Tones = {record.entry.file: [20.0] for record in records}
    _, report = evaluate(records, comparisons, calibration, sha256, tones=tones)
    return Measurements(calibration, report)
