"""The timeline plot of a result: scores per person over time."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import cycle, pairwise
from typing import Any

from deepshield.domain import wording
from deepshield.result import AnalysisResult, Moment

# Okabe & Ito's palette (2008) is distinct under colour blindness; the strokes are distinct in print.
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00")
_STROKES = ("-", "--", "-.", ":")
_GAP = 1.5  # sampling steps without a face after which a line is broken
_MOST_PERSONS = 8


def timeline_png(result: AnalysisResult) -> bytes:
    """Draw a video's scores: a line per person, broken where they are not seen, with threshold and band."""
    # Imported here because matplotlib takes half a second, which a run without a plot should not spend.
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    with mpl.rc_context({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False}):
        figure = Figure(figsize=(10, 3.6), dpi=100, layout="constrained")
        FigureCanvasAgg(figure)
        axes = figure.add_subplot()
        low, high = result.abstain_band
        axes.axhspan(
            100 * low,
            100 * high,
            facecolor="none",
            edgecolor="#bbbbbb",
            hatch="////",
            linewidth=0,
            label="no verdict",
        )
        axes.axhline(100 * result.decision_threshold, color="#17202B", linewidth=1, label="threshold")
        _draw_persons(axes, result)
        _mark_moments(axes, result.top_k_suspicious)
        axes.set_ylim(-3, 108)
        axes.set_xlim(0, max(1e-3, result.media.duration_ms / 1000))
        axes.set_xlabel("seconds")
        axes.set_ylabel("score of a frame, %")
        axes.set_title(
            f"{result.score_interpretation}  ·  one high frame is not a verdict", loc="left", fontsize=11
        )
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), frameon=False)
        buffer = io.BytesIO()
        figure.savefig(buffer, format="png")
    return buffer.getvalue()


def _draw_persons(axes: Any, result: AnalysisResult) -> None:
    times = [instant.timestamp_ms / 1000 for instant in result.timeline]
    step = max((b - a for a, b in pairwise(times)), default=1.0)
    for track, colour, stroke in zip(
        result.first_people(_MOST_PERSONS), cycle(_COLOURS), cycle(_STROKES), strict=False
    ):
        seen = [
            (time, 100 * instant.scores[track.person])
            for time, instant in zip(times, result.timeline, strict=True)
            if track.person in instant.scores
        ]
        label = f"{track.person}  {wording.estimate(track.given_estimate)}"
        for part in _unbroken(seen, _GAP * step):
            axes.plot(
                *zip(*part, strict=True),
                stroke,
                color=colour,
                marker="o",
                markersize=3,
                linewidth=1.5,
                label=label,
            )
            label = "_nolegend_"


def _unbroken(points: Sequence[tuple[float, float]], gap: float) -> list[list[tuple[float, float]]]:
    parts: list[list[tuple[float, float]]] = []
    for point in points:
        if not parts or point[0] - parts[-1][-1][0] > gap:
            parts.append([])
        parts[-1].append(point)
    return parts


def _mark_moments(axes: Any, moments: Sequence[Moment]) -> None:
    for moment in moments:
        axes.annotate(
            str(moment.rank),
            (moment.timestamp_ms / 1000, 100 * moment.p_fake),
            xytext=(0, 7),
            textcoords="offset points",
            ha="center",
            fontsize=9,
            fontweight="bold",
        )
