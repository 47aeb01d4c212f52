"""A face that a reader has marked: that frame alone, that box alone."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np
import pytest
from media_factory import Clip, number_of, yuv_frame
from PIL import Image as Pillow

import bundles
from detector.analyze import analyze
from detector.contracts import Box, Floats, Image, Instant, Limits, Mark, Verdict
from detector.faces.marked import marked_face
from detector.media import open_media
from detector.model import Model, load_model

FACE = (170.0, 60.0, 280.0, 200.0)  # of the portrait
NOWHERE = (20.0, 300.0, 120.0, 420.0)  # in it, without a face


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(bundles.default_bundle(), "onnx")


def turned_by(degrees: float, picture: Image, box: Box) -> tuple[Image, Box]:
    """Turn a picture about the middle of a box."""
    middle = ((box[0] + box[2]) / 2, (box[1] + box[3]) / 2)
    matrix = cv2.getRotationMatrix2D(middle, degrees, 1.0)
    return np.asarray(cv2.warpAffine(picture, matrix, picture.shape[1::-1]), np.uint8), box


def eyes(landmarks: Floats | None) -> Floats:
    assert landmarks is not None
    return landmarks[:2]


def test_the_box_stays_and_the_landmarks_are_the_faces(portrait: Image, model: Model) -> None:
    detected = model.detector.detect([portrait])[0][0]
    found = marked_face(portrait, FACE, model.detector)
    assert found.box == FACE
    assert found.confidence > 0.9
    assert np.abs(eyes(found.landmarks) - eyes(detected.landmarks)).max() < 4


def test_a_face_upside_down_has_its_landmarks_too(portrait: Image, model: Model) -> None:
    picture, box = turned_by(180, portrait, FACE)
    left, right = eyes(marked_face(picture, box, model.detector).landmarks)
    assert left[0] > right[0]


def test_a_box_without_a_face_is_taken_all_the_same(portrait: Image, model: Model) -> None:
    found = marked_face(portrait, NOWHERE, model.detector)
    assert (found.box, found.confidence, found.landmarks) == (NOWHERE, 0.0, None)


def test_a_face_elsewhere_is_not_that_of_the_box(portrait: Image, model: Model) -> None:
    beside = (300.0, 60.0, 410.0, 200.0)
    assert marked_face(portrait, beside, model.detector).landmarks is None


def test_a_marked_face_of_a_photo_is_judged_like_a_found_one(
    portrait: Image, model: Model, tmp_path: Path
) -> None:
    path = tmp_path / "portrait.png"
    Pillow.fromarray(portrait).save(path)
    found = analyze(path, model)
    marked = analyze(path, model, mark=Mark(found.tracks[0].scores[0].face.box))
    assert marked.raw_logit == pytest.approx(found.raw_logit, abs=0.2)
    assert marked.mark == Mark(found.tracks[0].scores[0].face.box, Instant(0.0, 0))
    assert marked.picture is not None


def test_where_no_face_is_the_box_is_scored(portrait: Image, model: Model, tmp_path: Path) -> None:
    path = tmp_path / "plain.png"
    Pillow.fromarray(portrait).save(path)
    analysis = analyze(path, model, mark=Mark(NOWHERE))
    assert analysis.decision.verdict is not Verdict.NO_FACE
    (track,) = analysis.tracks
    assert track.scores[0].face.box == NOWHERE
    assert len(analysis.moments) == 1


@pytest.mark.parametrize("codec", ["h264", "mpeg4"])
@pytest.mark.parametrize(
    ("instant", "number"),
    [
        (Instant(timestamp_ms=2_000.0), 50),
        (Instant(timestamp_ms=2_039.0 - 1.5), 50),
        (Instant(timestamp_ms=2_039.6), 51),
        (Instant(frame_index=7), 7),
        (Instant(timestamp_ms=1e9), 99),
        (Instant(frame_index=1_000), 99),
        (Instant(), 0),
    ],
)
def test_an_instant_is_the_frame_that_players_show_then(
    codec: str, instant: Instant, number: int, tmp_path: Path
) -> None:
    path = Clip(codec=codec, frames=100, fps=Fraction(25)).write(tmp_path / "clip.mp4")
    with open_media(path, instant, Limits()) as media:
        (frame,) = media.frames()
    assert number_of(frame.rgb) == number
    assert (frame.index, round(frame.timestamp_ms)) == (number, 40 * number)


def test_a_frame_of_a_video_is_judged_as_a_still(portrait: Image, model: Model, tmp_path: Path) -> None:
    path = tmp_path / "clip.mp4"
    blank = np.full_like(portrait, 90)
    Clip(
        frames=50,
        fps=Fraction(25),
        size=(512, 512),
        picture=lambda number: yuv_frame(portrait if number == 30 else blank),
    ).write(path)
    analysis = analyze(path, model, mark=Mark(FACE, Instant(timestamp_ms=1_200.0)))
    assert analysis.media.media_type == "video"
    assert analysis.sample_times_ms == (1200.0,)
    assert analysis.mark is not None
    assert analysis.mark.instant == Instant(1200.0, 30)
    assert analysis.decision.probability is not None, "one frame is enough: it is what was asked about"
    assert analysis.tracks[0].seconds_on_screen == 0
    assert analysis.picture is not None
    assert analysis.picture.shape == (512, 512, 3)
