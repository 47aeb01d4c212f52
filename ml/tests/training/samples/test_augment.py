import dataclasses

import numpy as np
import pytest

from detector.contracts import CropSpec
from training.photographs.pack import Photo
from training.samples.appearance import polished
from training.samples.augment import AugmentConfig, draw
from training.samples.codecs import h264, jpeg

SPEC = CropSpec(size=96, margin=0.1)
EVERYTHING = AugmentConfig(colour=1.0, resize=1.0, blur=1.0, noise=1.0, jpeg=1.0, h264=1.0, polish=1.0)


@pytest.mark.parametrize("seed", range(6))
def test_an_untouched_copy_comes_out_equal(photo: Photo, seed: int) -> None:
    plan = draw(photo.box, EVERYTHING, np.random.default_rng(seed))
    real, copy = plan.apply(photo.rgb, SPEC), plan.apply(photo.rgb.copy(), SPEC)
    assert real.shape == (96, 96, 3)
    assert (real == copy).all()


def test_a_local_change_stays_local(photo: Photo) -> None:
    quiet = AugmentConfig(resize=1.0, blur=1.0, noise=1.0, jpeg=0.0, h264=0.0, shift=0.0)
    plan = draw(photo.box, quiet, np.random.default_rng(0))
    fake = photo.rgb.copy()
    x, y = (int(value) for value in photo.mesh[4])
    fake[y - 4 : y + 4, x - 4 : x + 4] ^= 255
    changed = (plan.apply(photo.rgb, SPEC) != plan.apply(fake, SPEC)).any(axis=2)
    assert changed.any()
    assert changed.mean() < 0.1


def test_plans_differ_between_seeds_and_not_within(photo: Photo) -> None:
    first, again, other = (draw(photo.box, AugmentConfig(), np.random.default_rng(s)) for s in (1, 1, 2))
    assert first == again
    assert first != other


@pytest.mark.parametrize("moves", [(), ((1, 0), (2, -1))])
def test_h264_keeps_shape_and_content(photo: Photo, moves: tuple[tuple[int, int], ...]) -> None:
    image = photo.rgb[:131, :133]
    fine, coarse = h264(image, 18, moves), h264(image, 40, moves)
    assert fine.shape == image.shape
    error, coarse_error = (np.abs(out.astype(int) - image).mean() for out in (fine, coarse))
    assert error < 5.0
    assert error < coarse_error < 25.0


def test_jpeg_keeps_colours(photo: Photo) -> None:
    error = jpeg(photo.rgb, 95).astype(int) - photo.rgb
    assert np.abs(error.mean(axis=(0, 1))).max() < 1.0


def test_a_rectangle_hides_real_fake_and_map_alike(photo: Photo) -> None:
    config = AugmentConfig(erase=1.0, erased=(0.1, 0.1))
    plan = draw(photo.box, config, np.random.default_rng(2))
    assert plan.hidden is not None
    bare = dataclasses.replace(plan, hidden=None)
    covered = (plan.apply(photo.rgb, SPEC) != bare.apply(photo.rgb, SPEC)).any(axis=2)
    assert 0.05 < covered.mean() <= 0.12
    level = plan.apply(photo.rgb, SPEC)[covered]
    assert (level == plan.hidden.level).all()
    everywhere = np.ones(photo.rgb.shape[:2], np.float32)
    lost = bare.locate(everywhere, SPEC, 96) - plan.locate(everywhere, SPEC, 96)
    assert 0.05 < lost.mean() <= 0.12
    assert (lost[covered] > 0.0).mean() > 0.9


def test_hiding_nothing_draws_nothing(photo: Photo) -> None:
    rngs = [np.random.default_rng(4), np.random.default_rng(4)]
    off, on = (draw(photo.box, AugmentConfig(erase=e), rng) for e, rng in zip((0.0, 1.0), rngs, strict=True))
    assert dataclasses.replace(on, hidden=None) == off
    assert rngs[0].random() != rngs[1].random()


def test_polish_takes_grain_and_keeps_edges() -> None:
    rng = np.random.default_rng(0)
    picture = np.where(np.arange(64)[None, :, None] < 32, 80, 180) + rng.normal(0.0, 4.0, (64, 64, 3))
    grainy = np.asarray(np.clip(picture, 0, 255), np.uint8)
    out = polished(grainy, 30.0, 0.0)
    assert out[:, :24].std() < 0.5 * grainy[:, :24].std()
    steps = [np.abs(np.diff(image.astype(int), axis=1)).max(axis=1).mean() for image in (grainy, out)]
    assert steps[1] > 0.8 * steps[0]
    sharp = polished(grainy, 30.0, 1.0).mean(axis=(0, 2))
    assert sharp[31] < out.mean(axis=(0, 2))[31]
    assert sharp[32] > out.mean(axis=(0, 2))[32]


def test_polishing_nothing_draws_nothing(photo: Photo) -> None:
    off, on = (
        draw(photo.box, dataclasses.replace(EVERYTHING, polish=share), np.random.default_rng(4))
        for share in (0.0, 1.0)
    )
    assert off.polish is None
    assert on.polish is not None
    assert dataclasses.replace(on, polish=None) == off
