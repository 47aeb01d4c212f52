"""The faces that the serving path finds in a file, linked to persons, and their crops: all before the scorer.

Decoding and face detection cost far more than scoring and do not depend on the weights. They are done once
per file by `detector.see`, as in serving, and kept in a folder; any number of weights can then be measured on
the very crops that serving would have scored.
"""

from __future__ import annotations

import dataclasses
import hashlib
import inspect
import json
import os
import tempfile
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from detector.bundle import file_sha256
from detector.contracts import CropSpec, Detector, Face, Floats, Image, Limits, MediaError
from detector.faces import tracks
from detector.media import open_media
from detector.see import see
from training.evaluation import degradations, worn
from training.samples import codecs

# The part of the package that decides which faces are found; the rest comes after the crops.
_CODE = ("media/*.py", "faces/*.py", "cascade/*", "see.py", "prefetch.py")
_NOT_SEEN = "preview.py"  # makes what browsers play, of the same package


@dataclass(frozen=True, slots=True)
class FoundFaces:
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


def find_faces(
    path: Path, detector: Detector, spec: CropSpec, frames: int, degradation: str | None = None
) -> FoundFaces:
    """See a file as serving does, degraded if ``degradation`` is one of `degradations.DEGRADATIONS`.

    A `MediaError` becomes their ``error``.
    """
    planned = 0
    signatures: list[Floats] = []
    faces: list[Face] = []
    crops: list[Image] = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            shown = (
                path
                if degradation is None
                else degradations.degraded_copy(path, degradation, frames, Path(folder))
            )
            with (
                open_media(shown, frames, Limits()) as media,
                closing(see(media, detector, spec)) as frames_seen,
            ):
                planned = media.planned
                for seen in frames_seen:
                    signatures.append(tracks.signature(seen.frame.rgb))
                    faces.extend(seen.faces)
                    crops.extend(seen.crops)
    except MediaError as error:
        return _found(0, planned, [], [], [], spec, error.code.value)
    return _found(len(signatures), planned, faces, crops, tracks.link(faces, signatures), spec)


class FaceCache:
    """A folder with the faces of each file, by its content: a file that was replaced is seen anew.

    Another crop or another version of the detector starts anew.
    """

    def __init__(
        self, folder: Path, detector: Detector, spec: CropSpec, frames: int, degradation: str | None = None
    ) -> None:
        self._detector, self._spec, self._frames, self._degradation = detector, spec, frames, degradation
        found_how = {
            "detector": detector.name,
            "frames": frames,
            "code": code_digest(),
            **dataclasses.asdict(spec),
        }
        if degradation is not None:
            found_how["degradation"] = f"{degradation} {degradation_digest()}"
        # The crops are kept before normalisation.
        del found_how["mean"], found_how["std"]
        text = json.dumps(found_how, sort_keys=True)
        self.folder = folder / hashlib.sha256(text.encode()).hexdigest()[:12]
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "faces.json").write_text(text + "\n")

    def get(self, data: Path, file: str, digest: str | None = None) -> FoundFaces:
        """Return the faces of ``data / file``, finding them only if that was not done before.

        ``digest`` is its `content_digest`, where that is known.
        """
        digest = content_digest(data / file) if digest is None else digest
        if not digest:  # which is noted as the file's error
            return find_faces(data / file, self._detector, self._spec, self._frames, self._degradation)
        kept = self.folder / f"{digest}.npz"
        if kept.exists():
            return _read(kept)
        found = find_faces(data / file, self._detector, self._spec, self._frames, self._degradation)
        # Several measurements may fill one cache at a time.
        partial = kept.with_name(f".{os.getpid()}.npz")
        arrays: dict[str, Any] = {**_fields(found), "error": np.asarray(found.error or "")}
        np.savez_compressed(partial, **arrays)
        partial.replace(kept)
        return found


def content_digest(file: Path) -> str:
    """Identify what a file holds, whatever it is called: the first half of its SHA-256; "" if unreadable."""
    try:
        return file_sha256(file)[:32]
    except OSError:
        return ""


def code_digest() -> str:
    """Hash the part of the detector that finds and cuts faces, so that no older crops are used."""
    package = Path(inspect.getfile(see)).parent
    digest = hashlib.sha256()
    found = (file for pattern in _CODE for file in package.glob(pattern) if file.name != _NOT_SEEN)
    for file in sorted(found):
        digest.update(file.read_bytes())
    return digest.hexdigest()


def degradation_digest() -> str:
    """Hash the code that degrades media."""
    files = map(inspect.getfile, (degradations, worn, codecs))
    return hashlib.sha256(b"".join(Path(file).read_bytes() for file in files)).hexdigest()


def _found(
    sampled: int,
    planned: int,
    faces: list[Face],
    crops: list[Image],
    persons: list[list[int]],
    spec: CropSpec,
    error: str | None = None,
) -> FoundFaces:
    person = np.zeros(len(faces), np.int64)
    for place, positions in enumerate(persons):
        person[positions] = place
    return FoundFaces(
        sampled,
        planned,
        np.stack(crops) if crops else np.zeros((0, spec.size, spec.size, 3), np.uint8),
        person,
        np.asarray([face.sample for face in faces], np.int64),
        np.asarray([face.size_px for face in faces], np.float32),
        np.asarray([face.sharpness for face in faces], np.float32),
        np.asarray([face.confidence for face in faces], np.float32),
        error,
    )


def _fields(found: FoundFaces) -> dict[str, Any]:
    return {field.name: getattr(found, field.name) for field in dataclasses.fields(found)}


def _read(file: Path) -> FoundFaces:
    with np.load(file, allow_pickle=False) as arrays:
        values: dict[str, Any] = {name: arrays[name] for name in arrays.files}
    values["error"] = str(values["error"]) or None
    values["sampled"], values["planned"] = int(values["sampled"]), int(values["planned"])
    return FoundFaces(**values)
