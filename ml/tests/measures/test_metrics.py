"""Figures of merit against hand-worked cases and brute force."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measures import metrics
from measures.compared import fakes_by_kind

labelled = st.lists(st.tuples(st.integers(-3, 3), st.booleans()), min_size=2, max_size=30).filter(
    lambda rows: len({fake for _, fake in rows}) == 2
)


def _split(rows: list[tuple[int, bool]]) -> tuple[np.ndarray, np.ndarray]:
    return np.asarray([s for s, _ in rows], float), np.asarray([f for _, f in rows], bool)


@given(labelled)
def test_auc_is_the_share_of_ordered_pairs(rows: list[tuple[int, bool]]) -> None:
    scores, fake = _split(rows)
    pairs = [(f > r) + 0.5 * (f == r) for f in scores[fake] for r in scores[~fake]]
    assert metrics.auc(scores, fake) == pytest.approx(np.mean(pairs))


@given(labelled)
def test_auc_is_the_area_under_the_curve(rows: list[tuple[int, bool]]) -> None:
    scores, fake = _split(rows)
    fpr, tpr = metrics.roc(scores, fake)
    assert np.trapezoid(tpr, fpr) == pytest.approx(metrics.auc(scores, fake))
    assert (fpr[0], tpr[0], fpr[-1], tpr[-1]) == pytest.approx((0, 0, 1, 1))


@given(labelled)
def test_average_precision_sums_over_thresholds(rows: list[tuple[int, bool]]) -> None:
    scores, fake = _split(rows)
    expected, recall = 0.0, 0.0
    for threshold in sorted(set(scores), reverse=True):
        flagged = scores >= threshold
        now = (flagged & fake).sum() / fake.sum()
        expected += (now - recall) * (flagged & fake).sum() / flagged.sum()
        recall = now
    assert metrics.average_precision(scores, fake) == pytest.approx(expected)


@settings(deadline=None)
@given(labelled, st.integers(0, 2**16))
def test_a_weight_counts_like_copies(rows: list[tuple[int, bool]], seed: int) -> None:
    scores, fake = _split(rows)
    times = np.random.default_rng(seed).integers(1, 4, len(scores))
    copied = np.repeat(scores, times), np.repeat(fake, times)
    for figure in (metrics.auc, metrics.average_precision, metrics.equal_error_rate):
        assert figure(scores, fake, times) == pytest.approx(figure(*copied))


def test_equal_error_rate_by_hand() -> None:
    assert metrics.equal_error_rate([0, 1, 2, 3], [False, False, True, True]) == 0.0
    assert metrics.equal_error_rate([0, 2, 1, 3], [False, False, True, True]) == pytest.approx(0.5)
    assert metrics.equal_error_rate([1, 1, 1, 1], [False, False, True, True]) == pytest.approx(0.5)
    assert metrics.equal_error_rate([3, 2, 1, 0], [False, False, True, True]) == pytest.approx(1.0)


def test_rate_at_few_false_alarms_by_hand() -> None:
    reals, fakes = np.arange(100.0), np.asarray([10.0, 97.5, 98.5, 99.5, 200.0])
    scores, fake = np.concatenate([reals, fakes]), np.repeat([False, True], [100, 5])
    assert metrics.tpr_at_fpr(scores, fake, 0.01) == pytest.approx(0.6)
    assert metrics.tpr_at_fpr(scores, fake, 0.05) == pytest.approx(0.8)
    assert np.isnan(metrics.tpr_at_fpr(scores[1:], fake[1:], 0.01)), "99 reals cannot show one in a hundred"


@pytest.mark.parametrize("fake", [[True, True], [False, False]])
def test_one_class_has_no_figures(fake: list[bool]) -> None:
    scores = [0.0, 1.0]
    assert np.isnan(metrics.auc(scores, fake))
    assert np.isnan(metrics.average_precision(scores, fake))
    assert np.isnan(metrics.equal_error_rate(scores, fake))


def test_calibration_error_by_hand() -> None:
    estimates, fake = np.asarray([0.1] * 10 + [0.7] * 10), np.asarray([True] * 2 + [False] * 8 + [True] * 10)
    assert metrics.expected_calibration_error(estimates, fake, bins=2) == pytest.approx((0.1 + 0.3) / 2)
    assert metrics.reliability(estimates, fake, bins=2) == [
        pytest.approx((0.1, 0.2, 10)),
        pytest.approx((0.7, 1.0, 10)),
    ]
    weights = np.repeat([3.0, 1.0], 10)
    table = metrics.reliability(estimates, fake, weights, bins=4)
    assert [row.estimate for row in table] == pytest.approx([0.1, 0.1, 0.1, 0.7]), "bins hold equal weight"


def test_exact_estimates_have_the_calibration_error_of_chance() -> None:
    estimates = np.repeat([0.1, 0.3, 0.5, 0.7, 0.9], 40)
    mean, (low, high) = metrics.least_calibration_error(estimates)
    assert 0.0 < low < mean < high < 0.15
    many, _ = metrics.least_calibration_error(np.tile(estimates, 16), repeats=30)
    assert many == pytest.approx(mean / 4.0, rel=0.3), "chance falls with the root of the files"
    certain = metrics.least_calibration_error(np.repeat([0.0, 1.0], 50), repeats=10)
    assert certain == (0.0, (0.0, 0.0))


def test_bootstrap_draws_whole_groups() -> None:
    values = np.repeat(np.random.default_rng(1).normal(size=10), 50)

    def spread(groups: list[int]) -> tuple[float, float]:
        draws = metrics.bootstrap_draws(groups)
        return metrics.interval(draws @ values / draws.sum(axis=1))

    together, alone = spread(np.repeat(np.arange(10), 50).tolist()), spread(list(range(500)))
    assert together[1] - together[0] > 4.0 * (alone[1] - alone[0])
    assert together[0] < values.mean() < together[1]
    assert spread([0] * 500) == pytest.approx((values.mean(), values.mean()))
    same = metrics.bootstrap_draws(["a", "b", "a"], repeats=50, seed=3)
    np.testing.assert_array_equal(same[:, 0], same[:, 2])
    np.testing.assert_array_equal(same, metrics.bootstrap_draws(["a", "b", "a"], repeats=50, seed=3))
    assert (same[:, 0] + same[:, 1] == 2).all()


@given(labelled, st.integers(0, 2**16))
def test_draws_are_figured_like_single_weights(rows: list[tuple[int, bool]], seed: int) -> None:
    scores, fake = _split(rows)
    draws = metrics.bootstrap_draws(list(range(len(scores))), repeats=5, seed=seed)
    expected = [metrics.auc(scores, fake, weights) for weights in draws]
    np.testing.assert_allclose(metrics.auc_of_draws(scores, fake, draws), expected)


def test_intervals_leave_out_draws_without_a_class() -> None:
    scores, fake = np.asarray([0.0, 1.0, 2.0]), np.asarray([False, True, True])
    drawn = metrics.auc_of_draws(scores, fake, metrics.bootstrap_draws(["a", "b", "c"]))
    assert np.isnan(drawn).any()
    assert metrics.interval(drawn) == (1.0, 1.0)


def test_an_interval_needs_groups_of_both_classes() -> None:
    scores, fake = np.arange(20.0), np.arange(20) % 2 == 1
    assert metrics.auc_interval(scores, fake, [i % 9 // 2 for i in range(20)]) is not None
    assert metrics.auc_interval(scores, fake, [i % 8 for i in range(20)]) is None, "four groups of each class"


def test_fakes_of_each_kind_are_with_all_reals() -> None:
    fake = np.asarray([False, True, True, False, True])
    kinds, rows = ["", "a", "b", "", "a"], np.asarray([0, 1, 2, 4])
    found = [(kind, mine.tolist(), both.tolist()) for kind, mine, both in fakes_by_kind(kinds, fake, rows)]
    assert found == [("a", [1, 4], [0, 1, 4]), ("b", [2], [0, 2])]
    assert not list(fakes_by_kind(kinds, fake, np.asarray([0, 1, 4])))
