"""ROC curves and reliability as one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import cycle
from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
from matplotlib import pyplot as plt

from measures.metrics import Curve

# Okabe & Ito's colours, distinguishable without full colour vision, and dashes for when they repeat.
_COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#000000", "#b8a900")
_DASHES = ("-", "--", ":", "-.")


def draw_figures(curves: Mapping[str, Curve], reliability: Sequence[Sequence[float]], file: Path) -> None:
    """Write the picture; ``reliability`` rows are mean estimate, share manipulated, files."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(12, 5.5), layout="constrained")
    for (name, curve), colour, dash in zip(curves.items(), cycle(_COLOURS), cycle(_DASHES), strict=False):
        left.plot(curve.fpr, curve.tpr, color=colour, linestyle=dash, label=name, drawstyle="steps-post")
    left.set(title="ROC per comparison", xlabel="authentic files flagged", ylabel="manipulated files flagged")
    estimates, shares = [row[0] for row in reliability], [row[1] for row in reliability]
    right.plot(estimates, shares, "o-", color=_COLOURS[0], label="cross-validated")
    right.set(title="reliability", xlabel="estimated probability", ylabel="share manipulated")
    for axes in (left, right):
        axes.plot([0, 1], [0, 1], color="0.6", linewidth=0.8)
        axes.set(xlim=(0, 1), ylim=(0, 1), aspect="equal")
        axes.grid(alpha=0.3)
        axes.legend(fontsize=8, loc="lower right")
    figure.savefig(file, dpi=110)
    plt.close(figure)
