"""Halved copies of a frame, and cutting boxes out of them."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from detector.contracts import Image
from detector.faces.halves import cuts, halved, reduced
from detector.faces.mtcnn import Mtcnn
from detector.runtimes.choice import open_runtime


def test_copies_halve_down_to_the_smallest_side() -> None:
    copies = halved(np.zeros((101, 240, 3), np.uint8), 12)
    assert [copy.shape[:2] for copy in copies] == [(101, 240), (50, 120), (25, 60), (12, 30)]


@pytest.mark.parametrize("size", [(512, 512), (300, 290), (40, 41), (700, 600)])
def test_reducing_is_as_good_as_by_area(portrait: Image, size: tuple[int, int]) -> None:
    ours = reduced(halved(portrait, 12), size)
    area = cv2.resize(portrait, size, interpolation=cv2.INTER_AREA if size[0] < 512 else cv2.INTER_LINEAR)
    assert ours.shape == (size[1], size[0], 3)
    assert np.abs(ours.astype(int) - area).mean() < 4.0


@pytest.mark.parametrize("size", [24, 48])
def test_cuts_are_the_boxes_reduced_by_area(portrait: Image, size: int) -> None:
    other = np.ascontiguousarray(portrait[::-1])
    boxes = np.asarray([[31, 41, 90, 110], [11, 21, 400, 450], [200, 200, 230, 225]], np.float32)
    frame = np.asarray([1, 0, 1])
    cut = cuts([halved(portrait, 12), halved(other, 12)], frame, boxes, size)
    for picture, box, which in zip(cut, boxes.astype(int), frame, strict=True):
        whole = (portrait, other)[which][box[1] - 1 : box[3], box[0] - 1 : box[2]]
        flag = cv2.INTER_AREA if whole.shape[0] > size else cv2.INTER_LINEAR
        expected = cv2.resize(whole, (size, size), interpolation=flag)
        assert np.abs(picture.astype(int) - expected).mean() < 4.0


def test_a_box_is_cut_alike_among_many_others(portrait: Image) -> None:
    copies = [halved(portrait, 12), halved(np.ascontiguousarray(portrait[::-1]), 12)]
    random = np.random.default_rng(0)
    corner = random.uniform(0, 400, (200, 2))
    boxes = np.concatenate([corner, corner + random.choice([20, 90, 300], (200, 1))], 1).astype(np.float32)
    frame = random.integers(0, 2, 200)
    together = cuts(copies, frame, boxes, 24)
    for i in range(200):
        alone = cuts(copies, frame[i : i + 1], boxes[i : i + 1], 24)
        np.testing.assert_array_equal(together[i], alone[0])


def test_what_of_a_box_lies_inside_is_stretched(portrait: Image) -> None:
    boxes = np.asarray([[-50, -50, 100, 100], [500, 500, 900, 900], [600, 600, 700, 700]], np.float32)
    cut = cuts([halved(portrait, 12)], np.zeros(3, np.int64), boxes, 24)
    inside = cv2.resize(portrait[:100, :100], (24, 24), interpolation=cv2.INTER_AREA)
    assert np.abs(cut[0].astype(int) - inside).mean() < 4.0
    assert cut.shape == (3, 24, 24, 3)


@pytest.mark.parametrize("shape", [(40, 60_000), (60, 59_000), (33_000, 45)])
def test_long_strips_are_no_fault(shape: tuple[int, int]) -> None:
    noise = np.random.default_rng(0).integers(0, 255, (*shape, 3), np.uint8)
    assert isinstance(Mtcnn(open_runtime("onnx").cascade()).detect([noise])[0], list)
