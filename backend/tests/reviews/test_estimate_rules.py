"""Estimates of error rates: their bounds against enumeration, and their intervals against known rates."""

from __future__ import annotations

from fractions import Fraction
from math import comb

import pytest
from simulated_estimates import Setting, drawn_in_doubt, drawn_once, drawn_unevenly, of_service, recovered

from deepshield.domain.estimates import (
    Cell,
    Missing,
    error_rates,
    missing,
    used_of,
    wrong_bounds,
    wrong_share,
)

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(("files", "read"), [(23, 7), (60, 20), (31, 31), (40, 0)])
def test_bounds_are_those_of_enumeration_and_passed_as_seldom_as_they_promise(files: int, read: int) -> None:
    chances = [
        [Fraction(comb(wrong, found) * _choose(files - wrong, read - found), comb(files, read))
         for found in range(read + 1)]
        for wrong in range(files + 1)
    ]  # fmt: skip
    for tail in (0.0127, 0.025, 0.3):
        bounds = [wrong_bounds(files, read, found, tail) for found in range(read + 1)]
        for found, (low, high) in enumerate(bounds):
            possible = range(found, files - read + found + 1)
            assert low == min(one for one in possible if sum(chances[one][found:]) > tail)
            assert high == max(one for one in possible if sum(chances[one][: found + 1]) > tail)
        for wrong, chance in enumerate(chances):
            assert sum(one for one, (low, _) in zip(chance, bounds, strict=True) if wrong < low) <= tail
            assert sum(one for one, (_, high) in zip(chance, bounds, strict=True) if wrong > high) <= tail
    # By hand, with 5 of 10 read and none wrong: with 3 wrong ones
    # C(7,5)/C(10,5) = .083, with 4 C(6,5)/C(10,5) = .024.
    assert wrong_bounds(10, 5, 0, 0.05) == (0, 3)
    assert wrong_bounds(10, 5, 5, 0.05) == (7, 10)


def _choose(number: int, chosen: int) -> int:
    return comb(number, chosen) if chosen >= 0 else 0


def test_bounds_of_a_million_files_are_numbers_and_no_overflow() -> None:
    low, high = wrong_bounds(1_000_000, 10_000, 4_000, 0.0127)
    assert 0.385 < low / 1e6 < 0.4 < high / 1e6 < 0.415
    assert wrong_bounds(50_000, 5_000, 5_000, 0.0127)[1] == 50_000
    assert wrong_bounds(50_000, 5_000, 0, 0.0127)[0] == 0


def test_rates_follow_from_both_strata_and_their_sizes() -> None:
    # 600 flagged, a tenth of them wrongly; 6,000 others, of which 1 of 60 was missed.
    alarms, misses = error_rates([Cell(0.1, 600, 60, 6)], [Cell(0.01, 6_000, 60, 1)])
    assert alarms is not None
    assert misses is not None
    assert alarms.value == pytest.approx(60 / (60 + 5_900))
    assert misses.value == pytest.approx(100 / (100 + 540))
    assert alarms.interval[0] < alarms.value < alarms.interval[1]
    # All read: nothing is left to chance.
    alarms, misses = error_rates([Cell(1.0, 10, 10, 4)], [Cell(1.0, 90, 90, 3)])
    assert alarms is not None
    assert alarms.interval == (alarms.value, alarms.value) == (4 / 91, 4 / 91)
    # A stratum of which none was read says nothing; without manipulated files there is nothing to miss.
    assert error_rates([Cell(0.1, 9, 0, 0)], [Cell(0.01, 500, 60, 0)]) == (None, None)
    alarms, misses = error_rates([], [Cell(0.01, 500, 60, 0)])
    assert alarms is not None
    assert (alarms.value, misses) == (0.0, None)


def test_each_file_weighs_as_its_own_probability_says() -> None:
    # 1,000 files of each probability; of the rarer drawn 5 of 10 are wrong, of the others none of 100.
    cells = [Cell(0.01, 1_000, 10, 5), Cell(0.1, 1_000, 100, 0)]
    share = wrong_share(cells)
    assert share is not None
    assert share.value == 0.25
    assert share.interval[0] < 0.25 < share.interval[1]
    # What a cell without a reading adds is unknown, and held to be like the rest.
    share = wrong_share([Cell(0.1, 100, 50, 10), Cell(0.01, 100, 0, 0)])
    assert share is not None
    assert share.value == pytest.approx(0.2)
    assert share.interval[1] > 0.6


def test_it_says_what_is_missing_until_enough_is_read() -> None:
    assert missing([Cell(0.01, 5_000, 12, 0)], 60, 10, 0.01) == Missing(10, 3_800)
    assert missing([Cell(0.01, 5_000, 12, 0)], 60, 70, 0.01) == Missing(48, 0)
    assert missing([Cell(0.01, 6_000, 60, 0)], 60, 9, 0.01) is None
    assert missing([Cell(1.0, 20, 20, 1)], 60, 0, 1.0) is None  # there are no more
    assert missing([], 60, 0, 0.01) is None


def test_files_read_before_their_turn_count_as_often_as_the_others_were_read() -> None:
    assert used_of(10, 100, 30) == 3
    assert used_of(10, 0, 0) == 10
    assert used_of(0, 5, 5) == 0


def test_intervals_hold_known_rates_in_95_of_100_runs() -> None:
    corners = [
        Setting(0.001, 0.3, 0.02, 50_000, 0.01),
        Setting(0.3, 0.01, 0.5, 5_000, 0.1),
        Setting(0.1, 0.1, 0.1, 50_000, 0.1),
        Setting(0.01, 0.3, 0.02, 500, 0.01),
    ]
    for drawing in (drawn_once, drawn_unevenly, drawn_in_doubt):
        for setting, found in recovered(corners, drawing, of_service, 200, 3).items():
            assert min(found.alarms, found.misses) >= 190, (drawing, setting, found)
    (one,) = recovered(corners[2:3], drawn_once, of_service, 200, 3).values()
    assert one.shown == 200
    assert one.width / one.shown < 0.1  # of both; both rates are .1
