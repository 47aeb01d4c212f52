"""Counting found, missed and false faces."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.detection import Tally, figures_of, is_there, overlaps
from detector.contracts import Detection, Image

PICTURES = [np.zeros((200, 300, 3), np.uint8)] * 3


def face(left: float, confidence: float = 0.99, size: float = 50.0) -> Detection:
    return Detection((left, 10.0, left + size, 10.0 + size), confidence, np.zeros((5, 2), np.float32))


def test_overlap_is_intersection_over_union() -> None:
    assert overlaps((0, 10, 50, 60), [face(0), face(25), face(100)]) == pytest.approx([1.0, 1 / 3, 0.0])
    assert not is_there((0, 10, 50, 60), [], 0.3)


def test_recall_counts_large_faces_of_the_reference() -> None:
    tally = Tally()
    reference = [[face(0), face(100, 0.75), face(200, size=20)]] * 3
    tally.add([[face(2)]] * 3, reference, PICTURES, None)
    assert (tally.frames, tally.faces) == (3, {"ours": 3, "reference": 6})
    assert (tally.found, tally.sure, tally.sure_found) == (3, 3, 3)
    assert tally.extra == {"ours": 0, "reference": 3}


def test_a_face_that_lasts_or_that_the_other_side_has_is_supported() -> None:
    tally = Tally()
    flicker, lasting = face(100), face(0)
    tally.add([[lasting, flicker], [lasting], [lasting]], [[], [], []], PICTURES, None)
    assert tally.unsupported == {"ours": 1, "reference": 0}
    tally.add([[flicker], [], []], [[face(102)], [], []], PICTURES, None)
    assert tally.unsupported == {"ours": 1, "reference": 0}


def test_the_witness_is_asked_about_both_sides() -> None:
    def left_half(picture: Image, found: Detection) -> bool:
        return found.box[0] < picture.shape[1] / 2

    tally = Tally()
    tally.add([[face(0), face(200)]] * 3, [[face(0), face(100)]] * 3, PICTURES, left_half)
    assert tally.no_face == {"ours": 3, "reference": 0}
    assert (tally.confirmed, tally.confirmed_found) == (6, 3)


def test_figures_hold_the_bounds() -> None:
    tally = Tally()
    tally.add([[face(0), face(100)]] * 3, [[face(0)]] * 3, PICTURES, None)
    figures = {figure.name: figure for figure in figures_of(tally, False)}
    assert figures["recall of the reference's faces of 40 px or more (IoU 0.5)"].met is True
    assert figures["unsupported faces, ours"].met is True
    assert figures["faces that the other side lacks, ours"].value == 3
