"""Two evaluations are compared: McNemar's exact test, AUCs as `measures` has them, paired over groups."""

from __future__ import annotations

import random

import numpy as np
import pytest

from deepshield.domain.evaluations import Outcome, compared, mcnemar
from measures import metrics

pytestmark = pytest.mark.unit


def outcome(number: int, fake: bool, logit: float | None, verdict: str, group: str | None = None) -> Outcome:
    return Outcome(f"{number:064x}", fake, group or f"g{number}", verdict, logit, None, "job", "medium")


def test_mcnemar_is_the_exact_binomial_test() -> None:
    from scipy.stats import binomtest

    for b, c in ((0, 0), (1, 9), (6, 16), (12, 12), (0, 5), (300, 240)):
        assert mcnemar(b, c) == pytest.approx(1.0 if b + c == 0 else binomtest(b, b + c, 0.5).pvalue)


def test_figures_are_those_of_measures_and_a_real_difference_is_found() -> None:
    draw = random.Random(3)
    fake = [draw.random() < 0.5 for _ in range(300)]
    good = [2.0 * one + draw.gauss(0, 1) for one in fake]
    poor = [round(0.3 * one + draw.gauss(0, 1), 1) for one in fake]  # with ties
    a = [outcome(i, one, poor[i], "no_signs", f"g{i // 3}") for i, one in enumerate(fake)]
    b = [outcome(i, one, good[i], "manipulated", f"g{i // 3}") for i, one in enumerate(fake)]
    found = compared(a, [*b, outcome(999, True, 1.0, "manipulated")])
    assert (found.files, found.scored) == (300, 300)
    assert found.auc_a == pytest.approx(metrics.auc(poor, fake))
    assert found.auc_b == pytest.approx(metrics.auc(good, fake))
    assert found.only_b_right == sum(fake)
    assert found.only_a_right == 300 - sum(fake)
    assert len(found.flips) == 300
    draws = metrics.bootstrap_draws([f"g{i // 3}" for i in range(300)])
    expected = metrics.interval(
        metrics.auc_of_draws(np.array(good), np.array(fake), draws)
        - metrics.auc_of_draws(np.array(poor), np.array(fake), draws)
    )
    assert found.interval is not None
    assert found.interval == pytest.approx(expected, abs=0.02)
    assert found.interval[0] > 0
    same = compared(a, a)
    assert (same.p, same.flips, same.interval) == (1.0, [], (0.0, 0.0))


def test_nothing_is_claimed_of_too_few_groups_or_one_class() -> None:
    few = [outcome(i, i % 2 == 0, float(i), "no_signs", f"g{i % 4}") for i in range(40)]
    assert compared(few, few).interval is None
    reals = [outcome(i, False, float(i), "no_signs") for i in range(40)]
    assert compared(reals, reals).auc_a is None
    assert compared(few, []).files == 0
