"""The words of a verdict."""

from __future__ import annotations

import math

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


def test_a_range_up_to_more_than_99_does_not_read_as_an_arrow() -> None:
    ranges = [(0.713, 0.918), (0.002, 0.04), (0.93, 1.0), (0.995, 1.0), (0.125, 0.125)]
    assert [wording.percent_range(one) for one in ranges] == [
        "71-92 %",
        "<1-4 %",
        "93 - >99 %",
        ">99 %",
        "13 %",
    ]


def test_halves_are_rounded_up_as_on_the_page() -> None:
    halves = [(10 * whole + 5) / 1000 for whole in range(1, 99)]
    assert [wording.percent(half) for half in halves] == [
        f"{math.floor(100 * half + 0.5)} %" for half in halves
    ]
    assert [wording.percent(half) for half in (0.125, 0.625, 0.865)] == ["13 %", "63 %", "87 %"]
    assert wording.percent(0.8645, 1) == "86.5 %"
    written = [wording.tenths(number) for number in (2.25, 0.35, 1.0, -0.25, -0.04, 12)]
    assert written == ["2.3", "0.4", "1.0", "-0.3", "0.0", "12.0"]
    assert [wording.percent(end, 1) for end in (0.0, 1.0)] == ["<1 %", ">99 %"]


@pytest.mark.parametrize(
    ("estimate", "bounds", "shown"),
    [
        (0.36, (0.65, 0.866, 0.866), "36 %"),
        (0.866, (0.65, 0.866, 0.866), "87 %"),  # equal ones are written alike
        (0.8655, (0.65, 0.867, 0.867), "86.6 %"),
        (0.8661, (0.65, 0.8663, 0.8663), "86.61 %"),
        (0.36, (0.65, 0.861, 0.864), "36.0 %"),
    ],
)
def test_an_estimate_beside_a_threshold_is_told_from_it(
    estimate: float, bounds: tuple[float, float, float], shown: str
) -> None:
    digits = wording.digits([estimate, None, *bounds])
    assert wording.percent(estimate, digits) == shown
    different = {estimate, *bounds}
    assert len({wording.percent(one, digits) for one in different}) == len(different)
    row = wording.label("no_signs", estimate, None, bounds[1])
    assert wording.sentence(row, estimate, None, digits) == f"Not flagged (estimated {shown})"


def test_no_word_promises_authenticity() -> None:
    said = " ".join(
        [*wording.HEADINGS.values(), *wording.SECOND_LINES.values(), *wording.TRACES.values()]
    ).lower()
    said = said.replace("this does not show that the file is authentic.", "")
    for word in ("authentic", "verified", "real", "safe", "proof", "confidence"):
        assert word not in said.split()


@pytest.mark.parametrize(
    ("ms", "said"),
    [
        (0, "0:00.0"),
        (250, "0:00.3"),
        (1_250, "0:01.3"),
        (12_400, "0:12.4"),
        (12_450, "0:12.5"),
        (59_990, "1:00.0"),
        (3_723_500, "1:02:03.5"),
    ],
)
def test_clock(ms: float, said: str) -> None:
    assert wording.clock(ms) == said
