"""The one shape of a result, and the reading of what earlier releases stored."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import pytest
from example_results import (
    EXAMPLE,
    FIRST_VERSION,
    FOLDER,
    NAMES,
    SECOND_VERSION,
    example,
    linked,
    stored_first,
)
from pydantic import ValidationError

from deepshield import result as shape
from deepshield.domain import jobs, wording
from deepshield.result import AnalysisResult, ReasonCode, StepKind
from deepshield.result_reader import UnreadableResultError, read_result
from detector import contracts

pytestmark = pytest.mark.unit

FIRST = sorted(file.stem for file in FIRST_VERSION.iterdir())
# What version 1 did not tell, or told otherwise.
_CHANGED = {
    "result_version",
    "aggregation_steps",
    "tracks",
    "model",
    "timings_ms",
    "preview_url",
    "faces_left_out",
    "smallest_face_px",
}

_ADDED: dict[str, Any] = dict.fromkeys(("trace", "face_url", "frame_url", "crop_area"))  # to moments


def test_every_example_is_there() -> None:
    assert sorted(file.stem for file in FOLDER.iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_stored_result_is_read_as_it_was_written(name: str) -> None:
    stored = example(name).model_dump(mode="json")
    assert json.loads((FOLDER / f"{name}.json").read_text()) == stored
    assert read_result(json.loads(json.dumps(stored))) == example(name)


@pytest.mark.parametrize("name", FIRST)
def test_a_result_of_version_1_is_read_into_the_present_shape(name: str) -> None:
    stored = stored_first(name)
    read = read_result(stored).model_dump(mode="json")
    assert read["result_version"] == "2"
    kept = {key: value for key, value in stored.items() if key not in _CHANGED}
    kept["top_k_suspicious"] = [moment | _ADDED for moment in kept["top_k_suspicious"]]
    assert {key: read[key] for key in kept} == {**kept, "media": {**kept["media"], "other_streams": 0}}
    for before, now in zip(stored["tracks"], read["tracks"], strict=True):
        before["faces"] = [face | {"traces": {}} for face in before["faces"]]
        assert {key: now[key] for key in before} == before
        followed = now["person"] == stored["deciding_person"]
        assert now["verdict"] == (stored["verdict"] if followed else None)
        assert now["final_score"] == (stored["final_score"] if followed else None)
        assert now["reasons"] == (stored["reasons"] if followed else [])
    assert read["model"] == {
        **stored["model"],
        "calibration": None,
        "traces": [],
        "reliability_intervals": [],
    }
    assert read["timings_ms"]["total"] == stored["timings_ms"]["total"]
    assert read["timings_ms"]["open"] is None, "it was measured together with other stages"
    assert read_result(read) == read_result(stored)


@pytest.mark.parametrize("file", sorted(SECOND_VERSION.iterdir()), ids=lambda file: file.stem)
def test_a_result_without_traces_is_read(file: Path) -> None:
    stored = json.loads(file.read_text())
    read = read_result(stored)
    assert (read.trace, read.none_below, read.model.traces) == (None, None, [])
    for person in read.tracks:
        assert (person.trace, person.traces) == (None, [])
        assert all(face.traces == {} for face in person.faces)
    assert {step.trace for step in read.aggregation_steps} == {None}
    now = read.model_dump(mode="json")
    assert {key: now[key] for key in stored if key not in _CHANGED} == {
        key: value for key, value in stored.items() if key not in _CHANGED | {"top_k_suspicious"}
    } | {"top_k_suspicious": [moment | _ADDED for moment in stored["top_k_suspicious"]]}


def test_the_steps_of_version_1_get_their_kind_and_person() -> None:
    steps = read_result(stored_first("people")).aggregation_steps
    assert [(step.kind, step.person) for step in steps] == [
        (StepKind.QUANTILE_BAND, "A"),
        (StepKind.PRESENCE, "A"),
        (StepKind.QUANTILE_BAND, "B"),
        (StepKind.PRESENCE, "B"),
        (StepKind.MOST_SUSPICIOUS_PERSON, None),
    ]
    assert [step.output for step in steps] == [
        step["output"] for step in stored_first("people")["aggregation_steps"]
    ]


def test_an_unknown_version_is_refused() -> None:
    with pytest.raises(UnreadableResultError, match="version 3"):
        read_result({**example().model_dump(mode="json"), "result_version": "3"})


@pytest.mark.parametrize(
    "change",
    [
        {"unheard_of": 1},
        {"final_score": math.nan},
        {"verdict": "authentic"},
        {"reasons": [{"code": "because", "message": "So."}]},
        {"interval": [0.1, 0.2, 0.3]},
    ],
)
def test_what_is_no_result_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        read_result({**example().model_dump(mode="json"), **change})


def test_the_words_are_the_engines() -> None:
    pairs = [
        (ReasonCode, contracts.Reason),
        (StepKind, contracts.StepKind),
        (wording.Trace, contracts.Trace),
        (jobs.Verdict, contracts.Verdict),
    ]
    for ours, engines in pairs:
        assert [one.value for one in ours] == [one.value for one in engines]
    assert set(shape.Timings.model_fields) == set(contracts.Timings.__dataclass_fields__)


@pytest.mark.parametrize("name", NAMES)
def test_the_estimate_can_be_computed_again_from_the_frames(name: str) -> None:
    result = example(name)
    for step in result.aggregation_steps:
        if step.kind is StepKind.CALIBRATION:
            x = step.parameters["slope"] * max(step.inputs[0], step.parameters["floor"])
            assert step.output == pytest.approx(1 / (1 + math.exp(-x - step.parameters["intercept"])))
            assert step.output == pytest.approx(result.final_score)
        elif step.kind is StepKind.NUMBER_OF_PEOPLE:
            rule = step.parameters
            below = 1 / (1 + math.exp(-(step.inputs[0] - rule["median"]) / rule["spread"]))
            share = below ** rule["people"]
            assert step.output == pytest.approx(
                rule["median"] + rule["spread"] * math.log(share / (1 - share))
            )
            assert step.output == pytest.approx(result.raw_logit)
        else:
            sums = sum(i * w for i, w in zip(step.inputs, step.weights, strict=True))
            assert sums == pytest.approx(step.output)
    calibrated = any(step.kind is StepKind.CALIBRATION for step in result.aggregation_steps)
    assert calibrated == (result.final_score is not None and result.model.calibration is not None)


def test_every_person_has_a_verdict_of_their_own() -> None:
    first, second = example("people").tracks
    assert first.verdict == "manipulated"
    assert first.confidence_label in ("signs", "strong")
    assert (second.verdict, second.confidence_label) == ("no_signs", "not_flagged")
    (reason,) = second.reasons
    assert reason.code is ReasonCode.BELOW_THRESHOLD
    assert reason.message.startswith("This person")
    (weak,) = example("weak").tracks
    assert weak.final_score is None
    assert weak.reasons


def test_addresses_are_given_to_files_that_are_kept() -> None:
    result = example("people")
    kept = {"moment-1-crop.png", "preview.mp4"}
    served = result.linked(lambda name: f"/files/{name}", kept)
    first, second, *_ = served.top_k_suspicious
    assert first.crop_url == "/files/moment-1-crop.png"
    assert first.heatmap_overlay_url is None
    assert second.crop_url is None
    assert served.preview_url == "/files/preview.mp4"
    assert [person.thumbnail_url for person in served.tracks] == [None, None]
    assert result.preview_url == "preview.mp4"


def test_the_example_of_the_api_is_a_result_of_the_engine() -> None:
    assert AnalysisResult.model_validate_json(EXAMPLE.read_bytes()) == linked(example("manipulated"))
