"""What size of face is looked for, and where; which faces are left out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from detector.contracts import Box, CropSpec, Detection, Frame, Image, Limits
from detector.faces.mtcnn import Mtcnn
from detector.media import open_media
from detector.runtimes.choice import open_runtime
from detector.see import MOST_FACES, Seen, see, see_frames, smallest_face
from detector.stopwatch import Stopwatch


class Recorder:
    """A detector that notes what it is given and finds faces of one size."""

    name = "recorder"

    def __init__(self, size: float | None, confidence: float = 0.999, count: int = 1) -> None:
        self._size, self._confidence, self._count = size, confidence, count
        self.asked: list[tuple[int, float]] = []

    def detect(self, frames: list[Image], smallest_px: float = 40.0) -> list[list[Detection]]:
        self.asked.append((len(frames), round(smallest_px)))
        if self._size is None:
            return [[] for _ in frames]
        box = (10.0, 10.0, 10.0 + self._size, 10.0 + self._size)
        return [[Detection(box, self._confidence, None)] * self._count for _ in frames]

    def follow(
        self, frames: list[Image], places: list[list[Box]], smallest_px: float = 40.0
    ) -> list[list[Detection]]:
        return self.detect(frames, smallest_px)


@pytest.mark.parametrize(
    ("pixels", "kind", "smallest"),
    [
        (640 * 480, "image", 40),
        (12_000_000, "image", 40),
        (96_000_000, "image", 80),
        (1920 * 1080, "video", 40),
        (3840 * 2160, "video", 80),
    ],
)
def test_the_smallest_face_is_in_pixels(pixels: int, kind: str, smallest: float) -> None:
    assert smallest_face(pixels, kind) == pytest.approx(smallest)  # type: ignore[arg-type]


@pytest.fixture
def still(tmp_path: Path) -> Path:
    path = tmp_path / "still.png"
    Pillow.fromarray(np.full((120, 200, 3), 90, np.uint8)).save(path)
    return path


@pytest.mark.parametrize(("size", "confidence", "passes"), [(60.0, 0.999, 1), (60.0, 0.9, 6), (None, 0.0, 6)])
def test_turned_pictures_are_looked_at_while_no_clear_face_was_found(
    still: Path, size: float | None, confidence: float, passes: int
) -> None:
    detector = Recorder(size, confidence)
    with open_media(still, 1, Limits()) as media:
        seen = list(see(media, detector, CropSpec(size=32)))
    assert len(detector.asked) == passes
    assert len(seen[0].faces) == (size is not None)


def test_faces_beyond_the_largest_are_counted(still: Path) -> None:
    with open_media(still, 1, Limits()) as media:
        (seen,) = see(media, Recorder(60.0, count=MOST_FACES + 3), CropSpec(size=32))
    assert (len(seen.faces), seen.left_out, seen.smallest_px) == (MOST_FACES, 3, 40.0)


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    path = tmp_path / "clip.gif"
    pictures = [Pillow.fromarray(np.full((120, 200, 3), 90 + i, np.uint8)) for i in range(8)]
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=100)
    return path


class Turned(Recorder):
    """A detector that finds faces in wide frames or in high ones, from one shade of grey on."""

    def __init__(self, wide: bool, shade: int = 0) -> None:
        super().__init__(60.0)
        self._wide, self._shade = wide, shade

    def detect(self, frames: list[Image], smallest_px: float = 40.0) -> list[list[Detection]]:
        found = super().detect(frames, smallest_px)
        shown = [
            (one.shape[1] > one.shape[0]) == self._wide and one[60, 60, 0] >= self._shade for one in frames
        ]
        return [faces if here else [] for faces, here in zip(found, shown, strict=True)]


def test_every_fourth_frame_says_whether_turned_ones_are_looked_at(clip: Path) -> None:
    """Upright: 2 calls and 1 to follow. With nobody: 5 turned copies of two frames. Lying: of all as well."""
    frames = {}
    kinds = {
        "upright": (Turned(True), 8),
        "lying": (Turned(False), 8),
        "lying from the third": (Turned(False, 92), 6),
        "nobody": (Recorder(None), 0),
    }
    for name, (detector, shown) in kinds.items():
        with open_media(clip, 8, Limits()) as media:
            seen = list(see(media, detector, CropSpec(size=32)))
        frames[name] = sum(count for count, _ in detector.asked)
        assert sum(len(one.faces) for one in seen) == shown, name
    assert frames == {
        "upright": 8, "nobody": 8 + 10, "lying": 8 + 10 + 40, "lying from the third": 8 + 10 + 40,
    }  # fmt: skip


class DarkLies(Recorder):
    """A detector that finds faces in bright wide frames and in dark high ones."""

    def detect(self, frames: list[Image], smallest_px: float = 40.0) -> list[list[Detection]]:
        found = super().detect(frames, smallest_px)
        shown = [(one.shape[1] > one.shape[0]) == (one[60, 60, 0] > 128) for one in frames]
        return [faces if here else [] for faces, here in zip(found, shown, strict=True)]


@pytest.mark.parametrize("first", [3, 8, 11])
def test_a_shot_that_is_upright_does_not_hide_one_that_lies_on_its_side(first: int) -> None:
    """And back: whether it is upright is asked of each shot, wherever in a group it begins."""
    shades = [200] * first + [40] * 6 + [200] * 7
    frames = [Frame(i, 100.0 * i, np.full((120, 200, 3), shade, np.uint8)) for i, shade in enumerate(shades)]
    detector = DarkLies(60.0)
    seen = list(see_frames(iter(frames), "video", detector, CropSpec(size=32), Stopwatch()))
    assert [len(one.faces) for one in seen] == [1] * len(frames)


class Pillarboxed(Recorder):
    """Finds faces in bright wide frames and in dark high ones, whatever the bars beside them."""

    def detect(self, frames: list[Image], smallest_px: float = 40.0) -> list[list[Detection]]:
        found = super().detect(frames, smallest_px)
        shown = [(one.shape[1] > one.shape[0]) == (one.max() > 200) for one in frames]
        return [faces if here else [] for faces, here in zip(found, shown, strict=True)]


def test_bars_at_the_edges_do_not_hide_where_another_shot_begins() -> None:
    """Nine tenths of each picture are black, and half of the rest is alike."""
    frames = []
    for i, shade in enumerate([220] * 5 + [40] * 6):
        picture = np.zeros((120, 200, 3), np.uint8)
        picture[:60, 88:112], picture[60:, 88:112] = shade, 120
        frames.append(Frame(i, 100.0 * i, picture))
    seen = list(see_frames(iter(frames), "video", Pillarboxed(60.0), CropSpec(size=32), Stopwatch()))
    assert [len(one.faces) for one in seen] == [1] * len(frames)


class BrightUp(Recorder):
    """A detector that finds faces in pictures whose upper half is the brighter one."""

    def detect(self, frames: list[Image], smallest_px: float = 40.0) -> list[list[Detection]]:
        found = super().detect(frames, smallest_px)
        shown = [one[: len(one) // 2].mean() > one[len(one) // 2 :].mean() + 50 for one in frames]
        return [faces if here else [] for faces, here in zip(found, shown, strict=True)]


@pytest.mark.parametrize("first", [3, 8, 11])
def test_a_camera_that_is_turned_while_it_records_loses_nobody(first: int) -> None:
    """The colours stay, so that no shot begins; and no more is searched where only the face has gone."""
    upright = np.repeat(np.linspace(220, 20, 120).astype(np.uint8), 600).reshape(120, 200, 3)
    pictures = [upright] * first + [np.ascontiguousarray(upright[::-1])] * 9
    frames = [Frame(i, 100.0 * i, picture) for i, picture in enumerate(pictures)]
    seen = list(see_frames(iter(frames), "video", BrightUp(60.0), CropSpec(size=32), Stopwatch()))
    assert [len(one.faces) for one in seen] == [1] * len(frames)

    gone = Turned(True, 100)
    still = [Frame(i, 100.0 * i, upright.copy()) for i in range(16)]
    for one in still[5:]:
        one.rgb[60, 60] = 99
    for one in still[:5]:
        one.rgb[60, 60] = 130
    assert (
        sum(len(one.faces) for one in see_frames(iter(still), "video", gone, CropSpec(size=32), Stopwatch()))
        == 5
    )
    assert sum(count for count, _ in gone.asked) <= 2 * len(still)


@pytest.fixture(scope="module")
def mtcnn() -> Mtcnn:
    return Mtcnn(open_runtime("onnx").cascade())


def seen_in(mtcnn: Mtcnn, picture: Image) -> Seen:
    frame = Frame(0, 0.0, picture)
    (seen,) = see_frames(iter([frame]), "image", mtcnn, CropSpec(size=32), Stopwatch())
    return seen


@pytest.mark.parametrize("turn", [1, 2])
def test_a_face_of_a_hundred_pixels_is_found_in_twelve_megapixels_that_are_turned(
    portrait: Image, mtcnn: Mtcnn, turn: int
) -> None:
    ground = np.full((3000, 4000, 3), 96, np.uint8)
    ground[1200:1440, 900:1130] = portrait[20:260, 110:340]
    seen = seen_in(mtcnn, np.rot90(ground, turn).copy())
    (face,) = seen.faces
    assert 70 < face.size_px < 140
    assert seen.smallest_px == pytest.approx(80.0), "what was looked for in the turned copies"


def test_one_face_that_looks_upright_does_not_hide_the_others_of_a_picture_upside_down() -> None:
    """What looks upright is beyond doubt, but not sure; sure faces are not turned."""

    class Three(Recorder):
        def detect(self, frames: list[Image], smallest_px: float = 40.0) -> list[list[Detection]]:
            super().detect(frames, smallest_px)
            return [
                [Detection((at, at, at + 40.0, at + 40.0), confidence, None) for at in places]
                for one in frames
                for places, confidence in [((20, 80, 140), 0.9999) if one[0, 0, 0] else ((80,), 0.997)]
            ]

    picture = np.full((200, 200, 3), 90, np.uint8)
    picture[0, 0] = 0
    for shown, calls in ((picture, 6), (picture[::-1, ::-1].copy(), 1)):
        detector = Three(60.0)
        (seen,) = see_frames(iter([Frame(0, 0.0, shown)]), "image", detector, CropSpec(size=32), Stopwatch())
        assert (len(seen.faces), len(detector.asked)) == (3, calls)


@pytest.mark.parametrize(
    ("eyes", "lying", "calls"),
    [
        pytest.param(0.0, None, 2, id="upright"),
        pytest.param(0.0, (90.0, 90.0), 7, id="a face on its side as well"),
        pytest.param(0.0, (130.0, 130.0), 2, id="another face on its side"),
        pytest.param(25.0, None, 6, id="a tilted one"),
    ],
)
def test_a_clear_face_that_is_not_sure_says_that_a_still_is_upright_where_it_is_none_when_turned(
    eyes: float, lying: tuple[float, float] | None, calls: int
) -> None:
    class Turning(Recorder):
        def detect(self, frames: list[Image], smallest_px: float = 40.0) -> list[list[Detection]]:
            super().detect(frames, smallest_px)
            if frames[0].shape[0] == picture.shape[0]:
                marks = np.asarray([(0.0, 0.0), (40.0, eyes), (20.0, 20.0), (5.0, 40.0), (35.0, 40.0)])
                return [[Detection((80.0, 80.0, 160.0, 160.0), 0.997, marks.astype(np.float32))]]
            found = [] if lying is None else [Detection((*lying, 150.0, 150.0), 0.95, None)]
            return [found if i == 1 else [] for i in range(len(frames))]

    picture, detector = np.full((300, 600, 3), 90, np.uint8), Turning(60.0)
    (seen,) = see_frames(iter([Frame(0, 0.0, picture)]), "image", detector, CropSpec(size=32), Stopwatch())
    assert (len(seen.faces), len(detector.asked)) == (1, calls)
