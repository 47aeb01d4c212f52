import dataclasses
from functools import partial

import cv2
import numpy as np
import pytest

from detector.contracts import CropSpec
from training.photographs.masks import REGIONS, box_mask, hull_mask, soft_mask
from training.photographs.pack import Pack, Photo
from training.samples.augment import AugmentConfig, draw
from training.samples.blend import KINDS, compose


def test_pixels_outside_the_mask_are_the_targets_own(photo: Photo) -> None:
    mask = soft_mask(photo, "inner", np.random.default_rng(1))
    blended = compose(255 - photo.rgb, photo.rgb, mask)
    assert (blended[mask == 0.0] == photo.rgb[mask == 0.0]).all()
    assert (blended[mask == 1.0] == 255 - photo.rgb[mask == 1.0]).all()
    assert (compose(255 - photo.rgb, photo.rgb, np.zeros_like(mask)) == photo.rgb).all()


@pytest.mark.parametrize("region", REGIONS)
def test_masks_lie_within_the_face(photo: Photo, region: str) -> None:
    reach = round(0.12 * photo.size_px)
    disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1))
    around = cv2.dilate(hull_mask(photo.mesh, photo.rgb.shape), disc) > 0
    for seed in range(4):
        mask = soft_mask(photo, region, np.random.default_rng(seed))
        assert mask.dtype == np.float32
        assert mask.min() >= 0.0
        assert mask.max() <= 1.0
        assert not (mask[~around] > 0.5).any()


def test_the_pasted_box_covers_the_mouth_and_not_the_eyes(photo: Photo) -> None:
    mask = box_mask(photo, np.random.default_rng(0))
    mouth, eyes = photo.mesh[[13, 14]].astype(int), photo.mesh[[159, 386]].astype(int)
    assert (mask[mouth[:, 1], mouth[:, 0]] > 0.9).all()
    assert (mask[eyes[:, 1], eyes[:, 0]] < 0.1).all()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_changes_the_face_and_repeats_itself(pack: Pack, kind: str) -> None:
    row = int(np.flatnonzero(~pack.records["validation"])[0])
    photo, donate = pack[row], partial(pack.donor, row)
    before = photo.rgb.copy()
    fake, again = (KINDS[kind](photo, donate, np.random.default_rng(3)) for _ in range(2))
    assert fake.rgb.shape == photo.rgb.shape
    assert fake.rgb.dtype == np.uint8
    assert (fake.rgb == again.rgb).all()
    assert (photo.rgb == before).all()
    assert (fake.rgb != photo.rgb).any()


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_tells_where_it_is_fake(pack: Pack, kind: str) -> None:
    row = int(np.flatnonzero(~pack.records["validation"])[0])
    photo = pack[row]
    fake = KINDS[kind](photo, partial(pack.donor, row), np.random.default_rng(3))
    assert fake.mask.shape == photo.rgb.shape[:2]
    assert 0.0 <= fake.mask.min() <= fake.mask.max() <= 1.0
    assert fake.mask.max() > 0.5
    if kind.startswith(("lowres", "donor")):
        assert (fake.rgb == photo.rgb)[fake.mask == 0].all()


def test_the_map_of_a_view_follows_the_crop_and_its_flip() -> None:
    mask = np.zeros((200, 200), np.float32)
    mask[:, :100] = 1.0
    box, spec = (50.0, 50.0, 150.0, 150.0), CropSpec(size=160, margin=0.0)
    plan = draw(box, AugmentConfig(scale=(1.0, 1.0), shift=0.0), np.random.default_rng(0))
    straight, turned = (dataclasses.replace(plan, flip=flip).locate(mask, spec, 10) for flip in (False, True))
    assert straight.shape == (10, 10)
    assert (straight[:, :5] > 0.95).all()
    assert (straight[:, 5:] < 0.05).all()
    assert np.allclose(turned, straight[:, ::-1], atol=0.05)
