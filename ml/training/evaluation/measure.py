"""Scores of a labelled set with weights as they would ship.

The serving path finds the faces (`found_faces`), ONNX Runtime scores them. A measurement that was stopped
resumes when the same command is given again.
"""

from __future__ import annotations

import dataclasses
import fcntl
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from rich.progress import track

from detector.networks import Network
from detector.runtimes.onnx import OnnxRuntime
from detector.score import score_crops
from training.evaluation.found_faces import FaceCache, FoundFaces, code_digest, content_digest
from training.evaluation.records import (
    Entry,
    FaceRecord,
    FileRecord,
    Measured,
    conclude,
    default_rules,
    header_line,
    read_records,
    record_line,
    traces_of,
)
from training.fitting.checkpoint import weights_file
from training.fitting.freeze import freeze
from training.fitting.runs import Run

FRAMES = 32  # sampled from a video, as serving does by default


@contextmanager
def run_scorer(
    run: Run, weights: Path, frames: int, mirrored: bool = False
) -> Iterator[tuple[Network, Measured]]:
    """Yield a scorer with weights as they would ship, and what their records begin with.

    ``weights`` is a file, or the folder of a run.
    """
    with tempfile.TemporaryDirectory() as folder:
        frozen = freeze(weights_file(weights), run.architecture, run.crop.size, Path(folder))
        sha256 = frozen.weights_sha256
        measured = Measured(sha256, run.architecture, run.crop, frames, code_digest(), mirrored)
        yield OnnxRuntime().scorer(frozen.folder, run.architecture), measured


def measure(
    scorer: Network, measured: Measured, entries: list[Entry], data: Path, cache: FaceCache, out: Path
) -> None:
    """Bring ``out`` to a record of every entry: those that it has of the same files are kept.

    They get the entries' labels and groups; records of files that are no entries, or hold something else by
    now, are dropped. Records come in the order in which files were measured.

    Raises ValueError when ``out`` holds the records of other weights, crops or frames, and BlockingIOError
    when another process is writing to it.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        done = _begin(out, measured, entries, data)
        left = [entry for entry in entries if entry.file not in done]
        for entry in track(left, f"{len(entries) - len(left)} done, {len(left)} to measure"):
            content = content_digest(data / entry.file)
            record = score(entry, cache.get(data, entry.file, content), scorer, measured)
            file.write(record_line(dataclasses.replace(record, content=content)))
            file.flush()


def score(entry: Entry, found: FoundFaces, scorer: Network, measured: Measured) -> FileRecord:
    """Score the faces of one file."""
    crops = found.crops[:, :, ::-1] if measured.mirrored else found.crops
    scores = score_crops(scorer, [np.ascontiguousarray(crop) for crop in crops], measured.crop)
    logits = np.empty(len(scores.logits), object)
    logits[:] = [tuple(row) for row in scores.logits.tolist()]
    persons: list[tuple[FaceRecord, ...]] = []
    for place in range(int(found.person.max(initial=-1)) + 1):
        rows = np.flatnonzero(found.person == place)
        columns = (found.sample, logits, found.size_px, found.sharpness, found.confidence)
        persons.append(
            tuple(FaceRecord(*face) for face in zip(*(c[rows].tolist() for c in columns), strict=True))
        )
    record = FileRecord(entry, found.sampled, found.planned, tuple(persons), None, found.error)
    return _with_entry(record, entry, measured)


def _with_entry(record: FileRecord, entry: Entry, measured: Measured) -> FileRecord:
    """Return a record of what an entry says of its file; the aggregated logit depends on its kind."""
    record = dataclasses.replace(record, entry=entry)
    logit = conclude(record, default_rules(measured.crop, traces_of([record]))).logit
    return dataclasses.replace(record, raw_logit=logit)


def _begin(out: Path, measured: Measured, entries: list[Entry], data: Path) -> set[str]:
    """Write the header of a new file, or check that of an old one; return the files that it has records of.

    Of an old one the records that are still of an entry are kept, as `measure` says.
    """
    # Written in place, so that the lock stays on this file.
    text = out.read_text()
    if not text.endswith("\n"):
        out.write_text(text[: text.rfind("\n") + 1])
    if not out.stat().st_size:
        out.write_text(header_line(measured))
    before, records = read_records(out)
    if before != measured:
        raise ValueError(
            f"{out} holds records of other weights, crops, frames or detector code; give another --out"
        )
    wanted = {entry.file: entry for entry in entries}
    kept = [
        record if record.entry == wanted[file] else _with_entry(record, wanted[file], measured)
        for record in records
        if (file := record.entry.file) in wanted and record.content in ("", content_digest(data / file))
    ]
    if kept != records:
        out.write_text(header_line(measured) + "".join(map(record_line, kept)))
    return {record.entry.file for record in kept}


def summary(records: list[FileRecord]) -> Iterator[str]:
    """Say what was found, per data set, for a first look."""
    for dataset in sorted({record.entry.dataset for record in records}):
        mine = [record for record in records if record.entry.dataset == dataset]
        errors = Counter(record.error for record in mine if record.error)
        parts = [f"{len(mine)} files", f"{sum(not r.persons and not r.error for r in mine)} without a face"]
        for name, side in (("real", False), ("fake", True)):
            values = [r.raw_logit for r in mine if r.fake == side and r.raw_logit is not None]
            parts += [f"mean {name} logit {np.mean(values):+.2f}"] if values else []
        yield f"{dataset}: {', '.join(parts)}{f', errors {dict(errors)}' if errors else ''}"
