"""Both traces on one scale: in the weights, in the records, and by what the join is compared with."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
import torch
from made_up import ARCHITECTURE, CLIPS, CROP, STILLS, make_records, with_logits

from detector.runtimes.onnx import OnnxRuntime
from detector.runtimes.torch import Scorer
from detector.score import score_crops
from training.evaluation.cross_validation import CrossValidated, cross_validate
from training.evaluation.joins import compare, handicapped, strongest
from training.evaluation.records import FaceRecord, FileRecord, Measured, read_records
from training.evaluation.regions import Policy
from training.evaluation.scaling import scale_run
from training.evaluation.traces import fit_scales, scaled, scales_without, trace_logits
from training.fitting.checkpoint import save_weights
from training.fitting.freeze import freeze
from training.fitting.runs import Run

BOTH = (STILLS, CLIPS)


def _two_traces(files: int, known: float = 4.0) -> list[FileRecord]:
    """Make files whose fakes bear one of two traces, in logits of different middles and spreads."""
    records, rng = make_records(files), np.random.default_rng(0)
    fake = np.asarray([record.fake for record in records])
    trace = rng.integers(0, 2, files)
    found = np.stack([rng.normal(known * (fake & (trace == head)), 1.0) for head in (0, 1)], 1)
    return with_logits(records, found * (3.0, 0.5) + (-5.0, 2.0))


def test_authentic_files_lie_around_nought_with_a_spread_of_one_for_each_trace() -> None:
    scales = fit_scales(_two_traces(800), BOTH)
    assert [scale.median for scale in scales] == pytest.approx([-5.0, 2.0], abs=0.4)
    assert [scale.spread for scale in scales] == pytest.approx([3.0, 0.5], rel=0.2)
    assert scales[0].apply(-5.0 + 3.0) == pytest.approx(1.0, abs=0.3)


def test_a_scale_counts_every_comparison_alike() -> None:
    records = _two_traces(200)
    stills = [record for record in records if record.entry.dataset == "stills"]
    again = fit_scales([*records, *stills, *stills], BOTH)
    for scale, other in zip(fit_scales(records, BOTH), again, strict=True):
        assert scale.median == pytest.approx(other.median, abs=0.05 * scale.spread)
        assert scale.spread == pytest.approx(other.spread, rel=0.05)
    with pytest.raises(ValueError, match="authentic"):
        fit_scales([record for record in records if record.fake], BOTH)


def test_the_larger_scaled_logit_finds_what_either_trace_finds() -> None:
    rows = {row.name: row for row in compare(_two_traces(600), BOTH)}
    larger = rows["larger of the scaled"]
    assert larger.gain == (0.0, 0.0)
    assert larger.mean > max(rows["trace 1 alone"].mean, rows["trace 2 alone"].mean) + 0.1
    assert rows["trace 1 alone"].gain[1] < 0.0
    assert rows["noisy-or of the calibrated"].mean > 0.85
    assert rows["logistic regression"].mean > 0.85


def test_a_handicap_takes_spreads_off_the_second_trace() -> None:
    logits = np.stack([np.linspace(-3.0, 3.0, 101), np.linspace(30.0, -30.0, 101)], 1)
    authentic = (logits, np.zeros(101, np.bool_), np.ones(101))
    assert np.array_equal(handicapped(0.0)(*authentic)(logits), strongest(*authentic)(logits))
    one_less = handicapped(1.0)(*authentic)(logits)
    assert one_less[0] == pytest.approx(strongest(*authentic)(logits)[0] - 1.0)  # the second one speaks
    assert one_less[-1] == strongest(*authentic)(logits)[-1]  # the first one does


def test_a_file_is_judged_by_scales_that_its_own_fold_has_no_part_in() -> None:
    records = _two_traces(112)
    changed = "stills-0"
    there, moved = (_validated(r) for r in (records, [_raised(r, changed) for r in records]))
    fold = there.out_of_fold.fold
    (mine,) = {int(fold[i]) for i, record in enumerate(records) if record.entry.group == changed}
    beside = np.flatnonzero((fold == mine) & (there.groups != changed))
    np.testing.assert_allclose(moved.logits[beside], there.logits[beside], atol=1e-6)
    np.testing.assert_allclose(
        moved.out_of_fold.probability[beside], there.out_of_fold.probability[beside], atol=1e-6
    )
    elsewhere = fold != mine
    assert np.abs(moved.logits - there.logits)[elsewhere].max() > 0.01, "other folds learn of the change"
    few = records[:96]  # of which 48 are authentic
    assert scales_without(few, BOTH, [np.arange(96) < 8]) == [()]


def _validated(records: list[FileRecord]) -> CrossValidated:
    """Cross-validate records whose traces are scaled by all of them, as those of a release are."""
    scales = fit_scales(records, BOTH)
    return cross_validate([scaled(record, scales) for record in records], BOTH, Policy())


def _raised(record: FileRecord, group: str) -> FileRecord:
    """Raise both logits of a group's authentic faces far above those of all others."""
    high = record.entry.group == group and not record.fake
    return with_logits([record], np.asarray([[30.0, 30.0]]))[0] if high else record


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    torch.manual_seed(0)
    scorer = Scorer(ARCHITECTURE, 2).eval()
    with torch.no_grad():
        scorer.backbone.get_classifier().weight.mul_(5.0)
        scorer.backbone.get_classifier().bias.copy_(torch.tensor([-3.0, 1.0]))
    file = tmp_path_factory.mktemp("two") / "weights.safetensors"
    save_weights(scorer.backbone, file)
    return file


def _measured(weights: Path, crops: np.ndarray, folder: Path) -> tuple[Measured, list[FileRecord]]:
    frozen = freeze(weights, ARCHITECTURE, CROP.size, folder)
    logits = score_crops(OnnxRuntime().scorer(folder, ARCHITECTURE), list(crops), CROP).logits
    return Measured(frozen.weights_sha256, ARCHITECTURE, CROP, 32), with_logits(
        make_records(len(crops)), logits
    )


def test_scaled_records_are_those_that_the_scaled_weights_give(run: Run, two: Path, tmp_path: Path) -> None:
    crops = np.random.default_rng(0).integers(0, 256, (16, CROP.size, CROP.size, 3), dtype=np.uint8)
    measured, records = _measured(two, crops, tmp_path / "unscaled")
    document = scale_run(run, two, measured, records, BOTH, tmp_path / "scaled")
    head, files = read_records(tmp_path / "scaled" / "records_scaled.jsonl")
    again, expected = _measured(tmp_path / "scaled" / "weights_scaled.safetensors", crops, tmp_path / "two")
    assert head == again
    np.testing.assert_allclose(trace_logits(files), trace_logits(expected), atol=0.03)
    assert np.ptp(trace_logits(files)) > 1.0
    assert json.loads((tmp_path / "scaled" / "scale.json").read_text()) == document
    assert document["weights_sha256"] == head.weights_sha256 != measured.weights_sha256
    with pytest.raises(ValueError, match="other weights"):
        scale_run(run, two, again, records, BOTH, tmp_path / "scaled")
    one = [
        dataclasses.replace(r, persons=((FaceRecord(0, (1.0,), 90.0, 0.5, 0.9),),), raw_logit=1.0)
        for r in records
    ]
    with pytest.raises(ValueError, match="2 logits"):
        scale_run(run, two, measured, one, BOTH, tmp_path / "scaled")
