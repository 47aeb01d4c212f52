"""Which frame is given, and when it is shown: every clip's frames carry their own number."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import av
import numpy as np
import pytest
from hostile import MEDIA, TRACK, rebuilt
from media_factory import (
    CONTAINERS,
    Clip,
    boxes,
    decode_all,
    grey_frame,
    missing_encoders,
    number_of,
    numbered,
    packet_places,
    remux,
)
from opened import decode, gaps, require_sound

from detector.media.leg import Leg

CASES = [(codec, suffix) for codec, suffixes in CONTAINERS.items() for suffix in suffixes]
LAYOUTS = {
    "h264 with B-frames": Clip(b_frames=3, gop=30),
    "h264 in one group": Clip(b_frames=5, gop=1000, encoder_options={"x264-params": "b-pyramid=normal"}),
    "h264 in open groups": Clip(b_frames=3, gop=20, open_gop=True),
    "h264 refreshed without key frames": Clip(gop=25, encoder_options={"x264-params": "intra-refresh=1"}),
    "hevc in open groups": Clip(codec="hevc", b_frames=4, gop=24, open_gop=True),
    "hevc in temporal layers": Clip(
        codec="hevc", b_frames=3, gop=60, encoder_options={"x265-params": "temporal-layers=3:b-pyramid=1"}
    ),
    "vp9 with hidden frames": Clip(
        codec="vp9", gop=60, encoder_options={"lag-in-frames": "16", "auto-alt-ref": "1"}
    ),
    "av1 in layers": Clip(codec="av1", gop=64),
    "mpeg4 with B-frames": Clip(codec="mpeg4", b_frames=2, gop=15),
}


def test_the_installed_wheel_makes_every_codec() -> None:
    assert missing_encoders() == []


def check(path: Path, count: int, total: int) -> None:
    """Compare with decoding straight through by PyAV alone: numbers, times and pixels."""
    reference = decode_all(path)
    assert [number_of(np.repeat(grey[:, :, None], 3, 2)) for _, grey in reference] == list(range(total))
    opened = decode(path, count)
    require_sound(opened)
    assert opened.numbers == opened.indexes
    assert len(opened.frames) == opened.planned == min(count, total)
    assert opened.damaged == 0
    assert opened.info.frame_count == total
    for frame in opened.frames:
        grey = reference[frame.index][1].astype(int)
        assert np.abs(frame.rgb[:, :, 1].astype(int) - grey).max() <= 2, (
            f"frame {frame.index} has other pixels"
        )


@pytest.mark.parametrize(("codec", "suffix"), CASES)
def test_every_codec_and_container(codec: str, suffix: str, tmp_path: Path) -> None:
    b_frames = 2 if codec in ("h264", "hevc") and suffix != ".avi" else 0
    path = Clip(codec=codec, frames=100, b_frames=b_frames, audio=True).write(tmp_path / f"clip{suffix}")
    check(path, 32, 100)
    info = decode(path, 1).info
    assert (info.media_type, info.codec) == ("video", codec)
    assert info.format == {".mp4": "mov", ".mov": "mov", ".avi": "avi"}.get(suffix, "matroska")
    assert (info.width, info.height) == (96, 64)
    assert info.duration_ms == pytest.approx(4000, abs=2)
    assert info.size_bytes == path.stat().st_size


@pytest.mark.parametrize("count", [5, 32])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_every_layout_of_a_stream(layout: str, count: int, tmp_path: Path) -> None:
    clip = LAYOUTS[layout].but(frames=150)
    check(clip.write(tmp_path / "clip.mkv"), count, 150)
    check(clip.write(tmp_path / "clip.mp4"), count, 150)


def test_thirty_two_of_three_hundred_frames_lie_evenly(tmp_path: Path) -> None:
    opened = decode(Clip(frames=300, gop=250, b_frames=2).write(tmp_path / "clip.mp4"))
    assert opened.numbers == opened.indexes
    assert len(opened.frames) == 32
    assert set(gaps(opened.indexes)) <= {9, 10}
    assert opened.times == pytest.approx([40.0 * index for index in opened.indexes])


@pytest.mark.parametrize("total", [2, 7, 31, 32, 33])
def test_short_clips_give_each_frame_once(total: int, tmp_path: Path) -> None:
    opened = decode(Clip(frames=total, b_frames=2).write(tmp_path / "clip.mp4"))
    assert opened.numbers == opened.indexes
    assert len(opened.frames) == min(total, 32)
    if total <= 32:
        assert opened.indexes == list(range(total))


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi"])
def test_one_frame_is_a_video_and_not_a_still(suffix: str, tmp_path: Path) -> None:
    opened = decode(Clip(frames=1).write(tmp_path / f"clip{suffix}"))
    assert opened.numbers == [0]
    assert opened.times == [0.0]
    assert (opened.info.media_type, opened.info.frame_count) == ("video", 1)
    assert opened.info.duration_ms == pytest.approx(40, abs=41), "of one frame, or unknown"


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_variable_frame_rates_keep_the_containers_times(suffix: str, tmp_path: Path) -> None:
    steps = [5, 10, 200, 33, 40, 1000, 17] * 20
    times = tuple(sum(steps[:i]) for i in range(len(steps)))
    path = Clip(frames=len(times), times_ms=times, b_frames=2).write(tmp_path / f"clip{suffix}")
    opened = decode(path)
    assert opened.numbers == opened.indexes
    assert opened.times == pytest.approx([float(times[i]) for i in opened.indexes], abs=1)
    span = times[-1] / 32
    assert max(gaps(opened.times)) <= 1.4 * span + 1000, "even over time, up to the longest frame"
    assert opened.info.duration_ms == pytest.approx(times[-1] + 150, abs=200)


def test_a_moment_in_a_long_pause_gives_the_frame_that_is_shown_nearest(tmp_path: Path) -> None:
    times = (*range(0, 1000, 40), *range(60_000, 61_000, 40))
    opened = decode(Clip(frames=50, times_ms=times).write(tmp_path / "clip.mkv"), 8)
    assert opened.numbers == opened.indexes
    assert 2 <= len(opened.frames) <= 8, "a frame is never given twice to fill up the number"


def test_a_late_start_is_not_part_of_the_times(tmp_path: Path) -> None:
    times = tuple(5000 + 40 * i for i in range(50))
    opened = decode(Clip(frames=50, times_ms=times).write(tmp_path / "clip.mkv"), 10)
    assert opened.numbers == opened.indexes
    assert opened.times == pytest.approx([40.0 * index for index in opened.indexes], abs=1)
    assert opened.info.duration_ms == pytest.approx(2000, abs=2)


def test_times_below_zero_are_hidden_in_mp4(tmp_path: Path) -> None:
    times = tuple(40 * i - 800 for i in range(60))
    path = Clip(frames=60, gop=60, times_ms=times).write(tmp_path / "clip.mp4")
    assert min(place.pts for place in packet_places(path)) < 0
    opened = decode(path, 64)
    assert opened.numbers == list(range(20, 60))
    assert opened.indexes == list(range(40))
    assert opened.times == pytest.approx([40.0 * index for index in opened.indexes], abs=1)


@pytest.mark.parametrize(("gop", "b_frames"), [(60, 2), (10, 0)])
def test_frames_without_times_are_counted(gop: int, b_frames: int, tmp_path: Path) -> None:
    path = Clip(frames=60, gop=gop, b_frames=b_frames).write(tmp_path / "clip.mkv")
    data = bytearray(path.read_bytes())
    for place in packet_places(path):
        # A SimpleBlock's time, relative to its cluster, comes after the track number, one byte.
        time = int.from_bytes(data[place.position + 1 : place.position + 3], "big", signed=True)
        data[place.position + 1 : place.position + 3] = (time - 800).to_bytes(2, "big", signed=True)
    path.write_bytes(data)
    with av.open(str(path)) as container:
        assert any(packet.pts is None for packet in container.demux(video=0) if packet.size), (
            "times below zero"
        )
    for count in (5, 16):
        opened = decode(path, count)
        assert opened.numbers == opened.indexes
        assert len(opened.frames) == count
        assert opened.times == pytest.approx([40.0 * index for index in opened.indexes], abs=1)
        assert opened.info.duration_ms == pytest.approx(2400, abs=1)


def test_what_an_edit_list_cuts_away_is_not_given(tmp_path: Path) -> None:
    path = Clip(frames=100, gop=50, b_frames=2).write(tmp_path / "whole.mp4")
    data = bytearray(path.read_bytes())
    ((start, _),) = boxes(bytes(data), b"moov", b"trak", b"edts", b"elst")
    # One entry of version 0: duration, media time, rate. The media time is in units of 1/12800 s.
    media_time = int.from_bytes(data[start + 12 : start + 16], "big")
    data[start + 12 : start + 16] = (media_time + 30 * 512).to_bytes(4, "big")
    data[start + 8 : start + 12] = (40 * 40).to_bytes(4, "big")  # forty frames, in milliseconds
    path.write_bytes(data)
    opened = decode(path, 64)
    assert opened.numbers == list(range(30, 30 + len(opened.frames)))
    assert 39 <= len(opened.frames) <= 42
    assert opened.indexes == list(range(len(opened.frames)))
    assert opened.times == pytest.approx([40.0 * index for index in opened.indexes], abs=1)


@pytest.mark.parametrize("b_frames", [0, 2])
def test_every_part_of_an_edit_list_is_given(b_frames: int, tmp_path: Path) -> None:
    """As where a phone or an editor cut out the middle without coding anew."""
    path = Clip(frames=30, gop=8, b_frames=b_frames).write(tmp_path / "a.mp4")
    data = path.read_bytes()
    (start, _), *_ = boxes(data, *MEDIA, b"mdhd")
    units = int.from_bytes(data[start + 12 : start + 16], "big") // 25
    (start, _), *_ = boxes(data, *TRACK, b"edts", b"elst")
    delay = int.from_bytes(data[start + 12 : start + 16], "big")
    parts = [(0, 5), (9, 12), (20, 30)]
    entries = [struct.pack(">IiI", 40 * (to - at), at * units + delay, 1 << 16) for at, to in parts]
    listed = struct.pack(">II", 0, len(entries)) + b"".join(entries)
    path.write_bytes(rebuilt(data, (*TRACK, b"edts", b"elst"), lambda _: listed))
    wanted = [number for part in parts for number in range(*part)]
    opened = decode(path)
    assert opened.numbers == wanted
    assert opened.damaged == 0
    assert opened.times == pytest.approx([40 * i for i in range(len(wanted))], abs=1)
    few = decode(path, 4)
    assert few.numbers == [wanted[index] for index in few.indexes]
    assert few.info.duration_ms == pytest.approx(40 * len(wanted), abs=1)


def test_a_stream_that_starts_in_the_middle_of_a_group(tmp_path: Path) -> None:
    whole = Clip(codec="mpeg4", frames=100, gop=25).write(tmp_path / "whole.mkv")

    def cut(packets: list[av.Packet[Any]]) -> Iterable[av.Packet[Any]]:
        return packets[10:]

    opened = decode(remux(whole, tmp_path / "cut.mkv", cut), 32)
    assert None not in opened.numbers, "what comes before the first key frame is built on nothing"
    assert [number - 10 for number in opened.numbers if number is not None] == opened.indexes
    assert opened.indexes[0] >= 15
    assert len(opened.frames) < opened.planned


@pytest.mark.parametrize("b_frames", [0, 2])
@pytest.mark.parametrize(("codec", "suffix"), [("h264", ".avi"), ("mpeg4", ".avi"), ("h264", ".asf")])
def test_containers_without_presentation_times(
    codec: str, suffix: str, b_frames: int, tmp_path: Path
) -> None:
    path = Clip(codec=codec, frames=120, b_frames=b_frames, gop=25).write(tmp_path / f"clip{suffix}")
    for count in (5, 32):
        opened = decode(path, count)
        assert opened.numbers == opened.indexes
        assert len(opened.frames) == count
        assert opened.times == pytest.approx([40.0 * index for index in opened.indexes], abs=1)
        assert opened.info.duration_ms == pytest.approx(4800, abs=41)
        assert opened.damaged == 0


NO_PICTURE = b"\0\0\1\xb6\x50\x4f"  # a P picture at 25 a second that is not coded


def test_avi_whose_packets_hold_two_pictures_or_none(tmp_path: Path) -> None:
    """DivX and Xvid put a picture that is shown before its reference into the packet of that one."""
    film = Clip(codec="mpeg4", frames=61, b_frames=2, gop=61).write(tmp_path / "clip.mp4")
    path = tmp_path / "clip.avi"
    with av.open(str(film)) as given, av.open(str(path), "w") as made:
        stream = given.streams.video[0]
        coded = [bytes(packet) for packet in given.demux(stream) if packet.size]
        header = bytes(stream.codec_context.extradata or b"") + b"\0\0\1\xb2DivX503b1393p"
        packed = [header + coded[0]]
        for reference, first, second in zip(coded[1::3], coded[2::3], coded[3::3], strict=True):
            packed += [reference + first, second, NO_PICTURE]
        copy: Any = made.add_stream("mpeg4", rate=25)
        copy.width, copy.height, copy.pix_fmt = 96, 64, "yuv420p"
        for number, content in enumerate(packed):
            packet: Any = av.Packet(content)
            packet.pts = packet.dts = number
            packet.time_base, packet.stream, packet.is_keyframe = Fraction(1, 25), copy, number == 0
            made.mux(packet)
    opened = decode(path, 10)
    assert len(opened.frames) == 10
    assert opened.numbers == opened.indexes
    assert opened.damaged == 0


def test_avi_whose_rate_counts_places_for_pictures(tmp_path: Path) -> None:
    """FFmpeg writes one of 600 a second where it copies a stream whose pictures are reordered."""
    path = tmp_path / "clip.avi"
    with av.open(str(path), "w") as made:
        stream: Any = made.add_stream("libx264", rate=600, options={"x264-params": "bframes=2:b-adapt=0"})
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for number in range(60):
            frame = grey_frame(numbered(number))
            frame.pts, frame.time_base = 24 * number, Fraction(1, 600)
            made.mux(stream.encode(frame))
        made.mux(stream.encode(None))
    opened = decode(path, 8)
    assert opened.numbers == opened.indexes
    assert opened.times == pytest.approx([40.0 * index for index in opened.indexes], rel=0.05)
    assert opened.info.duration_ms == pytest.approx(2400, rel=0.05)


@pytest.mark.parametrize("suffix", [".mp4", ".mkv"])
def test_a_long_first_frame_is_not_counted_twice(suffix: str, tmp_path: Path) -> None:
    """The last frame's duration is the file's, or guessed to be short; never that of frames on average."""
    path = Clip(frames=3, times_ms=(0, 100_000, 100_040)).write(tmp_path / f"clip{suffix}")
    assert decode(path, max_seconds=110).info.duration_ms == pytest.approx(100_080, abs=1000)


@pytest.mark.parametrize("count", [5, 32])
def test_two_frames_of_one_time_are_told_apart(count: int, tmp_path: Path) -> None:
    path = Clip(frames=60, gop=15).write(tmp_path / "clip.mkv")
    places = packet_places(path)
    data = bytearray(path.read_bytes())
    for i in (20, 40):
        # A SimpleBlock's time, relative to its cluster, comes after the track number; repeat the neighbour's.
        at, before = places[i].position, places[i - 1].position
        assert int.from_bytes(data[at + 1 : at + 3], "big") == places[i].pts
        data[at + 1 : at + 3] = data[before + 1 : before + 3]
    path.write_bytes(data)
    assert len({place.pts for place in packet_places(path)}) == 58
    opened = decode(path, count)
    require_sound(opened)
    assert None not in opened.numbers
    # An index counts the times that can be told apart.
    kept = [i for i in range(60) if i not in (20, 40)]
    assert all(
        abs(kept[index] - (number or 0)) <= 1
        for index, number in zip(opened.indexes, opened.numbers, strict=True)
    )


FRAGMENTS = {"movflags": "frag_keyframe+empty_moov+default_base_moof"}


def test_fragmented_mp4(tmp_path: Path) -> None:
    clip = Clip(frames=150, gop=25, b_frames=2, container_options=FRAGMENTS)
    path = clip.write(tmp_path / "clip.mp4")
    for count in (3, 32):
        opened = decode(path, count)
        assert opened.numbers == opened.indexes
        assert len(opened.frames) == count


def test_matroska_without_an_index(tmp_path: Path) -> None:
    path = Clip(frames=150, gop=25, container_options={"live": "1"}).write(tmp_path / "clip.mkv")
    for count in (3, 32):
        opened = decode(path, count)
        assert opened.numbers == opened.indexes
        assert len(opened.frames) == count


def test_an_index_that_points_elsewhere_is_not_followed(tmp_path: Path) -> None:
    clip = Clip(frames=200, gop=25, container_options={"cluster_time_limit": "500"})
    file = clip.write(tmp_path / "clip.mkv")
    data = bytearray(file.read_bytes())
    cues = data.rindex(b"\x1c\x53\xbb\x6b")
    entries = []
    at = cues
    while (at := data.find(b"\xb3", at + 1)) >= 0:  # CueTime
        entries.append(at)
    positions = [at for at in range(cues, len(data)) if data[at] == 0xF1]  # CueClusterPosition
    assert len(positions) >= 4
    last = positions[-1]
    size = data[last + 1] & 0x7F
    for at in positions[1:-1]:
        if data[at + 1] & 0x7F == size:
            data[at + 2 : at + 2 + size] = data[last + 2 : last + 2 + size]
    file.write_bytes(data)
    opened = decode(file, 4)
    assert opened.numbers == opened.indexes
    assert len(opened.frames) == 4
    assert opened.damaged == 0


@pytest.mark.parametrize("codec", ["h264", "hevc", "mpeg4"])
def test_key_flags_that_lie_do_not_give_broken_frames(codec: str, tmp_path: Path) -> None:
    path = Clip(codec=codec, frames=150, gop=50).write(tmp_path / "clip.mp4")
    data = path.read_bytes()
    # Without its list of sync samples, every sample of an MP4 counts as one.
    assert data.count(b"stss") == 1
    path.write_bytes(data.replace(b"stss", b"free"))
    if codec != "h264":  # whose key frames FFmpeg finds by itself
        assert all(place.key for place in packet_places(path))
    opened = decode(path, 8)
    assert opened.numbers == opened.indexes
    assert len(opened.frames) == 8
    assert opened.damaged == 0


def test_the_film_and_not_a_thumbnail_track_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "clip.mkv"
    Clip(frames=40, fps=Fraction(30000, 1001)).write(path)
    opened = decode(path, 40)
    assert opened.numbers == list(range(40))
    assert opened.info.duration_ms == pytest.approx(40 * 1001 / 30, abs=2)


def test_the_same_file_gives_the_same_pixels_twice(tmp_path: Path) -> None:
    path = Clip(frames=200, gop=20, b_frames=2).write(tmp_path / "clip.mp4")
    first, second = decode(path), decode(path)
    assert first.info == second.info
    assert all(np.array_equal(a.rgb, b.rgb) for a, b in zip(first.frames, second.frames, strict=True))


def test_what_is_read_is_the_file_named_by_its_hash(tmp_path: Path) -> None:
    import hashlib

    path = Clip(frames=3).write(tmp_path / "clip.mp4")
    assert decode(path).info.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_picture_without_a_time_is_passed_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = Clip(frames=60, gop=20).write(tmp_path / "clip.mp4")
    accept = Leg.accept

    def forgetful(self: Leg, picture: Any) -> int | None:
        if picture.pts == 30 * 512:
            picture = SimpleNamespace(pts=None, key_frame=picture.key_frame, is_corrupt=picture.is_corrupt)
        return accept(self, picture)

    monkeypatch.setattr(Leg, "accept", forgetful)
    opened = decode(path, 60)
    require_sound(opened)
    assert set(range(60)) - set(opened.indexes) == {30}
    assert opened.numbers == opened.indexes
