"""Streams that are damaged, change on the way, lie about themselves, or name other files."""

from __future__ import annotations

import http.server
import os
import struct
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import av
import hostile
import numpy as np
import pytest
from media_factory import Clip, boxes, decode_all, grey_frame, numbered, packet_places
from opened import code_of, decode, require_sound

from detector.contracts import ErrorCode, Image, Limits, MediaError
from detector.media import survey
from detector.media.budget import DecodeBudget
from detector.media.source import Source
from detector.media.tags import WithoutFloods, without_floods
from detector.media.video import VideoDecoder

VIDEO = ErrorCode.VIDEO_DECODE_ERROR
SECONDS = 60.0  # far more than any file here takes, even on a busy machine


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    started = time.monotonic()
    yield
    assert time.monotonic() - started < SECONDS


# ---- damage on the way

GROUP = 20
BROKEN = range(2 * GROUP, 3 * GROUP)  # the group of pictures that holds the broken packets
SIZE = (320, 176)
SMEAR = 12  # codes; grain alone makes more of a difference between frames


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str, int], Path]:
    """Return a function that makes a clip of six groups once, with enough detail for damage to show."""
    folder = tmp_path_factory.mktemp("whole")

    @cache
    def make(codec: str, suffix: str, b_frames: int = 0) -> Path:
        clip = Clip(codec=codec, frames=120, gop=GROUP, b_frames=b_frames, size=SIZE)
        path = folder / f"{codec}-{b_frames}{suffix}"
        quick = {"deadline": "realtime"} if codec == "vp9" else {}
        return clip.but(picture=hostile.grainy_numbers(SIZE), encoder_options=quick).write(path)

    return make


STREAMS = [("h264", ".mp4", 0), ("h264", ".mkv", 2), ("hevc", ".mp4", 2), ("mpeg4", ".avi", 0)]
STREAMS += [("mpeg4", ".mp4", 2), ("vp9", ".webm", 0), ("av1", ".mp4", 0)]
# The others' entropy coding turns noise behind a sound header into a picture, and nothing in the stream
# tells; in VP9 even noise can pass for a header.
NOTICING = ("h264", "mpeg4")


@pytest.mark.parametrize("noise", [True, False])
@pytest.mark.parametrize("kept", [0.0, 0.25])
@pytest.mark.parametrize(("codec", "suffix", "b_frames"), STREAMS)
def test_a_broken_group_in_the_middle(
    codec: str, suffix: str, b_frames: int, kept: float, noise: bool, whole: Callable[..., Path]
) -> None:
    path = whole(codec, suffix, b_frames)
    broken = hostile.broken_packets(path, BROKEN[4], BROKEN[8], kept, noise)
    reference = decode_all(path)
    for count in (6, 32, 120):
        sound, opened = decode(path, count), decode(broken, count)
        require_sound(opened)
        assert sound.damaged == 0
        given = {frame.index: frame for frame in opened.frames}
        for frame in sound.frames:
            if frame.index not in BROKEN:
                assert np.array_equal(given[frame.index].rgb, frame.rgb), (
                    f"frame {frame.index} is not touched"
                )
        if (kept and codec not in NOTICING) or (noise and codec == "vp9"):
            continue
        assert opened.damaged > 0 or opened.indexes == sound.indexes
        assert count < 120 or (opened.damaged > 0 and len(opened.frames) < 120)
        for frame in opened.frames:
            grey = reference[frame.index][1].astype(int)
            assert np.abs(frame.rgb[:, :, 1].astype(int) - grey).max() <= SMEAR, (
                f"frame {frame.index} is smeared"
            )


def test_frames_that_a_decoder_swallows_are_counted(tmp_path: Path) -> None:
    path = Clip(codec="hevc", frames=120, gop=GROUP, b_frames=2).write(tmp_path / "small.mp4")
    for kept in (0.0, 0.25, 0.5):
        opened = decode(hostile.broken_packets(path, BROKEN[4], BROKEN[8], kept), 120)
        require_sound(opened)
        assert {*range(40), *range(60, 120)} <= set(opened.indexes)
        assert len(opened.frames) < 120
        assert opened.numbers == opened.indexes


def test_what_is_built_on_a_broken_frame_is_not_given(whole: Callable[..., Path]) -> None:
    opened = decode(hostile.broken_packets(whole("h264", ".mp4"), BROKEN[4], BROKEN[8]), 120)
    assert set(opened.indexes) == set(range(120)) - set(BROKEN[4:])
    assert opened.damaged == 5


@pytest.mark.parametrize(
    ("codec", "suffix", "b_frames"), [("h264", ".mkv", 2), ("hevc", ".mp4", 2), ("vp9", ".webm", 0)]
)
def test_zeros_within_a_packet_cost_what_rests_on_it(
    codec: str, suffix: str, b_frames: int, whole: Callable[..., Path], tmp_path: Path
) -> None:
    """As where a download left a hole: decoders make a picture of them, and smears of those that follow."""
    path = tmp_path / f"a{suffix}"
    data = bytearray(whole(codec, suffix, b_frames).read_bytes())
    key = [place for place in packet_places(whole(codec, suffix, b_frames)) if place.key][2]
    middle = data.find(data[key.position : key.position + key.size]) + key.size // 2
    data[middle : middle + 512] = bytes(512)
    path.write_bytes(data)
    opened = decode(path, 120)
    assert opened.numbers == opened.indexes
    lost = {*range(120)} - {*opened.indexes}
    assert {*BROKEN} <= lost <= {*range(BROKEN[0] - 2, BROKEN[-1] + 1)}  # the decoder holds two back
    assert opened.damaged >= 1


def motion_jpeg(path: Path) -> bytes:
    """Write forty pictures, each a JPEG, into an AVI."""
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuvj420p"
        painter = hostile.grainy_numbers((96, 64))
        for number in range(40):
            frame = painter(number).reformat(format="yuvj420p")
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path.read_bytes()


def vp8_in_ogg(path: Path) -> bytes:
    """Write sixty frames in four groups."""
    with av.open(str(path), "w", format="ogg") as container:
        stream: Any = container.add_stream("libvpx", rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 96, 64, "yuv420p", 15
        for number in range(60):
            frame = hostile.grainy_numbers((96, 64))(number)
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path.read_bytes()


@pytest.mark.parametrize(("make", "mark"), [(motion_jpeg, b"00dc"), (vp8_in_ogg, b"OggS")])
def test_what_a_container_says_is_missing_is_damage(
    make: Callable[[Path], bytes], mark: bytes, tmp_path: Path
) -> None:
    """Cut between two of its parts, without some of them, with zeros for some."""
    path = tmp_path / ("a.avi" if mark == b"00dc" else "a.ogv")
    data = make(path)
    assert decode(path, 60).damaged == 0
    begin, end = (data.find(mark, int(share * len(data))) for share in (0.4, 0.6))
    for damaged in (data[:end], data[:begin] + data[end:], data[:begin] + bytes(end - begin) + data[end:]):
        path.write_bytes(damaged)
        opened = decode(path, 60)
        assert opened.damaged >= 1
        assert opened.frames


def test_a_fault_in_one_of_many_jpegs_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "a.avi"
    data = bytearray(motion_jpeg(path))
    place = packet_places(path)[20]
    middle = data.find(b"00dc", place.position - 8) + 8 + place.size // 2
    data[middle : middle + 40] = bytes(range(200, 240))
    path.write_bytes(data)
    opened = decode(path, 40)
    assert opened.damaged == 1
    assert opened.numbers == [number for number in range(40) if number != 20]


@pytest.mark.parametrize("codec", ["h264", "vp9"])
def test_a_container_that_is_broken_in_the_middle(codec: str, whole: Callable[..., Path]) -> None:
    path = whole(codec, ".mkv")
    places, data = packet_places(path), bytearray(path.read_bytes())
    for place in places[BROKEN[4] : BROKEN[8]]:
        data[place.position - 4 : place.position + 60] = bytes(64)
    broken = path.with_name("container.mkv")
    broken.write_bytes(data)
    reference = decode_all(path)
    opened = decode(broken, 120)
    assert {*range(40), *range(60, 120)} <= set(opened.numbers)
    for frame in opened.frames:
        number = round(frame.timestamp_ms / 40)  # the index is that among the packets which are left
        grey = reference[number][1].astype(int)
        assert np.abs(frame.rgb[:, :, 1].astype(int) - grey).max() <= SMEAR, f"frame {number} is smeared"


def test_a_broken_key_frame_costs_its_group(whole: Callable[..., Path]) -> None:
    opened = decode(hostile.broken_packets(whole("h264", ".mp4"), BROKEN[0], BROKEN[0]), 120)
    assert set(opened.indexes) == set(range(120)) - set(BROKEN)
    assert opened.damaged == 1


def test_a_video_of_which_no_frame_is_sound_gives_none_and_its_damage(tmp_path: Path) -> None:
    path = Clip(frames=12, gop=4).write(tmp_path / "clip.mp4")
    data = bytearray(path.read_bytes())
    for place in packet_places(path):
        data[place.position + place.size // 2 : place.position + place.size] = bytes(
            place.size - place.size // 2
        )
    path.write_bytes(data)
    opened = decode(path)
    assert opened.frames == []
    assert opened.damaged > 0


def test_an_open_group_behind_damage_gives_no_frame_that_rests_on_it(tmp_path: Path) -> None:
    clip = Clip(
        frames=120, gop=GROUP, b_frames=3, open_gop=True, size=SIZE, picture=hostile.grainy_numbers(SIZE)
    )
    path = clip.write(tmp_path / "open.mkv")
    reference = decode_all(path)
    opened = decode(hostile.broken_packets(path, BROKEN[8], BROKEN[10]), 120)
    assert opened.damaged > 0
    assert {*range(38), *range(64, 120)} <= set(opened.indexes)
    for frame in opened.frames:
        grey = reference[frame.index][1].astype(int)
        assert np.abs(frame.rgb[:, :, 1].astype(int) - grey).max() <= SMEAR, f"frame {frame.index} is smeared"


@pytest.mark.parametrize(("codec", "suffix", "b_frames"), STREAMS)
def test_nothing_but_noise(codec: str, suffix: str, b_frames: int, whole: Callable[..., Path]) -> None:
    assert code_of(hostile.broken_packets(whole(codec, suffix, b_frames), 0, 119)) == VIDEO


# ---- changes on the way


@pytest.mark.parametrize(("codec", "suffix"), [("vp9", ".webm"), ("h264", ".avi"), ("mpeg4", ".avi")])
def test_a_stream_that_changes_its_size(codec: str, suffix: str, tmp_path: Path) -> None:
    sizes = [(96, 64), (192, 128), (48, 32)]
    clips = [
        Clip(codec=codec, frames=30, gop=15, size=size, picture=hostile.offset_numbers(30 * i, size))
        for i, size in enumerate(sizes)
    ]
    opened = decode(hostile.spliced(tmp_path / f"spliced{suffix}", clips), 90)
    require_sound(opened)
    assert opened.numbers == opened.indexes
    shown = {frame.index // 30: frame.rgb.shape[1::-1] for frame in opened.frames}
    assert shown[0] == sizes[0]
    if codec != "mpeg4":  # whose decoder keeps the parameters of the container
        assert shown == dict(enumerate(sizes))
    assert (opened.info.width, opened.info.height) == sizes[0]


def test_a_size_that_grows_beyond_the_limit(tmp_path: Path) -> None:
    clips = [Clip(codec="vp9", frames=30, size=size) for size in ((96, 64), (384, 256))]
    path = hostile.spliced(tmp_path / "spliced.webm", clips)
    assert len(decode(path, 60, max_pixels=384 * 256).frames) == 60
    opened = decode(path, 60, max_pixels=384 * 256 - 1)
    assert opened.numbers == list(range(30))
    assert opened.damaged == 30, "as many as were too large; noise in one header must not cost the file"


def test_frames_far_beyond_the_limit_are_not_even_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = {"deadline": "realtime"}
    clips = [
        Clip(codec="vp9", frames=5, size=size, encoder_options=quick) for size in ((96, 64), (1280, 1024))
    ]
    path = hostile.spliced(tmp_path / "spliced.webm", clips)
    made: set[int] = set()
    convert = VideoDecoder._convert

    def watching(self: VideoDecoder, picture: av.VideoFrame, aspect: float) -> Image | None:
        made.add(picture.width)
        return convert(self, picture, aspect)

    monkeypatch.setattr(VideoDecoder, "_convert", watching)
    opened = decode(path, 10, max_pixels=96 * 64)
    assert opened.numbers == list(range(5))
    assert opened.damaged > 0
    assert made == {96}, "the decoder's own guard comes before the memory for the picture"


@pytest.mark.parametrize("suffix", [".avi"])
def test_a_stream_that_changes_its_pixel_format(suffix: str, tmp_path: Path) -> None:
    pixels = ["yuv420p", "gray", "yuv420p10le", "yuv420p"]
    clips = [
        Clip(frames=20, pixels=format, picture=_in_format(20 * i, format)) for i, format in enumerate(pixels)
    ]
    opened = decode(hostile.spliced(tmp_path / f"spliced{suffix}", clips), 80)
    require_sound(opened)
    assert opened.numbers == opened.indexes
    assert len(opened.frames) == 80


def _in_format(start: int, pixels: str) -> Any:
    def paint(index: int) -> Any:
        frame = grey_frame(numbered(start + index))
        return frame if pixels == "yuv420p" else frame.reformat(format=pixels)

    return paint


# ---- headers that lie


@pytest.mark.parametrize("duration", [0, 1, 1 << 31, 0xFFFFFFFF])
@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_durations_of_an_mp4_header_are_not_believed(duration: int, suffix: str, tmp_path: Path) -> None:
    path = Clip(frames=100, b_frames=2).write(tmp_path / f"clip{suffix}")
    before = decode(path)
    changed = hostile.with_durations(path.read_bytes(), duration)
    assert changed != path.read_bytes()
    path.write_bytes(changed)
    opened = decode(path)
    assert opened.numbers == opened.indexes == before.indexes
    assert opened.times == before.times
    assert opened.info.duration_ms == pytest.approx(4000, abs=1)


@pytest.mark.parametrize("seconds", [0.0, 0.001, 1e12, float("nan"), -5.0])
def test_the_duration_of_a_matroska_header_is_not_believed(seconds: float, tmp_path: Path) -> None:
    path = Clip(frames=100).write(tmp_path / "clip.mkv")
    data = path.read_bytes()
    at = data.index(b"\x44\x89\x88") + 3
    path.write_bytes(data[:at] + struct.pack(">d", seconds * 1000) + data[at + 8 :])
    opened = decode(path)
    assert opened.numbers == opened.indexes
    assert opened.info.duration_ms == pytest.approx(4000, abs=1)


@pytest.mark.parametrize("frames", [0, 1, 0x7FFFFFFF])
def test_the_length_of_an_avi_header_is_not_believed(frames: int, tmp_path: Path) -> None:
    path = Clip(codec="mpeg4", frames=100).write(tmp_path / "clip.avi")
    data = bytearray(path.read_bytes())
    main, stream = data.index(b"avih") + 8, data.index(b"strh") + 8
    data[main + 16 : main + 20] = data[stream + 32 : stream + 36] = frames.to_bytes(4, "little")
    path.write_bytes(data)
    opened = decode(path)
    assert opened.numbers == opened.indexes
    assert opened.info.duration_ms == pytest.approx(4000, abs=41)


@pytest.mark.parametrize(("scale", "rate"), [(1000, 1), (1, 1_000_000), (0xFFFFFFFF, 1)])
def test_an_absurd_rate_is_not_used_to_count_by(scale: int, rate: int, tmp_path: Path) -> None:
    path = Clip(frames=50, b_frames=2).write(tmp_path / "clip.avi")
    data = bytearray(path.read_bytes())
    stream = data.index(b"strh") + 8
    data[stream + 20 : stream + 28] = scale.to_bytes(4, "little") + rate.to_bytes(4, "little")
    path.write_bytes(data)
    opened = decode(path)
    assert opened.numbers == opened.indexes
    assert opened.info.duration_ms == pytest.approx(2000)


def test_a_last_frame_that_is_shown_for_ever_is_too_long(tmp_path: Path) -> None:
    path = Clip(frames=10, times_ms=(*range(0, 360, 40), 3_600_000)).write(tmp_path / "clip.mkv")
    assert code_of(path) == ErrorCode.VIDEO_TOO_LONG


@pytest.mark.parametrize("header_too", [True, False])
@pytest.mark.parametrize("side", [16_000, 60_000])
def test_a_video_that_says_it_is_huge(side: int, header_too: bool, tmp_path: Path) -> None:
    path = Clip(frames=5).write(tmp_path / "clip.mp4")
    path.write_bytes(hostile.huge_h264(path.read_bytes(), side, side, header_too))
    # FFmpeg refuses the stream's own parameters before a picture is made, so that it says nothing of a size.
    assert code_of(path) in (ErrorCode.TOO_MANY_PIXELS, VIDEO)


def test_an_mp4_without_its_end_is_said_to_be_cut_off(tmp_path: Path) -> None:
    """Its index comes last where a recording or a download breaks off."""
    path = Clip().write(tmp_path / "clip.mp4")
    whole = path.read_bytes()
    path.write_bytes(whole[: whole.index(b"moov") - 100])
    with pytest.raises(MediaError, match="broke off") as caught:
        decode(path)
    assert caught.value.code is ErrorCode.VIDEO_DECODE_ERROR
    path.write_bytes(whole.replace(b"stsd", b"free"))
    with pytest.raises(MediaError) as caught:
        decode(path)
    assert "broke off" not in caught.value.message, "it is all there"


def test_sample_tables_with_absurd_counts(tmp_path: Path) -> None:
    path = Clip(frames=30, b_frames=2).write(tmp_path / "clip.mp4")
    data = path.read_bytes()
    for name in (b"stts", b"ctts", b"stsz", b"stsc", b"stco", b"stss"):
        ((start, _),) = boxes(data, b"moov", b"trak", b"mdia", b"minf", b"stbl", name)
        at = start + (8 if name == b"stsz" else 4)
        path.write_bytes(data[:at] + b"\xff\xff\xff\xf0" + data[at + 4 :])
        assert code_of(path, decode_seconds=5.0) in (
            None,
            VIDEO,
            ErrorCode.TOO_MANY_FRAMES,
            ErrorCode.VIDEO_TOO_LONG,
        )


# ---- nothing to see


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".mov"])
def test_audio_only(suffix: str, tmp_path: Path) -> None:
    assert code_of(hostile.only_audio(tmp_path / f"sound{suffix}")) == VIDEO


def test_a_cover_is_no_video(tmp_path: Path) -> None:
    path = hostile.only_cover(tmp_path / "song.mp4")
    with av.open(str(path)) as container:
        assert [
            bool(s.disposition & av.stream.Disposition.attached_pic) for s in container.streams.video
        ] == [True]
    assert code_of(path) == VIDEO


@pytest.mark.parametrize("suffix", [".mp4", ".mkv", ".avi"])
def test_no_frames(suffix: str, tmp_path: Path) -> None:
    assert code_of(hostile.no_frames(tmp_path / f"empty{suffix}")) == VIDEO


def test_every_frame_hidden_by_an_edit_list(tmp_path: Path) -> None:
    path = Clip(frames=30).write(tmp_path / "clip.mp4")
    data = bytearray(path.read_bytes())
    ((start, _),) = boxes(bytes(data), b"moov", b"trak", b"edts", b"elst")
    data[start + 12 : start + 16] = (10_000_000).to_bytes(4, "big")
    path.write_bytes(data)
    assert code_of(path) in (None, VIDEO)


def test_all_frames_at_one_time(tmp_path: Path) -> None:
    path = Clip(frames=30, gop=30).write(tmp_path / "clip.mkv")
    data = bytearray(path.read_bytes())
    for place in packet_places(path):
        data[place.position + 1 : place.position + 3] = bytes(2)
    path.write_bytes(data)
    assert code_of(path) is None


def test_times_that_go_backwards_or_leap(tmp_path: Path) -> None:
    path = Clip(frames=60, gop=10).write(tmp_path / "clip.mkv")
    data = path.read_bytes()
    places = packet_places(path)
    for changes in ({30: 5}, {30: 30_000}, {i: 2000 - 40 * i for i in range(50)}, {0: 32_000}):
        made = bytearray(data)
        for index, time_ms in changes.items():
            at = places[index].position + 1
            made[at : at + 2] = time_ms.to_bytes(2, "big", signed=True)
        path.write_bytes(made)
        for count in (4, 64):
            opened = decode(path, count)
            require_sound(opened)
            assert None not in opened.numbers


# ---- other files


class Visits:
    """A web server and a pipe that nobody should come to."""

    def __init__(self, folder: Path) -> None:
        self.requests: list[str] = []
        self.pipe = folder / "pipe.mp4"
        self.read = False
        os.mkfifo(self.pipe)
        visits = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                visits.requests.append(self.path)
                self.send_error(404)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/clip.mp4"
        self._stop = threading.Event()
        self._threads = [
            threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, name="web"),
            threading.Thread(target=self._watch, name="pipe"),
        ]
        for thread in self._threads:
            thread.start()

    def _watch(self) -> None:
        while not self._stop.wait(0.005):
            try:
                # A pipe can be opened for writing without waiting only while somebody reads it.
                os.close(os.open(self.pipe, os.O_WRONLY | os.O_NONBLOCK))
            except OSError:
                continue
            self.read = True

    def close(self) -> None:
        time.sleep(0.03)
        self._stop.set()
        self.server.shutdown()
        self.server.server_close()
        for thread in self._threads:
            thread.join()


@pytest.fixture
def visits(tmp_path: Path) -> Iterator[Visits]:
    expected = Visits(tmp_path)
    yield expected
    expected.close()
    assert expected.requests == []
    assert not expected.read


def test_the_watch_would_see_a_visit(tmp_path: Path) -> None:
    watched = Visits(tmp_path)
    descriptor = os.open(watched.pipe, os.O_RDONLY | os.O_NONBLOCK)
    with pytest.raises(OSError, match="404"):
        urllib.request.urlopen(watched.url)
    time.sleep(0.05)
    os.close(descriptor)
    watched.close()
    assert watched.requests == ["/clip.mp4"]
    assert watched.read


def pointing(folder: Path, kind: bytes, target: str) -> Path:
    """Write a clip whose own samples are zeros, and which says that they lie elsewhere."""
    other = folder / "other.mp4"
    if not other.exists():
        Clip(frames=20).write(other)
    data = hostile.with_data_reference(other.read_bytes(), kind, target)
    ((start, end),) = boxes(data, b"mdat")
    path = folder / "points.mp4"
    path.write_bytes(data[:start] + bytes(end - start) + data[end:])
    return path


DREFS = {"enable_drefs": "1", "use_absolute_path": "1"}


def test_the_trap_works_for_those_who_walk_into_it(tmp_path: Path) -> None:
    path = pointing(tmp_path, b"alis", str(tmp_path / "other.mp4"))
    with path.open("rb") as file, av.open(file, "r", format="mov", options=DREFS) as container:
        assert len(list(container.decode(video=0))) == 20


@pytest.mark.parametrize("kind", [b"url ", b"alis"])
def test_samples_in_another_file_are_not_fetched(
    kind: bytes, visits: Visits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    monkeypatch.setattr("detector.media.survey._refuse", lambda url, *_: asked.append(url))
    monkeypatch.chdir(tmp_path)
    other = tmp_path / "other.mp4"
    for target in (visits.url, str(visits.pipe), str(other), "other.mp4", f"file:{other}"):
        assert code_of(pointing(tmp_path, kind, target), decode_seconds=3.0) == VIDEO
    assert asked == []


def test_there_is_a_second_wall(visits: Visits, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real = av.open

    def careless(*arguments: Any, **named: Any) -> Any:
        return real(*arguments, **{**named, "options": DREFS})

    monkeypatch.setattr("detector.media.survey.av.open", careless)
    monkeypatch.chdir(tmp_path)  # aliases are looked up beside the file, and this one has no name
    for target in (visits.url, str(visits.pipe), str(tmp_path / "other.mp4")):
        assert code_of(pointing(tmp_path, b"alis", target), decode_seconds=3.0) == VIDEO


def test_a_reference_movie_is_not_followed(visits: Visits, tmp_path: Path) -> None:
    for target in (visits.url, str(visits.pipe)):
        (tmp_path / "points.mov").write_bytes(hostile.reference_movie(target))
        assert code_of(tmp_path / "points.mov") == VIDEO


def test_playlists_are_not_read(visits: Visits, tmp_path: Path) -> None:
    playlists = [
        f"#EXTM3U\n#EXT-X-TARGETDURATION:9\n#EXTINF:9,\n{visits.url}\n#EXT-X-ENDLIST\n",
        f"ffconcat version 1.0\nfile '{visits.pipe}'\n",
        f"<MPD><Period><BaseURL>{visits.url}</BaseURL></Period></MPD>",
    ]
    for suffix in (".mp4", ".mkv", ".avi", ".m3u8", ".jpg", ".ffconcat"):
        for playlist in playlists:
            path = tmp_path / f"list{suffix}"
            path.write_text(playlist)
            assert code_of(path) == ErrorCode.INVALID_MAGIC_BYTES


def test_chapters_of_another_file_are_not_looked_for(visits: Visits, tmp_path: Path) -> None:
    path = Clip(frames=30, container_options={"live": "1"}).write(tmp_path / "clip.mkv")
    path.write_bytes(hostile.with_ordered_chapters(path.read_bytes()))
    opened = decode(path)
    assert opened.numbers == list(range(30))


def test_stderr_stays_silent(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    clip = Clip(frames=60).write(tmp_path / "clip.mp4")
    broken = hostile.broken_packets(clip, 20, 30)
    data = hostile.with_data_reference(clip.read_bytes(), b"url ", "http://127.0.0.1:9/x")
    (tmp_path / "points.mp4").write_bytes(data)
    (tmp_path / "half.mp4").write_bytes(clip.read_bytes()[:3000])
    capfd.readouterr()
    for path in (clip, broken, tmp_path / "points.mp4", tmp_path / "half.mp4"):
        code_of(path)
    assert capfd.readouterr() == ("", "")


# ---- tags


@pytest.mark.parametrize(
    ("suffix", "flooded"),
    [
        (".mp4", hostile.with_items),
        (".mp4", hostile.with_named_items),
        (".mp4", hostile.with_languages),
        (".mkv", hostile.with_tags_of_matroska),
    ],
)
def test_a_flood_of_tags_costs_nothing_and_the_frames_are_the_same(
    tmp_path: Path, suffix: str, flooded: Callable[[bytes, int], bytes]
) -> None:
    plain = Clip(frames=6).write(tmp_path / f"plain{suffix}")
    few, many = tmp_path / f"few{suffix}", tmp_path / f"many{suffix}"
    few.write_bytes(flooded(plain.read_bytes(), 20))
    with av.open(str(few)) as container:
        assert len([name for name in container.metadata if name[:1] in "kKnt"]) >= 20, "a decoder reads them"
    many.write_bytes(flooded(plain.read_bytes(), 20_000))
    begun = time.process_time()
    opened = decode(many)
    assert time.process_time() - begun < 1
    assert (opened.numbers, opened.damaged) == (decode(plain).numbers, 0)


def test_a_flood_of_tags_behind_what_was_recorded_live_is_seen(tmp_path: Path) -> None:
    """Clusters of live recordings have no size: RFC 9559, 23.2."""
    unknown = b"\x01" + b"\xff" * 7
    cluster = b"\x1f\x43\xb6\x75" + unknown + b"\xe7\x81\x00"
    flood = b"\x67\xc8\x80" * 5000
    tags = b"\x12\x54\xc3\x67" + (1 << 56 | len(flood)).to_bytes(8, "big") + flood
    path = tmp_path / "live.mkv"
    path.write_bytes(b"\x1a\x45\xdf\xa3\x80" + b"\x18\x53\x80\x67" + unknown + cluster + tags)
    with closing(Source(path, Limits(), DecodeBudget(60.0))) as source:
        assert isinstance(without_floods(source, "matroska"), WithoutFloods)


def test_a_header_with_more_lists_than_it_takes_to_count_is_none(tmp_path: Path) -> None:
    path = Clip(frames=6).write(tmp_path / "dashes.mp4")
    content = path.read_bytes()
    path.write_bytes(
        hostile.rebuilt(content, (b"moov",), lambda moov: moov + hostile.box(b"abcd", b"-" * 10**6))
    )
    begun = time.process_time()
    assert code_of(path) is VIDEO
    assert time.process_time() - begun < 1


def test_what_does_not_end_being_opened_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "tags.wmv"
    with av.open(str(path), "w", format="asf") as container:
        container.metadata.update({f"K{number:06d}": "v" * 100 for number in range(2500)})
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        container.mux(stream.encode(grey_frame(numbered(0))))
        container.mux(stream.encode(None))
    assert code_of(path) is None
    monkeypatch.setattr(survey, "OPENING_SECONDS", 0.005)
    assert code_of(path) is VIDEO
