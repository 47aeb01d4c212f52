"""Restorations by a generator, and the pseudo-fakes that are made of them."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np

from training.photographs.pack import PIXELS, RESTORED, Pack, Photo
from training.photographs.restore import Restorer, restore
from training.samples.blend import KINDS


def test_a_generator_invents_detail_that_enlarging_does_not_have(photo: Photo) -> None:
    x0, y0, x1, y1 = (round(edge) for edge in photo.box)
    face = photo.rgb[y0:y1, x0:x1]
    few = np.asarray(cv2.resize(face, (24, 28), interpolation=cv2.INTER_AREA), np.uint8)
    painted = Restorer().enlarged(few)
    assert painted.shape == (112, 96, 3)
    enlarged = cv2.resize(few, (96, 112), interpolation=cv2.INTER_CUBIC)
    edges = [np.abs(cv2.Laplacian(image, cv2.CV_32F)).mean() for image in (painted, enlarged)]
    assert edges[0] > 1.3 * edges[1]
    assert np.abs(painted.astype(int) - enlarged).mean() < 20.0, "the same face"


def test_restored_photographs_lie_where_the_photographs_do(bare: Path) -> None:
    few = (12, 16)
    pack = Pack(bare)
    assert not pack.has(RESTORED)
    restore(pack, seed=0, workers=2, sides=few)
    first = (bare / RESTORED).read_bytes()
    assert len(first) == (bare / PIXELS).stat().st_size
    for row in range(len(pack)):
        photo = Pack(bare)[row]
        restored = photo.derived(RESTORED)
        assert restored.shape == photo.rgb.shape
        assert abs(restored.mean() - photo.rgb.mean()) < 12.0, "the same photograph"
    restore(pack, seed=0, workers=1, sides=few)
    assert (bare / RESTORED).read_bytes() == first
    restore(pack, seed=1, workers=1, sides=few)
    assert (bare / RESTORED).read_bytes() != first


def test_a_restored_donor_is_the_generators_picture_of_another(pack: Pack) -> None:
    donor = dataclasses.replace(pack[1], derived=lambda _: np.full_like(pack[1].rgb, 200))
    fake = KINDS["restored_donor"](pack[0], lambda _: donor, np.random.default_rng(1))
    inside = fake.mask > 0.9
    assert inside.any()
    assert fake.rgb[inside].std(axis=0).max() < 30.0, "not the donor's own photograph"
    assert (fake.rgb[fake.mask == 0.0] == pack[0].rgb[fake.mask == 0.0]).all()
