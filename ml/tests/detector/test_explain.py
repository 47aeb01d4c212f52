"""Overlays on the real pixels, and the choice of the moments that are shown."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from detector import explain
from detector.aggregate import AggregationRule
from detector.calibrate import Calibration, DecisionRule
from detector.conclude import Rules
from detector.contracts import (
    CropSpec,
    Decision,
    Face,
    FaceScore,
    Frame,
    Image,
    Reason,
    Trace,
    Track,
    Verdict,
)
from detector.gallery import Gallery, Pick
from detector.show import show

SPEC = CropSpec(size=32)


def scored(sample: int, logit: float, time: float, place: int = 0) -> FaceScore:
    left = 10.0 + 60.0 * place
    box = (left, 10.0, left + 50.0, 60.0)
    face = Face(
        1000 * sample + place,
        sample,
        sample,
        time,
        box,
        0.99,
        None,
        50.0,
        0.4,
        np.zeros((64, 64, 3), np.uint8),
    )
    return FaceScore(face, (logit,), np.ones((1, 5, 5), np.float32), np.zeros(8, np.float32))


def offer(gallery: Gallery, sample: int, time: float, *logits: float) -> list[FaceScore]:
    scores = [scored(sample, x, time, i) for i, x in enumerate(logits)]
    picture = np.full((90, 160, 3), sample, np.uint8)
    gallery.offer(Frame(sample, time, picture), scores, [np.zeros((32, 32, 3), np.uint8)] * len(scores))
    return scores


def test_a_faces_logit_and_map_are_those_of_its_strongest_trace() -> None:
    maps = np.stack([np.zeros((5, 5), np.float32), np.ones((5, 5), np.float32)])
    face = replace(scored(0, 0.0, 0.0), logits=(-1.0, 2.0), maps=maps)
    assert (face.logit, face.strongest) == (2.0, 1)
    assert face.cam.all()
    assert not replace(face, logits=(2.0, 2.0)).cam.any(), "of equal ones the first"


def test_rectified_keeps_what_speaks_for_manipulation() -> None:
    cam = np.asarray([[-1.0, 0.5], [2.0, 0.0]], np.float32)
    assert explain.rectified(cam).tolist() == [[0.0, 0.25], [1.0, 0.0]]
    assert not explain.rectified(-np.ones((3, 3), np.float32)).any()


def test_pixels_without_influence_stay_as_they_are(portrait: Image) -> None:
    crop = portrait[:160, :160]
    cam = np.zeros((5, 5), np.float32)
    cam[2, 2] = 3.0
    drawn = explain.overlay_crop(crop, cam)
    assert drawn.shape == (186, 160, 3)
    assert np.array_equal(drawn[:20, :20], crop[:20, :20])
    assert np.abs(drawn[75:85, 75:85].astype(int) - crop[75:85, 75:85]).mean() > 20


def test_a_map_without_influence_changes_nothing(portrait: Image) -> None:
    crop = portrait[:160, :160]
    assert np.array_equal(explain.overlay_crop(crop, -np.ones((5, 5), np.float32))[:160], crop)


@pytest.mark.parametrize("scale", [1.0, 0.5])
def test_the_map_lies_where_the_crop_was_cut(scale: float) -> None:
    size = (round(200 * scale), round(300 * scale))
    picture = np.full((*size, 3), 128, np.uint8)
    cam = np.zeros((5, 5), np.float32)
    cam[4, 4] = 1.0  # the crop's lower right corner
    spec = CropSpec(size=100, margin=0.0)
    drawn = explain.overlay_frame(picture, scale, (100.0, 50.0, 200.0, 150.0), None, cam, spec, "A")
    changed = np.abs(drawn.astype(int) - 128).sum(axis=2) > 40
    inner = changed.copy()
    inner[: round(120 * scale)] = False  # the label and the box's upper edge
    inner[:, : round(110 * scale)] = False  # its left edge
    ys, xs = np.nonzero(inner[: round(142 * scale), : round(192 * scale)])
    assert (ys.mean() / scale, xs.mean() / scale) == pytest.approx((134, 184), abs=9)


@pytest.mark.parametrize("left", [-20.0, 30.0, 180.0])
def test_a_box_and_its_label_are_drawn_where_they_are_within_the_picture(left: float) -> None:
    picture, cam = np.full((120, 200, 3), 200, np.uint8), -np.ones((4, 4), np.float32)
    box = (left, 40.0, left + 80.0, 110.0)
    drawn = explain.overlay_frame(picture, 1.0, box, None, cam, CropSpec(size=64), "A  84 %")
    rows, columns = np.nonzero((drawn != picture).any(axis=2))
    assert (rows.max(), columns.max()) == (110, min(199, round(left) + 80))
    assert rows.min() < 40
    assert columns.min() == max(0, round(left))
    assert (picture == 200).all()


def test_colours_grow_lighter_with_influence() -> None:
    """Cividis is ordered by lightness, so it reads the same without colour vision."""
    bar = explain.overlay_crop(np.zeros((64, 64, 3), np.uint8), np.ones((2, 2), np.float32))[64:72]
    lightness = bar.astype(float).mean(axis=0) @ [0.2126, 0.7152, 0.0722]
    assert (np.diff(lightness) > -2.0).all()
    assert lightness[-1] - lightness[0] > 120


def test_moments_are_spread_over_time_and_the_most_suspicious_of_their_time() -> None:
    gallery = Gallery(16_000.0, SPEC)
    everyone: list[FaceScore] = []
    for sample in range(160):
        everyone += offer(gallery, sample, sample * 100.0, 5.0 if 80 <= sample < 90 else sample / 200.0)
    chosen = gallery.pick({score.index: "A" for score in everyone}, "A", 5)
    times = sorted(kept.scores[0].face.timestamp_ms for kept, _ in chosen)
    assert len(times) == 5
    assert sum(8000 <= t < 9000 for t in times) == 1, "ten high neighbours are one moment"
    assert chosen[0][0].scores[0].logit == 5.0


def test_moments_follow_the_person_of_the_verdict_first_and_show_everybody() -> None:
    gallery = Gallery(4000.0, SPEC)
    seen = [offer(gallery, s, s * 1000.0, 1.0 + s, 9.0 - s) for s in range(3)]
    letters = {score.index: letter for pair in seen for score, letter in zip(pair, "AB", strict=True)}
    chosen = gallery.pick(letters, "A", 3)
    assert logits(chosen) == [3.0, 2.0, 9.0], "two of A in their own frames, and the highest of B"
    assert logits(gallery.pick(letters, "A", 1)) == [3.0]


def test_who_is_in_no_other_frame_shares_one() -> None:
    gallery = Gallery(4000.0, SPEC)
    (first, second), (third,) = offer(gallery, 0, 0.0, 5.0, 1.0), offer(gallery, 1, 1000.0, 2.0)
    letters = {first.index: "A", second.index: "B", third.index: "A"}
    assert logits(gallery.pick(letters, "A", 2)) == [5.0, 1.0]


@pytest.mark.parametrize(("side", "expected"), [(50.0, 70), (1000.0, 768)])
def test_a_face_is_kept_at_the_size_that_it_has_in_the_file(side: float, expected: int) -> None:
    gallery = Gallery(1000.0, SPEC)
    score = scored(0, 1.0, 0.0)
    face = replace(score.face, box=(100.0, 100.0, 100.0 + side, 100.0 + side))
    frame = Frame(0, 0.0, np.zeros((1500, 1500, 3), np.uint8))
    gallery.offer(frame, [replace(score, face=face)], [np.zeros((32, 32, 3), np.uint8)])
    ((kept, position),) = gallery.pick({score.index: "A"}, "A", 1)
    assert kept.faces[position].shape == (expected, expected, 3)


def logits(chosen: list[Pick]) -> list[float]:
    return [kept.scores[position].logit for kept, position in chosen]


def test_every_face_of_a_still_can_be_shown() -> None:
    gallery = Gallery(0.0, SPEC)
    scores = offer(gallery, 0, 0.0, 1.0, 3.0, 2.0)
    letters = {score.index: letter for score, letter in zip(scores, "ABC", strict=True)}
    assert logits(gallery.pick(letters, "A", 5)) == [1.0, 3.0, 2.0]


@pytest.mark.parametrize("turn", [1, -1])
def test_what_is_kept_does_not_depend_on_the_order_in_which_frames_come(turn: int) -> None:
    gallery = Gallery(1600.0, SPEC)
    frames = [(0, 1.0), (1, 3.0), (2, 3.0), (3, 2.0), (4, 3.0)][::turn]
    letters = {score.index: "A" for sample, x in frames for score in offer(gallery, sample, 60.0 * sample, x)}
    assert [kept.scores[0].face.sample for kept, _ in gallery.pick(letters, "A", 5)] == [1, 2, 4]


def test_memory_is_bounded_by_bins_and_frames_are_reduced() -> None:
    gallery = Gallery(1000.0, SPEC)
    for sample in range(200):
        frame = Frame(sample, sample * 5.0, np.zeros((1440, 2560, 3), np.uint8))
        gallery.offer(frame, [scored(sample, float(sample), sample * 5.0)], [np.zeros((8, 8, 3), np.uint8)])
    chosen = gallery.pick({1000 * sample: "A" for sample in range(200)}, None, 1000)
    assert len(chosen) == 16
    assert {kept.picture.shape for kept, _ in chosen} == {(720, 1280, 3)}
    assert chosen[0][0].scale == 0.5


@pytest.mark.parametrize("side", [128, 160, 224])
def test_the_words_below_the_scale_do_not_touch(side: int) -> None:
    drawn = explain.overlay_crop(np.zeros((side, side, 3), np.uint8), np.full((4, 4), 12.3, np.float32))
    words = drawn[side + 9 :].max(axis=(0, 2)) > 128
    columns = np.flatnonzero(words)
    assert int(np.diff(columns).max()) > 6, "a gap wider than one between letters"


@pytest.mark.parametrize(
    ("verdict", "estimate", "one_frame", "written"),
    [
        (Verdict.MANIPULATED, 0.9, True, "A  95 %"),
        (Verdict.INCONCLUSIVE, None, False, "A"),
        (Verdict.INCONCLUSIVE, 0.5, False, "A  95 %"),
        (Verdict.INCONCLUSIVE, 0.5, True, "A"),
    ],
)
def test_no_score_is_drawn_of_somebody_whose_estimate_is_withheld(
    verdict: Verdict, estimate: float | None, one_frame: bool, written: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    def overlay(picture: Image, *drawing: Any) -> Image:
        drawn.append(drawing[-1])
        return picture

    monkeypatch.setattr(explain, "overlay_frame", overlay)
    gallery = Gallery(0.0, SPEC)
    scores = offer(gallery, 0, 0.0, 3.0)
    decision = Decision(verdict, estimate, None, (Reason.TOO_BLURRED,), "A")
    person = Track("A", tuple(scores), 3.0, Trace.BLENDING, (3.0,), 0.95, decision, 0.0)
    rules = Rules(
        SPEC,
        AggregationRule(),
        Calibration(slope=1.0, intercept=0.0, base_rate=0.5, files=100),
        DecisionRule(),
        (Trace.BLENDING,),
    )
    (moment,) = show(gallery, [person], "A", rules, 1, one_frame=one_frame)
    assert drawn == [written]
    assert moment.probability == pytest.approx(0.953, abs=1e-3), "what programs read stays"
