"""Two traces of the same faces joined to one: records of two heads to records of one logit."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from training.evaluation.records import FaceRecord, FileRecord, Measured, conclude, default_rules


@dataclass(frozen=True, slots=True)
class Scale:
    """Makes a head's logits comparable with another's: their spread and median on authentic files."""

    middle: float
    spread: float

    def apply(self, logit: float) -> float:
        """Return the logit in spreads from the middle."""
        return (logit - self.middle) / self.spread


def authentic_scale(records: Sequence[FileRecord]) -> Scale:
    """Return the scale of authentic files, each data set counting alike; ValueError where there are none."""
    by_dataset: dict[str, list[float]] = {}
    for record in records:
        if not record.fake and record.raw_logit is not None:
            by_dataset.setdefault(record.entry.dataset, []).append(record.raw_logit)
    if not by_dataset:
        raise ValueError("no authentic file has a face")
    middle = float(np.mean([np.median(logits) for logits in by_dataset.values()]))
    squares = [np.mean((np.asarray(logits) - middle) ** 2) for logits in by_dataset.values()]
    return Scale(middle, float(np.sqrt(np.mean(squares))) or 1.0)


def joined_records(
    first: Sequence[FileRecord], second: Sequence[FileRecord], scales: tuple[Scale, Scale]
) -> list[FileRecord]:
    """Return records whose faces have the noisy-or of both heads' scaled logits.

    The logit is of ``1 - (1 - p) (1 - q)``: that at least one trace is there, were they independent. Raises
    ValueError when the records are not of the same faces.
    """
    together = []
    for one, other in zip(first, second, strict=True):
        if one.entry != other.entry or _faces(one) != _faces(other):
            raise ValueError(f"{one.entry.file} has other faces in the second records")
        persons = tuple(
            tuple(_joined(a, b, scales) for a, b in zip(*person, strict=True))
            for person in zip(one.persons, other.persons, strict=True)
        )
        together.append(dataclasses.replace(one, persons=persons, raw_logit=None))
    return together


def joined(
    first: tuple[Measured, list[FileRecord]], second: tuple[Measured, list[FileRecord]]
) -> tuple[Measured, list[FileRecord]]:
    """Join two records files, each scaled by its own authentic files; raises ValueError for other faces."""
    (head, records), (other, others) = first, second
    alike = dataclasses.replace(other, weights_sha256=head.weights_sha256)
    if alike != head:
        raise ValueError("the records are of other crops, frames or detector code")
    both = hashlib.sha256(f"{head.weights_sha256} {other.weights_sha256}".encode()).hexdigest()
    scales = authentic_scale(records), authentic_scale(others)
    rules = default_rules(head.crop)
    files = [
        dataclasses.replace(record, raw_logit=conclude(record, rules).logit)
        for record in joined_records(records, others, scales)
    ]
    return dataclasses.replace(head, weights_sha256=both), files


def _joined(one: FaceRecord, other: FaceRecord, scales: tuple[Scale, Scale]) -> FaceRecord:
    a, b = scales[0].apply(one.logit), scales[1].apply(other.logit)
    # log(exp(-log((1 - p) (1 - q))) - 1), without overflow
    absent = np.logaddexp(0.0, a) + np.logaddexp(0.0, b)
    logit = absent + np.log1p(-np.exp(-absent)) if absent > 1.0 else np.log(np.expm1(absent))
    return dataclasses.replace(one, logits=(float(logit),))


def _faces(record: FileRecord) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(face.sample for face in person) for person in record.persons)
