"""Bounds, tables and the JSON of figures."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path
from types import ModuleType

import pytest
from rich.console import Console

from benchmarks import __main__ as tables
from benchmarks.options import Settings
from benchmarks.report import Figure, Section, Target, measured, print_section, write_json

SECTION = Section(
    "Speed",
    (
        Figure("ours / reference", 13.456, "", (12.0, 14.0), Target(">=", 12.0)),
        Figure("over decoding", 1.9, target=Target("<", 1.8)),
        Figure("for information", 3.0, "ms", digits=0),
    ),
    ("medians",),
)


@pytest.mark.parametrize(
    ("sign", "value", "met"),
    [(">=", 2.0, True), (">=", 1.9, False), ("<", 2.0, False), ("<", 1.9, True), ("<=", 2.0, True)],
)
def test_bounds(sign: str, value: float, met: bool) -> None:
    assert Figure("x", value, target=Target(sign, 2.0)).met is met  # type: ignore[arg-type]
    assert Figure("x", value).met is None


def test_a_value_is_written_with_unit_and_spread() -> None:
    assert measured(Figure("x", 1.234, "ms", (1.0, 2.0), digits=1)) == "1.2 ms (1.0 to 2.0)"
    assert measured(Figure("x", 544.4, "MiB", digits=0)) == "544 MiB"


def test_the_table_says_what_is_reached() -> None:
    out = io.StringIO()
    print_section(SECTION, Console(file=out, width=100))
    lines = out.getvalue().splitlines()
    assert any("ours / reference" in line and ">= 12" in line and "yes" in line for line in lines)
    assert any("over decoding" in line and "< 1.8" in line and "NO" in line for line in lines)
    assert any("for information" in line and "3 ms" in line for line in lines)
    assert any("medians" in line for line in lines)


def test_a_section_without_figures_says_why() -> None:
    out = io.StringIO()
    print_section(Section("Detection", notes=("skipped: no videos",)), Console(file=out, width=100))
    assert "Detection" in out.getvalue()
    assert "skipped: no videos" in out.getvalue()


def test_the_json_holds_every_figure(tmp_path: Path) -> None:
    write_json([SECTION], {"threads": 2}, tmp_path / "deep" / "results.json")
    document = json.loads((tmp_path / "deep" / "results.json").read_text())
    assert document["threads"] == 2
    figures = document["sections"][0]["figures"]
    assert [figure["met"] for figure in figures] == [True, False, None]
    assert figures[0]["target"] == {"sign": ">=", "bound": 12.0}


def test_a_run_that_is_stopped_keeps_its_figures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    done, stopped = ModuleType("done"), ModuleType("stopped")

    def stop(_: Settings) -> Section:
        raise KeyboardInterrupt

    done.measure, stopped.measure = lambda _: SECTION, stop  # type: ignore[attr-defined]
    monkeypatch.setitem(tables._TABLES, "faces", (done, stopped))
    monkeypatch.setattr(sys, "argv", ["benchmarks", "faces", "--folder", str(tmp_path)])
    with pytest.raises(KeyboardInterrupt):
        tables.main()
    assert json.loads((tmp_path / "results-faces.json").read_text())["sections"][0]["title"] == "Speed"
    monkeypatch.setitem(tables._TABLES, "faces", (done, done))
    tables.main()
    assert "2 of 4 met" in capsys.readouterr().out
