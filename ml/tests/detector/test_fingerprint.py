"""A picture's fingerprint stays when the picture is copied, and differs between pictures."""

from __future__ import annotations

import itertools

import cv2
import numpy as np
import pytest
import skimage.data

from detector.contracts import Image
from detector.fingerprint import BITS, Form, distance, fingerprint

MOST = 31  # bits, of the published threshold
ASTRONAUT = 0x2D6B1AF3A956C529E79CA3D2526FA834D4196C81CEDD04DE0A26B855FC99B724
TURNS = {
    Form.UPRIGHT: lambda rgb: rgb,
    Form.TURNED_90: lambda rgb: np.rot90(rgb, -1),
    Form.TURNED_180: lambda rgb: np.rot90(rgb, 2),
    Form.TURNED_270: lambda rgb: np.rot90(rgb, 1),
    Form.MIRRORED: lambda rgb: rgb[:, ::-1],
    Form.MIRRORED_90: lambda rgb: np.rot90(rgb[:, ::-1], -1),
    Form.MIRRORED_180: lambda rgb: np.rot90(rgb[:, ::-1], 2),
    Form.MIRRORED_270: lambda rgb: np.rot90(rgb[:, ::-1], 1),
}


def own(rgb: Image) -> int:
    return fingerprint(np.ascontiguousarray(rgb)).hashes[0]


def pictures() -> list[Image]:
    names = ("astronaut", "coffee", "chelsea", "rocket")
    return [np.ascontiguousarray(getattr(skimage.data, name)(), np.uint8) for name in names]


def jpeg(rgb: Image, quality: int) -> Image:
    _, data = cv2.imencode(".jpg", rgb, [cv2.IMWRITE_JPEG_QUALITY, quality])
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), np.uint8)


def test_the_hash_of_a_known_picture_is_the_published_methods() -> None:
    """The value is what the published Python code gives for the same pixels, bit by bit."""
    found = fingerprint(pictures()[0])
    assert found.hashes[0] == ASTRONAUT
    assert found.quality == 100


@pytest.mark.parametrize("picture", range(4))
def test_a_copy_has_nearly_the_same_hash(picture: int) -> None:
    rgb = pictures()[picture]
    height, width = rgb.shape[:2]
    copies = {
        "halved": cv2.resize(rgb, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
        "a quarter": cv2.resize(rgb, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA),
        "doubled": cv2.resize(rgb, None, fx=2, fy=2, interpolation=cv2.INTER_CUBIC),
        "another shape": cv2.resize(rgb, (width, height // 2), interpolation=cv2.INTER_AREA),
        "recompressed": jpeg(rgb, 20),
        "cropped": rgb[height // 200 : -height // 200, width // 200 : -width // 200],
        "darker": (rgb * 0.7).astype(np.uint8),
    }
    hash_ = own(rgb)
    far = {name: distance(own(np.asarray(copy, np.uint8)), hash_) for name, copy in copies.items()}
    assert {name: bits for name, bits in far.items() if bits > MOST} == {}


def test_other_pictures_have_other_hashes() -> None:
    hashes = [own(rgb) for rgb in pictures()]
    for one, other in itertools.combinations(hashes, 2):
        assert 90 < distance(one, other) < 166
    assert all(one.bit_count() == BITS // 2 for one in hashes), (
        "half of the coefficients are above the median"
    )


@pytest.mark.parametrize("form", Form)
@pytest.mark.parametrize("shape", [(1200, 1600), (333, 217)])
def test_the_hashes_of_all_forms_are_those_of_the_turned_picture(form: Form, shape: tuple[int, int]) -> None:
    rgb = np.asarray(cv2.resize(pictures()[0], shape[::-1]), np.uint8)
    place = list(Form).index(form)
    assert distance(own(TURNS[form](rgb)), fingerprint(rgb).hashes[place]) <= 2


def test_what_is_flat_has_no_quality() -> None:
    grey = np.full((200, 300, 3), 90, np.uint8)
    assert fingerprint(grey).quality == 0
    assert fingerprint(grey[:1, :1]).quality == 0
