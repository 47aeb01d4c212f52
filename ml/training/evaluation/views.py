"""What more views of the same faces are worth: ``python -m training.evaluation.views RECORDS …``.

The first records file is what serves now; others saw the same faces mirrored (`measure --flip`) or at
another size (`measure --size`). Shown are each, each averaged with the first, all averaged, and the first
with fewer frames of a video.
"""

from __future__ import annotations

import argparse
import dataclasses
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from rich.console import Console
from rich.table import Table

from detector.aggregate import AggregationRule
from measures.metrics import Values, auc, bootstrap_draws, interval
from training.evaluation.bands import file_logits
from training.evaluation.comparisons import Comparison, counted_rows, load_comparisons, mean_auc
from training.evaluation.records import FileRecord, Measured, read_records
from training.evaluation.tables import number

_FRAMES = (1, 4, 8, 16)


@dataclass(frozen=True, slots=True)
class Worth:
    """Figures of one way to look at the files."""

    name: str
    aucs: tuple[float, ...]  # per comparison that has both classes
    mean: float
    gain: tuple[float, float]  # of the mean over the first way: 95 % over groups, on the same draws


def averaged(several: Sequence[Sequence[FileRecord]]) -> list[FileRecord]:
    """Return records whose faces have the mean logit; raises ValueError when they are not the same faces."""
    together = []
    for same in zip(*several, strict=True):
        shapes = {(record.entry, tuple(map(len, record.persons))) for record in same}
        if len(shapes) != 1:
            raise ValueError(f"{same[0].entry.file} has other faces in one of the records")
        persons = tuple(
            tuple(
                dataclasses.replace(views[0], logit=float(np.mean([view.logit for view in views])))
                for views in zip(*person, strict=True)
            )
            for person in zip(*(record.persons for record in same), strict=True)
        )
        together.append(dataclasses.replace(same[0], persons=persons, raw_logit=None))
    return together


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


def worths(
    ways: Sequence[tuple[str, Sequence[FileRecord]]], comparisons: Sequence[Comparison]
) -> Iterator[Worth]:
    """Yield the figures of each way; the files are those that all of them can score."""
    rule = AggregationRule()
    logits = [file_logits(records, rule) for _, records in ways]
    scored = np.logical_and.reduce([~np.isnan(mine) for mine in logits])
    records = ways[0][1]
    fake = np.asarray([record.fake for record in records], np.bool_)
    rows = counted_rows(records, comparisons, scored)
    draws = bootstrap_draws([record.entry.group for record in records])
    usual: Values = mean_auc(rows, logits[0], fake, draws)
    for (name, _), mine in zip(ways, logits, strict=True):
        yield Worth(
            name,
            tuple(auc(mine[row], fake[row]) for row in rows),
            float(mean_auc(rows, mine, fake)[0]),
            interval(mean_auc(rows, mine, fake, draws) - usual),
        )


def ways_of(
    measured: Sequence[tuple[Measured, list[FileRecord]]], frames: Sequence[int] = _FRAMES
) -> list[tuple[str, Sequence[FileRecord]]]:
    """Return the ways that some records files allow, by name; the first file alone comes first."""
    named = [(_name(head), records) for head, records in measured]
    ways: list[tuple[str, Sequence[FileRecord]]] = [*named]
    for count in sorted({2, len(named)} - {1}):
        together = [chosen for chosen in itertools.combinations(named, count) if chosen[0] is named[0]]
        ways += [
            (" + ".join(name for name, _ in chosen), averaged([each for _, each in chosen]))
            for chosen in together
        ]
    return ways + [(f"{named[0][0]}, {count} frames", thinned(named[0][1], count)) for count in frames]


def _name(measured: Measured) -> str:
    crop = measured.crop
    return f"{crop.size} px, margin {crop.margin:g}{', mirrored' if measured.mirrored else ''}"


def main() -> None:
    """Read the arguments and print the table."""
    parser = argparse.ArgumentParser(description="what more views of the same faces are worth")
    parser.add_argument(
        "records", type=Path, nargs="+", help="records of `measure`; the first is the usual view"
    )
    parser.add_argument("--comparisons", type=Path, required=True, help="TOML file of comparisons")
    arguments = parser.parse_args()
    comparisons = load_comparisons(arguments.comparisons)
    table = Table("view", *(c.name for c in comparisons if c.counted), "mean", "gain")
    for worth in worths(ways_of([read_records(file) for file in arguments.records]), comparisons):
        gain = "" if worth.gain == (0.0, 0.0) else f"{worth.gain[0]:+.3f} to {worth.gain[1]:+.3f}"
        table.add_row(worth.name, *map(number, worth.aucs), number(worth.mean), gain)
    Console(width=None if Console().is_terminal else 180).print(table)


if __name__ == "__main__":
    main()
