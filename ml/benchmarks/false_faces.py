"""False faces and recall, with and without the second look at what the cascade is not sure of.

    python -m benchmarks.false_faces [--data FOLDER] [--quick]

Pictures without a face (`benchmarks.face_free`) count false faces; of labelled stills and frames of labelled
videos, those faces count as false that neither the reference detector has nor the face mesh confirms. Recall
is of the faces of 48 px or more that both of them have: facenet-pytorch's MTCNN, sure of it, and the mesh.
Since the detector's weights are that MTCNN's, what both miss does not count there. Recall in made groups
(`benchmarks.made_groups`) is of places that are known without any detector.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
from facenet_pytorch import MTCNN

from benchmarks.detection import Finder, Witness, is_there, mesh_witness, share
from benchmarks.face_free import LIKENESSES, face_free
from benchmarks.footage import NoFootageError, find_stills, find_videos, read_still, triples
from benchmarks.made_groups import made_groups
from benchmarks.options import Settings, parse
from benchmarks.reference import detect_faces
from benchmarks.report import Figure, Section, Target, print_section
from detector.contracts import Box, Detection, Image
from detector.faces.mtcnn import Mtcnn, MtcnnSettings
from detector.runtimes.choice import open_runtime

LARGE_PX = 48.0
_SURE = 0.95
_AT_PLACE = 0.3  # IoU of a face with a place: the data set's boxes are wider than the detector's
_RECALL = Target(">=", 0.99)
_STILLS, _VIDEOS, _MADE = 150, 40, 25
_FACE_FREE = "face-free pictures"
_SIDES = ("one look", "with the second look")

Finders = Mapping[str, Finder]


@dataclass(slots=True)
class Count:
    """What both sides found in pictures of one origin."""

    pictures: int = 0
    false: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_SIDES, 0))
    agreed: int = 0  # large faces that the reference and the mesh have, or places of a made group
    found: dict[str, int] = field(default_factory=lambda: dict.fromkeys(_SIDES, 0))

    def add_free(self, picture: Image, finders: Finders) -> None:
        """Count a picture without a face."""
        self.pictures += 1
        for side, find in finders.items():
            self.false[side] += len(find([picture])[0])

    def add_made(self, picture: Image, finders: Finders, places: list[Box]) -> None:
        """Count a picture whose faces lie at ``places``."""
        self.pictures += 1
        self.agreed += len(places)
        for side, find in finders.items():
            faces = find([picture])[0]
            self.found[side] += sum(is_there(place, faces, _AT_PLACE) for place in places)

    def add_labelled(
        self, picture: Image, finders: Finders, reference: list[Detection], witness: Witness
    ) -> None:
        """Count a picture whose faces the reference and the witness know."""
        self.pictures += 1
        sure = [
            face
            for face in reference
            if face.confidence >= _SURE and face.size_px >= LARGE_PX and witness(picture, face)
        ]
        self.agreed += len(sure)
        for side, find in finders.items():
            faces = find([picture])[0]
            self.found[side] += sum(is_there(face.box, faces, 0.4) for face in sure)
            self.false[side] += sum(
                not is_there(face.box, reference, 0.3) and not witness(picture, face) for face in faces
            )


def measure(settings: Settings) -> Section:
    """Measure all of this module's figures."""
    networks = open_runtime("onnx").cascade()
    finders: Finders = {
        _SIDES[0]: Mtcnn(networks, MtcnnSettings(sure=0.0)).detect,
        _SIDES[1]: Mtcnn(networks).detect,
    }
    free = {kind: Count() for kind in (_FACE_FREE, *LIKENESSES)}
    for kind, picture in face_free(2 if settings.quick else _MADE):
        free[kind if kind in LIKENESSES else _FACE_FREE].add_free(picture, finders)
    figures = [figure for kind, count in free.items() for figure in false_figures(kind, count)]
    made, notes = _made(settings, finders)
    figures += made
    witness = mesh_witness()
    notes = [f"{count.pictures} {kind}" for kind, count in free.items()] + notes
    if witness is None:
        notes.append("no recall: no face mesh installed: pip install --no-deps mediapipe")
        return Section("False faces", tuple(figures), tuple(notes))
    for name, pictures in (("labelled stills", stills), ("labelled frames", frames)):
        try:
            count = _labelled(pictures(settings), finders, witness)
        except NoFootageError as reason:
            notes.append(str(reason))
            continue
        figures += [*false_figures(name, count), *recall_figures(name, count)]
        notes.append(f"{count.pictures} {name} with {count.agreed} agreed faces of {LARGE_PX:g} px or more")
    return Section("False faces", tuple(figures), tuple(notes))


def stills(settings: Settings) -> Iterator[Image]:
    """Yield a random choice of the labelled stills, half of them reduced; raises `NoFootageError`."""
    most = _STILLS // 10 if settings.quick else _STILLS
    for position, path in enumerate(find_stills(settings.data, most)):
        picture = read_still(path)
        scale = 1.0 if position % 2 else 0.5
        shown = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        yield np.asarray(shown, np.uint8)


def frames(settings: Settings) -> Iterator[Image]:
    """Yield two frames of each of a choice of the labelled videos; raises `NoFootageError`."""
    videos = find_videos(settings.data)
    for video in videos[:: max(1, len(videos) // (_VIDEOS // 10 if settings.quick else _VIDEOS))]:
        for pictures in triples(video.path, 2):
            yield pictures[1]


def false_figures(name: str, count: Count) -> tuple[Figure, ...]:
    """Return false faces per 1,000 pictures, before and after; a tenth is to be reached."""
    before, after = (1000.0 * count.false[side] / max(1, count.pictures) for side in _SIDES)
    return (
        Figure(f"false faces per 1,000 {name}, {_SIDES[0]}", before, digits=1),
        Figure(f"the same, {_SIDES[1]}", after, target=Target("<=", before / 10.0), digits=1),
    )


def recall_figures(name: str, count: Count, of: str = "agreed faces") -> tuple[Figure, ...]:
    """Return the recall of agreed faces or known places, before and after."""
    before, after = (share(count.found[side], count.agreed) for side in _SIDES)
    return (
        Figure(f"recall of {of} on {name}, {_SIDES[0]}", before, digits=4),
        Figure(f"the same, {_SIDES[1]}", after, target=_RECALL, digits=4),
    )


def _inside(box: Box, picture: Image) -> Box:
    """Return the part of a box within the picture; the reference's boxes reach beyond it."""
    height, width = picture.shape[:2]
    return max(0.0, box[0]), max(0.0, box[1]), min(float(width), box[2]), min(float(height), box[3])


def _made(settings: Settings, finders: Finders) -> tuple[list[Figure], list[str]]:
    """Return the recall in made groups, and what they are or why there are none."""
    figures: list[Figure] = []
    notes: list[str] = []
    try:
        for picture, places in made_groups(settings.data):
            count = Count()
            count.add_made(picture, finders, places)
            name = f"a made group of {count.agreed}"
            figures += recall_figures(name, count, "known places")
            found = " and ".join(f"{count.found[side]} {side}" for side in _SIDES)
            notes.append(f"{name}: {found}")
    except NoFootageError as reason:
        notes.append(str(reason))
    return figures, notes


def _labelled(pictures: Iterator[Image], finders: Finders, witness: Witness) -> Count:
    reference = MTCNN(keep_all=True, device="cpu")
    count = Count()
    for picture in pictures:
        theirs = [
            Detection(_inside(box, picture), confidence, landmarks)
            for box, confidence, landmarks in detect_faces(reference, picture)
        ]
        count.add_labelled(picture, finders, theirs, witness)
    return count


if __name__ == "__main__":
    print_section(measure(parse(__doc__)))
