"""Rows that rise, and intervals that hold what they promise."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from measures.reliability import rising, share_interval


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**16), st.integers(4, 60))
def test_rows_rise_and_hold_every_file(seed: int, files: int) -> None:
    rng = np.random.default_rng(seed)
    estimates, fake = rng.integers(0, 6, files) / 5.0, rng.random(files) < 0.5
    rows = rising(estimates, fake, np.ones(files), list(range(files)))
    assert sum(row.bin.files for row in rows) == files
    assert all(a.bin.share < b.bin.share for a, b in pairwise(rows))
    assert all(a.bin.estimate < b.bin.estimate for a, b in pairwise(rows))
    assert all(row.interval[0] <= row.bin.share <= row.interval[1] for row in rows)


def test_a_violation_is_pooled_by_hand() -> None:
    estimates = np.repeat([0.1, 0.4, 0.6, 0.9], 10)
    fake = np.concatenate([np.arange(10) < count for count in (1, 6, 4, 9)])
    rows = rising(estimates, fake, np.ones(40), list(range(40)), bins=4)
    assert [tuple(row.bin) for row in rows] == [
        pytest.approx((0.1, 0.1, 10)),
        pytest.approx((0.5, 0.5, 20)),
        pytest.approx((0.9, 0.9, 10)),
    ]


def test_one_class_leaves_open_what_few_groups_cannot_show() -> None:
    fake, even = np.zeros(40, bool), np.ones(40)
    few, many = (share_interval(fake, even, [i % groups for i in range(40)]) for groups in (4, 40))
    assert few == (0.0, pytest.approx(1.0 - 0.025**0.25))
    assert many[1] < few[1]
    assert share_interval(~fake, even, list(range(40)))[0] == pytest.approx(0.025 ** (1 / 40))


@pytest.mark.parametrize(("share", "groups"), [(0.5, 30), (0.2, 40), (0.08, 60), (0.5, 12)])
def test_the_interval_covers_the_true_share(share: float, groups: int) -> None:
    """Simulated: groups of one to six files that are alike, as the frames of a source clip are."""
    rng, covered, trials = np.random.default_rng(0), 0, 300
    for _ in range(trials):
        sizes = rng.integers(1, 7, groups)
        of_group = rng.beta(4.0 * share, 4.0 * (1.0 - share), groups)
        names = np.repeat(np.arange(groups), sizes)
        fake = rng.random(len(names)) < of_group[names]
        low, high = share_interval(fake, np.ones(len(names)), names.tolist())
        covered += low <= share <= high
    assert covered / trials >= 0.88
