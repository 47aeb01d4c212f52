"""Score a labelled set with weights as they would ship: ``python -m training.evaluation.measure …``.

The serving path finds the faces (`sightings`), ONNX Runtime scores them. A run that was stopped goes on where
it was when the same command is given again.
"""

from __future__ import annotations

import argparse
import fcntl
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from rich.progress import track

from detector.model import open_detector
from detector.networks import Network
from detector.runtimes.onnx import OnnxRuntime
from detector.score import score_crops
from training.evaluation.records import (
    Entry,
    FaceRecord,
    FileRecord,
    Measured,
    conclude,
    default_rules,
    header_line,
    read_manifest,
    read_records,
    record_line,
)
from training.evaluation.sightings import Sighting, SightingCache, code_digest
from training.fitting.checkpoint import WEIGHTS
from training.fitting.freeze import freeze
from training.fitting.runs import add_serving_options, read_run

FRAMES = 32  # sampled from a video, as serving does by default


def measure(
    scorer: Network, measured: Measured, entries: list[Entry], data: Path, cache: SightingCache, out: Path
) -> None:
    """Append a record of every entry to ``out`` that has none yet.

    Raises ValueError when ``out`` holds the records of other weights, crops or frames, and BlockingIOError
    when another process is writing to it.
    """
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        done = _begin(out, measured)
        left = [entry for entry in entries if entry.file not in done]
        for entry in track(left, f"{len(entries) - len(left)} done, {len(left)} to measure"):
            file.write(record_line(score(entry, cache.get(data, entry.file), scorer, measured)))
            file.flush()


def score(entry: Entry, sighting: Sighting, scorer: Network, measured: Measured) -> FileRecord:
    """Score the faces of one file."""
    crops = sighting.crops[:, :, ::-1] if measured.mirrored else sighting.crops
    logits = score_crops(scorer, [np.ascontiguousarray(crop) for crop in crops], measured.crop).logits
    persons: list[tuple[FaceRecord, ...]] = []
    for place in range(int(sighting.person.max(initial=-1)) + 1):
        rows = np.flatnonzero(sighting.person == place)
        columns = (sighting.sample, logits, sighting.size_px, sighting.sharpness, sighting.confidence)
        persons.append(
            tuple(FaceRecord(*face) for face in zip(*(c[rows].tolist() for c in columns), strict=True))
        )
    record = FileRecord(entry, sighting.sampled, sighting.planned, tuple(persons), None, sighting.error)
    logit = conclude(record, default_rules(measured.crop)).logit
    return FileRecord(entry, sighting.sampled, sighting.planned, tuple(persons), logit, sighting.error)


def _begin(out: Path, measured: Measured) -> set[str]:
    """Write the header of a new file, or check that of an old one and return the files that it holds."""
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
    return {record.entry.file for record in records}


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


def main() -> None:
    """Read the arguments and measure."""
    parser = argparse.ArgumentParser(description="score a labelled set through the serving path")
    parser.add_argument("--run", type=Path, required=True, help="folder of the training run")
    parser.add_argument("--weights", type=Path, help=f"weights to measure (default: {WEIGHTS} of the run)")
    parser.add_argument(
        "--data", type=Path, required=True, help="folder that the manifest's paths start from"
    )
    parser.add_argument("--manifest", type=Path, required=True, help="labelled files, JSON lines")
    parser.add_argument(
        "--cache", type=Path, required=True, help="folder for the faces found; shared by all runs"
    )
    parser.add_argument("--out", type=Path, required=True, help="records to write, or to go on with")
    add_serving_options(parser)
    parser.add_argument("--flip", action="store_true", help="score every crop mirrored, for `views`")
    arguments = parser.parse_args()
    run = read_run(arguments.run, arguments.size, arguments.margin)
    runtime = OnnxRuntime()
    with tempfile.TemporaryDirectory() as folder:
        weights = arguments.weights or arguments.run / WEIGHTS
        frozen = freeze(weights, run.architecture, run.crop.size, Path(folder))
        measured = Measured(
            frozen.weights_sha256, run.architecture, run.crop, FRAMES, code_digest(), arguments.flip
        )
        cache = SightingCache(arguments.cache, open_detector("mtcnn", runtime), run.crop, FRAMES)
        scorer = runtime.scorer(frozen.folder, run.architecture)
        entries = read_manifest(arguments.manifest)
        measure(scorer, measured, entries, arguments.data, cache, arguments.out)
    print("\n".join(summary(read_records(arguments.out)[1])))


if __name__ == "__main__":
    main()
