"""From a logit to a verdict, or to none with its reason."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.calibrate import SENTENCES, Calibration, DecisionRule, Support, decide, deciding
from detector.contracts import Reason, Verdict

CALIBRATION = Calibration(slope=1.2, intercept=-0.3, base_rate=0.5, files=100)
RULE = DecisionRule()
CLEAR = Support(
    "A",
    logit=4.0,
    standard_error=0.2,
    median_size_px=150,
    median_sharpness=0.4,
    frames=32,
    sampled=32,
    confidence=0.9999,
)


def verdict(support: Support | None, kind: str = "video", damage: float = 0.0) -> tuple[Verdict, Reason]:
    decision = decide([support] if support else [], kind, damage, CALIBRATION, RULE)  # type: ignore[arg-type]
    return decision.verdict, decision.reasons[0]


@given(st.floats(-50, 50), st.floats(0, 20))
def test_probability_rises_with_the_logit_and_stays_inside_zero_and_one(logit: float, more: float) -> None:
    low, high = CALIBRATION.probability(logit), CALIBRATION.probability(logit + more)
    assert 0.0 <= low <= high <= 1.0


def test_verdicts_on_clear_evidence() -> None:
    assert verdict(CLEAR) == (Verdict.MANIPULATED, Reason.ABOVE_THRESHOLD)
    assert verdict(replace(CLEAR, logit=-4.0)) == (Verdict.NO_SIGNS, Reason.BELOW_THRESHOLD)
    assert verdict(replace(CLEAR, logit=0.25)) == (Verdict.INCONCLUSIVE, Reason.IN_ABSTAIN_BAND)
    assert verdict(None) == (Verdict.NO_FACE, Reason.NO_FACE)


@pytest.mark.parametrize(
    ("weak", "reason"),
    [
        ({"median_size_px": 20.0}, Reason.FACES_TOO_SMALL),
        ({"median_sharpness": 0.05}, Reason.TOO_BLURRED),
        ({"frames": 2}, Reason.TOO_FEW_FRAMES),
        ({"standard_error": 3.0, "logit": 0.5}, Reason.UNSTABLE_SCORES),
    ],
)
def test_weak_evidence_gives_no_estimate_but_its_reason(weak: dict[str, float], reason: Reason) -> None:
    decision = decide([replace(CLEAR, **weak)], "video", 0.0, CALIBRATION, RULE)  # type: ignore[arg-type]
    assert decision.verdict is Verdict.INCONCLUSIVE
    assert decision.probability is None
    assert reason in decision.reasons


def test_damaged_media_give_no_verdict() -> None:
    assert verdict(CLEAR, damage=0.8) == (Verdict.INCONCLUSIVE, Reason.DAMAGED_MEDIA)
    assert verdict(CLEAR, damage=0.2)[0] is Verdict.MANIPULATED


def test_one_picture_is_enough_for_a_still_but_not_for_a_video() -> None:
    single = replace(CLEAR, frames=1, standard_error=1.0)
    assert verdict(single, "image")[0] is Verdict.MANIPULATED
    assert verdict(single, "video")[1] is Reason.TOO_FEW_FRAMES


def test_a_hardly_seen_person_withholds_a_verdict_only_by_raising_suspicion() -> None:
    unsuspicious, suspicious = (replace(CLEAR, person="B", frames=1, logit=x) for x in (-2.0, 2.0))
    others = replace(CLEAR, logit=-4.0)

    def decided(*supports: Support) -> tuple[Verdict, str | None]:
        decision = decide(supports, "video", 0.0, CALIBRATION, RULE)
        return decision.verdict, decision.person

    assert decided(others, unsuspicious) == (Verdict.NO_SIGNS, "B")
    assert decided(others, suspicious) == (Verdict.INCONCLUSIVE, "B")
    assert decided(unsuspicious) == (Verdict.INCONCLUSIVE, "B")
    assert decided(CLEAR, suspicious) == (Verdict.MANIPULATED, "A")


def test_somebody_seen_too_little_beside_others_may_not_decide() -> None:
    brief, tiny = replace(CLEAR, frames=2), replace(CLEAR, median_size_px=20.0)
    behind = replace(CLEAR, median_size_px=14.0 + 150.0 * RULE.least_share, frames=32)
    for little in (brief, tiny, behind):
        assert deciding([CLEAR, little], "video", RULE) == [True, False]
        assert deciding([little], "video", RULE) == [True], "where nobody else is seen"
    assert deciding([CLEAR, replace(CLEAR, frames=1)], "image", RULE) == [True, True]
    assert deciding([CLEAR, replace(CLEAR, median_size_px=40.0)], "video", RULE) == [True, True]
    assert deciding([], "video", RULE) == []


def test_an_in_band_score_keeps_its_estimate() -> None:
    decision = decide([replace(CLEAR, logit=0.25)], "video", 0.0, CALIBRATION, RULE)
    assert decision.probability == pytest.approx(0.5)
    assert decision.interval is not None
    assert decision.interval[0] < decision.probability < decision.interval[1]


def test_every_reason_has_its_sentence() -> None:
    assert set(SENTENCES) == set(Reason)


def test_what_is_said_of_the_file_leaves_out_who_may_not_decide() -> None:
    little = replace(CLEAR, person="B", median_size_px=14.0)
    quiet = replace(CLEAR, logit=-4.0)
    may = deciding([quiet, little], "image", RULE)
    counting = [one for one, counts in zip([quiet, little], may, strict=True) if counts]
    decision = decide(counting, "image", 0.0, CALIBRATION, RULE)
    assert decision.verdict is Verdict.NO_SIGNS
    assert CALIBRATION.probability(little.logit) > RULE.threshold, "somebody does score above it"
    (reason,) = decision.reasons
    assert SENTENCES[reason].startswith("No person who is seen long and large enough to decide scores above")
    assert SENTENCES[Reason.ABOVE_THRESHOLD].startswith(
        "A person who is seen long and large enough to decide"
    )
