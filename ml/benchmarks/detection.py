"""Face detection against the reference detector, on frames of real videos.

    python -m benchmarks.detection [--data FOLDER] [--quick]

The reference is facenet-pytorch's MTCNN on whole frames, which has false faces of its own, so being found by
it does not make a face. Two witnesses say which faces are false, and both are asked about both sides:

- time and the other side: a detection is *unsupported* when the other detector has none there in the same
  frame and its own detector has none there in the frames up to two tenths of a second away (IoU 0.3);
- a third network: MediaPipe's face mesh, which estimates whether its input is a face, gives the
  place less than one half (only where its file is installed).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
from facenet_pytorch import MTCNN

from benchmarks.footage import NoFootageError, find_videos, triples
from benchmarks.options import Settings, parse
from benchmarks.reference import detect_faces
from benchmarks.report import Figure, Section, Target, print_section
from detector.contracts import Box, Detection, Floats, Image
from detector.faces.mtcnn import Mtcnn
from detector.runtimes.choice import open_runtime
from training.photographs.landmarks import FaceMesh, MeshUnavailableError

SMALLEST_PX = 40.0
_SURE = 0.9
_SAME_FACE, _SAME_PLACE = 0.5, 0.3  # IoU
_RECALL = Target(">=", 0.98)

Found = list[Detection]
Finder = Callable[[list[Image]], list[Found]]
Witness = Callable[[Image, Detection], bool]


@dataclass(slots=True)
class Tally:
    """Counts over frames."""

    frames: int = 0
    faces: dict[str, int] = field(default_factory=lambda: {"ours": 0, "reference": 0})
    extra: dict[str, int] = field(default_factory=lambda: {"ours": 0, "reference": 0})
    unsupported: dict[str, int] = field(default_factory=lambda: {"ours": 0, "reference": 0})
    no_face: dict[str, int] = field(default_factory=lambda: {"ours": 0, "reference": 0})
    found: int = 0  # of the reference's faces, those that ours has too
    sure: int = 0
    sure_found: int = 0
    confirmed: int = 0  # of the reference's faces, those that the third network confirms
    confirmed_found: int = 0

    def add(
        self,
        ours: Sequence[Found],
        reference: Sequence[Found],
        pictures: Sequence[Image],
        witness: Witness | None,
    ) -> None:
        """Count one moment: the detections of both sides in its three frames."""
        self.frames += len(pictures)
        for i, picture in enumerate(pictures):
            self._count("ours", i, ours, reference, picture, witness)
            self._count("reference", i, reference, ours, picture, witness)
            for face in large(reference[i]):
                hit = is_there(face.box, ours[i], _SAME_FACE)
                self.found += hit
                self.sure += face.confidence >= _SURE
                self.sure_found += face.confidence >= _SURE and hit
                if witness is not None and witness(picture, face):
                    self.confirmed += 1
                    self.confirmed_found += hit

    def _count(
        self,
        side: str,
        i: int,
        mine: Sequence[Found],
        others: Sequence[Found],
        picture: Image,
        witness: Witness | None,
    ) -> None:
        for face in large(mine[i]):
            self.faces[side] += 1
            self.extra[side] += not is_there(face.box, others[i], _SAME_FACE)
            lasting = any(is_there(face.box, mine[j], _SAME_PLACE) for j in range(len(mine)) if j != i)
            self.unsupported[side] += not lasting and not is_there(face.box, others[i], _SAME_PLACE)
            if witness is not None:
                self.no_face[side] += not witness(picture, face)


def measure(settings: Settings) -> Section:
    """Measure all of this module's figures."""
    title = "Face detection: ours against facenet-pytorch's MTCNN on whole frames"
    try:
        videos = find_videos(settings.data)
    except NoFootageError as reason:
        return Section(title, notes=(str(reason),))
    reference = MTCNN(keep_all=True, device="cpu")
    finder = Mtcnn(open_runtime("onnx").cascade()).detect
    witness = mesh_witness()
    tally = Tally()
    for video in videos[::10] if settings.quick else videos:
        for pictures in triples(video.path, 2):
            theirs = [[Detection(*face) for face in detect_faces(reference, picture)] for picture in pictures]
            tally.add(finder(pictures), theirs, pictures, witness)
    return Section(
        title, figures_of(tally, witness is not None), notes_of(tally, len(videos), witness is not None)
    )


def figures_of(tally: Tally, witnessed: bool) -> tuple[Figure, ...]:
    """Turn counts into figures."""
    name = f"of {SMALLEST_PX:g} px or more"
    figures = [
        Figure(
            f"recall of the reference's faces {name} (IoU {_SAME_FACE:g})",
            share(tally.found, tally.faces["reference"]),
            target=_RECALL,
            digits=4,
        ),
        Figure(
            f"recall of those it gives {_SURE:g} or more",
            share(tally.sure_found, tally.sure),
            target=_RECALL,
            digits=4,
        ),
    ]
    if witnessed:
        figures.append(
            Figure(
                "recall of those the face mesh confirms",
                share(tally.confirmed_found, tally.confirmed),
                target=_RECALL,
                digits=4,
            )
        )
    figures += _pair("faces", tally.faces, None)
    figures += _pair("faces that the other side lacks", tally.extra, None)
    figures += _pair("unsupported faces", tally.unsupported, "<=")
    if witnessed:
        figures += _pair("faces that the face mesh does not confirm", tally.no_face, "<=")
    return tuple(figures)


def notes_of(tally: Tally, videos: int, witnessed: bool) -> tuple[str, ...]:
    """Say what was looked at."""
    notes = (f"{tally.frames} frames of {videos} videos; counts are of faces {SMALLEST_PX:g} px or larger",)
    return notes if witnessed else (*notes, "no face mesh installed: pip install --no-deps mediapipe")


def mesh_witness() -> Witness | None:
    """Return what confirms a face by the third network; None where its file is not installed."""
    try:
        mesh = FaceMesh()
    except MeshUnavailableError:
        return None

    def confirms(picture: Image, face: Detection) -> bool:
        if face.landmarks is None:
            return False
        return mesh.locate(picture, face.box, face.landmarks[:2])[1] >= 0.5

    return confirms


def large(faces: Found) -> Found:
    """Keep the faces that count."""
    return [face for face in faces if face.size_px >= SMALLEST_PX]


def is_there(box: Box, faces: Found, least: float) -> bool:
    """Return whether some face overlaps ``box`` by an IoU of at least ``least``."""
    return bool(faces) and float(overlaps(box, faces).max()) >= least


def overlaps(box: Box, faces: Found) -> Floats:
    """Return the intersection over union of ``box`` with each face, ``(N,)``."""
    others = np.asarray([face.box for face in faces], np.float32)
    one = np.asarray(box, np.float32)
    sides = np.minimum(one[2:], others[:, 2:]) - np.maximum(one[:2], others[:, :2])
    shared = np.maximum(sides, 0.0).prod(axis=1)
    area = (one[2:] - one[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(axis=1)
    return np.asarray(shared / (area - shared), np.float32)


def share(part: float, whole: float) -> float:
    """Return ``part / whole``; 1 where there was nothing to find."""
    return part / whole if whole else 1.0


def _pair(name: str, counts: dict[str, int], sign: str | None) -> list[Figure]:
    target = Target("<=", counts["reference"]) if sign else None
    return [
        Figure(f"{name}, ours", counts["ours"], target=target, digits=0),
        Figure(f"{name}, reference", counts["reference"], digits=0),
    ]


if __name__ == "__main__":
    print_section(measure(parse(__doc__)))
