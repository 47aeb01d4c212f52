"""The figures about false faces and tilt: what counts, and that the pictures are what they say."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.face_free import LIKENESSES, face_free
from benchmarks.false_faces import Count, false_figures, recall_figures
from benchmarks.made_groups import Size, group_of
from benchmarks.tilt import Row, figures_of, hits_of, turned
from detector.contracts import Detection, Image
from detector.faces.mtcnn import Mtcnn
from detector.runtimes.choice import open_runtime

PICTURE = np.zeros((200, 300, 3), np.uint8)


def face(left: float, confidence: float = 0.99, size: float = 60.0) -> Detection:
    return Detection((left, 10.0, left + size, 10.0 + size), confidence, np.zeros((5, 2), np.float32))


def finder(*faces: Detection) -> object:
    return lambda frames, smallest_px=40.0: [list(faces)] * len(frames)


def test_every_face_of_a_face_free_picture_is_false() -> None:
    count = Count()
    sides = {"one look": finder(face(0), face(90)), "with the second look": finder()}
    for _ in range(4):
        count.add_free(PICTURE, sides)  # type: ignore[arg-type]
    before, after = false_figures("pictures", count)
    assert (before.value, after.value, after.met) == (2000.0, 0.0, True)


def test_recall_is_of_large_faces_that_reference_and_witness_agree_on() -> None:
    def left_half(picture: Image, found: Detection) -> bool:
        return found.box[0] < picture.shape[1] / 2

    count = Count()
    reference = [face(0), face(70, confidence=0.8), face(140, size=30.0), face(200)]
    sides = {"one look": finder(face(2), face(240)), "with the second look": finder()}
    count.add_labelled(PICTURE, sides, reference, left_half)  # type: ignore[arg-type]
    assert count.agreed == 1
    assert count.found == {"one look": 1, "with the second look": 0}
    assert count.false == {"one look": 1, "with the second look": 0}, "neither side confirms the one at 240"
    before, after = recall_figures("pictures", count)
    assert (before.value, after.value, after.met) == (1.0, 0.0, False)


def test_recall_in_a_made_group_is_of_the_places_of_its_faces(portrait: Image) -> None:
    picture, places = group_of([(portrait, (170.0, 50.0, 280.0, 190.0))] * 6, Size(640, 480, 6, 100))
    finders = {
        "one look": Mtcnn(open_runtime("onnx").cascade()).detect,
        "with the second look": finder(*(Detection(place, 0.99, None) for place in places[:5])),
    }
    count = Count()
    count.add_made(picture, finders, places)  # type: ignore[arg-type]
    assert (count.agreed, count.found) == (6, {"one look": 6, "with the second look": 5})
    assert [figure.met for figure in recall_figures("a group", count, "known places")] == [None, False]


def test_face_free_pictures_come_in_all_kinds_and_the_same_ones_each_time() -> None:
    first, again = list(face_free(1)), list(face_free(1))
    kinds = {kind for kind, _ in first}
    plain = {"photograph", "texture", "foliage", "letters", "objects", "cloth", "scrambled portrait"}
    assert kinds == plain | set(LIKENESSES)
    assert all(picture.dtype == np.uint8 and picture.shape[2] == 3 for _, picture in first)
    assert all(np.array_equal(one[1], other[1]) for one, other in zip(first, again, strict=True))


def test_a_picture_is_turned_counterclockwise() -> None:
    picture = np.zeros((101, 101, 3), np.uint8)
    picture[45:56, 90:101] = 255
    shown = turned(picture, 90.0)
    assert shown[5, 50].min() > 200
    assert np.array_equal(turned(picture, 0.0), picture)


def test_alarms_under_tilt_are_held_against_those_upright() -> None:
    rows = {0: Row(20, (20, 20), (1, 1)), 45: Row(20, (10, 20), (6, 1)), 90: Row(20, (2, 18), (0, 5))}
    figures = {figure.name: figure for figure in figures_of(rows)}
    assert figures["+45 degrees: flagged, plain"].value == pytest.approx(0.6)
    assert figures["+45 degrees: flagged, served"].met is True
    assert figures["+90 degrees: flagged, served"].met is False
    assert figures["+90 degrees: recall, served"].met is True


def test_hits_under_tilt_are_a_share_of_those_upright() -> None:
    figures = {figure.name: figure.value for figure in hits_of({45: Row(20, (12, 16), (12, 10))})}
    assert figures == {"+45 degrees: hits kept, plain": 0.6, "+45 degrees: hits kept, served": 0.5}
