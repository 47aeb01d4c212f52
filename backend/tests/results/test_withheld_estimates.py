"""A person whose evidence is too weak gets a dash in the summary and in the plot's legend, and no number."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from example_results import example
from matplotlib.figure import Figure
from rich.console import Console

from deepshield.cli.summary import print_summary
from deepshield.domain import wording
from deepshield.reports.timeline import _draw_persons
from deepshield.result import AnalysisResult

pytestmark = pytest.mark.unit


@pytest.fixture
def withheld() -> AnalysisResult:
    result = example("no_signs")
    person = result.tracks[0].model_copy(
        update={"person": "A", "final_score": None, "interval": None, "probability": 0.77}
    )
    return result.model_copy(update={"tracks": [person], "top_k_suspicious": []})


def test_summary(withheld: AnalysisResult) -> None:
    printed = io.StringIO()
    print_summary(Console(file=printed, width=120), Path("clip.mp4"), withheld, None)
    row = next(line.split() for line in printed.getvalue().splitlines() if line.strip().startswith("A "))
    assert row[:2] == ["A", "–"]
    assert "77" not in printed.getvalue()


def test_legend_of_the_timeline(withheld: AnalysisResult) -> None:
    axes = Figure().add_subplot()
    seen = [instant.model_copy(update={"scores": {"A": 0.77}}) for instant in withheld.timeline]
    _draw_persons(axes, withheld.model_copy(update={"timeline": seen}))
    assert axes.get_legend_handles_labels()[1] == ["A  –"]


def test_an_estimate_that_is_given() -> None:
    assert wording.estimate(0.77) == "77 %"
