"""Previews: what browsers play, showing at each time what the analysis saw at that time."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from media_factory import (
    CONTAINERS,
    Clip,
    boxes,
    cornered,
    corners_of,
    number_of,
    numbered,
    patches,
    patches_of,
    remux,
    yuv_frame,
)
from PIL import Image

from detector.contracts import ErrorCode, Frame, Limits, MediaError
from detector.media import open_media
from detector.media.preview import NoPreviewError, make_preview

LONG, LARGE = 60.0, 2**26


def in_444(number: int) -> av.VideoFrame:
    return yuv_frame(np.repeat(numbered(number)[:, :, None], 3, 2), "yuv444p")


MakePreview = Callable[..., Path]


@pytest.fixture
def preview_of(tmp_path: Path) -> MakePreview:
    def make(path: Path, seconds: float = LONG, most_bytes: int = LARGE) -> Path:
        target = tmp_path / "preview.mp4"
        make_preview(path, target, Limits(), seconds, most_bytes, lambda: None)
        return target

    return make


def shown(path: Path) -> list[Frame]:
    with open_media(path, 10_000, Limits()) as media:
        return list(media.frames())


def size_of(path: Path) -> tuple[int, int]:
    with open_media(path, 1, Limits()) as media:
        return media.info.width, media.info.height


def at(frames: list[Frame], time: float) -> Frame:
    """Return what a player shows at a time."""
    return [frame for frame in frames if frame.timestamp_ms <= time + 0.02][-1]


def assert_shows_the_same(preview: Path, original: Path, every_ms: float = 34) -> None:
    made, seen = shown(preview), shown(original)
    assert made[0].timestamp_ms == 0
    by_time = {round(frame.timestamp_ms): number_of(frame.rgb) for frame in seen}
    for frame in made:
        assert number_of(frame.rgb) == by_time[round(frame.timestamp_ms)]
    for frame in seen:
        assert frame.timestamp_ms - at(made, frame.timestamp_ms).timestamp_ms < every_ms


def is_copied(preview: Path, original: Path) -> bool:
    return packets(preview) == packets(original)


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(video=0) if packet.size]


@pytest.mark.parametrize("suffix", [".mp4", ".mov", ".mkv"])
@pytest.mark.parametrize("b_frames", [0, 3])
def test_what_browsers_play_is_copied(
    suffix: str, b_frames: int, tmp_path: Path, preview_of: MakePreview
) -> None:
    path = Clip(b_frames=b_frames, audio=True).write(tmp_path / f"clip{suffix}")
    preview = preview_of(path)
    assert is_copied(preview, path)
    assert_shows_the_same(preview, path, every_ms=0.1)


@pytest.mark.parametrize(
    ("codec", "suffix"), [(c, s) for c, suffixes in CONTAINERS.items() for s in suffixes if c != "h264"]
)
def test_other_codecs_are_encoded_anew(
    codec: str, suffix: str, tmp_path: Path, preview_of: MakePreview
) -> None:
    path = Clip(codec=codec).write(tmp_path / f"clip{suffix}")
    preview = preview_of(path)
    with av.open(str(preview)) as container:
        context = container.streams.video[0].codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
    assert_shows_the_same(preview, path)


@pytest.mark.parametrize(
    "clip",
    [
        Clip(pixels="yuv420p10le"),
        Clip(pixels="yuv444p", picture=in_444),
        Clip(sample_aspect=Fraction(2)),
        Clip(frames=2, size=(2560, 1440)),
    ],
    ids=["10 bit", "4:4:4", "pixels that are not square", "larger than players like"],
)
def test_h264_that_not_every_browser_plays_is_encoded_anew(
    clip: Clip, tmp_path: Path, preview_of: MakePreview
) -> None:
    path = clip.write(tmp_path / "clip.mp4")
    preview = preview_of(path)
    assert not is_copied(preview, path)
    with av.open(str(preview)) as container:
        assert container.streams.video[0].codec_context.pix_fmt == "yuv420p"
    assert_shows_the_same(preview, path)


def test_h264_whose_times_its_container_does_not_tell(tmp_path: Path, preview_of: MakePreview) -> None:
    path = Clip(b_frames=3).write(tmp_path / "clip.avi")
    assert_shows_the_same(preview_of(path), path)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_uneven_times_are_kept(codec: str, tmp_path: Path, preview_of: MakePreview) -> None:
    times = (0, 100, 300, 350, 1200, 1500, 4000)
    path = Clip(codec=codec, frames=7, times_ms=times).write(tmp_path / "clip.mp4")
    preview = preview_of(path)
    assert [round(frame.timestamp_ms) for frame in shown(preview)] == list(times)
    assert_shows_the_same(preview, path)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
def test_the_first_frame_is_at_zero_whenever_the_stream_begins(
    codec: str, tmp_path: Path, preview_of: MakePreview
) -> None:
    def late(given: list[av.Packet[Any]]) -> list[av.Packet[Any]]:
        for packet in given:
            shift = round(3 / packet.time_base)
            packet.pts, packet.dts = (packet.pts or 0) + shift, (packet.dts or 0) + shift
        return given

    path = remux(Clip(codec=codec).write(tmp_path / "clip.mkv"), tmp_path / "late.mkv", late)
    with av.open(str(path)) as container:
        assert next(container.decode(video=0)).time == 3
    assert_shows_the_same(preview_of(path), path)


def test_no_more_pictures_than_a_player_shows(tmp_path: Path, preview_of: MakePreview) -> None:
    path = Clip(codec="mpeg4", fps=Fraction(60), frames=120).write(tmp_path / "clip.mp4")
    preview = preview_of(path)
    assert len(shown(preview)) == 60
    assert_shows_the_same(preview, path)


def test_long_videos_have_fewer_pictures_per_second(tmp_path: Path, preview_of: MakePreview) -> None:
    path = Clip(codec="mpeg4", frames=80 * 25).write(tmp_path / "clip.mp4")
    preview = preview_of(path)
    assert 900 <= len(shown(preview)) <= 1300
    assert_shows_the_same(preview, path, every_ms=101)


def test_a_player_can_start_every_second_and_has_the_index_first(
    tmp_path: Path, preview_of: MakePreview
) -> None:
    for codec in ("h264", "mpeg4"):
        preview = preview_of(Clip(codec=codec, frames=100).write(tmp_path / "clip.mp4"))
        data = preview.read_bytes()
        ((index, _),) = boxes(data, b"moov")
        ((pictures, _),) = boxes(data, b"mdat")
        assert index < pictures
    with av.open(str(preview)) as container:
        keys = [float(p.pts * p.time_base) for p in container.demux(video=0) if p.size and p.is_keyframe]
    assert set(keys) >= {0, 1, 2, 3}


@pytest.mark.parametrize(
    ("size", "made"),
    [((1600, 900), (720, 404)), ((900, 1600), (404, 720)), ((97, 65), (96, 64)), ((320, 240), (320, 240))],
)
def test_made_previews_are_small_and_keep_their_shape(
    size: tuple[int, int], made: tuple[int, int], tmp_path: Path, preview_of: MakePreview
) -> None:
    picture = yuv_frame(np.full((*size[::-1], 3), 90, np.uint8), "yuv444p")  # which may have odd sides
    path = Clip(frames=2, size=size, pixels="yuv444p", picture=lambda _: picture).write(tmp_path / "clip.mp4")
    assert size_of(preview_of(path)) == made


@pytest.mark.parametrize("codec", ["h264", "mpeg4"])
@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("turn", [0, 90, 180, 270])
def test_turned_videos_are_shown_as_they_were_analysed(
    turn: int, mirrored: bool, codec: str, tmp_path: Path, preview_of: MakePreview
) -> None:
    picture = yuv_frame(cornered(), matrix="bt601")
    clip = Clip(codec=codec, frames=3, picture=lambda _: picture, rotation=turn, mirrored=mirrored)
    path = clip.write(tmp_path / "clip.mp4")
    preview = preview_of(path)
    assert size_of(preview) == size_of(path)
    assert corners_of(shown(preview)[0].rgb) == corners_of(shown(path)[0].rgb)


@pytest.mark.parametrize("codec", ["h264", "hevc"])
@pytest.mark.parametrize("full_range", [False, True])
@pytest.mark.parametrize(("matrix", "number"), [("bt601", 6), ("bt709", 1)])
def test_colours_stay(
    matrix: str, number: int, full_range: bool, codec: str, tmp_path: Path, preview_of: MakePreview
) -> None:
    picture = yuv_frame(patches(), matrix=matrix, full_range=full_range)
    clip = Clip(codec=codec, frames=3, size=(192, 96), picture=lambda _: picture, matrix=number)
    path = clip.but(full_range=full_range).write(tmp_path / "clip.mp4")
    seen, made = (patches_of(shown(one)[0].rgb) for one in (path, preview_of(path)))
    assert np.abs(seen - made).max() <= 3


def test_colours_of_a_large_picture_that_does_not_name_them_stay(
    tmp_path: Path, preview_of: MakePreview
) -> None:
    size = (1280, 720)
    picture = yuv_frame(patches(size), matrix="bt709")
    path = Clip(codec="mpeg4", frames=2, size=size, picture=lambda _: picture).write(tmp_path / "clip.mkv")
    seen, made = (patches_of(shown(one)[0].rgb) for one in (path, preview_of(path)))
    assert np.abs(seen - made).max() <= 4


def test_what_else_the_container_holds_is_left_behind(tmp_path: Path, preview_of: MakePreview) -> None:
    path = Clip(audio=True).write(tmp_path / "clip.mp4")
    with av.open(str(path)) as given, av.open(str(tmp_path / "told.mov"), "w") as told:
        told.metadata.update({"title": "SECRET TITLE", "location": "+52.5200+013.4050/"})
        streams = {stream.index: told.add_stream_from_template(stream) for stream in given.streams}
        for packet in given.demux():
            if packet.size:
                packet.stream = streams[packet.stream_index]
                told.mux(packet)
    assert b"SECRET TITLE" in (tmp_path / "told.mov").read_bytes()
    preview = preview_of(tmp_path / "told.mov")
    with av.open(str(preview)) as container:
        assert [stream.type for stream in container.streams] == ["video", "audio"]
    assert b"SECRET" not in preview.read_bytes()
    assert b"+52.52" not in preview.read_bytes()


@pytest.mark.parametrize("codec", ["h264", "mpeg4"])
def test_a_damaged_video_has_a_preview_of_what_can_be_seen(
    codec: str, tmp_path: Path, preview_of: MakePreview
) -> None:
    path = Clip(codec=codec, frames=50).write(tmp_path / "clip.mkv")
    data = path.read_bytes()
    path.write_bytes(data[: len(data) * 3 // 4])
    frames = shown(preview_of(path))
    assert 30 <= len(frames) <= 40
    assert all(number_of(frame.rgb) == round(frame.timestamp_ms / 40) for frame in frames)


@pytest.mark.parametrize("suffix", [".png", ".webp"])
def test_animations_become_videos(suffix: str, tmp_path: Path, preview_of: MakePreview) -> None:
    pictures = [Image.fromarray(np.repeat(numbered(i)[:, :, None], 3, 2)) for i in range(9)]
    path = tmp_path / f"moving{suffix}"
    pictures[0].save(path, save_all=True, append_images=pictures[1:], duration=200, lossless=True)
    assert_shows_the_same(preview_of(path), path)


def test_it_is_given_up_as_soon_as_it_is_clear_that_it_takes_too_long(
    tmp_path: Path, preview_of: MakePreview, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Clip(codec="mpeg4", frames=100).write(tmp_path / "clip.mp4")
    seconds = iter(range(10_000))
    monkeypatch.setattr("detector.media.preview.time", SimpleNamespace(monotonic=lambda: next(seconds)))
    with pytest.raises(NoPreviewError, match=r"it would take \d+ of 50\.0 seconds"):
        preview_of(path, 50)
    assert next(seconds) < 10


def test_time_spent_reading_counts(tmp_path: Path, preview_of: MakePreview) -> None:
    path = Clip(frames=5).write(tmp_path / "clip.mp4")
    with pytest.raises(MediaError) as raised:
        preview_of(path, 1e-9)
    assert raised.value.code is ErrorCode.DECODE_TIMEOUT


@pytest.mark.parametrize("codec", ["h264", "mpeg4"])
def test_it_can_be_halted(codec: str, tmp_path: Path) -> None:
    class HaltedError(Exception):
        pass

    def halted() -> None:
        raise HaltedError

    path = Clip(codec=codec).write(tmp_path / "clip.mp4")
    with pytest.raises(HaltedError):
        make_preview(path, tmp_path / "preview.mp4", Limits(), LONG, LARGE, halted)


def test_one_that_is_too_large_is_none(tmp_path: Path, preview_of: MakePreview) -> None:
    with pytest.raises(NoPreviewError, match="too large"):
        preview_of(Clip().write(tmp_path / "clip.mp4"), most_bytes=1000)
