"""The clips are the same wherever and whenever they are made, and appear whole or not at all."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks import clips
from benchmarks.clips import Clip, draw_frame, make_album, make_clip, make_photo

# Whole macroblocks: of 36 rows libx264 gave other bytes now and then, as if it read beyond the picture.
TINY = Clip(64, 48, 1)


def test_frames_are_deterministic_and_the_motion_repeats() -> None:
    clip = Clip(160, 90, 10)
    assert np.array_equal(draw_frame(clip, 17), draw_frame(clip, 17))
    assert np.abs(draw_frame(clip, 300).astype(int) - draw_frame(clip, 0)).max() <= 1
    assert not np.array_equal(draw_frame(clip, 17), draw_frame(clip, 18))


def test_the_pan_has_no_jump() -> None:
    clip = Clip(160, 90, 10)
    frames = [draw_frame(clip, index).astype(int) for index in range(140, 160)]
    steps = [np.abs(a - b).mean() for a, b in pairwise(frames)]
    assert max(steps) < 2.0 * np.median(steps)


def test_a_clip_is_the_same_file_everywhere_and_is_made_once(tmp_path: Path) -> None:
    first, second = make_clip(TINY, tmp_path / "a"), make_clip(TINY, tmp_path / "b")
    assert first.read_bytes() == second.read_bytes()
    made = first.stat().st_mtime_ns
    assert make_clip(TINY, tmp_path / "a").stat().st_mtime_ns == made
    assert [path.name for path in first.parent.iterdir()] == [TINY.name]


def test_a_long_clip_repeats_the_ten_coded_seconds(tmp_path: Path) -> None:
    path = make_clip(Clip(64, 36, 20), tmp_path)
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        times = [frame.pts * stream.time_base for frame in container.decode(stream)]
    assert len(times) == 600
    assert times == sorted(times)
    assert float(times[-1]) == pytest.approx(20.0 - 1 / 30)


def test_a_clip_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(clip: Clip, index: int) -> np.ndarray:
        raise RuntimeError

    monkeypatch.setattr(clips, "draw_frame", fail)
    with pytest.raises(RuntimeError):
        make_clip(TINY, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_still_background_stays_and_the_face_moves() -> None:
    clip = Clip(160, 90, 10, still=True)
    assert clip.name != Clip(160, 90, 10).name
    first, later = (draw_frame(clip, index).astype(int) for index in (0, 20))
    assert np.array_equal(first[:, :20], later[:, :20])
    assert np.abs(first - later).max() > 50


def test_an_album_has_different_photographs_that_are_made_once(tmp_path: Path) -> None:
    paths = make_album(tmp_path, 2)
    assert make_album(tmp_path, 2) == paths
    assert paths[0].read_bytes() != paths[1].read_bytes()


def test_a_large_photograph_has_the_bits_of_a_camera(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = draw_frame(Clip(800, 600, 10), 0)
    monkeypatch.setattr(clips, "draw_frame", lambda clip, index: drawn)
    grained, smooth = (clips.make_large_photo(tmp_path, grain).stat().st_size for grain in (True, False))
    assert grained > 1.3 * smooth


def test_the_photograph(tmp_path: Path) -> None:
    path = make_photo(tmp_path)
    assert path.read_bytes()[:2] == b"\xff\xd8"
    assert make_photo(tmp_path) == path
