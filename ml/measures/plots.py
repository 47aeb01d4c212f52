"""ROC curves and reliability as one picture, and a table of verdicts as another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path
from typing import Any

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

from measures.evidence import Tippett
from measures.metrics import Curve

# Okabe & Ito's colours, distinguishable without full colour vision, and dashes for when they repeat.
_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#000000", "#b8a900")
_DASHES = ("-", "--", ":", "-.")


def draw_figures(
    curves: Mapping[str, Curve],
    reliability: Sequence[Sequence[float]],
    file: Path,
    per: str = "comparison",
    reliability_label: str = "cross-validated",
    ratios: Tippett | None = None,
) -> None:
    """Write the picture; ``reliability`` rows are mean estimate, share manipulated, files.

    With ``ratios`` a Tippett plot stands beside both.
    """
    panels = 3 if ratios else 2
    figure, (left, right, *rest) = plt.subplots(1, panels, figsize=(6 * panels, 5.5), layout="constrained")
    for (name, curve), colour, dash in zip(curves.items(), cycle(_COLOURS), cycle(_DASHES), strict=False):
        left.plot(curve.fpr, curve.tpr, color=colour, linestyle=dash, label=name, drawstyle="steps-post")
    left.set(title=f"ROC per {per}", xlabel="authentic files flagged", ylabel="manipulated files flagged")
    estimates, shares = [row[0] for row in reliability], [row[1] for row in reliability]
    right.plot(estimates, shares, "o-", color=_COLOURS[0], label=reliability_label)
    right.set(title="reliability", xlabel="estimated probability", ylabel="share manipulated")
    for axes in (left, right):
        axes.plot([0, 1], [0, 1], color="0.6", linewidth=0.8)
        axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
        axes.grid(alpha=0.3)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=8, loc="lower right")
    if ratios:
        _draw_tippett(rest[0], ratios)
    figure.savefig(file, dpi=110)
    plt.close(figure)


def _draw_tippett(axes: Any, ratios: Tippett) -> None:
    for share, name, colour in (
        (ratios.real, "authentic files", _COLOURS[0]),
        (ratios.fake, "manipulated files", _COLOURS[5]),
    ):
        axes.plot(ratios.levels, share, color=colour, label=name, drawstyle="steps-pre")
    axes.axvline(0.0, color="0.6", linewidth=0.8)
    axes.set(title="Tippett plot", xlabel="log10 likelihood ratio", ylabel="files at or above", ylim=(0, 1))
    axes.grid(alpha=0.3)
    axes.legend(fontsize=8)


def draw_confusion(counts: Mapping[str, Mapping[str, int]], columns: Sequence[str], file: Path) -> None:
    """Write a table of files by label (rows) and verdict; shading is the share of the row."""
    figure, axes = plt.subplots(figsize=(1.6 * len(columns) + 1, 2.6), layout="constrained")
    table = [[counts[label][name] for name in columns] for label in counts]
    shares = [[cell / max(1, sum(row)) for cell in row] for row in table]
    axes.imshow(shares, cmap="Blues", vmin=0.0, vmax=1.0, aspect="auto")
    for y, row in enumerate(table):
        for x, cell in enumerate(row):
            colour = "white" if shares[y][x] > 0.6 else "black"
            axes.text(x, y, f"{cell}\n{shares[y][x]:.0%}", ha="center", va="center", color=colour)
    axes.set_xticks(range(len(columns)), [name.replace("_", " ") for name in columns])
    axes.set_yticks(range(len(counts)), list(counts))
    axes.set(title="verdicts by label")
    figure.savefig(file, dpi=110)
    plt.close(figure)
