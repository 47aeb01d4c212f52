"""Where verdicts begin and end, on estimates made up so that the answer is known."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from training.evaluation.regions import (
    Judged,
    Policy,
    allowed_alarms,
    band_begin,
    decision_rule,
    lowest_threshold,
    none_below,
)
from training.evaluation.verdicts import alarm_faults


def _judged(estimates: np.ndarray, fake: np.ndarray, **other: np.ndarray) -> Judged:
    even = {"weights": np.ones(len(fake)), "sufficient": np.ones(len(fake), bool)}
    return Judged(estimates, fake, **(even | other), authentic=(np.flatnonzero(~fake),))


LINE = _judged(np.linspace(0.0, 1.0, 1001), np.arange(1001) % 2 == 1)


def test_the_threshold_keeps_to_its_false_alarms() -> None:
    assert lowest_threshold(LINE, Policy()) == pytest.approx(0.98, abs=0.003)
    assert lowest_threshold(LINE, Policy(false_alarms=0.2, false_alarms_of_a_set=0.1)) == pytest.approx(
        0.9, abs=0.003
    )
    assert lowest_threshold(LINE, Policy(fitted_share=0.5)) == pytest.approx(0.99, abs=0.003)
    separable = replace(LINE, fake=LINE.estimates > 0.4, authentic=(np.flatnonzero(LINE.estimates <= 0.4),))
    assert lowest_threshold(separable, Policy()) == 0.5, "no threshold lies below even odds"


def test_files_with_weak_evidence_raise_no_alarm() -> None:
    weak = replace(LINE, sufficient=(LINE.estimates < 0.8) | LINE.fake)
    assert lowest_threshold(weak, Policy()) < 0.8


def test_a_set_that_is_flagged_more_than_others_raises_the_threshold() -> None:
    calm, loud = np.linspace(0.0, 0.6, 100), np.linspace(0.0, 0.95, 100)
    both = Judged(
        np.concatenate([calm, loud]),
        np.zeros(200, bool),
        np.ones(200),
        np.ones(200, bool),
        (np.arange(100), np.arange(100, 200)),
    )
    threshold = lowest_threshold(both, Policy(false_alarms=0.05))
    assert (loud >= threshold).sum() == 4


@pytest.mark.parametrize(("files", "allowed"), [(3, 1), (13, 1), (49, 1), (50, 2), (100, 4), (501, 20)])
def test_a_small_set_may_have_one_flagged_file(files: int, allowed: int) -> None:
    assert allowed_alarms(files, 0.04) == allowed


def test_faults_are_named_by_set_and_in_the_mean() -> None:
    def row(name: str, files: int, flagged: int, counted: bool = True, groups: int = 10) -> dict[str, object]:
        found = {"files": files, "flagged": flagged, "groups": groups}
        return {"comparison": name, "counted": counted, **found}

    assert alarm_faults([row("a", 100, 2), row("b", 40, 0), row("footage", 9, 1, False)], Policy()) == []
    (said,) = alarm_faults([row("a", 100, 5), *[row(str(i), 100, 0) for i in range(3)]], Policy())
    assert said == "5 of 100 authentic files of a are flagged"
    calm = [row(str(i), 100, 0) for i in range(3)]
    assert alarm_faults([row("four people", 100, 7, groups=4), *calm], Policy()) == []
    (said,) = alarm_faults([row("a", 100, 3), row("b", 100, 2)], Policy())
    assert "2.5%" in said
    (said,) = alarm_faults([row("a", 100, 0), row("footage", 9, 2, False)], Policy())
    assert "footage" in said


def test_a_band_is_as_wide_as_it_pays() -> None:
    """Below the threshold of .8 the files between .6 and .8 are right half the time, the others always."""
    rng = np.random.default_rng(0)
    estimates = rng.random(4000)
    doubtful = (estimates > 0.6) & (estimates < 0.8)
    fake = np.where(doubtful, rng.random(4000) < 0.5, estimates >= 0.8)
    judged, policy = _judged(estimates, fake), Policy(most_abstained=0.5)
    assert band_begin(judged, 0.8, policy) == pytest.approx(0.6, abs=0.02)
    assert band_begin(judged, 0.8, replace(policy, most_abstained=0.1)) == pytest.approx(0.7, abs=0.02)
    assert band_begin(judged, 0.8, replace(policy, least_gain=2.0)) == 0.8, "it buys less than it costs"
    assert band_begin(_judged(estimates, estimates >= 0.8), 0.8, policy) == 0.8


def test_a_band_does_not_divide_equal_estimates() -> None:
    estimates = np.repeat([0.2, 0.6, 0.9], 100)
    fake = np.concatenate([np.zeros(100), np.arange(100) % 2, np.ones(100)]).astype(bool)
    judged = _judged(estimates, fake)
    assert band_begin(judged, 0.8, Policy(most_abstained=0.34)) == 0.2
    assert band_begin(judged, 0.8, Policy(most_abstained=0.33)) == 0.8


def test_a_rule_is_consistent_whatever_the_estimates() -> None:
    for seed in range(20):
        rng = np.random.default_rng(seed)
        rule = decision_rule(_judged(rng.random(60), rng.random(60) < 0.5), Policy())
        assert rule.abstain_low <= rule.threshold == rule.abstain_high


def test_none_is_found_only_where_fakes_are_clearly_rare() -> None:
    rng = np.random.default_rng(0)
    estimates = rng.random(3000)
    fake = rng.random(3000) < estimates
    even, apart = np.ones(3000), list(range(3000))
    level = none_below(estimates, fake, even, apart, 0.5)
    assert level == pytest.approx(0.45, abs=0.06), "up to it a quarter are fakes, by interval"
    together = none_below(estimates, fake, even, (np.arange(3000) % 12).tolist(), 0.5)
    assert together is None or together <= level
    few = slice(0, 8)
    assert none_below(estimates[few] / 10.0, np.zeros(8, bool), even[few], apart[few], 0.5) is None
    assert none_below(estimates, rng.random(3000) < 0.4, even, apart, 0.5) is None
    assert none_below(estimates[:0], fake[:0], even[:0], [], 0.5) is None
