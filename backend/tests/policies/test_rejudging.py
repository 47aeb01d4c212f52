"""What other minimums would change, from stored results: the same as the engine concludes from the faces."""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Any, cast

import pytest

from deepshield.domain.policies import Minimums
from deepshield.persistence.repositories.estimates import Estimate
from deepshield.policies.rejudging import Constants, rejudged
from detector.aggregate import AggregationRule
from detector.calibrate import Calibration, DecisionRule
from detector.conclude import Conclusion, FaceEvidence, Rules, conclude
from detector.contracts import CropSpec, MediaType, Reason, Trace
from detector.ruling import Ruling, ruled

pytestmark = pytest.mark.unit

PLANNED = 20
WEAK = {
    Reason.FACES_TOO_SMALL, Reason.TOO_BLURRED, Reason.TOO_FEW_FRAMES, Reason.UNSTABLE_SCORES,
    Reason.DAMAGED_MEDIA,
}  # fmt: skip
LOOSE = DecisionRule(
    0.6, 0.5, 0.7, smallest_face_px=32.0, least_frames=3, least_share=0.01, widest_interval=0.5
)
RULES = Rules(
    cast(CropSpec, None),
    AggregationRule(authentic_logit=-1.0, authentic_median=-0.8, authentic_spread=0.6),
    Calibration(1.1, -0.3, 0.5, 1000, frame_spread=0.9, floor=-1.5),
    LOOSE,
    tuple(Trace)[:2],
)
BY = Constants({"slope": 1.1, "intercept": -0.3, "floor": -1.5}, 0.9, -0.8, 0.6, LOOSE.widest_interval)


def _persons(draw: random.Random) -> list[list[FaceEvidence]]:
    """Return up to four persons, some of them small, brief, blurred, unsteady or doubtful."""
    found = []
    for _ in range(draw.randint(1, 4)):
        size, sharpness = draw.uniform(30, 120), draw.uniform(0.1, 0.5)
        at, spread = draw.uniform(-3, 3), draw.uniform(0.2, 3.5)
        confidence = draw.choice([0.98, 0.9995])
        found.append(
            [
                FaceEvidence(
                    (draw.gauss(at, spread), draw.gauss(at, spread)),
                    size * draw.uniform(0.9, 1.1),
                    sharpness,
                    confidence,
                )
                for _ in range(draw.choice([1, 2, 3, 4, 8, 16]))
            ]
        )
    return found


def _concluded(
    persons: list[list[FaceEvidence]], sampled: int, kind: MediaType, rule: DecisionRule
) -> Conclusion:
    return conclude(persons, sampled, PLANNED, kind, replace(RULES, decision=rule))


def _estimate(found: Conclusion) -> Estimate:
    """Return what the service reads of a conclusion."""
    counted = [one for one in found.persons if Reason.SEEN_TOO_LITTLE not in one.decision.reasons]
    followed = next(one for one in found.persons if one.person == found.decision.person)
    weak = [one for one in counted if WEAK & set(one.decision.reasons)]
    assert found.logit is not None
    probability = RULES.calibration.probability(found.logit)
    return Estimate(
        "", found.decision.verdict.value, probability, followed in weak, len(weak) < len(counted), None, ""
    )


def _evidence(persons: list[list[FaceEvidence]], found: Conclusion, kind: str) -> dict[str, Any]:
    """Return the parts of a result's document."""
    return {
        "type": kind,
        "tracks": [
            {
                "person": one.person,
                "trace": one.trace.value,
                "faces": [
                    {"size_px": face.size_px, "detection_confidence": face.confidence} for face in faces
                ],
                "reasons": [{"code": reason.value} for reason in one.decision.reasons],
            }
            for faces, one in zip(persons, found.persons, strict=True)
        ],
        "steps": [
            {
                "kind": step.kind.value,
                "person": step.person,
                "trace": None if step.trace is None else step.trace.value,
                "inputs": step.inputs,
                "weights": step.weights,
                "output": step.output,
                "parameters": step.parameters,
            }
            for step in found.steps
        ],
    }


def test_it_is_what_the_engine_concludes_with_those_minimums() -> None:
    draw, changed = random.Random(7), 0
    for _ in range(120):
        persons = _persons(draw)
        kind: MediaType = draw.choice(["image", "video", "video"])
        sampled = draw.choice([8, 16, 20])
        strict = replace(
            LOOSE, smallest_face_px=draw.choice([32.0, 60.0, 90.0]), least_frames=draw.choice([3, 5, 12]),
            least_share=draw.choice([0.01, 0.3]),
        )  # fmt: skip
        for before, after in ((LOOSE, strict), (strict, LOOSE)):
            found = _concluded(persons, sampled, kind, before)
            wanted = _estimate(_concluded(persons, sampled, kind, after))
            least = Minimums(after.smallest_face_px, after.least_frames, after.least_share)
            told = rejudged(_estimate(found), _evidence(persons, found, kind), least, BY)
            assert told is not None
            assert (told.weak, told.carried) == (wanted.weak, wanted.carried)
            assert told.probability == pytest.approx(wanted.probability, abs=1e-9)
            assert told.probability is not None
            ruling = ruled(told.probability, after.band, weak=told.weak, carried=told.carried)
            verdict = {Ruling.MANIPULATED: "manipulated", Ruling.NO_SIGNS: "no_signs"}.get(
                ruling, "inconclusive"
            )
            assert verdict == wanted.verdict
            changed += wanted.verdict != found.decision.verdict.value
    assert changed > 15, "cases that say nothing"


def test_results_without_the_figures_are_not_told_and_without_a_face_stay() -> None:
    found = _concluded([[FaceEvidence((1.0, 0.5), 50.0, 0.4, 0.99)]], 1, "image", LOOSE)
    evidence, least = (
        _evidence([[FaceEvidence((1.0, 0.5), 50.0, 0.4, 0.99)]], found, "image"),
        Minimums(60, 3, 0.01),
    )
    told = rejudged(_estimate(found), evidence, least, BY)
    assert told is not None
    assert told.weak
    lacks: tuple[dict[str, Any], ...] = ({"steps": None}, {"steps": []}, {"tracks": None}, {"tracks": []})
    for lacking in lacks:
        assert rejudged(_estimate(found), {**evidence, **lacking}, least, BY) is None
    unscored = replace(_estimate(found), probability=None)
    assert rejudged(unscored, {}, least, BY) is unscored
