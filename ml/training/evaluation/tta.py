"""Test-time augmentation: what other views of the same faces gain.

The first records are of what is served; others are of the same faces mirrored (`measure --flip`) or at
another size (`measure --size`). Compared are each, each averaged with the first, all averaged, and the first
with fewer frames of a video.
"""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rich.console import Console
from rich.table import Table

from detector.aggregate import AggregationRule
from measures.compared import Rows, mean_auc
from measures.metrics import Flags, Values, auc, bootstrap_draws, interval
from measures.text import number
from training.evaluation.bands import file_logits
from training.evaluation.comparisons import Comparison, counted_rows
from training.evaluation.records import FileRecord, Measured, combined, fake_flags

_FRAMES = (1, 4, 8, 16)


@dataclass(frozen=True, slots=True)
class Gain:
    """Figures of one variant."""

    name: str
    aucs: tuple[float, ...]  # per comparison that has both classes
    mean: float
    gain: tuple[float, float]  # of the mean over the first variant: 95 % over groups, on the same draws
    gains: tuple[tuple[float, float], ...]  # the same of each comparison


def averaged(several: Sequence[Sequence[FileRecord]]) -> list[FileRecord]:
    """Return records whose faces have the mean logits; raises ValueError when they are not the same faces."""
    return combined(several, lambda views: tuple(np.mean(views, axis=0).tolist()))


def thinned(records: Sequence[FileRecord], frames: int) -> list[FileRecord]:
    """Return records that know at most ``frames`` frames of each file, spread evenly over it.

    Faces stay linked to persons as all frames linked them.
    """
    thin = []
    for record in records:
        kept = frozenset(np.linspace(0, record.sampled - 1, min(frames, record.sampled)).round().tolist())
        persons = (tuple(face for face in faces if face.sample in kept) for faces in record.persons)
        thin.append(
            dataclasses.replace(
                record,
                sampled=len(kept),
                planned=min(frames, record.planned),
                persons=tuple(faces for faces in persons if faces),
                raw_logit=None,
            )
        )
    return thin


def gains(
    several: Sequence[tuple[str, Sequence[FileRecord]]], comparisons: Sequence[Comparison]
) -> Iterator[Gain]:
    """Yield the figures of each variant; the files are those that all of them can score."""
    rule = AggregationRule()
    logits = [file_logits(records, rule) for _, records in several]
    scored = np.logical_and.reduce([~np.isnan(mine) for mine in logits])
    records = several[0][1]
    fake = fake_flags(records)
    rows = counted_rows(records, comparisons, scored)
    draws = bootstrap_draws([record.entry.group for record in records])
    usual = _drawn(rows, logits[0], fake, draws)
    for (name, _), mine in zip(several, logits, strict=True):
        over = _drawn(rows, mine, fake, draws) - usual
        yield Gain(
            name,
            tuple(auc(mine[row], fake[row]) for row in rows),
            float(mean_auc(rows, mine, fake)[0]),
            interval(np.nanmean(over, axis=0)),
            tuple(interval(one) for one in over),
        )


def _drawn(rows: Sequence[Rows], logits: Values, fake: Flags, draws: Values) -> Values:
    """Return the AUC of each comparison on each draw, ``(comparisons, R)``."""
    return np.stack([mean_auc([row], logits, fake, draws) for row in rows])


def variants(
    measured: Sequence[tuple[Measured, list[FileRecord]]], frames: Sequence[int] = _FRAMES
) -> list[tuple[str, Sequence[FileRecord]]]:
    """Return the variants that some records allow, by name; the first records alone come first."""
    named = [(_name(head), records) for head, records in measured]
    found: list[tuple[str, Sequence[FileRecord]]] = [*named]
    for count in sorted({2, len(named)} - {1}):
        together = [chosen for chosen in itertools.combinations(named, count) if chosen[0] is named[0]]
        found += [
            (" + ".join(name for name, _ in chosen), averaged([each for _, each in chosen]))
            for chosen in together
        ]
    return found + [(f"{named[0][0]}, {count} frames", thinned(named[0][1], count)) for count in frames]


def print_gains(
    measured: Sequence[tuple[Measured, list[FileRecord]]], comparisons: Sequence[Comparison]
) -> None:
    """Print the table of all variants; a gain over the first is given where its interval leaves 0 out."""
    table = Table("variant", *(c.name for c in comparisons if c.counted), "mean", "gain")
    for row in gains(variants(measured), comparisons):
        gain = "" if row.gain == (0.0, 0.0) else _signed(row.gain)
        cells = [
            number(one) + (f"\n{_signed(over)}" if over[0] > 0.0 or over[1] < 0.0 else "")
            for one, over in zip(row.aucs, row.gains, strict=True)
        ]
        table.add_row(row.name, *cells, number(row.mean), gain)
    Console(width=None if Console().is_terminal else 200).print(table)


def _signed(gain: tuple[float, float]) -> str:
    return f"{gain[0]:+.3f} to {gain[1]:+.3f}"


def _name(measured: Measured) -> str:
    crop = measured.crop
    return f"{crop.size} px, margin {crop.margin:g}{', mirrored' if measured.mirrored else ''}"
