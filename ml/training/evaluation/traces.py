"""The traces of records on their own, and the scales that bring them to one."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np

from detector.aggregate import AggregationRule
from measures.metrics import Flags, Values
from training.evaluation.bands import file_logits
from training.evaluation.comparisons import Comparison, balanced_weights
from training.evaluation.platt import CalibrationError
from training.evaluation.records import FaceRecord, FileRecord, fake_flags, traces_of
from training.evaluation.regions import FEW_FILES
from training.labelled.scale import Scale, authentic_scales


def of_trace(records: Sequence[FileRecord], place: int) -> list[FileRecord]:
    """Return records that know the logits of one trace alone."""
    return [
        dataclasses.replace(
            record,
            persons=tuple(
                tuple(dataclasses.replace(face, logits=(face.logits[place],)) for face in faces)
                for faces in record.persons
            ),
            raw_logit=None,
        )
        for record in records
    ]


def trace_logits(records: Sequence[FileRecord]) -> Values:
    """Return each file's logit by each trace alone, ``(N, T)``; NaN without a face."""
    rule = AggregationRule(presence_frames=0.0)
    return np.stack([file_logits(of_trace(records, t), rule) for t in range(len(traces_of(records)))], 1)


def fit_scales(records: Sequence[FileRecord], comparisons: Sequence[Comparison]) -> tuple[Scale, ...]:
    """Return the scale of each trace of records, every counted comparison counting alike."""
    weights = balanced_weights(records, comparisons)
    return authentic_scales(trace_logits(records), weights, fake_flags(records))


def scales_without(
    records: Sequence[FileRecord], comparisons: Sequence[Comparison], left_out: Sequence[Flags]
) -> list[tuple[Scale, ...]]:
    """Return for each of ``left_out`` ``(N,)`` what the scales are when they are fitted to the other files.

    They are in units of the records: a logit stays as it is where the other files have the scales of all. So
    it does not matter by how much records were scaled before. Records of one trace, and those with fewer than
    `FEW_FILES` authentic files to fit a scale to, have none: they are not scaled by their own files either.
    Raises `platt.CalibrationError` where an authentic file is not among the others.
    """
    none: list[tuple[Scale, ...]] = [()] * len(left_out)
    if len(traces_of(records)) < 2:
        return none
    logits, fake, weights = trace_logits(records), fake_flags(records), balanced_weights(records, comparisons)
    if np.count_nonzero(~fake & (weights > 0.0) & ~np.isnan(logits).any(1)) < FEW_FILES:
        return none
    whole = authentic_scales(logits, weights, fake)
    found = []
    for out in left_out:
        others = [record for record, left in zip(records, out.tolist(), strict=True) if not left]
        try:
            mine = authentic_scales(logits[~out], balanced_weights(others, comparisons), fake[~out])
        except ValueError as error:
            raise CalibrationError(str(error)) from error
        found.append(tuple(_relative(*both) for both in zip(mine, whole, strict=True)))
    return found


def scaled(record: FileRecord, scales: Sequence[Scale]) -> FileRecord:
    """Return a record whose faces have scaled logits; it knows no logit of the file."""

    def of_face(face: FaceRecord) -> FaceRecord:
        logits = tuple(scale.apply(logit) for scale, logit in zip(scales, face.logits, strict=True))
        return dataclasses.replace(face, logits=logits)

    persons = tuple(tuple(map(of_face, faces)) for faces in record.persons)
    return dataclasses.replace(record, persons=persons, raw_logit=None)


def _relative(one: Scale, other: Scale) -> Scale:
    """Return the scale that applies ``one`` and takes ``other`` back."""
    ratio = one.spread / other.spread
    return Scale(one.trace, one.median - other.median * ratio, ratio)
