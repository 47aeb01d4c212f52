"""What is drawn on evidence says the same as the words beside it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from deepshield.domain import wording
from detector.show import label

pytestmark = pytest.mark.unit


@given(st.floats(0.0, 1.0))
@example(0.0)
@example(0.004)
@example(0.01)
@example(0.99)
@example(0.865)
@example(0.996)
@example(1.0)
def test_estimates_are_rounded_on_pictures_as_in_words(probability: float) -> None:
    assert label("A", probability) == f"A  {wording.percent(probability)}"
    assert label("A", probability) not in ("A  0 %", "A  100 %")


def test_without_an_estimate_no_score_is_drawn() -> None:
    assert label("A", None) == "A"
