"""A bundle whose figures fall is not released, unless somebody says why; and the card says so."""

from __future__ import annotations

import copy
import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import bundles
from detector.bundle import DatasetFigures, Metrics
from detector.model import load_model
from training.fitting.runs import Run
from training.release.export import ExportError, Measurements, export
from training.release.gate import Replaced, replaced, shortfalls, verdict_faults


def _metrics(mean: float = 0.8, flagged: float = 0.1, **rows: DatasetFigures) -> Metrics:
    usual = {
        "swaps": DatasetFigures(dataset="swaps", unit="image", real=50, fake=50, auc=mean, flagged_real=0.04),
        "footage": DatasetFigures(dataset="footage", unit="video", real=20, fake=0, flagged_real=flagged),
    }
    return Metrics(
        weights_sha256="0" * 64,
        datasets=tuple((usual | rows).values()),
        mean_auc=mean,
        mean_auc_interval=(mean, mean),
        ece=0.1,
        reliability=(),
    )


def _said(new: Metrics, old: Metrics, *uncounted: str) -> list[str]:
    """Return the shortfalls against a bundle for which all comparisons with fakes count, but for some."""
    names = {row.dataset for row in old.datasets if row.fake}
    return shortfalls(new, Replaced(old, frozenset(names.difference(uncounted))))


def test_equal_and_better_figures_pass() -> None:
    assert _said(_metrics(), _metrics()) == []
    assert _said(_metrics(0.9, 0.0), _metrics()) == []
    assert _said(_metrics(0.797), _metrics()) == [], "within the tolerance"


def test_falls_are_named() -> None:
    assert _said(_metrics(0.79), _metrics()) == ["mean AUC falls from 0.800 to 0.790"]
    (said,) = _said(_metrics(0.9, 0.15), _metrics())
    assert "rises from 10.0% to 15.0%" in said


def test_stills_do_not_hide_false_alarms_on_footage_and_stand_in_without_it() -> None:
    calm = DatasetFigures(dataset="swaps", unit="image", real=50, fake=50, auc=0.8, flagged_real=0.0)
    assert _said(_metrics(flagged=0.15, swaps=calm), _metrics())
    only = {
        "footage": DatasetFigures(dataset="footage", unit="image", real=5, fake=5, auc=0.8, flagged_real=0.2)
    }
    worse = {"footage": only["footage"].model_copy(update={"flagged_real": 0.4})}
    assert _said(_metrics(**only), _metrics(**only)) == []
    assert len(_said(_metrics(**worse), _metrics(**only))) == 1


LIPS = DatasetFigures(dataset="lips", unit="video", real=9, fake=9, auc=0.1)


def test_a_comparison_left_out_is_a_fall_and_a_new_one_none() -> None:
    assert _said(_metrics(), _metrics(lips=LIPS)) == ["lips was not measured"]
    assert _said(_metrics(lips=LIPS), _metrics()) == [], "the means are over what both have"


def test_no_figure_is_improved_by_what_is_not_counted_or_not_measured() -> None:
    """The weakest comparison counts no more, loses files, or shows no face: each is as bad as it was."""
    old = _metrics(lips=LIPS)
    better_mean = _metrics(0.78, lips=LIPS)
    assert better_mean.mean_auc > 0.45, "lips are not in it"
    assert _said(better_mean, old) == ["mean AUC falls from 0.450 to 0.440"]
    assert _said(_metrics(lips=LIPS.model_copy(update={"auc": 0.05})), old, "lips") == [], "only shown"
    fewer = LIPS.model_copy(update={"real": 8, "fake": 2})
    assert _said(_metrics(lips=fewer), old) == [
        "lips has 8 authentic files measured, 9 before",
        "lips has 2 manipulated files measured, 9 before",
    ]
    assert _said(_metrics(lips=LIPS.model_copy(update={"auc": None})), old) == ["lips has no AUC"]


@pytest.mark.parametrize("name", ["efficientnet_b0", "tf_efficientnetv2_b0"])
def test_released_bundles_say_which_comparisons_count(name: str) -> None:
    """So the next bundle's mean is over the same ones, whatever its file of comparisons says."""
    released = replaced(bundles.default_bundle().parent / name)
    assert released is not None
    assert not {"few-crops", "real-footage"} & released.counted
    aucs = [row.auc for row in released.metrics.datasets if row.dataset in released.counted]
    assert np.mean(np.asarray(aucs, np.float64)) == pytest.approx(released.metrics.mean_auc)
    assert shortfalls(released.metrics, released) == []


def test_bounds_on_verdicts_are_held_against_files_that_were_not_fitted() -> None:
    rare = {"interval": [0.1, 0.2], "holds": True}
    fine: dict[str, Any] = {
        "false_alarms": [{"comparison": "a", "files": 100, "flagged": 2, "counted": True, "groups": 90}],
        "none_below": 0.3,
        "none_found": rare,
    }
    assert verdict_faults(fine) == ([], [])
    assert verdict_faults(fine | {"none_below": None, "none_found": None}) == ([], [])
    often = fine | {"none_found": rare | {"interval": [0.1, 0.31], "holds": False}}
    assert "31%" in verdict_faults(often)[0][0]
    assert verdict_faults(fine | {"none_found": None})[0]
    loud = fine | {
        "false_alarms": [{"comparison": "a", "files": 100, "flagged": 5, "counted": True, "groups": 90}]
    }
    never, worse = verdict_faults(loud)
    assert never == []
    assert len(worse) == 2
    uncounted = {"false_alarms": [loud["false_alarms"][0] | {"counted": False, "groups": 2}]}
    assert verdict_faults(fine | uncounted) == ([], [])
    assert len(verdict_faults(fine | uncounted, {"a"})[1]) == 1, "it counts for the bundle in the place"


def _undeserved(report: dict[str, Any]) -> None:
    report["verdicts"] |= {"none_below": 0.4, "none_found": {"interval": [0.2, 0.4], "holds": False}}


def test_no_reason_releases_a_region_without_signs_that_does_not_hold(
    run: Run, weights: Path, measurements: Measurements, tmp_path: Path
) -> None:
    wrong = replace(measurements, report=copy.deepcopy(measurements.report))
    _undeserved(wrong.report)
    with pytest.raises(ExportError, match="rare"):
        export(run, weights, wrong, tmp_path / "bundle", "1", "because")


def _alarming_at_once(report: dict[str, Any]) -> None:
    report["verdicts"]["false_alarms"][0]["flagged"] = 9


def _lower(report: dict[str, Any]) -> None:
    for row in report["metrics"]["datasets"]:
        row["auc"] -= 0.02


def _alarming(report: dict[str, Any]) -> None:
    for row in report["metrics"]["datasets"]:
        row["flagged_real"] += 0.01


@pytest.mark.parametrize(
    ("change", "message"),
    [(_lower, "mean AUC falls"), (_alarming, "footage"), (_alarming_at_once, "9 of 12 authentic")],
)
def test_a_bundle_whose_figures_fall_is_not_released(
    run: Run,
    weights: Path,
    measurements: Measurements,
    bundle: Path,
    change: Callable[[dict[str, Any]], None],
    message: str,
) -> None:
    worse = replace(measurements, report=copy.deepcopy(measurements.report))
    change(worse.report)
    before = (bundle / "bundle.json").read_bytes()
    for reason in (None, "", "  "):
        with pytest.raises(ExportError, match=message):
            export(run, weights, worse, bundle, "2", reason)
    assert (bundle / "bundle.json").read_bytes() == before
    export(run, weights, worse, bundle, "2", "the old one learned from photographs that were withdrawn")
    card = (bundle / "CARD.md").read_text()
    assert "photographs that were withdrawn" in card
    assert message in card
    recorded = json.loads((bundle / "evaluation.json").read_text())["accepted_worse"]
    assert message in " ".join(recorded["shortfalls"])
    export(run, weights, measurements, bundle, "3")
    assert "Worse than" not in (bundle / "CARD.md").read_text()


def test_figures_that_cannot_be_read_are_no_figures_to_beat(
    run: Run, weights: Path, measurements: Measurements, bundle: Path
) -> None:
    assert replaced(bundle.parent / "nothing") is None
    (bundle / "bundle.json").write_text("{}")
    with pytest.raises(ExportError, match="cannot be read"):
        export(run, weights, measurements, bundle, "2")
    export(run, weights, measurements, bundle, "2", "the old manifest was damaged")


def test_the_card_shows_robustness_groups_failures_and_every_bundle(
    run: Run, weights: Path, measurements: Measurements, bundle: Path
) -> None:
    sha256 = measurements.report["metrics"]["weights_sha256"]
    view = {
        "auc_untouched": 0.9,
        "auc": 0.87,
        "lost": 0.03,
        "lost_interval": [0.01, 0.05],
        "faces_lost": 0.02,
        "flagged": [0.02, 0.05],
    }
    robustness = {
        "weights_sha256": sha256,
        "files": 12,
        "frames": 8,
        "comparisons": [{"comparison": "stills", "views": {"half": view}}],
        "mean": {"half": view},
    }
    report = copy.deepcopy(measurements.report) | {"robustness": robustness}
    other = bundle.with_name("second")
    export(run, weights, replace(measurements, report=report), other, "1.1")
    card = (other / "CARD.md").read_text()
    assert "| stills | 0.900 | -0.030 (-0.050 to -0.010) |" in card
    assert "untouched and so: half 2.0% to 5.0%." in card
    assert "earlier version of the engine" not in card
    assert "| face size | 96 to 160 px |" in card
    assert "| tan |" in card
    assert "not measured, but by skin tone (below)" in card
    assert "| stills | miss | swap |" in card
    assert "FairFace" in card
    for text in (card, (bundle / "CARD.md").read_text()):
        assert "| tiny 0.1.0 |" in text
        assert "| second 1.1 |" in text
    assert json.loads((other / "evaluation.json").read_text())["robustness"] == robustness
    load_model(other, "onnx", "cpu")
    shutil.rmtree(other)
    robustness["earlier_faces"] = True
    export(run, weights, replace(measurements, report=report), other, "1.1")
    assert "earlier version of the engine" in (other / "CARD.md").read_text()
    shutil.rmtree(other)
    report["robustness"]["weights_sha256"] = "0" * 64
    with pytest.raises(ExportError, match="robustness"):
        export(run, weights, replace(measurements, report=report), other, "1.1")
