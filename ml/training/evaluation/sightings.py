"""What the serving path sees in a file before the scorer: its faces, linked to persons, and their crops.

Decoding and face detection cost far more than scoring and do not depend on the weights. They are done once
per file by `detector.analyze` itself, and kept in a folder; any number of weights can then be measured on the
very crops that serving would have scored.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.analyze import Options, analyze
from detector.contracts import Analysis, CropSpec, Detector, Floats, Image, MediaError, Progress
from detector.model import Model
from detector.preprocess import normalise
from training.evaluation import degradations
from training.evaluation.records import default_rules
from training.samples import codecs

# What of the package decides which faces are seen; the rest comes after the crops.
_CODE = ("media/*.py", "faces/*.py", "cascade/*", "analyze.py", "preprocess.py")


@dataclass(frozen=True, slots=True)
class Sighting:
    """K faces of one file, in the order in which serving scores them."""

    sampled: int
    planned: int
    crops: Image  # (K, S, S, 3)
    person: NDArray[np.int64]  # (K,): place of the face's person in order of appearance
    sample: NDArray[np.int64]  # (K,)
    size_px: Floats  # (K,), as are the next two
    sharpness: Floats
    confidence: Floats
    error: str | None = None


class CropKeeper:
    """In a scorer's place: keeps the crops that it is given and answers each with its number."""

    def __init__(self, spec: CropSpec) -> None:
        self.crops: list[Image] = []
        self._spec = spec

    def run(self, batch: Floats) -> tuple[Floats, ...]:
        """See `networks.Network.run`; the crops are recovered exactly, or ValueError is raised."""
        pixels = batch.transpose(0, 2, 3, 1) * np.asarray(self._spec.std) + np.asarray(self._spec.mean)
        crops = list(np.round(pixels * 255.0).astype(np.uint8))
        if not np.array_equal(normalise(crops, self._spec), batch):
            raise ValueError("the normalisation cannot be undone")
        first = len(self.crops)
        self.crops.extend(crops)
        numbers = np.arange(first, len(self.crops), dtype=np.float32)
        return numbers, np.zeros((len(crops), 1, 1), np.float32)


def look(path: Path, detector: Detector, spec: CropSpec, frames: int, view: str | None = None) -> Sighting:
    """Run the serving path on a file, degraded if ``view`` is one of `degradations.DEGRADATIONS`.

    A `MediaError` becomes the sighting's ``error``.
    """
    keeper = CropKeeper(spec)
    model = Model(default_rules(spec), keeper, detector, "onnx", "cpu")
    planned = 0

    def watch(progress: Progress) -> None:
        nonlocal planned
        planned = max(planned, progress.frames_planned)

    try:
        with tempfile.TemporaryDirectory() as folder:
            shown = path if view is None else degradations.degraded_copy(path, view, frames, Path(folder))
            analysis = analyze(shown, model, Options(frames=frames, moments=0), watch)
    except MediaError as error:
        return _sighting(None, planned, keeper, spec, error.code.value)
    return _sighting(analysis, planned, keeper, spec, None)


class SightingCache:
    """A folder of sightings, one file each. Another crop or another version of the detector starts anew."""

    def __init__(
        self, folder: Path, detector: Detector, spec: CropSpec, frames: int, view: str | None = None
    ) -> None:
        self._detector, self._spec, self._frames, self._view = detector, spec, frames, view
        seen_how = {
            "detector": detector.name,
            "frames": frames,
            "code": code_digest(),
            **dataclasses.asdict(spec),
        }
        if view is not None:
            seen_how["view"] = f"{view} {view_digest()}"
        # The crops are kept before normalisation.
        del seen_how["mean"], seen_how["std"]
        text = json.dumps(seen_how, sort_keys=True)
        self.folder = folder / hashlib.sha256(text.encode()).hexdigest()[:12]
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "sightings.json").write_text(text + "\n")

    def get(self, data: Path, file: str) -> Sighting:
        """Return the sighting of ``data / file``, looking only if that was not done before."""
        kept = self.folder / f"{hashlib.sha256(file.encode()).hexdigest()[:24]}.npz"
        if kept.exists():
            return _read(kept)
        sighting = look(data / file, self._detector, self._spec, self._frames, self._view)
        # Several measurements may fill one cache at a time.
        partial = kept.with_name(f".{os.getpid()}.npz")
        arrays: dict[str, Any] = {**_fields(sighting), "error": np.asarray(sighting.error or "")}
        np.savez_compressed(partial, **arrays)
        partial.replace(kept)
        return sighting


def code_digest() -> str:
    """Hash the part of the detector that finds and cuts faces, so that no crop outlives a change to it."""
    package = Path(inspect.getfile(analyze)).parent
    digest = hashlib.sha256()
    for file in sorted(file for pattern in _CODE for file in package.glob(pattern)):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def view_digest() -> str:
    """Hash the code that degrades media."""
    files = (inspect.getfile(degradations), inspect.getfile(codecs))
    return hashlib.sha256(b"".join(Path(file).read_bytes() for file in files)).hexdigest()


def _sighting(
    analysis: Analysis | None, planned: int, keeper: CropKeeper, spec: CropSpec, error: str | None
) -> Sighting:
    persons = sorted(analysis.tracks, key=lambda track: (len(track.person), track.person)) if analysis else []
    # A face's "logit" is its crop's number.
    faces = sorted(
        ((score, place) for place, track in enumerate(persons) for score in track.scores),
        key=lambda item: item[0].logit,
    )
    kept = [round(score.logit) for score, _ in faces]
    crops = (
        np.stack([keeper.crops[i] for i in kept])
        if kept
        else np.zeros((0, spec.size, spec.size, 3), np.uint8)
    )
    return Sighting(
        len(analysis.sample_times_ms) if analysis else 0,
        planned,
        crops,
        np.asarray([place for _, place in faces], np.int64),
        np.asarray([score.face.sample for score, _ in faces], np.int64),
        np.asarray([score.face.size_px for score, _ in faces], np.float32),
        np.asarray([score.face.sharpness for score, _ in faces], np.float32),
        np.asarray([score.face.confidence for score, _ in faces], np.float32),
        error,
    )


def _fields(sighting: Sighting) -> dict[str, Any]:
    return {field.name: getattr(sighting, field.name) for field in dataclasses.fields(sighting)}


def _read(file: Path) -> Sighting:
    with np.load(file, allow_pickle=False) as arrays:
        values: dict[str, Any] = {name: arrays[name] for name in arrays.files}
    values["error"] = str(values["error"]) or None
    values["sampled"], values["planned"] = int(values["sampled"]), int(values["planned"])
    return Sighting(**values)
