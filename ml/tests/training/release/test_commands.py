"""The stages of the command line hand their files on."""

from __future__ import annotations

import json
from pathlib import Path

from made_up import ARCHITECTURE, CROP, make_records
from typer.testing import CliRunner

from training.__main__ import app
from training.evaluation.records import Measured, header_line, record_line


def test_records_are_calibrated_and_evaluated(tmp_path: Path) -> None:
    records, constants, figures = (tmp_path / name for name in ("records.jsonl", "c.json", "m.json"))
    lines = [header_line(Measured("0" * 64, ARCHITECTURE, CROP, 32)), *map(record_line, make_records(60))]
    records.write_text("".join(lines))
    for arguments in (
        ["calibrate", records, "--out", constants, "--false-alarms", 0.1],
        ["evaluate", records, "--calibration", constants, "--out", figures],
    ):
        result = CliRunner().invoke(app, list(map(str, arguments)))
        assert result.exit_code == 0, result.output
    assert json.loads(constants.read_text())["policy"]["false_alarms"] == 0.1
    rows = json.loads(figures.read_text())["metrics"]["datasets"]
    assert [row["dataset"] for row in rows] == ["clips", "stills"]
    assert figures.with_suffix(".png").exists()
    records.write_text(records.read_text().replace("0" * 64, "1" * 64, 1))
    arguments = ["evaluate", records, "--calibration", constants, "--out", figures]
    assert "other weights" in str(CliRunner().invoke(app, list(map(str, arguments))).exception)
