"""A run's row in docs/experiments.md: what it was trained on, and what came of it, as Markdown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from detector.aggregate import AggregationRule
from measures.compared import mean_auc
from measures.metrics import auc
from measures.text import short
from training.evaluation.bands import file_logits
from training.evaluation.comparisons import Comparison, counted_rows
from training.evaluation.records import FileRecord
from training.fitting.journal import validations
from training.fitting.runs import read_run
from training.fitting.stopping import MEANS


def row(name: str, run: Path | None, records: Sequence[FileRecord], compared: Sequence[Comparison]) -> str:
    """Return the heading and the row of a run, or of records that no single run gave.

    Figures of the run's last validation come first, then the AUC of each counted comparison, by the default
    constants, and their mean. A run on all crops, of which none is held out, and a released bundle have their
    steps alone of the former. Raises ValueError for another run that was never validated.
    """
    cells = {"run": name, **dict(_validated(run) if run else ()), **dict(_measured(records, compared))}
    lines = (cells.keys(), ["---"] * len(cells), cells.values())
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _validated(run: Path) -> Iterator[tuple[str, str]]:
    validated = validations(run)
    if not validated:
        yield "steps", f"{_steps_on_everything(run):,}"
        return
    last = validated[-1]
    yield "steps", f"{last['step']:,}"
    yield from ((name.replace("_", " "), short(last[name])) for name in MEANS if name in last)
    if MEANS[0] not in last:
        kinds = [name for name in last if name.count("/") == 1 and name.startswith("auc/")]
        yield from ((name.removeprefix("auc/").replace("_", " "), short(last[name])) for name in kinds)


def _steps_on_everything(run: Path) -> int:
    """Return the steps of a run that has nothing to validate on."""
    try:
        found = read_run(run)
    except FileNotFoundError as error:
        raise ValueError(f"{run} was never validated") from error
    if found.training is None and not found.config.get("labelled", {}).get("all"):
        raise ValueError(f"{run} was never validated")
    return found.steps


def _measured(records: Sequence[FileRecord], compared: Sequence[Comparison]) -> Iterator[tuple[str, str]]:
    logits = file_logits(records, AggregationRule())
    fake = np.asarray([record.fake for record in records], np.bool_)
    rows = counted_rows(records, compared, ~np.isnan(logits))
    names = [comparison.name for comparison in compared if comparison.counted]
    yield from ((name, short(auc(logits[r], fake[r]))) for name, r in zip(names, rows, strict=True))
    yield "mean AUC", short(float(mean_auc(rows, logits, fake)[0]))
