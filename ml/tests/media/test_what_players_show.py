"""Videos as a viewer sees them in a player: the stream, its light, its fields, its size, its container."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from contextlib import closing
from fractions import Fraction
from io import BytesIO
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from av.stream import Disposition
from hostile import box, offset_numbers, spliced
from media_factory import (
    PATCHES,
    Bytes,
    Clip,
    grey_frame,
    number_of,
    numbered,
    patches,
    patches_of,
    yuv_frame,
)
from numpy.typing import NDArray
from opened import code_of, decode
from PIL import Image as Pillow
from pillow_heif import HeifFile, from_bytes, from_pillow

from detector.contracts import ErrorCode, Limits, MediaError
from detector.media import memory, tone
from detector.media.budget import DecodeBudget
from detector.media.clock import restarts
from detector.media.heif import coding
from detector.media.preview import make_preview
from detector.media.source import Source
from detector.media.survey import survey

Floats = NDArray[np.float64]


def streams(path: Path, firsts: list[int], default: int | None) -> Path:
    """Write a stream of numbered frames for each of ``firsts``; one is the default, or all are."""
    with av.open(str(path), "w") as container:
        made: list[Any] = []
        for number in range(len(firsts)):
            stream: Any = container.add_stream("libx264", rate=25)
            stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
            stream.disposition = Disposition.default if default in (None, number) else Disposition(0)
            stream.bit_rate = 20_000 if number == 0 else 400_000
            made.append(stream)
        for index in range(10):
            for stream, first in zip(made, firsts, strict=True):
                frame = grey_frame(numbered(first + index))
                frame.pts, frame.time_base = index, Fraction(1, 25)
                container.mux(stream.encode(frame))
        for stream in made:
            container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("default", [0, 1, 2])
@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_the_stream_that_players_show_is_analysed(suffix: str, default: int, tmp_path: Path) -> None:
    opened = decode(streams(tmp_path / f"a{suffix}", [0, 100, 200], default), 4)
    assert all(number is not None and number // 100 == default for number in opened.numbers)
    assert opened.info.other_streams == 2


def test_of_two_enabled_streams_the_richer_one_is_analysed(tmp_path: Path) -> None:
    """A grey one before it hides nothing."""
    opened = decode(streams(tmp_path / "a.mp4", [0, 100], None), 4)
    assert all(number is not None and number // 100 == 1 for number in opened.numbers)
    assert opened.info.other_streams == 1


@pytest.mark.parametrize("pictures", [0, 1])
@pytest.mark.parametrize("suffix", [".mkv", ".mp4"])
def test_a_stream_without_a_film_hides_none(suffix: str, pictures: int, tmp_path: Path) -> None:
    """It is the default, and the film is not."""
    film = Clip(frames=10).write(tmp_path / "film.mp4")
    path = tmp_path / f"a{suffix}"
    with av.open(str(film)) as given, av.open(str(path), "w") as made:
        still: Any = made.add_stream("mjpeg", rate=25)
        still.width, still.height, still.pix_fmt = 96, 64, "yuvj420p"
        still.disposition = Disposition.default
        copy = made.add_stream_from_template(given.streams.video[0])
        copy.disposition = Disposition(0)
        for number in range(pictures):
            made.mux(still.encode(grey_frame(numbered(500 + number), "yuvj420p")))
        for packet in given.demux(given.streams.video[0]):
            if packet.size:
                packet.stream = copy
                made.mux(packet)
    opened = decode(path, 4)
    assert opened.numbers == opened.indexes
    assert len(opened.frames) == 4


def test_one_stream_has_no_others(tmp_path: Path) -> None:
    assert decode(Clip(audio=True).write(tmp_path / "a.mp4")).info.other_streams == 0


# ---- light


def pq(light: Floats) -> Floats:
    power = (light / 10_000) ** (2610 / 16384)
    coded: Floats = ((3424 / 4096 + 2413 / 128 * power) / (1 + 2392 / 128 * power)) ** (2523 / 32)
    return coded


def hlg(light: Floats) -> Floats:
    luma = light @ np.array([0.2627, 0.678, 0.0593])
    scene = light / 1000 * ((np.maximum(luma, 1e-9) / 1000) ** (1 / 1.2 - 1))[:, :, None]
    high = 0.17883277 * np.log(np.maximum(12 * scene - 0.28466892, 1e-9)) + 0.55991073
    return np.where(scene <= 1 / 12, np.sqrt(3 * np.maximum(scene, 0)), high)


def in_bt2020(screen: Bytes) -> Floats:
    """Return the light of an SDR picture in BT.2020, white at 203 cd/m2."""
    to_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.0880, 0.8956]])
    light: Floats = 203 * (screen / 255.0) ** 2.4 @ to_2020.T
    return light


TRANSFERS: dict[str, tuple[int, Callable[[Floats], Floats]]] = {"pq": (16, pq), "hlg": (18, hlg)}


def tagged(coded: Floats, transfer: int, others: int = 9) -> av.VideoFrame:
    frame = yuv_frame((255 * coded).astype(np.float64), "yuv420p10le", "bt2020")  # type: ignore[arg-type]
    frame.color_trc, frame.color_primaries, frame.colorspace, frame.color_range = transfer, others, others, 1
    return frame


def film(path: Path, coded: Floats, transfer: int, others: int = 9) -> Path:
    """Write two frames; ``others`` is the number of primaries and matrix that the stream states."""
    height, width, _ = coded.shape
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream("libx264", rate=25, options={"crf": "1"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p10le"
        context = stream.codec_context
        context.color_trc, context.color_primaries, context.colorspace = transfer, others, others
        context.color_range = 1
        for _ in range(2):
            container.mux(stream.encode(tagged(coded, transfer, others)))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize("others", [9, 2])
@pytest.mark.parametrize("name", TRANSFERS)
def test_an_hdr_film_without_highlights_is_its_sdr_twin(name: str, others: int, tmp_path: Path) -> None:
    """Also one that says nothing of its colours but how light is coded (2 is unspecified)."""
    transfer, code = TRANSFERS[name]
    opened = decode(film(tmp_path / "a.mp4", code(in_bt2020(patches())), transfer, others), 1)
    # 4:2:0 of ten bits in PQ, read back in eight.
    assert np.abs(patches_of(opened.frames[0].rgb) - PATCHES).max() <= 6


@pytest.mark.parametrize("name", TRANSFERS)
def test_the_preview_of_an_hdr_film_is_for_an_ordinary_screen(name: str, tmp_path: Path) -> None:
    transfer, code = TRANSFERS[name]
    path = film(tmp_path / "a.mp4", code(in_bt2020(patches())), transfer)
    make_preview(path, tmp_path / "preview.mp4", Limits(), 60.0, 2**26, lambda: None)
    with av.open(str(tmp_path / "preview.mp4")) as container:
        context = container.streams.video[0].codec_context
        assert not tone.needs_mapping(int(context.color_trc), int(context.color_primaries))
    shown = decode(tmp_path / "preview.mp4", 1).frames[0].rgb
    assert np.abs(patches_of(shown) - PATCHES).max() <= 9


def photo(path: Path, coded: Floats, transfer: int, deep: bool) -> Path:
    size = (coded.shape[1], coded.shape[0])
    if deep:
        pixels = from_bytes("RGB;16", size, np.rint(65535 * coded).astype("<u2").tobytes())
    else:
        pixels = from_pillow(Pillow.fromarray(np.rint(255 * coded).astype(np.uint8)))
    pixels.save(
        path,
        quality=100,
        chroma=444,
        color_primaries=9,
        transfer_characteristics=transfer,
        matrix_coefficients=9,
        full_range_flag=1,
    )
    return path


@pytest.mark.parametrize("deep", [False, True])
@pytest.mark.parametrize("name", TRANSFERS)
def test_an_hdr_photo_is_its_sdr_twin(name: str, deep: bool, tmp_path: Path) -> None:
    transfer, code = TRANSFERS[name]
    path = photo(tmp_path / "a.heic", code(in_bt2020(patches())), transfer, deep)
    error = np.abs(patches_of(decode(path).frames[0].rgb) - PATCHES)
    # A step of PQ in eight bits is one of about five on the screen, and more in the dark of strong colours.
    assert error.mean() <= (1 if deep else 3)
    assert error.max() <= (8 if deep else 20)


@pytest.mark.parametrize("name", TRANSFERS)
def test_an_hdr_png_is_its_sdr_twin(name: str, tmp_path: Path) -> None:
    transfer, code = TRANSFERS[name]
    coded = np.rint(code(in_bt2020(patches())) * 255).astype(np.uint8)
    stored = BytesIO()
    Pillow.fromarray(coded).save(stored, "png")
    data, at = stored.getvalue(), 33  # after the signature and the header
    said = b"cICP" + bytes([9, transfer, 0, 1])
    chunk = (4).to_bytes(4, "big") + said + zlib.crc32(said).to_bytes(4, "big")
    path = tmp_path / "a.png"
    path.write_bytes(data[:at] + chunk + data[at:])
    error = np.abs(patches_of(decode(path).frames[0].rgb) - PATCHES)
    assert error.mean() <= 3
    assert error.max() <= 20


@pytest.mark.parametrize("first", ["pq", "sdr"])
def test_the_colours_of_another_picture_in_the_file_do_not_count(first: str, tmp_path: Path) -> None:
    tags = {"pq": (9, 16, 9), "sdr": (1, 13, 6)}
    grey = Pillow.new("RGB", (64, 48), (128, 128, 128))
    shown: dict[str, Any] = {}
    second = "sdr" if first == "pq" else "pq"
    for primary in (0, 1):
        pictures = HeifFile()
        for number, tag in enumerate((first, second)):
            pictures.add_from_pillow(grey)
            names = ("color_primaries", "transfer_characteristics", "matrix_coefficients", "full_range_flag")
            pictures[number].info["nclx_profile"] = dict(zip(names, (*tags[tag], 1), strict=True))
        path = tmp_path / f"{primary}.heic"
        pictures.save(path, quality=95, primary_index=primary, save_nclx_profile=True)
        shown[second if primary else first] = decode(path).frames[0].rgb[24, 32]
    assert np.abs(shown["sdr"].astype(int) - 128).max() <= 2
    assert shown["pq"].min() > 150


@pytest.mark.parametrize("wide", [False, True])
def test_a_picture_in_pieces_has_the_colours_of_the_first(wide: bool, tmp_path: Path) -> None:
    def number(value: int, always: int | None = None) -> bytes:
        return value.to_bytes(always or (4 if wide else 2), "big")

    version = bytes([wide, 0, 0, wide])
    colours = b"".join(box(b"colr", b"nclx" + bytes([0, one, 0, 16, 0, 9, 128])) for one in (5, 9))
    # Of a picture that is not shown, and of a piece of the one that is.
    owned = b"".join(
        number(item) + b"\1" + ((1 << (15 if wide else 7)) | place).to_bytes(2 if wide else 1, "big")
        for item, place in ((1, 1), (300, 2))
    )
    pieces = box(b"dimg", number(2) + number(2, 2) + number(300) + number(1))
    iprp = box(b"ipco", colours) + box(b"ipma", version + number(2, 4) + owned)
    described = box(b"pitm", version + number(2)) + box(b"iprp", iprp) + box(b"iref", version + pieces)
    data = box(b"ftyp", b"heic") + box(b"free", bytes(70_000)) + box(b"meta", bytes(4) + described)
    path = tmp_path / "a.heic"

    def coded(length: int) -> tuple[int, int] | None:
        path.write_bytes(data[:length])
        with closing(Source(path, Limits(), DecodeBudget(60))) as source:
            return coding(source)

    assert coded(len(data)) == (16, 9)
    assert {coded(length) for length in range(70_000, len(data), 3)} == {None}


def test_the_steps_of_a_deep_photo_are_not_widened(tmp_path: Path) -> None:
    ramp = np.repeat(np.repeat(np.linspace(60, 110, 512)[None, :, None], 64, 0), 3, 2)
    shown = decode(photo(tmp_path / "a.heic", pq(in_bt2020(ramp)), 16, deep=True)).frames[0].rgb
    row = shown[32, :, 0].astype(int)
    assert np.abs(row - ramp[32, :, 0]).max() <= 2
    assert len(set(row.tolist())) >= 45


def test_a_deep_photo_is_turned_and_reduced(tmp_path: Path) -> None:
    path = photo(tmp_path / "a.heic", pq(in_bt2020(patches())), 16, deep=True)
    frame = decode(path, max_pixels=96 * 48).frames[0]
    assert frame.rgb.shape == (48, 96, 3)
    assert frame.scale == (2.0, 2.0)


def test_highlights_are_compressed_and_stay_apart(tmp_path: Path) -> None:
    grey = np.repeat(np.array([50.0, 100.0, 203.0, 400.0, 700.0, 1000.0]), 32)
    light = np.repeat(np.repeat(grey[None, :, None], 64, 0), 3, 2)
    coded = np.rint(pq(light) * 65535).astype(np.uint16)
    row = tone.mapped(coded, 16, 9)[32, 16::32, 0].tolist()
    assert row == sorted(row)
    assert len(set(row)) >= 5
    assert row[-1] == 255
    # ITU-R BT.2390, 5.4.1 from 1,000 to 203 cd/m2: below the knee (91 cd/m2) nothing changes.
    assert row[0] == round(255 * (50 / 203) ** (1 / 2.4))
    assert row[2] == pytest.approx(255 * (158 / 203) ** (1 / 2.4), abs=2)


def test_wide_colours_of_an_ordinary_range_become_those_of_the_screen() -> None:
    # Display P3's own red lies outside BT.709; its grey is the same grey.
    grey = np.full((4, 4, 3), 30_000, np.uint16)
    assert tone.mapped(grey, 1, 12)[0, 0].tolist() == [round(30_000 / 257)] * 3
    muted = np.full((4, 4, 3), (40_000, 25_000, 20_000), np.uint16)
    red, green, blue = tone.mapped(muted, 1, 12)[0, 0].tolist()
    assert red > 40_000 / 257 + 3
    assert green < 25_000 / 257
    assert blue < 20_000 / 257


# ---- fields and size


def test_two_moments_in_alternate_lines_are_shown_apart(tmp_path: Path) -> None:
    def moving(number: int) -> Bytes:
        picture = np.full((120, 160), 60, np.uint8)
        picture[20:100, 20 + 6 * number : 60 + 6 * number] = 200
        return picture

    def interlaced(index: int) -> av.VideoFrame:
        both = moving(2 * index)
        both[1::2] = moving(2 * index + 1)[1::2]
        return grey_frame(both)

    clip = Clip(frames=6, size=(160, 120), picture=interlaced)
    opened = decode(clip.but(encoder_options={"x264-params": "tff=1"}).write(tmp_path / "a.mp4"), 6)
    progressive = decode(clip.write(tmp_path / "b.mp4"), 6)
    for index, (shown, woven) in enumerate(zip(opened.frames, progressive.frames, strict=True)):
        middle = shown.rgb[30:90].astype(float).mean(2)
        assert np.abs(middle - (moving(2 * index)[30:90] - 16.0) * 255 / 219).mean() < 4
        assert np.abs(np.diff(middle, axis=0)).max() < 40
        assert np.abs(np.diff(woven.rgb[30:90].astype(float).mean(2), axis=0)).max() > 100


def test_a_still_scene_in_two_fields_keeps_its_lines(tmp_path: Path) -> None:
    rows = np.where(np.arange(120) // 2 % 2 == 0, 100, 108).astype(np.uint8)
    picture = np.repeat(rows[:, None], 160, 1)
    clip = Clip(frames=2, size=(160, 120), picture=lambda _: grey_frame(picture))
    clip = clip.but(encoder_options={"x264-params": "tff=1", "crf": "1"})
    shown = decode(clip.write(tmp_path / "a.mp4"), 1).frames[0].rgb.astype(float).mean(2)
    assert np.abs(np.diff(shown[20:100, 80])).max() > 5


def test_a_size_that_changes_on_the_way_is_each_frames_own(tmp_path: Path) -> None:
    parts = [Clip(codec="vp9", frames=5, gop=5, size=size) for size in ((192, 128), (96, 64))]
    path = tmp_path / "a.webm"
    with av.open(str(path), "w") as made:
        copy: Any = None
        offset = 0
        for number, part in enumerate(parts):
            with av.open(str(part.write(tmp_path / f"{number}.webm"))) as given:
                if copy is None:
                    copy = made.add_stream_from_template(given.streams.video[0])
                for packet in given.demux(given.streams.video[0]):
                    if packet.size:
                        packet.pts += offset
                        packet.dts = packet.pts
                        packet.stream = copy
                        made.mux(packet)
            offset += 200
    opened = decode(path, 10)
    assert (opened.info.width, opened.info.height) == (192, 128)
    assert [frame.rgb.shape[:2] for frame in opened.frames] == [(128, 192)] * 5 + [(64, 96)] * 5
    assert [frame.scale for frame in opened.frames] == [(1.0, 1.0)] * 5 + [(2.0, 2.0)] * 5


@pytest.mark.parametrize("codec", ["h264", "mpeg4"])
def test_a_pixel_aspect_that_changes_on_the_way_is_each_frames_own(codec: str, tmp_path: Path) -> None:
    clip = Clip(codec=codec, frames=40, b_frames=2, sample_aspect=Fraction(16, 15))
    wide = clip.but(sample_aspect=Fraction(64, 45), picture=offset_numbers(40, (96, 64)))
    path = spliced(tmp_path / "a.ts", [clip, wide])
    for count in (80, 5):
        opened = decode(path, count)
        assert opened.numbers == opened.indexes
        assert opened.damaged == 0
        widths = [frame.rgb.shape[1] for frame in opened.frames]
        assert widths == [102 if index < 40 else 137 for index in opened.indexes]
        assert {frame.scale[1] for frame in opened.frames} == {1.0}
    assert (opened.info.width, opened.info.height) == (102, 64)


# ---- containers

CONTAINERS = {
    "a.mts": ("mpegts", "libx264", {"mpegts_m2ts_mode": "1"}, "h264"),
    "a.ts": ("mpegts", "libx264", {}, "h264"),
    "a.mpg": ("vob", "mpeg2video", {}, "mpeg2video"),
    "b.mpg": ("mpeg", "mpeg1video", {}, "mpeg1video"),
    "a.wmv": ("asf", "wmv2", {}, "wmv2"),
    "a.flv": ("flv", "flv", {}, "flv1"),
    "b.flv": ("flv", "libx264", {}, "h264"),
    "a.ogv": ("ogg", "libtheora", {}, "theora"),
    "a.3gp": ("3gp", "libx264", {}, "h264"),
    "a.m2v": ("mpeg2video", "mpeg2video", {}, "mpeg2video"),
    "a.mkv": ("matroska", "libx264", {}, "h264"),
    "a.webm": ("webm", "libvpx", {}, "vp8"),
}


@pytest.mark.parametrize("name", CONTAINERS)
def test_containers_of_cameras_and_older_programs(name: str, tmp_path: Path) -> None:
    opened = decode(recorded(tmp_path, name), 8)
    assert opened.info.codec == CONTAINERS[name][3]
    assert len(opened.frames) == 8
    assert opened.damaged == 0
    assert opened.info.duration_ms == pytest.approx(1600, abs=90)
    numbers = [number_of(frame.rgb) for frame in opened.frames]
    assert all(n is not None and abs(n - i) <= 1 for n, i in zip(numbers, opened.indexes, strict=True))


def recorded(folder: Path, name: str, picture: Callable[[int], Bytes] = numbered) -> Path:
    """Write 40 frames, which are numbered by default, into one of the `CONTAINERS`."""
    kind, codec, options, _ = CONTAINERS[name]
    if codec not in av.codecs_available:
        pytest.skip(f"no encoder {codec} here")
    path = folder / name
    with av.open(str(path), "w", format=kind, container_options=options) as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 96, 64, "yuv420p", 4_000_000
        stream.gop_size = 8
        for number in range(40):
            frame = grey_frame(picture(number))
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


CUTS: dict[str, tuple[str, Callable[[bytes], bytes]]] = {
    "within a packet": ("a.ts", lambda data: data[100:]),
    "with checksums": (
        "a.ts",
        lambda data: b"".join(data[i : i + 188] + bytes(16) for i in range(0, len(data), 188)),
    ),
    "within a pack": ("a.mpg", lambda data: data[1000:]),
}


@pytest.mark.parametrize("cut", CUTS)
def test_a_recording_that_begins_anywhere(cut: str, tmp_path: Path) -> None:
    name, changed = CUTS[cut]
    path = recorded(tmp_path, name)
    path.write_bytes(changed(path.read_bytes()))
    opened = decode(path, 40)
    numbers = [number_of(frame.rgb) for frame in opened.frames]
    first = 32 if cut == "within a pack" else 8  # where the first group begins that is all there
    assert numbers == list(range(numbers[0] or 0, 40))
    assert len(numbers) >= 40 - first


@pytest.mark.parametrize("name", ["a.mkv", "a.webm", "a.wmv"])
def test_a_video_that_lacks_its_end_or_a_piece_is_counted_as_damaged(name: str, tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    path = recorded(tmp_path, name, lambda _: rng.integers(0, 256, (64, 96), np.uint8))
    whole = path.read_bytes()
    at, to = int(0.4 * len(whole)), int(0.6 * len(whole))
    for damaged in (
        whole[:to],
        whole[:to].ljust(len(whole), b"\0"),
        whole[:at] + bytes(to - at) + whole[to:],
    ):
        path.write_bytes(damaged)
        assert decode(path, 8).damaged > 0
    path.write_bytes(whole)
    assert decode(path, 8).damaged == 0


@pytest.mark.parametrize("suffix", [".flv", ".mp4"])
def test_a_packet_whose_end_is_missing_is_not_given(suffix: str, tmp_path: Path) -> None:
    """FFmpeg marks its picture as damaged now and then: as one thread or another is first."""
    index_first = {"movflags": "faststart"} if suffix == ".mp4" else {}
    path = Clip(frames=40, container_options=index_first).write(tmp_path / f"a{suffix}")
    data, packet = path.read_bytes(), packets_of(path)[20]
    path.write_bytes(data[: data.index(packet) + len(packet) // 2])
    opened = decode(path, 40)
    assert opened.numbers == [*range(20)]
    assert opened.damaged >= 1
    with closing(Source(path, Limits(), DecodeBudget(60))) as source:
        assert len(survey(source, "flv" if suffix == ".flv" else "mov", Limits()).doubtful) == 1


def packets_of(path: Path) -> list[bytes]:
    """Return the contents of the packets of pictures."""
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(container.streams.video[0]) if packet.size]


@pytest.mark.parametrize(("suffix", "later"), [(".ts", 0), (".mpg", 0), (".ts", 25_000)])
def test_a_recording_whose_clock_starts_again_or_leaps_is_seen_to_its_end(
    suffix: str, later: int, tmp_path: Path
) -> None:
    joined, first = b"", 0
    for frames in (30, 70):
        part = tmp_path / f"part{suffix}"
        with av.open(str(part), "w", format=None if suffix == ".ts" else "vob") as container:
            stream: Any = container.add_stream("libx264" if suffix == ".ts" else "mpeg2video", rate=25)
            stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 96, 64, "yuv420p", 4_000_000
            stream.codec_context.max_b_frames = 2
            for number in range(frames):
                frame = grey_frame(numbered(first + number))
                frame.pts, frame.time_base = number + (later if first else 0), Fraction(1, 25)
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))
        joined, first = joined + part.read_bytes(), first + frames
    path = tmp_path / f"joined{suffix}"
    path.write_bytes(joined)
    for count in (100, 8):
        opened = decode(path, count)
        assert len(opened.frames) == count
        assert opened.numbers == opened.indexes
        assert opened.times == pytest.approx([40 * index for index in opened.indexes], abs=45)
        assert opened.damaged == 0
    assert opened.info.duration_ms == pytest.approx(4000, abs=45)


def test_a_clock_starts_again_where_more_goes_back_than_pictures_are_reordered() -> None:
    def after(*late: int) -> dict[int, int]:
        times = [*range(20), *late]
        return restarts(times, [1] * len(times))

    assert after(2, 0, 1, *range(3, 30)) == {20: 20}
    assert after(5, *range(20, 40)) == {}, "one damaged time"
    assert after(36, *range(20, 36), *range(37, 50)) == {}, "reordered as far as it can be"


def test_a_clock_leaps_where_all_goes_on_later_than_a_video_lasts() -> None:
    def after(*late: int) -> dict[int, int]:
        times = [0, 1, *late]
        return restarts(times, [1] * len(times), 100)

    assert after(500, 502, 501) == {2: -498}
    assert after(500, 2, 3) == {}, "one damaged time"
    assert after(101, 102, 103) == {}, "a pause"


# ---- memory


def test_a_video_that_needs_more_memory_than_there_is_is_not_called_damaged(tmp_path: Path) -> None:
    path = Clip().write(tmp_path / "a.mp4")
    assert code_of(path, max_memory=30_000) is ErrorCode.SERVER_LIMIT
    assert code_of(path, max_memory=300_000) is None


def test_memory_that_runs_out_in_the_decoder_is_not_damage() -> None:
    with pytest.raises(MediaError) as caught:
        memory.require_not_memory(av.error.MemoryError(12, "Cannot allocate memory"))
    assert caught.value.code is ErrorCode.SERVER_LIMIT
    memory.require_not_memory(av.error.InvalidDataError(1, "Invalid data"))


@pytest.mark.parametrize(("pixels", "factor"), [(1920 * 1080, 1), (7680 * 4320, 2), (12_000 * 8_000, 3)])
def test_the_largest_frames_are_reduced_as_they_are_converted(pixels: int, factor: int) -> None:
    assert memory.reduction(pixels) == factor
