"""A model of two traces: which of them speaks, in every part of a result and in words."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import result_media as media
from example_results import example
from PIL import Image as Pillow
from rich.console import Console

import bundles
from deepshield.cli.summary import print_summary
from deepshield.domain.strength import support
from deepshield.domain.wording import Label, Trace
from deepshield.reports.document import result_document
from deepshield.result import AnalysisResult, StepKind
from detector import contracts
from detector.analyze import Options, analyze
from detector.contracts import Floats
from detector.model import Model, load_model
from detector.networks import Network

pytestmark = pytest.mark.integration


class _Blending:
    """A network of the first trace alone."""

    def __init__(self, network: Network) -> None:
        self._network = network

    def run(self, batch: Floats) -> tuple[Floats, ...]:
        logits, maps, features = self._network.run(batch)
        return logits[:, :1], maps[:, :1], features


class _Generated:
    """A network with a second trace: its logit lies above the first one's, its map is mirrored."""

    def __init__(self, network: Network, above: float) -> None:
        self._network, self._above = network, above

    def run(self, batch: Floats) -> tuple[Floats, ...]:
        logits, maps, features = self._network.run(batch)
        further = np.concatenate([maps, maps[..., ::-1] + self._above / maps[0, 0].size], axis=1)
        return np.concatenate([logits, logits + self._above], axis=1), further, features


@pytest.fixture(scope="module")
def model() -> Model:
    loaded = load_model(bundles.default_bundle(), "onnx", "cpu")
    rules = replace(loaded.rules, traces=(contracts.Trace.BLENDING,))
    return replace(loaded, scorer=_Blending(loaded.scorer), rules=rules)


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return media.write_still(media.portrait, tmp_path_factory.mktemp("traces") / "portrait.jpg")


def analysed(file: Path, model: Model, above: float) -> AnalysisResult:
    traces = (contracts.Trace.BLENDING, contracts.Trace.GENERATION)
    two = replace(model, scorer=_Generated(model.scorer, above), rules=replace(model.rules, traces=traces))
    return result_document(analyze(file, two, Options(moments=1)), two)


def test_the_stronger_trace_speaks_in_every_part(still: Path, model: Model) -> None:
    result = analysed(still, model, above=12.0)
    (person,), (moment,) = result.tracks, result.top_k_suspicious
    (face,) = person.faces
    assert result.verdict == "manipulated"
    assert result.trace is person.trace is moment.trace is Trace.GENERATION
    assert result.model.traces == [Trace.BLENDING, Trace.GENERATION]
    assert face.traces[Trace.GENERATION] == face.logit == pytest.approx(face.traces[Trace.BLENDING] + 12.0)
    blending, generation = person.traces
    assert (generation.logit, generation.probability) == (person.logit, person.probability)
    assert blending.probability == pytest.approx(model.rules.calibration.probability(blending.logit))
    assert blending.logit == pytest.approx(face.traces[Trace.BLENDING])
    assert model.manifest is not None
    bias = model.manifest.classifier_bias[0]
    assert np.sum(moment.map) + bias == pytest.approx(face.logit, abs=1e-3)
    assert [(step.kind, step.trace) for step in result.aggregation_steps][:3] == [
        (StepKind.QUANTILE_BAND, Trace.BLENDING),
        (StepKind.QUANTILE_BAND, Trace.GENERATION),
        (StepKind.STRONGEST_TRACE, Trace.GENERATION),
    ]


def test_a_flagged_file_is_said_to_have_traces_and_no_method(still: Path, model: Model) -> None:
    result = analysed(still, model, above=12.0)
    assert result.advice.startswith("Traces of a generated face. ")
    (reason,) = result.reasons
    assert (
        reason.message == "A person who is seen long and large enough to decide scores above the threshold: "
        "traces of a generated face."
    )
    assert result.tracks[0].reasons[0].message == (
        "This person scores above the threshold: traces of a generated face."
    )


def test_a_ratio_goes_as_far_as_the_bundle_says_and_without_a_word_as_its_files(
    still: Path, model: Model
) -> None:
    assert model.manifest is not None
    sets = model.manifest.metrics.datasets
    of_files = math.log10(1 + min(sum(one.real for one in sets), sum(one.fake for one in sets)))
    for said, cap in ((1.0, 1.0), (None, of_files)):
        calibration = replace(model.rules.calibration, llr_cap=said)
        result = analysed(still, replace(model, rules=replace(model.rules, calibration=calibration)), 40.0)
        assert result.strength is not None
        assert result.strength.cap == result.strength.log10_ratio == pytest.approx(cap, abs=1e-6)
        assert result.strength.support is support(cap)


def test_the_weaker_trace_changes_nothing(still: Path, model: Model) -> None:
    alone = result_document(analyze(still, model, Options(moments=1)), model)
    result = analysed(still, model, above=-6.0)
    assert (result.final_score, result.raw_logit) == (alone.final_score, alone.raw_logit)
    assert (result.interval, result.trace) == (alone.interval, Trace.BLENDING)
    assert result.top_k_suspicious[0].map == alone.top_k_suspicious[0].map


def test_where_a_file_is_not_flagged_no_trace_is_claimed() -> None:
    result = example("no_signs")
    assert result.trace is not None
    assert result.confidence_label is Label.NOT_FLAGGED
    said = [result.advice, result.score_interpretation, *(reason.message for reason in result.reasons)]
    assert not any("trace" in sentence for sentence in said)


def test_the_command_line_says_whom_a_file_is_flagged_for() -> None:
    printed = io.StringIO()
    print_summary(Console(file=printed, width=120), Path("clip.mp4"), example("people"), None)
    rows = {line.split()[0]: line for line in printed.getvalue().splitlines() if line.strip()}
    assert rows["A"].rstrip().endswith("traces of blending")
    assert rows["B"].rstrip().endswith("–")
    print_summary(Console(file=printed, width=120), Path("photo.jpg"), example("no_signs"), None)
    assert "trace" not in printed.getvalue().partition("photo.jpg")[2]


def test_signs_are_said_to_be_missing_only_where_that_was_measured(still: Path, model: Model) -> None:
    estimate = result_document(analyze(still, model), model).interval
    assert estimate is not None
    for bound, label in ((estimate[1] + 1e-6, Label.NONE), (estimate[1] - 1e-3, Label.NOT_FLAGGED)):
        rule = replace(model.rules.decision, none_below=bound)
        measured = replace(model, rules=replace(model.rules, decision=rule))
        result = result_document(analyze(still, measured), measured)
        assert (result.verdict, result.none_below) == ("no_signs", bound)
        assert result.confidence_label is result.tracks[0].confidence_label is label


def test_without_a_face_other_streams_are_spoken_of(model: Model, tmp_path: Path) -> None:
    Pillow.new("RGB", (96, 64), "gray").save(tmp_path / "wall.png")
    found = analyze(tmp_path / "wall.png", model)
    two = replace(found, media=replace(found.media, other_streams=1))
    alone, beside = (result_document(one, model).reasons[0].message for one in (found, two))
    assert beside == f"{alone} Further video streams, which may show some, were not looked at."
