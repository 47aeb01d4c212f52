"""Strength of evidence as a likelihood ratio, in the words of ENFSI's scale, bounded by the test set."""

from __future__ import annotations

import math

import pytest
from example_results import example
from hypothesis import given
from hypothesis import strategies as st

from deepshield.domain.strength import Support, capped, log10_ratio, most, support

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("posterior", "prior", "ratio"),
    [(0.5, 0.5, 1.0), (0.9, 0.5, 9.0), (0.9, 0.1, 81.0), (0.2, 0.5, 0.25), (0.1, 0.1, 1.0)],
)
def test_the_ratio_is_posterior_over_prior_odds(posterior: float, prior: float, ratio: float) -> None:
    assert log10_ratio(posterior, prior) == pytest.approx(math.log10(ratio))


@given(ratio=st.floats(1e-3, 1e3), prior=st.floats(0.01, 0.99))
def test_the_ratio_does_not_depend_on_the_prior(ratio: float, prior: float) -> None:
    odds = ratio * prior / (1 - prior)
    assert log10_ratio(odds / (1 + odds), prior) == pytest.approx(math.log10(ratio), abs=1e-6)


def test_a_certain_estimate_is_bounded_by_the_test_set() -> None:
    cap = most(99)
    assert cap == pytest.approx(2.0)
    assert capped(log10_ratio(1.0, 0.5), cap) == cap
    assert capped(log10_ratio(0.0, 0.5), cap) == -cap
    assert most(0) == 0.0


@pytest.mark.parametrize(
    ("ratio", "word"),
    [
        (1.0, Support.NONE),
        (1.9, Support.NONE),
        (2.0, Support.WEAK),
        (9.9, Support.WEAK),
        (10.0, Support.MODERATE),
        (100.0, Support.MODERATELY_STRONG),
        (1e3, Support.STRONG),
        (1e4, Support.VERY_STRONG),
        (9e5, Support.VERY_STRONG),
        (1e6, Support.EXTREMELY_STRONG),
    ],
)
def test_the_words_are_those_of_the_scale_in_both_directions(ratio: float, word: Support) -> None:
    assert support(math.log10(ratio)) is word
    assert support(-math.log10(ratio)) is word


@pytest.mark.parametrize(("posterior", "prior"), [(0.5, 0.0), (0.5, 1.0), (1.1, 0.5), (-0.1, 0.5)])
def test_what_is_no_probability_is_refused(posterior: float, prior: float) -> None:
    with pytest.raises(ValueError, match="probabilities"):
        log10_ratio(posterior, prior)


@pytest.mark.parametrize("name", ["manipulated", "no_signs", "people"])
def test_a_result_with_an_estimate_has_its_strength(name: str) -> None:
    result = example(name)
    assert result.strength is not None
    assert result.final_score is not None
    assert result.strength.log10_ratio == pytest.approx(
        log10_ratio(result.final_score, result.model.base_rate), abs=1e-5
    )
    low, high = result.strength.interval or (math.nan, math.nan)
    assert -result.strength.cap <= low <= result.strength.log10_ratio <= high <= result.strength.cap
    assert result.strength.support is support(result.strength.log10_ratio)


@pytest.mark.parametrize("name", ["unclear", "weak", "no_face", "earlier"])
def test_without_a_verdict_and_in_earlier_results_there_is_none(name: str) -> None:
    assert example(name).strength is None
