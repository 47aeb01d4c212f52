"""The report: one row per comparison, intervals where groups allow them, a table and a picture."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_up import CLIPS, STILLS, make_measurements, make_records

from measures import metrics
from measures.plots import draw_figures
from training.evaluation.comparisons import Comparison
from training.evaluation.cross_validation import cross_validate, manipulation_name
from training.evaluation.evaluate import by_manipulation, figures
from training.evaluation.records import FileRecord
from training.evaluation.regions import Policy
from training.evaluation.tables import print_report


def test_report_has_a_row_per_comparison(capsys: pytest.CaptureFixture[str]) -> None:
    report = make_measurements(make_records(), "0" * 64).report
    rows = report["metrics"]["datasets"]
    assert [(row["dataset"], row["real"], row["fake"]) for row in rows] == [
        ("stills", 30, 30),
        ("clips", 30, 30),
    ]
    assert report["metrics"]["mean_auc"] == pytest.approx(np.mean([row["auc"] for row in rows]))
    for row in rows:
        assert row["auc_interval"][0] < row["auc"] < row["auc_interval"][1]
        assert row["tpr_at_fpr_5"] is not None
        assert row["tpr_at_fpr_1"] is None, "30 reals cannot show one in a hundred"
    figures = report["metrics"]
    shares = [row[1] for row in figures["reliability"]]
    assert shares == sorted(shares)
    assert len(figures["reliability_intervals"]) == len(shares)
    assert 0.0 < report["strength"]["cllr"] < 1.0
    assert report["verdicts"]["none_below"] == report["verdicts"]["none_found"]["none_below"]
    assert [(row["tone"], row["files"]) for row in report["skin_tones"]] == [("tan", 60)]
    print_report(report)
    assert "stills" in capsys.readouterr().out


def test_files_without_a_face_are_no_verdict_and_errors_no_files() -> None:
    records = make_records(80)
    faceless = [replace(record, persons=(), raw_logit=None) for record in records[:8]]
    broken = [replace(record, persons=(), raw_logit=None, error="EMPTY_FILE") for record in records[8:12]]
    validated = cross_validate(faceless + broken + records[12:], (STILLS, CLIPS), Policy())
    assert len(validated.records) == 76
    row = figures(validated, STILLS)
    assert row.real + row.fake == 38
    assert row.abstained is not None
    assert row.abstained >= 4 / 38


def test_few_groups_give_no_interval_and_real_footage_no_ranking() -> None:
    validated = cross_validate(make_records(40), (STILLS, CLIPS), Policy())
    alone = figures(validated, Comparison("footage", "video", ("clips",)))
    assert (alone.auc, alone.auc_interval, alone.flagged_fake, alone.eer) == (None, None, None, None)
    assert alone.flagged_real is not None
    few = [replace(r, entry=replace(r.entry, group=f"g{i % 3}")) for i, r in enumerate(make_records(60))]
    validated = cross_validate([*few, *_elsewhere(make_records(60))], (STILLS, CLIPS), Policy())
    assert figures(validated, STILLS).auc_interval is None


def _elsewhere(records: list[FileRecord]) -> list[FileRecord]:
    return [replace(r, entry=replace(r.entry, dataset="elsewhere")) for r in records]


def test_manipulations_are_held_against_all_reals() -> None:
    records = [
        replace(r, entry=replace(r.entry, manipulation=f"kind {i % 3} (easy, parts 01)")) if r.fake else r
        for i, r in enumerate(make_records(60))
    ]
    validated = cross_validate(records, (STILLS, CLIPS), Policy())
    table = by_manipulation(validated, STILLS)
    assert [row["manipulation"] for row in table] == ["kind 0 (easy)", "kind 1 (easy)", "kind 2 (easy)"]
    assert sum(row["files"] for row in table) == 15
    assert by_manipulation(validated, replace(STILLS, real=())) == []


@pytest.mark.parametrize(
    ("text", "name"),
    [("A (b, c)", "A (b)"), ("A", "A"), (None, "unnamed"), ("A, B", "A"), ("A (b)-HQ", "A (b)-HQ")],
)
def test_names_of_manipulations_are_shortened(text: str | None, name: str) -> None:
    assert manipulation_name(text) == name


def test_the_picture_is_drawn(tmp_path: Path) -> None:
    curve = metrics.roc([0.0, 1.0, 2.0], [False, True, True])
    draw_figures({"stills": curve}, [(0.2, 0.1, 10), (0.8, 0.9, 10)], tmp_path / "figures.png")
    assert (tmp_path / "figures.png").stat().st_size > 10_000
