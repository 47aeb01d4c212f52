"""The figures of an evaluation as tables: for a terminal, and for a bundle's card."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from rich.console import Console
from rich.table import Table as RichTable

from measures.text import bounds, number

_RANKING = {
    "AP": "average_precision",
    "EER": "eer",
    "TPR@1%": "tpr_at_fpr_1",
    "TPR@5%": "tpr_at_fpr_5",
}
_VERDICTS = {"real flagged": "flagged_real", "fake flagged": "flagged_fake", "no verdict": "abstained"}


class Table(NamedTuple):
    """Columns and cells."""

    columns: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


def comparisons(datasets: Sequence[dict[str, Any]]) -> Table:
    """Return one row per comparison, of `bundle.DatasetFigures` as plain values."""
    rows = [
        (
            *(row["dataset"], row["unit"], _counts(row), auc(row)),
            *(number(row[key]) for key in (_RANKING | _VERDICTS).values()),
        )
        for row in datasets
    ]
    return Table(("comparison", "unit", "real / fake", "AUC", *_RANKING, *_VERDICTS), rows)


def manipulations(found: Sequence[dict[str, Any]]) -> Table:
    """Return one row per manipulation of a comparison, against all its reals."""
    rows = [
        (
            *(row["comparison"], row["manipulation"], str(row["files"])),
            *(number(row["auc"]), number(row["flagged"])),
        )
        for row in found
    ]
    return Table(("comparison", "manipulation", "files", "AUC", "flagged"), rows)


def subgroups(found: Sequence[dict[str, Any]]) -> Table:
    """Return one row per group of files."""
    rows = [
        (
            *(row["by"], row["group"], _counts(row), number(row["auc"])),
            *(number(row[key]) for key in _VERDICTS.values()),
        )
        for row in found
    ]
    return Table(("by", "group", "real / fake", "AUC", *_VERDICTS), rows)


def skin_tones(rows: Sequence[dict[str, Any]]) -> Table:
    """Return how many authentic files of each skin tone are flagged."""
    cells = [
        (
            row["tone"],
            f"{row['files']} / {row['groups']}",
            f"{row['flagged']:.1%} ({row['interval'][0]:.1%} to {row['interval'][1]:.1%})",
            f"{row['abstained']:.1%}",
        )
        for row in rows
    ]
    return Table(("skin tone", "authentic files / groups", "flagged", "no verdict"), cells)


def robustness(report: dict[str, Any]) -> Table:
    """Return the change of AUC under each degradation, per comparison and as the mean."""
    names = list(report["mean"])
    mean = {"comparison": "mean of the counted", "views": report["mean"]}
    rows = [
        (
            row["comparison"],
            number(row["views"][names[0]]["auc_untouched"]),
            *(_change(row["views"][name]) for name in names),
        )
        for row in [*report["comparisons"], mean]
    ]
    return Table(("comparison", "AUC untouched", *names), rows)


def print_report(report: dict[str, Any]) -> None:
    """Print what `evaluate.evaluate` reports."""
    console = Console(width=None if Console().is_terminal else 160)
    figures, degraded = report["metrics"], report["robustness"]
    tables = {
        "per comparison (intervals: 95 %, bootstrapped over groups)": comparisons(figures["datasets"]),
        "per manipulation, against all reals of its comparison": manipulations(report["manipulations"]),
        "per group of files": subgroups(report["subgroups"]),
    }
    if report["skin_tones"]:
        tables["authentic files by skin tone, cross-validated"] = skin_tones(report["skin_tones"])
    if degraded:
        tables[f"change of AUC, on {degraded['files']} files"] = robustness(degraded)
    for title, table in tables.items():
        shown = RichTable(*table.columns, title=title)
        for row in table.rows:
            shown.add_row(*row)
        console.print(shown)
    console.print(
        f"mean AUC {figures['mean_auc']:.3f} {bounds(figures['mean_auc_interval'])}, "
        f"ECE {figures['ece']:.3f} (cross-validated over groups; exact estimates would have "
        f"{report['least_ece']['mean']:.3f} {bounds(report['least_ece']['interval'])} by chance); "
        f"{report['files']} files, {report['without_face']} without a face, "
        f"errors {report['errors'] or 'none'}"
    )


def auc(row: dict[str, Any]) -> str:
    """Return the AUC of a comparison with its interval."""
    interval = row["auc_interval"]
    return number(row["auc"]) + (f" ({interval[0]:.2f} to {interval[1]:.2f})" if interval else "")


def _counts(row: dict[str, Any]) -> str:
    return f"{row['real']} / {row['fake']}"


def _change(view: dict[str, Any]) -> str:
    if view["lost"] is None:
        return number(None)
    lost = view["lost_interval"]
    return f"{0.0 - view['lost']:+.3f}" + (f" ({-lost[1]:+.3f} to {-lost[0]:+.3f})" if lost else "")
