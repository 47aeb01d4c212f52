import dataclasses

import numpy as np
import pytest
from moving_faces import track

from training.sequence.bursts import LENGTH
from training.sequence.inputs import INPUTS, Motion, as_authentic, as_fake, basis, figures, motion, stacked


def _motion(seed: int = 0, jitter: float = 0.3, frames: int = 12) -> Motion:
    made = track(np.random.default_rng(seed), jitter, frames=frames)
    return motion(made, basis([made], np.random.default_rng(0)))


@pytest.mark.parametrize("inputs", INPUTS)
def test_figures_have_the_length_of_a_burst_whatever_its_frames(inputs: str) -> None:
    some = figures(stacked([_motion()]), INPUTS[inputs])[0]
    assert some.shape[0] == LENGTH
    assert np.isfinite(some).all()
    # Twelve frames are played forth and back.
    if inputs == "features":
        np.testing.assert_array_equal(some[12], some[10])


def test_changes_and_geometry_do_not_see_what_stays() -> None:
    still = _motion()
    frozen = Motion(np.repeat(still.features[:1], LENGTH, 0), np.repeat(still.points[:1], LENGTH, 0))
    np.testing.assert_allclose(
        figures(stacked([frozen]), (*INPUTS["features and geometry"][1:], *INPUTS["changes and shape"])),
        0.0,
        atol=1e-5,
    )


def test_shape_does_not_see_the_head_move() -> None:
    given = _motion()
    walk = np.random.default_rng(1).normal(0.0, 0.1, (LENGTH, 1, 2))
    moved = dataclasses.replace(
        given, points=given.points + np.where(np.arange(7) < 6, 1.0, 0.0)[:, None] * walk
    )
    shape, geometry = (
        np.abs(figures(stacked([moved]), INPUTS[name]) - figures(stacked([given]), INPUTS[name])).max()
        for name in ("shape", "geometry")
    )
    assert shape < 1e-3 < 1.0 < geometry


def test_geometry_depends_on_neither_place_nor_size() -> None:
    rng = np.random.default_rng(0)
    given = track(rng, 0.3)
    of = basis([given], rng)
    moved = dataclasses.replace(given, boxes=given.boxes * 3.0 + 50.0, landmarks=given.landmarks * 3.0 + 50.0)
    np.testing.assert_allclose(motion(moved, of).points, motion(given, of).points, atol=1e-4)


def test_features_are_brought_to_components_of_spread_one() -> None:
    rng = np.random.default_rng(0)
    tracks = [track(rng, 0.3) for _ in range(60)]
    of = basis(tracks, rng)
    components = np.concatenate([of(one.features[::4]) for one in tracks])
    np.testing.assert_allclose(components.std(0), 1.0, atol=0.05)


def test_changes_of_circumstances_keep_frames_in_order_and_parts_of_the_face_together() -> None:
    given = _motion(jitter=0.0, frames=LENGTH)
    both = as_authentic(stacked([given] * 40), np.random.default_rng(0))
    for features, points in zip(both.features, both.points, strict=True):
        # Every frame is one that was there, with the face in the shape that it had.
        order = [int(np.abs(given.features - row).sum(1).argmin()) for row in features]
        np.testing.assert_array_equal(given.features[order], features)
        assert order in (sorted(order), sorted(order, reverse=True))
        shape, before = (some[:, :5] - some[:, :1] for some in (points, given.points[order]))
        assert np.abs(shape - before).max() < 0.05


def test_broken_time_differs_and_is_not_all_of_one_kind() -> None:
    given, other = _motion(), _motion(seed=1)
    kinds = set()
    for seed in range(30):
        made = as_fake(given, other, np.random.default_rng(seed))
        features, points = (
            not np.array_equal(a, b)
            for a, b in ((made.features, given.features), (made.points, given.points))
        )
        assert features or points
        assert made.features.shape == given.features.shape
        kinds.add((features, points))
    assert kinds == {(True, False), (False, True), (True, True)}
