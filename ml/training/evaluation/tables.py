"""An evaluation as tables for a terminal."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table

from measures.text import bounds, number

_COLUMNS = {
    "AP": "average_precision",
    "EER": "eer",
    "TPR@1%": "tpr_at_fpr_1",
    "TPR@5%": "tpr_at_fpr_5",
    "real flagged": "flagged_real",
    "fake flagged": "flagged_fake",
    "no verdict": "abstained",
}


def print_report(report: dict[str, Any]) -> None:
    """Print what `evaluate.evaluate` reports."""
    console = Console(width=None if Console().is_terminal else 160)
    figures = report["metrics"]
    console.print(_comparisons(figures["datasets"], report["groups"]))
    console.print(_manipulations(report["manipulations"]))
    console.print(_subgroups(report["subgroups"]))
    if report["robustness"]:
        console.print(_robustness(report["robustness"]))
    console.print(
        f"mean AUC {figures['mean_auc']:.3f} {bounds(figures['mean_auc_interval'])}, "
        f"ECE {figures['ece']:.3f} (cross-validated over groups); "
        f"{report['files']} files, {report['without_face']} without a face, "
        f"errors {report['errors'] or 'none'}"
    )


def _comparisons(rows: list[dict[str, Any]], groups: dict[str, int]) -> Table:
    table = Table(title="per comparison (intervals: 95 %, bootstrapped over groups)")
    for name in ("comparison", "unit", "real", "fake", "groups", "AUC", "", *_COLUMNS):
        table.add_column(name, justify="left" if name in ("comparison", "unit") else "right")
    for row in rows:
        table.add_row(
            row["dataset"],
            row["unit"],
            str(row["real"]),
            str(row["fake"]),
            str(groups[row["dataset"]]),
            number(row["auc"]),
            bounds(row["auc_interval"]),
            *(number(row[key]) for key in _COLUMNS.values()),
        )
    return table


def _manipulations(rows: list[dict[str, Any]]) -> Table:
    table = Table(title="per manipulation, against all reals of its comparison")
    for name in ("comparison", "manipulation", "files", "AUC", "flagged", "mean logit"):
        table.add_column(name, justify="left" if name in ("comparison", "manipulation") else "right")
    for row in rows:
        table.add_row(
            row["comparison"],
            row["manipulation"],
            str(row["files"]),
            number(row["auc"]),
            number(row["flagged"]),
            f"{row['mean_logit']:+.2f}",
        )
    return table


def _subgroups(rows: list[dict[str, Any]]) -> Table:
    table = Table(title="per group of files")
    columns = ("real", "fake", "AUC", "comparisons", "real flagged", "fake flagged", "no verdict")
    for name in ("by", "group", *columns):
        table.add_column(name, justify="right" if name in columns else "left")
    for row in rows:
        shares = (number(row[key]) for key in ("flagged_real", "flagged_fake", "abstained"))
        counts = (str(row[key]) for key in ("real", "fake"))
        table.add_row(row["by"], row["group"], *counts, number(row["auc"]), str(row["comparisons"]), *shares)
    return table


def _robustness(report: dict[str, Any]) -> Table:
    table = Table(title=f"AUC and its change under each view, on {report['files']} files")
    views = list(report["mean"])
    for name in ("comparison", "untouched", *views):
        table.add_column(name, justify="left" if name == "comparison" else "right")
    for row in [*report["comparisons"], {"comparison": "mean of the counted", "views": report["mean"]}]:
        lost = [
            f"{signed(row['views'][v]['lost'])} {_gained(row['views'][v]['lost_interval'])}" for v in views
        ]
        table.add_row(row["comparison"], number(row["views"][views[0]]["auc_untouched"]), *lost)
    return table


def signed(lost: float | None) -> str:
    """Return a loss as the change that it is, or a dash."""
    return "–" if lost is None else f"{0.0 - lost:+.3f}"


def _gained(lost: list[float] | None) -> str:
    return "–" if lost is None else f"({0.0 - lost[1]:+.2f} to {0.0 - lost[0]:+.2f})"
