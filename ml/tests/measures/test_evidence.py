"""Likelihood ratios by hand, and by what they must do for perfect, empty and misleading scores."""

from __future__ import annotations

import numpy as np
import pytest

from measures.evidence import cllr, log_likelihood_ratios, ratio_cap, tippett

FAKE = np.asarray([False, False, True, True])
EVEN = np.ones(4)


def test_a_ratio_is_posterior_over_prior_odds() -> None:
    ratios = log_likelihood_ratios(np.asarray([0.5, 0.9, 0.1]), 0.5)
    assert ratios == pytest.approx([0.0, np.log10(9.0), -np.log10(9.0)])
    assert log_likelihood_ratios(np.asarray([0.9]), 0.9) == pytest.approx([0.0])
    assert log_likelihood_ratios(np.asarray([0.0, 1.0]), 0.5, cap=1.5).tolist() == [-1.5, 1.5]


def test_a_ratio_goes_no_further_than_the_smaller_class_supports() -> None:
    groups = ["a", "b", "c", "c"]
    assert ratio_cap(FAKE, groups) == pytest.approx(np.log10(2.0))
    assert ratio_cap(np.arange(40) < 9, list(range(40))) == pytest.approx(1.0)


def test_the_cost_is_one_for_no_information_and_more_for_misleading_ratios() -> None:
    assert cllr(np.zeros(4), FAKE, EVEN) == pytest.approx(1.0)
    assert cllr(np.asarray([-9.0, -9.0, 9.0, 9.0]), FAKE, EVEN) == pytest.approx(0.0, abs=1e-6)
    assert cllr(np.asarray([1.0, 1.0, -1.0, -1.0]), FAKE, EVEN) == pytest.approx(np.log2(11.0))
    unequal = cllr(np.asarray([1.0, -1.0, 1.0, 1.0]), FAKE, np.asarray([3.0, 1.0, 1.0, 1.0]))
    assert unequal == pytest.approx((0.75 * np.log2(11.0) + 0.25 * np.log2(1.1) + np.log2(1.1)) / 2.0)
    assert np.isnan(cllr(np.zeros(2), np.asarray([True, True]), np.ones(2)))


def test_curves_are_shares_at_or_above_each_level() -> None:
    curves = tippett(np.asarray([-1.0, 0.0, 0.0, 2.0]), FAKE, EVEN)
    assert curves.levels.tolist() == [-1.0, 0.0, 2.0]
    assert curves.real.tolist() == [1.0, 0.5, 0.0]
    assert curves.fake.tolist() == [1.0, 1.0, 0.5]
