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
from deepshield.domain.jobs import Verdict
from deepshield.reports.timeline import _draw_persons
from deepshield.result import AnalysisResult, Reason, ReasonCode

pytestmark = pytest.mark.unit


@pytest.fixture
def withheld() -> AnalysisResult:
    result = example("no_signs")
    person = result.tracks[0].model_copy(
        update={"person": "A", "final_score": None, "interval": None, "probability": 0.77}
    )
    return result.model_copy(update={"tracks": [person], "top_k_suspicious": []})


def summary(result: AnalysisResult) -> str:
    printed = io.StringIO()
    print_summary(Console(file=printed, width=160), Path("clip.mp4"), result, None)
    return printed.getvalue()


def moments_of(result: AnalysisResult) -> str:
    return next(line for line in summary(result).splitlines() if "Most suspicious moments" in line)


def test_summary(withheld: AnalysisResult) -> None:
    printed = summary(withheld)
    row = next(line.split() for line in printed.splitlines() if line.strip().startswith("A "))
    assert row[:2] == ["A", "–"]
    assert "77" not in printed


def test_an_inconclusive_file_is_summed_up_without_any_score() -> None:
    result = example("people")
    unsure = {"verdict": "inconclusive", "final_score": 0.77, "confidence_label": "unclear"}
    tracks = [track.model_copy(update=unsure) for track in result.tracks]
    unclear = AnalysisResult.model_validate({**result.model_dump(), **unsure, "tracks": tracks})
    assert "77" not in summary(unclear)
    weak = [track.model_copy(update={"final_score": None}) for track in unclear.tracks]
    moments = moments_of(unclear.model_copy(update={"tracks": weak}))
    assert "(person A)" in moments
    assert "%" not in moments
    assert "%" in moments_of(result)


def test_an_empty_band_is_not_written_and_an_estimate_beside_the_threshold_has_a_digit() -> None:
    result = example("no_signs")
    tracks = [result.tracks[0].model_copy(update={"final_score": 0.8655})]
    rule = {"decision_threshold": 0.867, "abstain_band": (0.867, 0.867)}
    printed = summary(result.model_copy(update={**rule, "final_score": 0.8655, "tracks": tracks}))
    assert "threshold 86.7 %; model" in printed
    assert "86.6 %" in printed


def test_what_of_a_file_was_not_looked_at_is_said() -> None:
    whole = example("no_signs")
    assert "Limits: faces from about 40 px\n" in summary(whole)
    media = whole.media.model_copy(update={"other_streams": 2})
    less = {"media": media, "faces_left_out": 1, "smallest_face_px": 55.7, "damaged_packets": 3}
    assert (
        "Limits: faces from about 56 px; without 1 face beyond the largest of a frame; "
        "without 3 damaged parts; without 2 further video streams\n"
    ) in summary(whole.model_copy(update=less))
    nothing = summary(whole.model_copy(update={"smallest_face_px": None}))
    assert "Limits" not in nothing, "of a marked face"


@pytest.mark.parametrize(("seconds", "coded", "written"), [(180, 5400, "5.6"), (60, 1500, "1.9")])
def test_how_far_the_frames_are_apart_is_said_of_a_video(seconds: int, coded: int, written: str) -> None:
    video = example("people")
    media = video.media.model_copy(update={"duration_ms": 1000.0 * seconds, "frame_count": coded})
    long = video.model_copy(update={"media": media, "frames_sampled": 32})
    assert f"Limits: one frame every {written} s; faces from" in summary(long)
    assert "one frame every" not in summary(
        video.model_copy(update={"media": media, "frames_sampled": coded})
    )
    short = media.model_copy(update={"duration_ms": 6000.0, "frame_count": 180})
    assert "one frame every" not in summary(long.model_copy(update={"media": short}))


def test_who_is_seen_too_little_is_said_not_to_decide() -> None:
    result, note = example("no_signs"), "seen too little to decide"
    assert note not in summary(result)
    little = Reason(code=ReasonCode.SEEN_TOO_LITTLE, message="")
    other = result.tracks[0].model_copy(update={"person": "B", "reasons": [little]})
    printed = summary(result.model_copy(update={"tracks": [*result.tracks, other]}))
    assert [line.split()[0] for line in printed.splitlines() if note in line] == ["B"]


def test_legend_of_the_timeline(withheld: AnalysisResult) -> None:
    axes = Figure().add_subplot()
    seen = [instant.model_copy(update={"scores": {"A": 0.77, "B": 0.77}}) for instant in withheld.timeline]
    unclear = {"person": "B", "verdict": Verdict.INCONCLUSIVE, "final_score": 0.77}
    tracks = [*withheld.tracks, withheld.tracks[0].model_copy(update=unclear)]
    _draw_persons(axes, withheld.model_copy(update={"timeline": seen, "tracks": tracks}))
    assert axes.get_legend_handles_labels()[1] == ["A  –", "B  –"]


def test_an_estimate_that_is_given() -> None:
    assert wording.estimate(0.77) == "77 %"
