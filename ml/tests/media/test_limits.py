"""Every limit has its code, and time counts only while a file is read and decoded."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from media_factory import Clip, numbered
from opened import code_of, decode
from PIL import Image as Pillow

from detector.contracts import ErrorCode, Limits, MediaError
from detector.media import open_media
from detector.media.budget import DecodeBudget
from detector.media.source import Source
from detector.media.stills import StillDecoder
from detector.media.video import VideoDecoder


@dataclass(frozen=True)
class Files:
    """One small file of each kind."""

    video: Path
    still: Path
    animation: Path

    def __iter__(self) -> Iterator[Path]:
        yield from (self.video, self.still, self.animation)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    folder = tmp_path_factory.mktemp("limits")
    video = Clip(frames=50, gop=50, b_frames=2).write(folder / "clip.mp4")
    pictures = [Pillow.fromarray(np.repeat(numbered(i)[:, :, None], 3, 2)) for i in range(50)]
    pictures[0].save(folder / "still.png")
    pictures[0].save(folder / "moving.webp", save_all=True, append_images=pictures[1:], duration=40)
    return Files(video, folder / "still.png", folder / "moving.webp")


def test_bytes(files: Files) -> None:
    for path in files:
        size = path.stat().st_size
        assert code_of(path, max_bytes=size) is None
        assert code_of(path, max_bytes=size - 1) == ErrorCode.FILE_TOO_LARGE


def test_pixels(files: Files) -> None:
    for path in files:
        most = "max_still_pixels" if path == files.still else "max_pixels"
        assert code_of(path, **{most: 96 * 64}) is None
        assert code_of(path, **{most: 96 * 64 - 1}) == ErrorCode.TOO_MANY_PIXELS


def test_pixels_that_stand_for_several(tmp_path: Path) -> None:
    path = Clip(frames=2, sample_aspect=Fraction(2)).write(tmp_path / "wide.mp4")
    assert code_of(path, max_pixels=2 * 96 * 64) is None
    assert code_of(path, max_pixels=2 * 96 * 64 - 1) == ErrorCode.TOO_MANY_PIXELS


def test_seconds(files: Files) -> None:
    for path in (files.video, files.animation):
        assert code_of(path, max_seconds=2.1) is None
        assert code_of(path, max_seconds=1.9) == ErrorCode.VIDEO_TOO_LONG
    assert code_of(files.still, max_seconds=0.0) is None


def test_frames(files: Files) -> None:
    for path in (files.video, files.animation):
        assert code_of(path, max_frames=50) is None
        assert code_of(path, max_frames=49) == ErrorCode.TOO_MANY_FRAMES
    assert code_of(files.still, max_frames=1) is None


def test_no_time_at_all(files: Files) -> None:
    for path in files:
        assert code_of(path, decode_seconds=0.0) == ErrorCode.DECODE_TIMEOUT


def test_messages_name_the_limit(files: Files) -> None:
    excesses: dict[str, Any] = {"max_bytes": 100, "max_pixels": 100, "max_seconds": 0.5, "max_frames": 7}
    for field, value in excesses.items():
        with pytest.raises(MediaError) as caught:
            decode(files.video, **{field: value})
        assert "limit" in caught.value.message or str(value) in caught.value.message


@pytest.mark.parametrize("kind", ["video", "still", "animation"])
def test_slow_reading_is_given_up(kind: str, files: Files, monkeypatch: pytest.MonkeyPatch) -> None:
    path: Path = getattr(files, kind)
    read = Source.read

    def slow(self: Source, count: int = -1) -> bytes:
        time.sleep(0.05)
        return read(self, min(count, 64) if count > 0 else count)

    monkeypatch.setattr(Source, "read", slow)
    started = time.monotonic()
    assert code_of(path, decode_seconds=0.12) == ErrorCode.DECODE_TIMEOUT
    assert time.monotonic() - started < 5.0


@pytest.mark.parametrize("kind", ["video", "animation"])
def test_slow_decoding_is_given_up_between_frames(
    kind: str, files: Files, monkeypatch: pytest.MonkeyPatch
) -> None:
    path: Path = getattr(files, kind)

    def slowed(cls: Any, name: str) -> None:
        original = getattr(cls, name)

        def slow(*arguments: Any) -> Any:
            time.sleep(0.05)
            return original(*arguments)

        monkeypatch.setattr(cls, name, slow)

    slowed(VideoDecoder, "_decode")
    slowed(StillDecoder, "_load")
    started = time.monotonic()
    assert code_of(path, 1, decode_seconds=0.4) == ErrorCode.DECODE_TIMEOUT
    assert time.monotonic() - started < 5.0


def test_a_slow_consumer_costs_nothing(files: Files) -> None:
    for path in (files.video, files.animation):
        with open_media(path, 6, Limits(decode_seconds=0.5)) as media:
            given = 0
            for _ in media.frames():
                time.sleep(0.1)
                given += 1
            assert given == 6
            assert 0 < media.budget.spent < 0.5


def test_time_in_other_threads_of_the_decoder_counts_as_wall_time() -> None:
    budget = DecodeBudget(0.05)
    with budget:
        budget.check()
        time.sleep(0.06)
        with pytest.raises(MediaError) as caught:
            budget.check()
    assert caught.value.code == ErrorCode.DECODE_TIMEOUT
    assert caught.value.details == {"limit_seconds": 0.05}
    assert 0.05 < budget.spent < 0.5


def test_a_limit_of_one_frame_may_be_planned(files: Files) -> None:
    for path in (files.video, files.animation):
        opened = decode(path, 1)
        assert len(opened.frames) == opened.planned == 1
        assert 15 <= opened.indexes[0] <= 34, "from the middle"
