"""From faces to the verdict: who decides, and what their number does to the score."""

from __future__ import annotations

import os
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.aggregate import AggregationRule, corrected
from detector.calibrate import Calibration, DecisionRule
from detector.conclude import Conclusion, FaceEvidence, Rules, conclude
from detector.contracts import CropSpec, MediaType, Reason, StepKind, Trace, Verdict

RULES = Rules(
    CropSpec(),
    AggregationRule(authentic_median=-2.0, authentic_spread=1.0),
    Calibration(slope=1.0, intercept=0.0, base_rate=0.5, files=100),
    DecisionRule(),
    (Trace.BLENDING,),
)

LOGIT = st.floats(-12.0, 12.0)


def concluded(*persons: tuple[float, int], kind: MediaType = "video", size_px: float = 120.0) -> Conclusion:
    """Conclude about persons of so many frames with one logit each."""
    frames = 1 if kind == "image" else 32
    faces = [[FaceEvidence((logit,), size_px, 0.4, 0.99)] * count for logit, count in persons]
    return conclude(faces, frames, frames, kind, RULES)


def test_a_lone_person_has_no_correction_and_no_step_of_it() -> None:
    conclusion = concluded((3.0, 32))
    assert conclusion.logit == 3.0
    assert [step.kind for step in conclusion.steps][2:] == [
        StepKind.MOST_SUSPICIOUS_PERSON,
        StepKind.CALIBRATION,
    ]


def test_the_file_and_its_people_take_the_same_correction() -> None:
    conclusion = concluded((3.0, 32), (-2.0, 32), (1.0, 32))
    assert conclusion.logit == pytest.approx(corrected(3.0, 3, RULES.aggregation))
    kinds = [step.kind for step in conclusion.steps][-3:]
    assert kinds == [StepKind.MOST_SUSPICIOUS_PERSON, StepKind.NUMBER_OF_PEOPLE, StepKind.CALIBRATION]
    highest, number, calibration = conclusion.steps[-3:]
    assert number.inputs == (highest.output,)
    assert calibration.inputs == (number.output,) == (conclusion.logit,)
    first = conclusion.persons[0]
    assert first.logit == pytest.approx(3.0)
    assert first.decision.probability == conclusion.decision.probability


def test_a_crowd_is_flagged_only_by_a_score_that_is_rare_for_a_crowd() -> None:
    lone, crowd = concluded((1.0, 1), kind="image"), concluded(*[(-2.0, 1)] * 59, (1.0, 1), kind="image")
    assert lone.decision.verdict is Verdict.MANIPULATED
    assert crowd.decision.verdict is Verdict.NO_SIGNS
    assert concluded(*[(-2.0, 1)] * 59, (7.0, 1), kind="image").decision.verdict is Verdict.MANIPULATED


def test_somebody_seen_in_one_frame_is_shown_and_does_not_decide() -> None:
    conclusion = concluded((-3.0, 32), (60.0, 1))
    assert conclusion.decision.verdict is Verdict.NO_SIGNS
    assert conclusion.decision.person == "A"
    assert conclusion.logit == pytest.approx(-3.0), "nor do they count among the people"
    brief = conclusion.persons[1].decision
    assert brief.verdict is Verdict.INCONCLUSIVE
    assert brief.reasons[0] is Reason.TOO_FEW_FRAMES
    assert brief.reasons[-1] is Reason.SEEN_TOO_LITTLE
    assert Reason.SEEN_TOO_LITTLE not in conclusion.persons[0].decision.reasons


def test_a_likeness_in_a_few_frames_is_shown_and_does_not_decide() -> None:
    clear = [FaceEvidence((-3.0,), 120.0, 0.4, 0.9999)] * 32

    def beside(frames: int, best: float, kind: MediaType = "video") -> Conclusion:
        faces = [FaceEvidence((3.0,), 58.0, 0.4, 0.88)] * (frames - 1) + [
            FaceEvidence((3.0,), 58.0, 0.4, best)
        ]
        return conclude([clear, faces], 32, 32, kind, RULES)

    for frames in (3, 5):
        likeness = beside(frames, best=0.98)
        assert (likeness.decision.verdict, likeness.decision.person) == (Verdict.NO_SIGNS, "A")
        assert likeness.logit == pytest.approx(-3.0), "nor is it one of the people"
        assert likeness.persons[1].decision.reasons[-1] is Reason.SEEN_TOO_LITTLE
        assert likeness.deciding == 0
        assert beside(frames, best=0.9995).decision.person == "B", "seen briefly and clearly"
        assert beside(frames, best=0.98, kind="image").decision.person == "B"
    assert beside(10, best=0.98).decision.person == "B", "seen doubtfully and long"


def test_where_everybody_is_seen_too_little_the_most_suspicious_is_followed() -> None:
    conclusion = concluded((1.0, 1), (2.0, 2))
    assert conclusion.decision.verdict is Verdict.INCONCLUSIVE
    assert conclusion.decision.person == "B"
    assert conclusion.decision.reasons[0] is Reason.TOO_FEW_FRAMES


def test_the_persons_strongest_trace_decides_about_the_file() -> None:
    rules = replace(RULES, traces=(Trace.BLENDING, Trace.GENERATION))
    persons = [
        [FaceEvidence((1.0, -1.0), 120.0, 0.4, 0.99)] * 32,
        [FaceEvidence((-2.0, 3.0), 120.0, 0.4, 0.99)] * 32,
    ]
    conclusion = conclude(persons, 32, 32, "video", rules)
    assert [(one.trace, one.logit) for one in conclusion.persons] == [
        (Trace.BLENDING, pytest.approx(1.0)),
        (Trace.GENERATION, pytest.approx(3.0)),
    ]
    assert conclusion.persons[1].logits == pytest.approx((-2.0, 3.0))
    assert conclusion.decision.person == "B"
    kinds = [(step.person, step.kind) for step in conclusion.steps]
    of_one = [StepKind.QUANTILE_BAND, StepKind.QUANTILE_BAND, StepKind.STRONGEST_TRACE, StepKind.PRESENCE]
    assert kinds[:8] == [(person, kind) for person in ("A", "B") for kind in of_one]
    assert conclusion.logit == pytest.approx(corrected(3.0, 2, rules.aggregation))
    # A lone network that gives the speaking trace's logits concludes the same.
    alone = conclude(
        [[replace(face, logits=(max(face.logits),)) for face in faces] for faces in persons],
        32,
        32,
        "video",
        RULES,
    )
    assert conclusion.decision == alone.decision


@settings(max_examples=10_000 if "FUZZ" in os.environ else 150, deadline=None)
@given(
    st.lists(st.lists(st.tuples(LOGIT, LOGIT), min_size=1, max_size=12), min_size=1, max_size=4), st.data()
)
def test_raising_a_trace_never_lowers_the_file(
    logits: list[list[tuple[float, float]]], data: st.DataObject
) -> None:
    rules = replace(RULES, traces=(Trace.BLENDING, Trace.GENERATION))
    person = data.draw(st.integers(0, len(logits) - 1))
    frame = data.draw(st.integers(0, len(logits[person]) - 1))
    trace, rise = data.draw(st.integers(0, 1)), data.draw(st.floats(0.0, 20.0))

    def concluded_with(rise: float) -> float:
        persons = [[FaceEvidence(of_face, 120.0, 0.4, 0.99) for of_face in faces] for faces in logits]
        face = persons[person][frame]
        raised = tuple(x + rise * (place == trace) for place, x in enumerate(face.logits))
        persons[person][frame] = replace(face, logits=raised)
        logit = conclude(persons, 12, 12, "video", rules).logit
        assert logit is not None
        return logit

    assert concluded_with(rise) >= concluded_with(0.0) - 1e-9
