"""The words of a verdict."""

from __future__ import annotations

import pytest

from deepshield.domain import wording

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("verdict", "probability", "interval", "said"),
    [
        ("manipulated", 0.94, (0.88, 0.97), "Strong signs of manipulation (estimated 94 %, range 88-97 %)"),
        ("manipulated", 0.94, (0.40, 0.99), "Signs of manipulation (estimated 94 %, range 40-99 %)"),
        ("manipulated", 0.71, (0.6, 0.8), "Signs of manipulation (estimated 71 %, range 60-80 %)"),
        ("inconclusive", 0.5, (0.30, 0.66), "Inconclusive (range 30-66 %)"),
        ("inconclusive", None, (0.1, 0.9), "Inconclusive: too little to judge"),
        ("no_signs", 0.001, (0.0001, 0.04), "No signs of manipulation found (estimated <1 %, range <1-4 %)"),
        ("no_signs", 0.05, (0.02, 0.11), "Not flagged (estimated 5 %, range 2-11 %)"),
        ("no_signs", 0.1, None, "No signs of manipulation found (estimated 10 %)"),
        ("no_signs", 0.11, None, "Not flagged (estimated 11 %)"),
        ("no_face", None, None, "No face found, so nothing was scored"),
    ],
)
def test_headings(
    verdict: str, probability: float | None, interval: tuple[float, float] | None, said: str
) -> None:
    row = wording.label(verdict, probability, interval, threshold=0.5, none_below=0.1)
    assert wording.sentence(row, probability, interval) == said


def test_without_a_bound_nothing_is_said_to_be_without_signs() -> None:
    assert wording.label("no_signs", 0.0, (0.0, 0.0), threshold=0.5) is wording.Label.NOT_FLAGGED


@pytest.mark.parametrize("row", wording.Label)
@pytest.mark.parametrize("trace", [*wording.Trace, None])
def test_only_signs_are_traces_of_something(row: wording.Label, trace: wording.Trace | None) -> None:
    line = wording.second_line(row, trace)
    claimed = trace is not None and row in (wording.Label.STRONG, wording.Label.SIGNS)
    assert line.endswith(wording.SECOND_LINES[row])
    assert line.startswith("Traces of ") is claimed


def test_never_zero_or_hundred_percent() -> None:
    assert wording.percent(0.0) == "<1 %"
    assert wording.percent(1.0) == ">99 %"


def test_no_word_promises_authenticity() -> None:
    said = " ".join(
        [*wording.HEADINGS.values(), *wording.SECOND_LINES.values(), *wording.TRACES.values()]
    ).lower()
    said = said.replace("this does not show that the file is authentic.", "")
    for word in ("authentic", "verified", "real", "safe", "proof", "confidence"):
        assert word not in said.split()


@pytest.mark.parametrize(
    ("ms", "said"), [(0, "0:00.0"), (12_400, "0:12.4"), (59_990, "1:00.0"), (3_723_500, "1:02:03.5")]
)
def test_clock(ms: float, said: str) -> None:
    assert wording.clock(ms) == said
