from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from moving_faces import BrightSquares

from training.sequence.bursts import BURSTS, LENGTH, SHORTEST, read_bursts, starts


def test_bursts_are_spread_over_the_clip_and_never_overlap() -> None:
    assert starts(SHORTEST - 1) == []
    assert starts(SHORTEST) == [(0, SHORTEST)]
    several = starts(500)
    assert len(several) == BURSTS
    assert several[0][0] == 0
    assert sum(several[-1]) == 500
    for frames in range(SHORTEST, 200):
        ends = [0]
        for first, length in starts(frames):
            assert ends[-1] <= first
            assert length <= LENGTH
            ends.append(first + length)
        assert ends[-1] <= frames


@pytest.fixture
def clip(tmp_path: Path) -> Path:
    """70 frames: a bright square that moves, shown twice side by side, and gone from frame 60 on."""
    file = tmp_path / "clip.mp4"
    with av.open(str(file), "w") as container:
        stream = container.add_stream("libx264", rate=Fraction(25))
        stream.width, stream.height, stream.pix_fmt = 256, 128, "yuv420p"
        stream.options = {"crf": "10", "preset": "ultrafast"}
        for number in range(70):
            rgb = np.full((128, 256, 3), 20, np.uint8)
            if number < 60:
                for left in (16, 144):
                    rgb[32:80, left + number // 2 : left + number // 2 + 48] = 230
            container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, format="rgb24")))
        container.mux(stream.encode())
    return file


def test_a_face_is_followed_in_its_region_until_it_is_lost(clip: Path) -> None:
    detector = BrightSquares()
    rate, found = read_bursts(clip, (128, 0, 128, 128), detector)
    assert rate == 25.0
    # Of the last burst, frames 54 to 69, six show the face: too few to tell how it moves.
    assert [len(burst.pictures) for burst in found] == [LENGTH] * (BURSTS - 1)
    assert all(picture.shape == (128, 128, 3) for burst in found for picture in burst.pictures)
    first = found[0]
    np.testing.assert_allclose(first.boxes[:, 0], 16 + np.arange(LENGTH) // 2, atol=1.0)
    np.testing.assert_allclose(first.place[0], first.boxes[:, 0].mean(), atol=1e-3)
    np.testing.assert_allclose(np.diff(first.seconds), 0.04, atol=1e-3)
    # The same region in shares of the frame.
    _, again = read_bursts(clip, (0.5, 0.0, 0.5, 1.0), detector)
    np.testing.assert_array_equal(again[0].boxes, first.boxes)
