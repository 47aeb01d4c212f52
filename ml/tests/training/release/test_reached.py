"""What a bundle reaches is read off its figures, and the document says that of the one that ships."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import bundles
from training.release.reached import placed, reached

DOCUMENT = Path(__file__).parents[4] / "docs" / "experiments.md"


def test_the_document_has_the_figures_of_the_bundle_that_ships() -> None:
    text = DOCUMENT.read_text()
    assert placed(text, reached(bundles.default_bundle())) == text, (
        "run `python -m training reached --write docs/experiments.md`, and read what is said below the table"
    )


def test_a_figure_is_reached_missed_or_not_measured(tmp_path: Path) -> None:
    manifest, findings = (
        json.loads((bundles.default_bundle() / name).read_text())
        for name in ("bundle.json", "evaluation.json")
    )
    aucs = {"faceforensics": 0.825, "dfdc-face-crops": 0.779, "lip-sync": None}
    for row in manifest["metrics"]["datasets"]:
        row["auc"] = aucs.get(row["dataset"], row["auc"])
    findings |= {"held_out": None, "robustness": None}
    findings["shares"] = {"abstained": 0.12, "accuracy_of_verdicts": 0.7, "accuracy_at_even_odds": 0.61}
    findings["verdicts"]["false_alarms"] = [
        {"comparison": name, "files": 10, "flagged": flagged, "counted": counted, "groups": 10}
        for name, flagged, counted in (("a", 0, True), ("b", 1, True), ("c", 9, False))
    ]
    (tmp_path / "bundle.json").write_text(json.dumps(manifest))
    (tmp_path / "evaluation.json").write_text(json.dumps(findings))
    rows = {line.split(" | ")[0].strip("| "): line for line in reached(tmp_path).splitlines()}
    for figure, said, value in (
        ("faceforensics, mostly c40, video AUC", "reached", ".82"),
        ("DFDC face crops, image AUC", "missed", ".78"),
        ("lip-sync, video AUC", "not measured", "–"),
        ("authentic media flagged, every comparison counting alike", "missed", "5.0 %"),
        ("no verdict, of files with a face", "reached", "12.0 %"),
        ("points of accuracy over an answer for every file", "reached", "+9.0"),
        ("AUC lost at half resolution", "not measured", "–"),
        ("kinds left out of training, all at once, mean AUC", "not measured", "–"),
    ):
        assert rows[figure].endswith(f"| {said} |"), rows[figure]
        assert f"| {value} |" in rows[figure]


def test_a_document_without_a_place_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        placed("# Experiments\n", "| a |")
