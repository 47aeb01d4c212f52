"""Finding, cropping and tracking faces; facenet-pytorch is the reference for boxes and landmarks."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage import data

from detector.calibrate import DecisionRule
from detector.contracts import Box, CropSpec, Detection, Detector, Face, Floats, Frame, Image
from detector.faces import tracks
from detector.faces.candidates import Candidates, apart
from detector.faces.crop import crop_face, crop_matrix, make_face, sharpness, tilt
from detector.faces.haar import Haar
from detector.faces.mtcnn import Mtcnn, MtcnnSettings, _Faces, _scan
from detector.faces.turned import detect_turned, joined
from detector.networks import Network
from detector.runtimes.choice import open_runtime
from detector.see import smallest_face


@pytest.fixture(scope="module")
def mtcnn() -> Mtcnn:
    return Mtcnn(open_runtime("onnx").cascade())


@pytest.fixture(scope="module")
def crowd(portrait: Image) -> Image:
    """Four faces of 90, 60, 45 and 110 px on a flat ground."""
    ground = np.full((720, 1280, 3), 96, np.uint8)
    face = portrait[20:260, 110:340]
    for (x, y), share in zip(
        ((40, 60), (420, 80), (700, 300), (950, 380)), (1.0, 0.67, 0.5, 1.2), strict=True
    ):
        scaled = cv2.resize(face, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
        ground[y : y + scaled.shape[0], x : x + scaled.shape[1]] = scaled
    return ground


def overlap(a: Box, b: Box) -> float:
    sides = [max(0.0, min(a[i + 2], b[i + 2]) - max(a[i], b[i])) for i in (0, 1)]
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (a, b)]
    return sides[0] * sides[1] / (sum(areas) - sides[0] * sides[1])


def test_all_faces_are_found_largest_first(mtcnn: Mtcnn, crowd: Image) -> None:
    found = mtcnn.detect([crowd])[0]
    sizes = [face.size_px for face in found]
    assert len(found) == 4
    assert sizes == sorted(sizes, reverse=True)
    assert all(face.confidence > 0.9 for face in found)


def test_boxes_and_landmarks_equal_the_reference(portrait: Image, crowd: Image) -> None:
    """With the reference's own smallest face; what remains is another resampling filter."""
    from facenet_pytorch import MTCNN

    ours, reference = Mtcnn(open_runtime("onnx").cascade()), MTCNN(keep_all=True, device="cpu")
    for image in (portrait, crowd, np.ascontiguousarray(portrait[:, ::-1])):
        boxes, _, points = reference.detect(image, landmarks=True)
        found = ours.detect([image], smallest_px=20)[0]
        assert len(found) >= len(boxes)
        for box, landmarks in zip(boxes, points, strict=True):
            best = max(found, key=lambda face, box=box: overlap(face.box, tuple(box)))  # type: ignore[misc]
            assert overlap(best.box, tuple(box)) > 0.85
            assert best.landmarks is not None
            assert np.abs(best.landmarks - landmarks).max() < 0.08 * best.size_px


def test_torch_and_onnx_find_the_same_faces(crowd: Image, mtcnn: Mtcnn) -> None:
    other = Mtcnn(open_runtime("torch", "cpu").cascade()).detect([crowd])[0]
    for a, b in zip(mtcnn.detect([crowd])[0], other, strict=True):
        assert a.box == pytest.approx(b.box, abs=0.01)
        assert a.confidence == pytest.approx(b.confidence, abs=1e-4)


def test_a_batch_gives_what_each_frame_gives_alone(mtcnn: Mtcnn, portrait: Image, crowd: Image) -> None:
    frames = [
        crowd,
        portrait,
        np.ascontiguousarray(crowd[::-1]),
        np.zeros((90, 90, 3), np.uint8),
        portrait[:200, :200],
    ]
    together = mtcnn.detect(frames)
    for frame, found in zip(frames, together, strict=True):
        alone = mtcnn.detect([frame])[0]
        assert [face.box for face in found] == [face.box for face in alone]
    assert [len(found) for found in together][:2] == [4, 1]
    assert together[3] == []


def test_a_face_is_followed_to_where_it_is_found_by_searching(mtcnn: Mtcnn, crowd: Image) -> None:
    """Places are off by half a face and by a quarter of its size."""
    searched = mtcnn.detect([crowd])[0]
    places = []
    for (x0, y0, x1, y1), sign in zip((one.box for one in searched), (1, -1, 1, -1), strict=True):
        x, y, side = x0 + sign * 0.5 * (x1 - x0), y0 - sign * 0.4 * (y1 - y0), (1.0 + sign * 0.25) * (y1 - y0)
        places.append((x, y, x + side, y + side))
    followed = mtcnn.follow([crowd, np.full_like(crowd, 96)], [places, places])
    assert followed[1] == []
    assert len(followed[0]) == len(searched)
    for one, other in zip(searched, followed[0], strict=True):
        assert overlap(one.box, other.box) > 0.75


def test_faces_at_the_border_and_as_large_as_the_frame_are_followed(mtcnn: Mtcnn, portrait: Image) -> None:
    for picture in (portrait[60:200, 150:300], portrait[:190, 190:]):
        (searched,) = mtcnn.detect([picture])[0]
        (followed,) = mtcnn.follow([picture], [[searched.box]])[0]
        assert overlap(searched.box, followed.box) > 0.75


def test_large_faces_are_found_without_a_place_and_small_ones_are_not(mtcnn: Mtcnn, portrait: Image) -> None:
    ground = np.full((720, 1280, 3), 96, np.uint8)
    ground[60:572, 20:532] = cv2.resize(portrait[:256, 96:352], (512, 512), interpolation=cv2.INTER_CUBIC)
    ground[100:220, 900:1020] = cv2.resize(
        portrait[20:260, 110:340], (120, 120), interpolation=cv2.INTER_AREA
    )
    assert len(mtcnn.detect([ground])[0]) == 2
    (large,) = mtcnn.follow([ground], [[]])[0]
    assert large.size_px > 120


@pytest.mark.parametrize("shape", [(1, 1), (1, 900), (11, 11), (12, 40), (39, 39), (3000, 13)])
def test_frames_too_small_for_a_face_are_no_fault(mtcnn: Mtcnn, shape: tuple[int, int]) -> None:
    frame = np.zeros((*shape, 3), np.uint8)
    assert mtcnn.detect([frame]) == [[]]
    assert mtcnn.follow([frame], [[(0.0, 0.0, 30.0, 40.0)]]) == [[]]


def test_boxes_are_in_pixels_of_the_full_frame(mtcnn: Mtcnn, portrait: Image) -> None:
    small = mtcnn.detect([portrait])[0][0]
    large = mtcnn.detect([cv2.resize(portrait, None, fx=4, fy=4, interpolation=cv2.INTER_CUBIC)])[0][0]
    assert np.asarray(large.box) / 4 == pytest.approx(small.box, abs=8)


@pytest.mark.parametrize("detector", [Haar(), Mtcnn(open_runtime("onnx").cascade())], ids=["haar", "mtcnn"])
def test_detectors_share_one_interface(detector: Detector, portrait: Image) -> None:
    found = detector.detect([portrait, np.zeros((64, 64, 3), np.uint8)])
    assert [len(faces) for faces in found] == [1, 0]
    face = found[0][0]
    assert overlap(face.box, (178, 62, 270, 175)) > 0.4
    assert 0.5 < face.confidence <= 1.0
    assert (face.landmarks is None) == (detector.name == "haar")


def test_a_crop_is_the_square_around_the_box() -> None:
    image = np.arange(100 * 100 * 3, dtype=np.uint32).reshape(100, 100, 3).astype(np.uint8)
    crop = crop_face(image, (30, 20, 50, 60), None, CropSpec(size=56, margin=0.2))
    assert np.array_equal(crop, image[12:68, 12:68])


def test_what_lies_outside_the_image_mirrors_it(portrait: Image) -> None:
    crop = crop_face(portrait, (-50, -50, 50, 50), None, CropSpec(size=100, margin=0.0))
    assert np.array_equal(crop[:50, 50:], crop[50:, 50:][::-1])
    assert np.array_equal(crop[50:, :50], crop[50:, 50:][:, ::-1])


@pytest.mark.parametrize(
    "box", [(-300.0, -300.0, -200.0, -200.0), (5.0, 5.0, 5.0, 5.0), (0.0, 0.0, 4000.0, 4000.0)]
)
def test_odd_boxes_still_give_a_crop(portrait: Image, box: Box) -> None:
    assert crop_face(portrait, box, None, CropSpec(size=64)).shape == (64, 64, 3)


@pytest.mark.parametrize("alignment", ["none", "eyes"])
def test_a_tilted_face_is_levelled(portrait: Image, mtcnn: Mtcnn, alignment: str) -> None:
    turn = cv2.getRotationMatrix2D((224.0, 118.0), 25.0, 1.0)
    tilted = np.asarray(cv2.warpAffine(portrait, turn, (512, 512), borderMode=cv2.BORDER_REFLECT), np.uint8)
    face = mtcnn.detect([tilted])[0][0]
    spec = CropSpec(size=224, margin=0.3, alignment=alignment)  # type: ignore[arg-type]
    levelled = mtcnn.detect([crop_face(tilted, face.box, face.landmarks, spec)])[0][0]
    assert face.landmarks is not None
    assert levelled.landmarks is not None
    tilt = [
        np.degrees(np.arctan2(*(points[1] - points[0])[::-1]))
        for points in (face.landmarks, levelled.landmarks)
    ]
    assert abs(tilt[0]) > 15
    assert abs(tilt[1]) < 6


def test_a_little_tilt_is_left_as_it_is() -> None:
    image = np.random.default_rng(0).integers(0, 255, (100, 100, 3), dtype=np.uint8)
    box, spec = (20.0, 20.0, 80.0, 80.0), CropSpec(size=60, margin=0.0)

    def eyes(degrees: float) -> Floats:
        rise = 30.0 * np.tan(np.radians(degrees))
        return np.asarray([[35, 40], [65, 40 + rise], [50, 50], [40, 65], [60, 65]], np.float32)

    plain = crop_face(image, box, None, spec)
    for degrees in (-11.0, 0.0, 11.0):
        assert np.array_equal(crop_face(image, box, eyes(degrees), spec), plain)
    for degrees in (-13.0, 13.0):
        assert not np.array_equal(crop_face(image, box, eyes(degrees), spec), plain)


@pytest.mark.parametrize("turn", [1, 2, 3])
def test_faces_of_turned_media_are_found_where_they_are(portrait: Image, mtcnn: Mtcnn, turn: int) -> None:
    wide = portrait[:, 60:400]
    upright = mtcnn.detect([wide])[0][0]
    turned = np.ascontiguousarray(np.rot90(wide, turn))
    (face,) = detect_turned(mtcnn, [turned], 40.0)[0]
    assert upright.landmarks is not None
    assert face.landmarks is not None
    spec = CropSpec(size=96, margin=0.0)
    shown = crop_face(turned, face.box, face.landmarks, spec)
    expected = crop_face(wide, upright.box, None, spec)
    assert np.corrcoef(cv2.blur(shown, (9, 9)).ravel(), cv2.blur(expected, (9, 9)).ravel())[0, 1] > 0.8


@pytest.mark.parametrize("degrees", [-60.0, -45.0, 45.0, 60.0])
def test_a_head_tilted_too_far_for_the_detector_is_found(
    portrait: Image, mtcnn: Mtcnn, degrees: float
) -> None:
    matrix = cv2.getRotationMatrix2D((224.0, 118.0), degrees, 1.0)
    tilted = np.asarray(cv2.warpAffine(portrait, matrix, (512, 512), borderMode=cv2.BORDER_REFLECT), np.uint8)
    face = max(detect_turned(mtcnn, [tilted], 40.0)[0], key=lambda one: one.confidence)
    middle = np.asarray([(face.box[0] + face.box[2]) / 2.0, (face.box[1] + face.box[3]) / 2.0])
    assert np.hypot(*(middle - (224.0, 118.0))) < 40.0
    assert face.landmarks is not None
    eyes = face.landmarks[1] - face.landmarks[0]
    assert np.degrees(np.arctan2(-eyes[1], eyes[0])) == pytest.approx(degrees, abs=15.0)


def test_a_long_strip_is_searched_within_its_own_size(
    portrait: Image, mtcnn: Mtcnn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A screenshot of a long page: what holds it at 45 degrees has a hundred times its pixels."""
    strip = np.full((33_000, 200, 3), 90, np.uint8)
    strip[20_000:20_200] = cv2.resize(portrait[::-1, ::-1], (200, 200), interpolation=cv2.INTER_AREA)
    seen: list[int] = []
    detect = mtcnn.detect

    def counted(frames: list[Image], smallest: float) -> list[list[Detection]]:
        seen.extend(frame.size for frame in frames)
        return detect(frames, smallest)

    monkeypatch.setattr(mtcnn, "detect", counted)
    (face,) = detect_turned(mtcnn, [strip], 40.0)[0]
    assert 20_000 < face.box[1] < face.box[3] < 20_200
    assert max(seen) <= strip.size


def test_faces_beside_a_turned_one_stay() -> None:
    turned = Detection((100.0, 100.0, 300.0, 300.0), 0.999, None)
    beside = Detection((400.0, 100.0, 480.0, 180.0), 0.94, None)
    within = Detection((180.0, 200.0, 240.0, 260.0), 0.9, None)  # a likeness in the face that is upside down
    assert joined([beside, within], [turned]) == [turned, beside]
    assert joined([within, beside], []) == [beside, within]


def test_a_texture_shows_no_face_turned_or_not(mtcnn: Mtcnn) -> None:
    noise = np.random.default_rng(2).integers(0, 255, (30, 40, 3), dtype=np.uint8)
    texture = cv2.resize(noise, (640, 480), interpolation=cv2.INTER_CUBIC)
    assert mtcnn.detect([texture]) == [[]]
    assert detect_turned(mtcnn, [texture], 40.0) == [[]]


class _Scores:
    """An output network whose score is high for one mean brightness of its input, and low elsewhere."""

    def __init__(self, scores: list[float]) -> None:
        self._scores = scores
        self.calls = 0

    def run(self, batch: Floats) -> tuple[Floats, ...]:
        self.calls += 1
        scores = np.asarray(self._scores[: len(batch)], np.float32)
        return scores, np.zeros((len(batch), 4), np.float32), np.zeros((len(batch), 10), np.float32)


@pytest.mark.parametrize(
    ("first", "again", "kept"), [(0.9, 0.3, False), (0.9, 0.95, True), (0.9999, 0.0, True)]
)
def test_an_unsure_face_must_stay_one_from_other_sides(
    portrait: Image, first: float, again: float, kept: bool
) -> None:
    networks = open_runtime("onnx").cascade()
    output = _Scores([again] * 8)
    detector = Mtcnn(replace(networks, output=output))
    found = Candidates(
        np.zeros(1, np.int64),
        np.asarray([[100, 100, 200, 200]], np.float32),
        np.asarray([first], np.float32),
        np.zeros((1, 4), np.float32),
    )
    faces = _Faces(found, np.zeros((1, 5, 2), np.float32), found.scores >= MtcnnSettings().sure)
    assert (len(detector._second_look([[portrait]], faces)) == 1) is kept
    assert output.calls == (0 if first > 0.999 else 1)


class _Counting:
    """A network that counts what it is given."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.inputs = 0

    def run(self, batch: Floats) -> tuple[Floats, ...]:
        self.inputs += len(batch)
        return self._network.run(batch)


def test_a_face_at_its_place_costs_two_looks(portrait: Image, mtcnn: Mtcnn) -> None:
    networks = open_runtime("onnx").cascade()
    output = _Counting(networks.output)
    small = portrait[20:260, 110:340]
    ground = np.full((1080, 1920, 3), 96, np.uint8)
    ground[400 : 400 + len(small), 700 : 700 + small.shape[1]] = small
    (searched,) = mtcnn.detect([ground])[0]
    x0, y0, x1, y1 = searched.box
    place = (x0 + 0.1 * (x1 - x0), y0 - 0.1 * (y1 - y0), x1 + 0.1 * (x1 - x0), y1)
    (followed,) = Mtcnn(replace(networks, output=output)).follow([ground], [[place]])[0]
    assert output.inputs == 2
    assert overlap(followed.box, searched.box) > 0.75


def test_what_lies_on_or_within_a_face_is_no_other_one() -> None:
    def boxes(*those: Box, frame: int = 0) -> Candidates:
        count = len(those)
        nothing = np.zeros((count, 4), np.float32)
        return Candidates(
            np.full(count, frame), np.asarray(those, np.float32), np.ones(count, np.float32), nothing
        )

    faces = boxes((100, 100, 200, 200))
    some = boxes((110, 105, 210, 200), (120, 150, 160, 190), (190, 100, 290, 200), (0, 0, 400, 400))
    assert apart(some, faces, 0.2).tolist() == [2, 3]
    assert apart(boxes((110, 105, 210, 200), frame=1), faces, 0.2).tolist() == [0]


@pytest.mark.parametrize("height", [12, 13, 60, 61, 123])
def test_a_large_picture_is_scanned_in_bands_as_in_one_piece(
    portrait: Image, height: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    proposal = open_runtime("onnx").cascade().proposal
    pictures = np.stack([portrait[:height, :90], portrait[-height:, -90:]])
    whole = _scan(proposal, pictures)
    monkeypatch.setattr("detector.faces.mtcnn._SCANNED", 90 * 21)
    for one, other in zip(_scan(proposal, pictures), whole, strict=True):
        assert one.shape == other.shape
        assert one == pytest.approx(other, abs=1e-5)


def test_the_finest_scale_is_looked_at_only_near_what_the_next_suggests_and_shows_the_same(
    portrait: Image, mtcnn: Mtcnn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what is as small as looked for, in the last row and column of cells, and of a second picture."""
    ground = cv2.resize(data.rocket(), (2001, 1503), interpolation=cv2.INTER_CUBIC)
    face = cv2.resize(portrait[20:260, 110:340], (115, 120), interpolation=cv2.INTER_AREA)
    for y, x in ((100, 300), (900, 700), (1503 - 120, 2001 - 115)):
        ground[y : y + 120, x : x + 115] = face
    pictures = [ground, ground[:, ::-1].copy()]
    pixels: list[int] = []
    run = mtcnn._networks.proposal.run
    monkeypatch.setattr(
        mtcnn._networks.proposal, "run", lambda batch: pixels.append(batch[:, 0].size) or run(batch)
    )
    in_parts = mtcnn.detect(pictures)
    seen, pixels[:] = sum(pixels), []
    monkeypatch.setattr("detector.faces.mtcnn._SCANNED_IN_PARTS", 1e9)
    for some, others in zip(in_parts, mtcnn.detect(pictures), strict=True):
        assert [(one.box, one.confidence) for one in some] == [(one.box, one.confidence) for one in others]
        assert len(some) >= 3
        assert min(one.size_px for one in some) < 50
    assert seen < 0.8 * sum(pixels)


def test_a_face_of_a_hundred_pixels_is_found_in_twelve_megapixels(portrait: Image, mtcnn: Mtcnn) -> None:
    ground = np.full((3000, 4000, 3), 96, np.uint8)
    ground[1200:1440, 900:1130] = portrait[20:260, 110:340]
    (face,) = mtcnn.detect([ground], smallest_face(12_000_000, "image"))[0]
    assert 70 < face.size_px < 140


@pytest.mark.parametrize("alignment", ["none", "eyes"])
def test_the_matrix_maps_the_frame_onto_the_crop(portrait: Image, mtcnn: Mtcnn, alignment: str) -> None:
    face = mtcnn.detect([portrait])[0][0]
    spec = CropSpec(size=160, margin=0.2, alignment=alignment)  # type: ignore[arg-type]
    crop = crop_face(portrait, face.box, face.landmarks, spec)
    warped = cv2.warpAffine(
        portrait, crop_matrix(face.box, face.landmarks, spec), (160, 160), flags=cv2.INTER_LINEAR
    )
    assert np.abs(cv2.blur(crop, (5, 5)).astype(int) - cv2.blur(warped, (5, 5))).mean() < 3.0


def test_sharpness_falls_with_blur_and_not_with_size_or_exposure(portrait: Image, mtcnn: Mtcnn) -> None:
    face = mtcnn.detect([portrait])[0][0]

    def measured(image: Image, box: Box = face.box) -> float:
        return make_face(Frame(0, 0.0, image), 0, 0, Detection(box, 1.0, None)).sharpness

    sharp = measured(portrait)
    blurred = [measured(cv2.GaussianBlur(portrait, (0, 0), sigma)) for sigma in (1, 2, 4, 8)]
    assert [sharp, *blurred] == sorted([sharp, *blurred], reverse=True)
    assert measured((portrait * 0.5).astype(np.uint8)) == pytest.approx(sharp, rel=0.25)
    assert sharpness(np.full((64, 64, 3), 80, np.uint8)) == 0.0


def test_a_strongly_blurred_portrait_is_too_blurred_to_judge(portrait: Image, mtcnn: Mtcnn) -> None:
    face = mtcnn.detect([portrait])[0][0]
    for blur, judged in ((0.005, True), (0.03, False)):
        blurred = np.asarray(cv2.GaussianBlur(portrait, (0, 0), blur * face.size_px), np.uint8)
        found = mtcnn.detect([blurred])[0][0]
        seen = make_face(Frame(0, 0.0, blurred), 0, 0, found).sharpness
        assert (seen >= DecisionRule().least_sharpness) is judged


# --- tracks ---


def look(person: int, frame: int = 0, noise: int = 6) -> Image:
    """A made-up face: a smooth pattern of its own hue, with noise per frame."""
    rng = np.random.default_rng(person)
    coarse = rng.integers(40, 200, (6, 6, 1)).astype(np.uint8)
    tint = np.asarray([[0.9, 0.6, 0.5], [0.5, 0.7, 0.95], [0.6, 0.9, 0.55], [0.95, 0.9, 0.4]][person % 4])
    grey = cv2.resize(coarse, (64, 64), interpolation=cv2.INTER_CUBIC)[:, :, None]
    jitter = np.random.default_rng(1000 + frame).integers(-noise, noise + 1, (64, 64, 3))
    return np.clip(grey * tint + jitter, 0, 255).astype(np.uint8)


def face(person: int, sample: int, x: float, y: float = 100.0, side: float = 80.0) -> Face:
    return Face(
        1000 * sample + round(x),
        sample,
        sample * 10,
        sample * 333.0,
        (x, y, x + side, y + side),
        0.99,
        None,
        side,
        0.4,
        look(person, sample),
    )


def shot(number: int, samples: int, bars: int = 0) -> list[np.ndarray]:
    rng = np.random.default_rng(77 + number)
    picture = cv2.resize(
        rng.integers(0, 255, (5, 8, 3), dtype=np.uint8), (320, 180), interpolation=cv2.INTER_CUBIC
    )
    picture[:, :bars] = picture[:, 320 - bars :] = 16
    return [tracks.signature(picture)] * samples


def grouped(faces: list[Face], persons: list[int], signatures: list[np.ndarray]) -> list[list[int]]:
    return [[persons[i] for i in group] for group in tracks.link(faces, signatures)]


def test_one_person_who_moves_is_one_track() -> None:
    faces = [face(0, s, 20.0 + 60.0 * s, side=80.0 + 3 * s) for s in range(12)]
    assert grouped(faces, [0] * 12, shot(0, 12)) == [[0] * 12]


def test_two_people_who_swap_places_stay_two() -> None:
    faces, persons = [], []
    for s in range(10):
        left, right = (0, 1) if s < 5 else (1, 0)
        faces += [face(left, s, 100.0), face(right, s, 400.0)]
        persons += [left, right]
    assert grouped(faces, persons, shot(0, 10)) == [[0] * 10, [1] * 10]


def test_a_cut_to_another_person_in_the_same_place_makes_two_tracks() -> None:
    faces = [face(0 if s < 5 else 1, s, 200.0) for s in range(10)]
    assert grouped(faces, [0] * 5 + [1] * 5, shot(0, 5) + shot(1, 5)) == [[0] * 5, [1] * 5]


def test_bars_beside_two_shots_do_not_make_one_person_of_two_who_look_alike() -> None:
    """In one shot they would be one: so far may a face's look change where it stays."""
    sister = np.asarray((look(0).astype(np.uint16) + 2 * look(4)) // 3, np.uint8)
    assert tracks.STRICT < tracks.distance(*map(tracks.appearance, (look(0), sister))) < tracks.LOOSE
    faces = [face(0, s, 120.0) for s in range(5)]
    faces += [replace(face(0, s, 120.0), thumbnail=sister) for s in range(5, 10)]
    people = [0] * 5 + [1] * 5
    cut = shot(0, 5, bars=110) + shot(1, 5, bars=110)
    assert grouped(faces, people, cut) == [[0] * 5, [1] * 5]
    assert grouped(faces, people, shot(0, 10, bars=110)) == [people]


def test_a_person_whose_picture_is_turned_stays_one() -> None:
    upright = [face(0, s, 200.0) for s in range(5)]
    eyes = np.array([[20, 40], [60, 40], [40, 55], [25, 70], [55, 70]], np.float32)
    turned = {
        -90.0: (np.rot90(look(0)), eyes[:, ::-1] * (1, -1)),
        90.0: (np.rot90(look(0), -1), eyes[:, ::-1] * (-1, 1)),
        180.0: (np.rot90(look(0), 2), -eyes),
    }
    for degrees, (picture, marks) in turned.items():
        assert abs(tilt(marks)) == pytest.approx(abs(degrees))
        lying = [replace(face(0, s, 240.0), thumbnail=picture, landmarks=marks) for s in range(5, 10)]
        assert len(tracks.link(upright + lying, shot(0, 5) + shot(1, 5))) == 1, degrees


def test_a_person_is_recognised_after_a_cut_away_and_back() -> None:
    persons = [0, 0, 0, 1, 1, 1, 0, 0, 1, 1]
    faces = [face(p, s, 80.0 if p == 0 else 420.0) for s, p in enumerate(persons)]
    signatures = [shot(p, 1)[0] for p in persons]
    assert grouped(faces, persons, signatures) == [[0] * 5, [1] * 5]


def test_two_faces_of_one_frame_are_never_one_person() -> None:
    faces = [face(0, s, x) for s in range(6) for x in (50.0, 300.0)]
    groups = tracks.link(faces, shot(0, 6))
    assert sorted(map(len, groups)) == [6, 6]
    assert all(len({faces[i].sample for i in group}) == 6 for group in groups)


def test_persons_are_lettered_by_first_appearance_from_the_left() -> None:
    faces = [face(2, 0, 500.0), face(1, 0, 40.0), face(3, 1, 300.0)]
    assert [group[0] for group in tracks.link(faces, shot(0, 2))] == [1, 0, 2]
    assert [tracks.letter(i) for i in (0, 1, 25, 26, 27, 51, 52, 701, 702)] == [
        "A", "B", "Z", "AA", "AB", "AZ", "BA", "ZZ", "AAA",
    ]  # fmt: skip


def test_no_faces_are_no_persons() -> None:
    assert tracks.link([], []) == []
