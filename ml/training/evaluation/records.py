"""A scorer's logits of each labelled file: one JSON line per file, enough to conclude anew.

Everything after the network (aggregation, calibration, verdict) is cheap and depends on constants that are
chosen later, so the records keep every face's logit with what weighs it, grouped by person.
"""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from pydantic import TypeAdapter

import detector.conclude
from detector import aggregate, calibrate
from detector.conclude import Conclusion, FaceEvidence, Rules
from detector.contracts import CropSpec, MediaType, Trace
from measures.metrics import Flags
from training.labelled.manifest import read_lines

_ANY_CROP = CropSpec()  # records hold no pixels, so concluding from them needs no particular crop


@dataclass(frozen=True, slots=True)
class Entry:
    """A labelled file of a manifest; ``group`` is whatever must not be split: a person, a source clip."""

    file: str
    kind: MediaType
    label: Literal["real", "fake"]
    dataset: str
    group: str
    manipulation: str | None = None


@dataclass(frozen=True, slots=True)
class FaceRecord:
    """One scored face, as `aggregate.face_weight` and `calibrate.Support` need it."""

    sample: int
    logits: tuple[float, ...]  # of each trace
    size_px: float
    sharpness: float
    confidence: float

    @property
    def logit(self) -> float:
        """The largest logit."""
        return max(self.logits)


@dataclass(frozen=True, slots=True)
class FileRecord:
    """An entry with what the serving path found: persons in order of appearance, or an error's code."""

    entry: Entry
    sampled: int  # frames decoded
    planned: int  # frames that were to be sampled
    persons: tuple[tuple[FaceRecord, ...], ...]
    raw_logit: float | None  # aggregated by the default constants; None when no face was scored
    error: str | None = None
    content: str = ""  # digest of the file that was measured; "" in records that were written without one

    @property
    def fake(self) -> bool:
        """Whether the label says manipulated."""
        return self.entry.label == "fake"


@dataclass(frozen=True, slots=True)
class Measured:
    """The first line of a records file: which weights, seen how."""

    weights_sha256: str
    architecture: str
    crop: CropSpec
    frames: int
    detector: str = ""  # hash of the code that finds and cuts faces
    mirrored: bool = False  # every crop, which serving does not do


def fake_flags(records: Sequence[FileRecord]) -> Flags:
    """Return each record's label ``(N,)``."""
    return np.asarray([record.fake for record in records], np.bool_)


def conclude(record: FileRecord, rules: Rules) -> Conclusion:
    """Conclude exactly as `detector.analyze` does for the same frames."""
    persons = [
        [FaceEvidence(face.logits, face.size_px, face.sharpness, face.confidence) for face in faces]
        for faces in record.persons
    ]
    return detector.conclude.conclude(persons, record.sampled, record.planned, record.entry.kind, rules)


def traces_of(records: Sequence[FileRecord]) -> tuple[Trace, ...]:
    """Return whose logits the records hold: that of blending alone, or of both; the first without a face."""
    several = (face.logits for record in records for faces in record.persons for face in faces)
    return tuple(Trace)[: len(next(several, (0.0,)))]


def default_rules(crop: CropSpec = _ANY_CROP, of: tuple[Trace, ...] = (Trace.BLENDING,)) -> Rules:
    """Return the rules of a model that was not calibrated: the raw logit's sigmoid."""
    identity = calibrate.Calibration(slope=1.0, intercept=0.0, base_rate=0.5, files=0)
    return Rules(crop, aggregate.AggregationRule(), identity, calibrate.DecisionRule(), of)


def combined(
    several: Sequence[Sequence[FileRecord]],
    combine: Callable[[Sequence[tuple[float, ...]]], tuple[float, ...]],
) -> list[FileRecord]:
    """Return records whose faces have what ``combine`` makes of the logits that each of ``several`` gives.

    Raises ValueError when they are not the same faces.
    """
    together = []
    for same in zip(*several, strict=True):
        if len({(record.entry, tuple(map(len, record.persons))) for record in same}) != 1:
            raise ValueError(f"{same[0].entry.file} has other faces in one of the records")
        persons = tuple(
            tuple(
                dataclasses.replace(views[0], logits=combine([view.logits for view in views]))
                for views in zip(*person, strict=True)
            )
            for person in zip(*(record.persons for record in same), strict=True)
        )
        together.append(dataclasses.replace(same[0], persons=persons, raw_logit=None))
    return together


def read_manifest(file: Path) -> list[Entry]:
    """Read a manifest: JSON lines with at least file, kind and label; a file is its own group by default.

    Raises ValueError with the line's number for a line that is not valid, and for a file listed twice.
    """
    entries: dict[str, Entry] = {}

    def entry(row: dict[str, Any], _: int) -> Entry:
        name = row["file"]
        if name in entries:
            raise ValueError(f"{name} is listed a second time")
        dataset, group = row.get("dataset") or Path(name).parent.name, row.get("group") or name
        return Entry(name, row["kind"], row["label"], dataset, group, row.get("manipulation"))

    for read in read_lines(file, entry):
        entries[read.file] = read
    return list(entries.values())


def check_complete(records: Sequence[FileRecord], entries: Sequence[Entry]) -> None:
    """Raise ValueError where records are not those of a manifest's entries.

    A file is missing, as after a measurement that was stopped, is in the manifest no more, or is labelled
    otherwise there.
    """
    measured, listed = (
        {entry.file: entry for entry in some} for some in ((r.entry for r in records), entries)
    )
    changed = [file for file in measured.keys() & listed.keys() if measured[file] != listed[file]]
    faults = {
        "not measured": listed.keys() - measured.keys(),
        "not in the manifest": measured.keys() - listed.keys(),
        "described otherwise in the manifest": changed,
    }
    said = [f"{len(files)} {fault} ({min(files)} is one)" for fault, files in faults.items() if files]
    if said:
        raise ValueError(
            f"the records are not those of the manifest's files: {', '.join(said)}; run `measure` with it, "
            "and `scale` where the records are scaled"
        )


def read_records(file: Path) -> tuple[Measured, list[FileRecord]]:
    """Read a records file; raises ValueError when it is empty."""
    lines = file.read_text().splitlines()
    if not lines:
        raise ValueError(f"{file} is empty")
    return TypeAdapter(Measured).validate_json(lines[0]), [_parsed(json.loads(line)) for line in lines[1:]]


def header_line(measured: Measured) -> str:
    """Return the first line of a records file."""
    return json.dumps(dataclasses.asdict(measured)) + "\n"


def record_line(record: FileRecord) -> str:
    """Return a record as one line; faces are lists in the order of `FaceRecord`'s fields."""
    document = dataclasses.asdict(record.entry) | {
        "sampled": record.sampled,
        "planned": record.planned,
        "persons": [[list(dataclasses.astuple(face)) for face in faces] for faces in record.persons],
        "raw_logit": record.raw_logit,
        "error": record.error,
        "content": record.content,
    }
    return json.dumps(document) + "\n"


def _parsed(row: dict[str, Any]) -> FileRecord:
    entry = Entry(**{field.name: row[field.name] for field in dataclasses.fields(Entry)})
    persons = tuple(
        tuple(FaceRecord(sample, _logits(logits), *weighed) for sample, logits, *weighed in faces)
        for faces in row["persons"]
    )
    return FileRecord(
        entry,
        row["sampled"],
        row["planned"],
        persons,
        row["raw_logit"],
        row["error"],
        row.get("content", ""),
    )


def _logits(written: float | list[float]) -> tuple[float, ...]:
    """Read a face's logits; a single number is that of a network with one trace."""
    return tuple(written) if isinstance(written, list) else (written,)
