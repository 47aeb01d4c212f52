"""Printing an evaluation as tables on a terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from deepshield.cli.summary import printable
from deepshield.evaluation.report import COLUMNS
from measures.text import bounds, number

_MOST_FAILED = 10
_SHARES = {
    "accuracy": "accuracy",
    "of verdicts": "accuracy_of_verdicts",
    "false alarms": "false_alarms",
    "misses": "misses",
    "abstained": "abstained",
}


def print_report(console: Console, document: dict[str, Any]) -> None:
    """Print what `deepshield.evaluation.report.report` returns."""
    if not console.is_terminal:
        console = Console(width=150)
    model = document["model"]
    console.print(
        f"model {model['bundle']} {model['version']}, threshold {model['threshold']:.3f}, "
        f"no verdict between {model['abstain_band'][0]:.3f} and {model['abstain_band'][1]:.3f}",
        highlight=False,
    )
    console.print(_datasets(document))
    if document["manipulations"]:
        console.print(_manipulations(document["manipulations"]))
    console.print(_confusion(document["confusion"]))
    ece = document["calibration"]["ece"]
    if ece is not None:
        console.print(f"expected calibration error {ece:.3f}, classes weighted equally", highlight=False)
    _print_advice(console, document)
    _print_failed(console, document["failed"])


def _datasets(document: dict[str, Any]) -> Table:
    table = Table(title="per data set (intervals: 95 %, bootstrapped over groups)")
    for name in ("data set", "real", "fake", "groups", "AUC", "", *_SHARES, "no face", "failed"):
        table.add_column(name, justify="left" if name == "data set" else "right")
    for row in [*document["datasets"], document["all"]]:
        whole = row["dataset"] is None
        table.add_row(
            "all (mean AUC)" if whole else printable(row["dataset"]),
            *(str(row[key]) for key in ("real", "fake", "groups")),
            number(row["mean_auc"] if whole else row["auc"]),
            bounds(row["auc_interval"]),
            *(number(row[key]) for key in _SHARES.values()),
            str(row["no_face"]),
            str(row["failed"]),
            style="bold" if whole else "",
        )
    return table


def _manipulations(rows: list[dict[str, Any]]) -> Table:
    table = Table(title="per manipulation, against all authentic files of its data set")
    for name in ("data set", "manipulation", "files", "AUC", "misses"):
        table.add_column(name, justify="left" if name in ("data set", "manipulation") else "right")
    for row in rows:
        cells = (printable(row["dataset"]), printable(row["manipulation"]), str(row["fake"]))
        table.add_row(*cells, number(row["auc"]), number(row["misses"]))
    return table


def _confusion(counts: dict[str, dict[str, int]]) -> Table:
    table = Table(title="verdicts by label")
    table.add_column("label")
    for name in COLUMNS:
        table.add_column(name.replace("_", " "), justify="right")
    for label, row in counts.items():
        table.add_row(label, *(str(row[name]) for name in COLUMNS))
    return table


def _print_advice(console: Console, document: dict[str, Any]) -> None:
    table = Table(title="thresholds on these files, forced verdicts (no abstaining)")
    for name in ("false alarms accepted", "threshold", "real flagged", "at most (95 %)", "fake flagged"):
        table.add_column(name, justify="right")
    for row in document["advice"]:
        asked = row["false_alarms"] == document["asked_false_alarms"]
        cells = [f"{row['false_alarms']:.2%}", number(row["threshold"])]
        if row["threshold"] is None:
            cells += [f"needs {row['needs_authentic_files']} authentic files", "", ""]
        else:
            cells += [number(row[k]) for k in ("flagged_real", "false_alarms_at_most", "flagged_fake")]
        table.add_row(*cells, style="bold" if asked else "")
    console.print(table)


def _print_failed(console: Console, failed: list[dict[str, Any]]) -> None:
    for row in failed[:_MOST_FAILED]:
        console.print(
            f"not analysed: {printable(row['file'])}: {row['message']} ({row['error']})",
            style="magenta", highlight=False, markup=False,
        )  # fmt: skip
    if more := len(failed[_MOST_FAILED:]):
        console.print(f"... and {more} more, all in the report", style="magenta")
