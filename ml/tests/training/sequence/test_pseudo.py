import numpy as np
import pytest
from moving_faces import burst

from training.sequence.pseudo import AUTHENTIC, FAKES, drift, jumps, near, part_mask


@pytest.mark.parametrize("kind", FAKES)
def test_a_pseudo_fake_changes_the_face_and_nothing_around_it(kind: str) -> None:
    given, other = burst(), burst(seed=1)
    made = FAKES[kind](given, other, np.random.default_rng(0))
    changed = [
        np.abs(a.astype(int) - b).max(-1) > 0 for a, b in zip(made.pictures, given.pictures, strict=True)
    ]
    assert sum(bool(where.any()) for where in changed) >= len(changed) // 2
    for where, (left, top, right, bottom) in zip(changed, given.boxes.astype(int), strict=True):
        where[max(0, top - 45) : bottom + 45, max(0, left - 45) : right + 45] = False
        assert not where.any()
    again = FAKES[kind](given, other, np.random.default_rng(0))
    assert all(np.array_equal(a, b) for a, b in zip(made.pictures, again.pictures, strict=True))


def test_a_drift_is_steady_and_jumps_are_not() -> None:
    def step(changes: np.ndarray) -> float:
        return float(np.abs(np.diff(changes, axis=0)).mean() / np.abs(changes).mean())

    seeds = range(5)
    slow, fast = ([step(way(16, np.random.default_rng(seed))) for seed in seeds] for way in (drift, jumps))
    assert max(slow) < min(fast)


def test_a_mouth_of_another_moment_brings_its_corners_along() -> None:
    given, other = burst(), burst(seed=1)
    other.landmarks[:, 3:, 1] += 6.0
    made = FAKES["mouth of another moment"](given, other, np.random.default_rng(0))
    np.testing.assert_allclose(made.landmarks[:, 3:, 1] - given.landmarks[:, 3:, 1], 6.0, atol=0.5)
    np.testing.assert_array_equal(made.landmarks[:, :3], given.landmarks[:, :3])


def test_held_eyes_stay_those_of_the_first_frame() -> None:
    given = burst()
    for picture in given.pictures[1:]:
        picture[...] = 0
    made = FAKES["eyes held"](given, given, np.random.default_rng(0))
    x, y = given.landmarks[-1, :2].mean(0).round().astype(int).tolist()
    eyes = made.pictures[-1][y - 2 : y + 3, x - 10 : x + 10]
    assert eyes.mean() > 60
    assert made.pictures[-1][y + 60 :].max() == 0


def test_compression_keeps_the_track_and_the_picture() -> None:
    given = near(burst())
    made = AUTHENTIC["compressed"](given, given, np.random.default_rng(0))
    assert [one.shape for one in made.pictures] == [one.shape for one in given.pictures]
    assert not np.array_equal(made.pictures[0], given.pictures[0])
    np.testing.assert_array_equal(made.landmarks, given.landmarks)


def test_the_neighbourhood_keeps_pixels_and_moves_the_track() -> None:
    given = burst()
    close = near(given)
    left, top = (given.boxes[0, :2] - close.boxes[0, :2]).round().astype(int)
    height, width = close.pictures[0].shape[:2]
    np.testing.assert_array_equal(
        close.pictures[0], given.pictures[0][top : top + height, left : left + width]
    )
    np.testing.assert_allclose(given.landmarks - close.landmarks - np.asarray((left, top)), 0.0, atol=1e-3)


def test_a_mask_lies_on_its_part() -> None:
    marks = burst().landmarks[0]
    masks = {part: part_mask((160, 200), marks, part, 1.0) for part in ("face", "mouth", "eyes")}
    (mouth_x, mouth_y), (eye_x, eye_y) = marks[3:].mean(0).astype(int), marks[:2].mean(0).astype(int)
    assert masks["mouth"][mouth_y, mouth_x] > 0.9 > 0.1 > masks["mouth"][eye_y, eye_x]
    assert masks["eyes"][eye_y, eye_x] > 0.9 > 0.1 > masks["eyes"][mouth_y, mouth_x]
    assert masks["face"][mouth_y, mouth_x] > 0.7
    assert masks["face"].sum() > masks["mouth"].sum() + masks["eyes"].sum()
