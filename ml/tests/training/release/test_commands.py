"""The stages of the command line hand their files on."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from made_up import ARCHITECTURE, CROP, make_records
from typer.testing import CliRunner

from training.__main__ import app
from training.evaluation.records import Measured, header_line, record_line


def test_records_of_a_measurement_that_was_stopped_are_refused(tmp_path: Path) -> None:
    """So are those of files whose labels were corrected since, and those of files that were taken out."""
    records, manifest = tmp_path / "records.jsonl", tmp_path / "manifest.jsonl"
    made = make_records(8)
    head = header_line(Measured("0" * 64, ARCHITECTURE, CROP, 32))
    records.write_text(head + "".join(map(record_line, made[1:])))
    listed = [dataclasses.asdict(record.entry) for record in made[:-1]]
    listed[3]["label"] = "real"
    manifest.write_text("\n".join(map(json.dumps, listed)))
    arguments = ["calibrate", records, "--out", tmp_path / "c.json", "--manifest", manifest]
    said = str(CliRunner().invoke(app, list(map(str, arguments))).exception)
    for fault in ("1 not measured (stills/0", "1 not in the manifest (clips/7", "1 described otherwise"):
        assert fault in said
    assert "run `measure`" in said
    assert not (tmp_path / "c.json").exists()


def test_records_are_calibrated_and_evaluated(tmp_path: Path) -> None:
    records, constants, figures = (tmp_path / name for name in ("records.jsonl", "c.json", "m.json"))
    lines = [header_line(Measured("0" * 64, ARCHITECTURE, CROP, 32)), *map(record_line, make_records(60))]
    records.write_text("".join(lines))
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text("\n".join(json.dumps(dataclasses.asdict(r.entry)) for r in make_records(60)))
    for arguments in (
        ["calibrate", records, "--out", constants, "--false-alarms", 0.1],
        ["evaluate", records, "--calibration", constants, "--out", figures],
    ):
        result = CliRunner().invoke(app, list(map(str, [*arguments, "--manifest", manifest])))
        assert result.exit_code == 0, result.output
    assert json.loads(constants.read_text())["policy"]["false_alarms"] == 0.1
    rows = json.loads(figures.read_text())["metrics"]["datasets"]
    assert [row["dataset"] for row in rows] == ["clips", "stills"]
    assert figures.with_suffix(".png").exists()
    records.write_text(records.read_text().replace("0" * 64, "1" * 64, 1))
    arguments = ["evaluate", records, "--calibration", constants, "--out", figures]
    assert "other weights" in str(CliRunner().invoke(app, list(map(str, arguments))).exception)
