"""Records with the conclusions of constants that were fitted without their groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from detector.contracts import Verdict
from measures.metrics import Flags, Values
from training.evaluation.comparisons import Comparison
from training.evaluation.folds import OutOfFold, out_of_fold
from training.evaluation.records import FileRecord, fake_flags
from training.evaluation.regions import Policy


@dataclass(frozen=True, slots=True)
class CrossValidated:
    """Records, their scores and out-of-fold conclusions; all arrays ``(N,)``."""

    records: list[FileRecord]
    logits: Values  # NaN without a face
    fake: Flags
    groups: NDArray[np.str_]
    out_of_fold: OutOfFold

    def scored(self, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Keep the rows that have a face."""
        return rows[~np.isnan(self.logits[rows])]

    def share(self, rows: NDArray[np.int64], *verdicts: Verdict) -> float | None:
        """Return the share of rows with one of the verdicts, None for no rows."""
        if not len(rows):
            return None
        return float(np.mean([self.out_of_fold.conclusions[i].decision.verdict in verdicts for i in rows]))


def cross_validate(
    records: Sequence[FileRecord], comparisons: Sequence[Comparison], policy: Policy
) -> CrossValidated:
    """Score the records that could be decoded by constants that were fitted without their groups."""
    decoded = [record for record in records if record.error is None]
    unseen = out_of_fold(decoded, comparisons, policy)
    found = [np.nan if one.logit is None else one.logit for one in unseen.conclusions]
    return CrossValidated(
        decoded,
        np.asarray(found, np.float64),
        fake_flags(decoded),
        np.asarray([record.entry.group for record in decoded]),
        unseen,
    )


def manipulation_name(text: str | None) -> str:
    """Shorten a manipulation's description to its first clause."""
    name = (text or "unnamed").split(",")[0].strip()
    return name + ")" * (name.count("(") - name.count(")"))
