"""Between searched frames faces are followed: what is searched, and that nobody is lost by it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from detector.contracts import SMALLEST_FACE_PX, Box, Detection, Frame, Image
from detector.faces.follow import Follower

_HEIGHT, _WIDTH = 360, 640
Scene = Callable[[int], list[Box]]
"""The boxes of a frame's faces, by the frame's number."""


def square(x: float, y: float, side: float = 40.0) -> Box:
    return x, y, x + side, y + side


class Finder:
    """Finds all faces of a scene's frame, or those near a place or as large as a sixth of the frame."""

    name = "finder"

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self.searched: dict[int, float] = {}
        self.followed: list[int] = []

    def detect(self, frames: list[Image], smallest_px: float = SMALLEST_FACE_PX) -> list[list[Detection]]:
        self.searched |= {number(frame): smallest_px for frame in frames}
        return [
            [
                Detection(box, 0.99, None)
                for box in self._scene(number(frame))
                if box[2] - box[0] >= smallest_px
            ]
            for frame in frames
        ]

    def follow(
        self, frames: list[Image], places: list[list[Box]], smallest_px: float = SMALLEST_FACE_PX
    ) -> list[list[Detection]]:
        self.followed += [number(frame) for frame in frames]
        return [
            [
                Detection(box, 0.99, None)
                for box in self._scene(number(frame))
                if box[2] - box[0] >= _HEIGHT / 6.0 or any(near(box, place) for place in some)
            ]
            for frame, some in zip(frames, places, strict=True)
        ]


def near(box: Box, place: Box) -> bool:
    return all(abs(a - b) <= place[2] - place[0] for a, b in zip(box, place, strict=True))


def frame(index: int, shade: int = 100, gap_ms: float = 300.0, height: int = _HEIGHT) -> Frame:
    picture = np.full((height, _WIDTH, 3), shade, np.uint8)
    picture[0, 0] = index
    return Frame(index, gap_ms * index, picture)


def number(picture: Image) -> int:
    return int(picture[0, 0, 0])


def look(scene: Scene, frames: list[Frame], group: int = 8) -> tuple[Finder, list[list[Box]]]:
    finder = Finder(scene)
    follower = Follower(finder)
    found = [
        faces
        for start in range(0, len(frames), group)
        for faces in follower.find(frames[start : start + group], 30.0, 35.0)
    ]
    return finder, [[face.box for face in faces] for faces in found]


@pytest.mark.parametrize("group", [1, 3, 4, 8])
def test_a_face_that_moves_is_found_in_every_frame_and_few_are_searched(group: int) -> None:
    def scene(i: int) -> list[Box]:
        return [square(20.0 + 15.0 * i, 100.0 + 40.0 * np.sin(i / 3.0))]

    finder, found = look(scene, [frame(i) for i in range(32)], group)
    assert found == [scene(i) for i in range(32)]
    assert len(finder.searched) == {1: 32, 3: 12, 4: 9, 8: 9}[group]


def test_what_comes_after_a_cut_is_searched() -> None:
    def scene(i: int) -> list[Box]:
        return [square(50.0, 50.0)] if i < 5 else [square(400.0, 200.0), square(200.0, 30.0)]

    finder, found = look(scene, [frame(i, 60 if i < 5 else 190) for i in range(8)])
    assert found == [scene(i) for i in range(8)]
    assert set(finder.searched) == {0, 4, 5, 7}


def test_a_cut_between_like_pictures_is_noticed_by_who_is_missing() -> None:
    def scene(i: int) -> list[Box]:
        return [square(50.0, 50.0)] if i < 2 else [square(500.0, 250.0)]

    _, found = look(scene, [frame(i) for i in range(8)])
    assert found == [scene(i) for i in range(8)]


def test_two_people_who_cross_stay_two() -> None:
    def scene(i: int) -> list[Box]:
        return [square(30.0 + 60.0 * i, 100.0), square(450.0 - 60.0 * i, 104.0)]

    _, found = look(scene, [frame(i) for i in range(8)])
    assert found == [scene(i) for i in range(8)]


def test_a_small_face_that_appears_between_searched_frames_is_followed_back() -> None:
    def scene(i: int) -> list[Box]:
        return [square(100.0, 100.0)] + ([square(400.0, 200.0)] if i >= 2 else [])

    _, found = look(scene, [frame(i) for i in range(8)])
    assert found == [scene(i) for i in range(8)]


def test_a_large_face_is_found_even_if_it_is_gone_at_the_next_searched_frame() -> None:
    def scene(i: int) -> list[Box]:
        return [square(400.0, 100.0, 80.0)] if i == 2 else []

    finder, found = look(scene, [frame(i) for i in range(8)])
    assert found == [scene(i) for i in range(8)]
    assert 2 not in finder.searched


def test_a_face_that_is_lost_is_searched_for() -> None:
    def scene(i: int) -> list[Box]:
        return [square(30.0, 30.0) if i != 6 else square(500.0, 280.0)]

    finder, found = look(scene, [frame(i) for i in range(8)])
    assert found == [scene(i) for i in range(8)]
    assert set(finder.searched) == {0, 4, 6, 7}


def test_what_turns_between_searched_frames_is_lost_in_the_middle_at_most() -> None:
    def scene(i: int) -> list[Box]:
        return [square(30.0 + 14.0 * i * (4 - i) if i < 4 else 30.0, 100.0)]

    finder, found = look(scene, [frame(i) for i in range(8)])
    assert found == [scene(i) for i in range(8)]
    assert set(finder.searched) == {0, 2, 4, 7}


@pytest.mark.parametrize(
    "frames",
    [
        [frame(i, gap_ms=1500.0) for i in range(8)],
        [frame(i, height=_HEIGHT - 2 * (i % 2)) for i in range(8)],
        [frame(i, shade=60 if i % 2 else 190) for i in range(8)],
    ],
    ids=["far apart in time", "of other sizes", "of other shots"],
)
def test_frames_that_are_no_neighbours_are_all_searched(frames: list[Frame]) -> None:
    finder, _ = look(lambda _: [square(30.0, 30.0)], frames)
    assert len(finder.searched) == 8
    assert finder.followed == []


@pytest.mark.parametrize(("side", "others"), [(32.0, 30.0), (60.0, 35.0), (None, 35.0)])
def test_small_faces_are_looked_for_now_and_then_and_everywhere_where_there_are_some(
    side: float | None, others: float
) -> None:
    scene: Scene = lambda _: [] if side is None else [square(30.0, 30.0, side)]  # noqa: E731
    finder, _ = look(scene, [frame(i) for i in range(32)])
    closely = (0, 7, 15, 23, 31)
    assert finder.searched == {i: 30.0 if i in closely else others for i in (0, 4, 7, 11, 15, 19, 23, 27, 31)}


@pytest.mark.parametrize(("first", "last"), [(1, 14), (1, 31), (9, 15)])
def test_a_small_face_is_found_that_comes_after_the_shot_began_and_goes_before_it_ends(
    first: int, last: int
) -> None:
    def scene(i: int) -> list[Box]:
        return [square(30.0, 30.0, 32.0)] if first <= i <= last else []

    _, found = look(scene, [frame(i) for i in range(32)])
    assert found == [scene(i) for i in range(32)]


def test_it_says_from_what_size_all_of_a_group_was_searched() -> None:
    follower = Follower(Finder(lambda i: [square(30.0, 30.0, 32.0)] if 9 <= i <= 15 else []))
    sizes = []
    for start in range(0, 32, 8):
        follower.find([frame(i) for i in range(start, start + 8)], 30.0, 35.0)
        sizes.append(follower.from_px)
    assert sizes == [35.0, 30.0, 30.0, 35.0]


def test_a_cut_is_where_the_picture_becomes_another_however_far_apart_frames_are() -> None:
    follower = Follower(Finder(lambda _: []))
    cuts = []
    for start in (0, 8):
        shades = [60 if i < 11 else 190 for i in range(start, start + 8)]
        follower.find([frame(start + i, shade, gap_ms=1500.0) for i, shade in enumerate(shades)], 30.0, 35.0)
        cuts.append(follower.cuts)
    assert cuts == [[0], [3]]
