"""From scored faces, grouped by person, to the file's verdict: the same for serving and for evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from detector import aggregate, calibrate
from detector.contracts import CropSpec, Decision, MediaType, Step
from detector.faces.tracks import letter


@dataclass(frozen=True, slots=True)
class Rules:
    """The part of a bundle that an analysis computes with."""

    crop: CropSpec
    aggregation: aggregate.AggregationRule
    calibration: calibrate.Calibration
    decision: calibrate.DecisionRule


@dataclass(frozen=True, slots=True)
class Sighting:
    """What of a scored face counts: its logit, and how much it can show."""

    logit: float
    size_px: float
    sharpness: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The verdict, the file's logit, each person's in the order given, and how they came about."""

    decision: Decision
    logit: float | None
    persons: tuple[float, ...]
    steps: tuple[Step, ...]


def conclude(
    persons: Sequence[Sequence[Sighting]], sampled: int, planned: int, media_type: MediaType, rules: Rules
) -> Conclusion:
    """Aggregate, calibrate and decide; persons are lettered in the order given.

    ``sampled`` frames were decoded of ``planned`` ones. No person gives the verdict "no face" and no logit.
    """
    damage = 1.0 - sampled / planned if planned else 0.0
    steps: list[Step] = []
    supports: list[calibrate.Support] = []
    for position, faces in enumerate(persons):
        person = aggregate.score_person(
            [face.logit for face in faces],
            [aggregate.face_weight(face.size_px, face.sharpness, face.confidence) for face in faces],
            sampled,
            rules.aggregation,
            rules.calibration.frame_spread,
        )
        steps.extend(replace(step, name=f"person {letter(position)}: {step.name}") for step in person.steps)
        supports.append(
            calibrate.Support(
                letter(position),
                person.logit,
                person.standard_error,
                median(face.size_px for face in faces),
                median(face.sharpness for face in faces),
                len(faces),
            )
        )
    decision = calibrate.decide(supports, media_type, damage, rules.calibration, rules.decision)
    if not supports:
        return Conclusion(decision, None, (), ())
    final = aggregate.score_file([support.logit for support in supports])
    return Conclusion(decision, final.output, final.inputs, (*steps, final))
