"""The stage `finetune`: a version and a bundle become a candidate bundle, or a reason why not."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from detector.bundle import Bundle, Source, Training, file_sha256, read_bundle
from detector.model import open_detector, rules_of
from detector.runtimes.onnx import OnnxRuntime
from training.candidates import card
from training.candidates.compare import compare, measure_bundle, measured_records
from training.candidates.faces import pack_faces
from training.candidates.learned import learned_by, unseen
from training.candidates.tune import Known, Mixed, Tuning, tune
from training.candidates.version import TEST, TRAIN, VALIDATION, Version, counted
from training.evaluation.comparisons import Comparison
from training.evaluation.constants import calibration_document
from training.evaluation.evaluate import evaluate
from training.evaluation.found_faces import FaceCache
from training.evaluation.measure import FRAMES, run_scorer
from training.evaluation.platt import CalibrationError
from training.evaluation.records import FileRecord, read_records, traces_of
from training.evaluation.regions import FEW_FILES, Policy
from training.evaluation.scaling import RECORDS, scale_run
from training.evaluation.scaling import WEIGHTS as SCALED
from training.fitting.checkpoint import WEIGHTS, weights_file
from training.fitting.runs import Run
from training.release.export import Measurements, export

LEAST_GROUPS = 10
"""Of each class with a face in the split `validation`: the folds that constants are checked on."""

_REASON = "it is a candidate, which is served only once a person has approved it by these figures"


class CandidateError(Exception):
    """There is no candidate; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where the bundle goes, and what a run keeps to resume: faces, checkpoint, records."""

    bundle: Path
    run: Path


def make_candidate(
    version: Version,
    base_folder: Path,
    place: Place,
    tuning: Tuning,
    known: Known | None = None,
    minutes: float | None = None,
    bundle_version: str | None = None,
    report: Callable[[str], None] = lambda line: print(line, flush=True),
) -> dict[str, Any] | None:
    """Fine-tune, calibrate, export and measure; return what ``candidate.json`` holds, None if stopped.

    Raises `CandidateError` and what the stages raise: `VersionError`, `TuneError`, `ExportError`.
    """
    base = read_bundle(base_folder)
    before = learned_by(base)
    version, known_files = unseen(version, before)
    detector = open_detector("mtcnn", OnnxRuntime())
    faces = place.run / f"faces-{version.manifest_sha256[:16]}"
    own = pack_faces(version.folder, version.of(TRAIN), detector, faces)
    identity = {
        "manifest_sha256": version.manifest_sha256,
        "base_sha256": base.sha256,
        "known": None if known is None else file_sha256(known.file),
    }
    batches = Mixed(own, known, base.manifest.crop, tuning)
    start, architecture = weights_file(base_folder), base.manifest.architecture
    if not tune(start, architecture, batches, tuning, identity, place.run, minutes, report):
        return None
    run = _run(base, version, tuning, known is not None)
    cache = FaceCache(place.run / "seen", detector, base.manifest.crop, FRAMES)
    report("measuring the split validation")
    _calibrated(run, version, cache, place, bundle_version or _next_version(base, version))
    report("measuring both bundles on the split test")
    made = read_bundle(place.bundle)
    document = _document(base, made, version, tuning, known is not None, len(own))
    document["dataset"]["learned_before"] = known_files
    document["learned"] = before.and_version(version).document()
    document["test"] = _tested(base, made, version, cache, place)
    card.write(place.bundle, document)
    return document


def _run(base: Bundle, version: Version, tuning: Tuning, known: bool) -> Run:
    """Return the run as the release steps read it, with what the manifest says of the training."""
    manifest, files = base.manifest, version.of(TRAIN)
    beside = (
        " Half of every step is of what that bundle was trained on."
        if known
        else " Nothing of what that bundle was trained on was learned beside."
    )
    recipe = (
        f"{manifest.name} {manifest.version} (bundle.json {base.sha256}), fine-tuned on the split train of "
        f"the data set {version.address} (manifest {version.manifest_sha256}): the last block, what follows "
        f"it and the head, with fixed running statistics, AdamW at {tuning.learning_rate:g} for "
        f"{tuning.steps} steps of {tuning.couples} couples of an authentic and a manipulated face of one "
        f"kind and size, then {tuning.near:.0%} of the way back to the weights that it started from.{beside} "
        f"Before that: {manifest.training.recipe}"
    )
    own = Source(name=version.address, files=len(files), licence=version.licence)
    training = Training(
        recipe=recipe,
        start=f"{manifest.name} {manifest.version}",
        steps=tuning.steps,
        seed=tuning.seed,
        data=(*manifest.training.data, own),
    )
    return Run(
        manifest.architecture, manifest.crop, tuning.steps, tuning.seed, {}, training.data, None, training
    )


def _calibrated(run: Run, version: Version, cache: FaceCache, place: Place, bundle_version: str) -> None:
    """Fit the constants to the split `validation` and export the bundle with them."""
    entries = [file.entry for file in version.of(VALIDATION)]
    comparisons = _comparisons(version)
    weights, out = place.run / WEIGHTS, place.run / "validation.jsonl"
    with run_scorer(run, weights, FRAMES) as (scorer, measured):
        records = measured_records(scorer, measured, entries, version.folder, cache, out)
    _refuse_few(records)
    authentic = sum(bool(record.persons) and not record.fake for record in records)
    if len(traces_of(records)) > 1 and authentic >= FEW_FILES:
        scale_run(run, weights, measured, records, comparisons, place.run / "scaled")
        weights = place.run / "scaled" / SCALED
        measured, records = read_records(place.run / "scaled" / RECORDS)
    comparisons = _present(comparisons, records)
    try:
        constants = calibration_document(records, comparisons, Policy(), measured)
        figures = evaluate(records, comparisons, constants, measured.weights_sha256)[1]
    except CalibrationError as error:
        raise CandidateError(
            f"the split validation of {version.address} does not let constants be fitted: {error}. "
            "Label more files, or take fewer steps"
        ) from error
    export(run, weights, Measurements(constants, figures), place.bundle, bundle_version, _REASON)


def _comparisons(version: Version) -> tuple[Comparison, ...]:
    """Return one comparison for stills and one for clips: a data set's authentic files against its fakes."""
    here = (version.address,)
    return (
        Comparison(f"{version.address}, stills", "image", here, here),
        Comparison(f"{version.address}, clips", "video", here, here),
    )


def _present(comparisons: tuple[Comparison, ...], records: list[FileRecord]) -> tuple[Comparison, ...]:
    """Keep the comparisons that have files; one without both classes is shown and not counted."""
    kept = []
    for comparison in comparisons:
        sides = {records[i].fake for i in comparison.members(records).tolist() if records[i].persons}
        if sides:
            kept.append(dataclasses.replace(comparison, counted=sides == {False, True}))
    return tuple(kept)


def _refuse_few(records: list[FileRecord]) -> None:
    counts = counted(record.entry for record in records if record.persons)
    if min(counts["real_groups"], counts["fake_groups"]) < LEAST_GROUPS:
        raise CandidateError(
            f"the split validation shows faces of {counts['real_groups']} authentic and "
            f"{counts['fake_groups']} manipulated groups; {LEAST_GROUPS} of each are needed to fit a "
            "bundle's constants. Label more files, or give the split a larger share"
        )


def _next_version(base: Bundle, version: Version) -> str:
    return f"{base.manifest.version.split('+')[0]}+{version.name[:40]}.{version.number}"


def _document(
    base: Bundle, made: Bundle, version: Version, tuning: Tuning, known: bool, faces: int
) -> dict[str, Any]:
    return {
        "format": 1,
        "bundle": _named(made),
        "derived_from": _named(base),
        "dataset": {
            "name": version.name,
            "number": version.number,
            "manifest_sha256": version.manifest_sha256,
            "licence": version.licence,
            "splits": version.counts(),
            "missing": version.missing,
            "unchanged": version.unchanged,
        },
        "training": {**dataclasses.asdict(tuning), "faces": faces, "known": known},
    }


def _named(bundle: Bundle) -> dict[str, str]:
    return {"name": bundle.manifest.name, "version": bundle.manifest.version, "sha256": bundle.sha256}


def _tested(base: Bundle, made: Bundle, version: Version, cache: FaceCache, place: Place) -> dict[str, Any]:
    """Measure both on the split `test`, as they are served."""
    entries = [file.entry for file in version.of(TEST)]
    both = []
    for name, bundle in (("base", base), ("candidate", made)):
        out = place.run / f"test-{name}-{bundle.sha256[:12]}.jsonl"
        both.append((measure_bundle(bundle, entries, version.folder, cache, out), rules_of(bundle.manifest)))
    found = compare(*both)
    return json.loads(json.dumps(found))  # intervals as lists, as a reader of the file has them
