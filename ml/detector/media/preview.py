"""A preview: a video as browsers play it, with its sound and without whatever else its container holds.

Time t of a preview is time t of the analysis: the first shown frame is at 0, in display orientation.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any, cast

import av
import numpy as np
from av.audio.stream import AudioStream
from av.codec.context import ThreadType
from av.packet import Packet
from av.video.frame import PictureType
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter
from av.video.stream import VideoStream

from detector.contracts import Limits
from detector.media import open_media, orientation
from detector.media.aperture import WHOLE, Cut
from detector.media.budget import DecodeBudget
from detector.media.clock import Clock
from detector.media.colour import Turns, frame_orientation, is_ordinary, scaled_rgb
from detector.media.memory import fits_threads
from detector.media.sniff import SNIFF_BYTES, STILLS, Kind, sniff
from detector.media.sound import Sound
from detector.media.source import Source
from detector.media.survey import FAULTS, Demuxer, Survey, survey
from detector.media.tone import needs_mapping, stated

Timed = tuple[float, av.VideoFrame]
"""Milliseconds from the first shown frame, and the picture as it is stored."""

_INDEX_BYTES = 2**20  # room for the index of a video that is copied
_COPIED_SIDE = 1920  # pixels: larger pictures are slow to decode in browsers
_MADE_SIDE = 720
_COPIED_FORMATS = ("yuv420p", "yuvj420p")
_CONTAINERS = ("mov", "matroska")  # whose H.264 is stored as in MP4

_FASTEST, _SLOWEST, _MOST_PICTURES = 30.0, 10.0, 1200  # per second, and where videos are long
_EARLY_MS = 1.0  # by which a picture may come before it is due: times are rounded
_TICKS = 90  # per millisecond
_KEY_MS = 1000.0  # between pictures from which a player can start
_ENCODER = {"preset": "veryfast", "crf": "24", "forced-idr": "1"}
_ONE_AFTER_THE_OTHER = 0  # B-frames: without them every player starts at the first picture
_INDEX_FIRST = {"movflags": "faststart"}
_LIMITED = 1  # AVCOL_RANGE_MPEG
_NO_MATRIX, _BT709, _BT601 = (0, 2), 1, 6  # ISO/IEC 23091-2; 0 is RGB, 2 is unspecified

_PATIENCE_SECONDS = 2.0  # before it is judged how long it will take


class NoPreviewError(Exception):
    """There will be no preview; the message says why, for a log."""


class Pace:
    """The wall seconds that a preview may take from now on; ``halted`` raises when none is wanted."""

    def __init__(self, seconds: float, halted: Callable[[], None]) -> None:
        self._seconds, self._halted = seconds, halted
        self._begun = time.monotonic()

    def check(self, done: float) -> None:
        """Raise `NoPreviewError` once it is clear that time will not do; ``done`` is a share of 1."""
        self._halted()
        spent = time.monotonic() - self._begun
        expected = spent / max(done, 1e-3) if spent > _PATIENCE_SECONDS else spent
        if expected > self._seconds:
            raise NoPreviewError(f"it would take {expected:.0f} of {self._seconds:.1f} seconds")


def make_preview(
    path: Path, target: Path, limits: Limits, seconds: float, most_bytes: int, halted: Callable[[], None]
) -> bool:
    """Write the preview of a video or animation that has been analysed to ``target``.

    Return whether it has sound. What browsers play is copied, H.264 and its sound each by itself; the rest is
    encoded anew. ``halted`` is called all along and may raise. Raises `NoPreviewError`, also for a
    preview of more than ``most_bytes``, `contracts.MediaError`, what PyAV raises, and OSError.
    """
    pace, limits = Pace(seconds, halted), replace(limits, decode_seconds=seconds)
    budget, sounding = DecodeBudget(seconds), False
    with closing(Source(path, limits, budget)) as source, budget:
        head = source.read(SNIFF_BYTES)
        source.check()
        kind = sniff(head)
        if kind not in STILLS:
            room = most_bytes - _INDEX_BYTES - source.size if kind in _CONTAINERS else -1
            sounding = _of_video(source, kind, limits, target, pace, room)
            source.check()
    if kind in STILLS:
        _of_animation(path, limits, target, pace)
    if target.stat().st_size > most_bytes:
        raise NoPreviewError("it is too large")
    return sounding


def _of_video(source: Source, kind: Kind, limits: Limits, target: Path, pace: Pace, room: int) -> bool:
    """Write the preview, with the sound if there is any, and return whether there is.

    ``room`` is how many bytes a copy may have more than the file; none is made where it is negative.
    """
    found = survey(source, kind, limits)
    sound = _written(source, kind, limits, found, target, pace, room, sounding=True)
    if sound is not None and not sound.heard:
        _written(source, kind, limits, found, target, pace, room, sounding=False)
    return sound is not None and sound.heard


def _written(
    source: Source,
    kind: Kind,
    limits: Limits,
    found: Survey,
    target: Path,
    pace: Pace,
    room: int,
    *,
    sounding: bool,
) -> Sound | None:
    """Copy the packets if there is ``room`` and browsers play them; encode the pictures otherwise."""
    if room >= 0:
        opened = Demuxer(source, kind, limits, sounding=sounding, passed=found.passed, strict=False)
        with opened.container, suppress(*FAULTS):  # what cannot be copied can still be encoded
            sound = _sound(opened, found)
            if room >= (0 if sound is None else sound.most_bytes) and _plays(opened, found):
                _copy(opened, found, sound, target, pace)
                return sound
    opened = Demuxer(source, kind, limits, sounding=sounding, passed=found.passed, strict=False)
    with opened.container:
        sound = _sound(opened, found)
        size = _made_size(found.width, found.height)
        if not fits_threads(found.picture_bytes, found.codec, limits):
            opened.stream.codec_context.thread_count = 1
        _encode(_decoded(opened, found, sound), size, found.duration_ms, target, pace, sound, found.cut)
    return sound


def _sound(opened: Demuxer, found: Survey) -> Sound | None:
    """Return the sound as from the first shown frame; where pictures have no times, from the file's start."""
    if opened.sound is None:
        return None
    start = found.first * found.ms_per_unit / 1000.0 if found.stamped else 0.0
    return Sound(opened.sound, start, found.duration_ms / 1000.0)


def _of_animation(path: Path, limits: Limits, target: Path, pace: Pace) -> None:
    with open_media(path, _MOST_PICTURES, limits) as media:
        frames = media.frames()
        pictures = ((one.timestamp_ms, av.VideoFrame.from_ndarray(one.rgb, "rgb24")) for one in frames)
        size = _made_size(media.info.width, media.info.height)
        _encode(pictures, size, media.info.duration_ms or 0.0, target, pace)


def _plays(opened: Demuxer, found: Survey) -> bool:
    """Return whether every browser plays these packets as they are, each at its time."""
    context = opened.stream.codec_context
    times = [frame.pts for frame in found.frames]
    return (
        found.codec == "h264"
        and context.pix_fmt in _COPIED_FORMATS
        and opened.sample_aspect == 1
        and max(context.width, context.height) <= _COPIED_SIDE
        and found.seekable
        and found.damaged == 0
        and found.cut == WHOLE
        and not needs_mapping(*stated(int(context.color_trc), int(context.color_primaries)))
        and all(frame.shown for frame in found.frames)
        and found.frames[0].key
        and times[0] == min(times)
    )


def _copy(opened: Demuxer, found: Survey, sound: Sound | None, target: Path, pace: Pace) -> None:
    with av.open(str(target), "w", format="mp4", options=_INDEX_FIRST) as container:
        stream = container.add_stream_from_template(opened.stream)  # with its turn
        if sound is not None:
            sound.begin(container)
        for number, packet in enumerate(_of_pictures(opened, sound)):
            pace.check(number / len(found.frames))
            if packet.size and packet.pts is not None:
                packet.pts -= found.first
                packet.dts = None if packet.dts is None else packet.dts - found.first
                packet.stream = stream
                container.mux(packet)
        if sound is not None:
            sound.end()


def _of_pictures(opened: Demuxer, sound: Sound | None) -> Iterator[Packet[VideoStream]]:
    """Yield the packets of the pictures; those of the sound in between go where it goes."""
    streams = [opened.stream] if opened.sound is None else [opened.stream, opened.sound]
    for packet in opened.container.demux(*streams):
        if packet.stream is opened.stream:
            yield cast("Packet[VideoStream]", packet)
        elif sound is not None:
            sound.take(cast("Packet[AudioStream]", packet))


def _decoded(opened: Demuxer, found: Survey, sound: Sound | None) -> Iterator[Timed]:
    """Yield what can be decoded, in order of time; damaged pictures are shown as players show them."""
    context = opened.stream.codec_context
    context.thread_type = ThreadType.AUTO
    count, latest, clock = 0, -1.0, Clock(found.restarts)
    for packet in _packets(opened, sound):
        if packet is not None and clock.correct(packet) and sound is not None:
            sound.restart(clock.offset * found.ms_per_unit / 1000.0)
        try:
            pictures = context.decode(packet)
        except FAULTS:
            continue
        for picture in pictures:
            position = picture.pts - found.first if found.stamped and picture.pts is not None else count
            count += 1
            now = position * found.ms_per_unit
            if now > latest:
                latest = now
                yield now, picture


def _packets(opened: Demuxer, sound: Sound | None) -> Iterator[Packet[VideoStream] | None]:
    """Yield packets as far as they can be read, then None for the decoder to give out what it holds back."""
    with suppress(*FAULTS):
        yield from (packet for packet in _of_pictures(opened, sound) if packet.size)
    yield None


def _encode(
    pictures: Iterator[Timed],
    size: tuple[int, int],
    duration_ms: float,
    target: Path,
    pace: Pace,
    sound: Sound | None = None,
    cut: Cut = WHOLE,
) -> None:
    scaler, mapper, next_key = VideoReformatter(), VideoReformatter(), 0.0
    turns: Turns = {}
    turns_of_mapped: Turns = {}
    with av.open(str(target), "w", format="mp4", options=_INDEX_FIRST) as container:
        stream: VideoStream | None = None
        for now, decoded in _thinned(pictures, duration_ms):
            pace.check(now / duration_ms if duration_ms else 1.0)
            picture = _on_ordinary_screen(decoded, size, mapper, turns_of_mapped, cut)
            if stream is None:
                stream = _stream(container, size, picture)
                if sound is not None:
                    sound.begin(container)
                    sound.flush_waiting()
            made = _made(picture, size, scaler, turns)
            made.pts, made.time_base = round(_TICKS * now), Fraction(1, 1000 * _TICKS)
            made.pict_type = PictureType.I if now >= next_key else PictureType.NONE
            if now >= next_key:
                next_key = (now // _KEY_MS + 1) * _KEY_MS
            container.mux(stream.encode(made))
        if stream is None:
            raise NoPreviewError("nothing could be decoded")
        container.mux(stream.encode(None))
        if sound is not None:
            sound.end()


def _thinned(pictures: Iterator[Timed], duration_ms: float) -> Iterator[Timed]:
    """Yield as many of the pictures as are shown: fewer per second where the video is long."""
    seconds = max(duration_ms / 1000, 1.0)
    interval, due = 1000 / min(_FASTEST, max(_SLOWEST, _MOST_PICTURES / seconds)), 0.0
    for now, picture in pictures:
        if now >= due - _EARLY_MS:
            due = now + interval
            yield now, picture


def _stream(container: Any, size: tuple[int, int], picture: av.VideoFrame) -> VideoStream:
    """Add the stream, tagged with the colours that the pictures have: they are not converted."""
    stream: VideoStream = container.add_stream("libx264", rate=round(_FASTEST), options=_ENCODER)
    stream.width, stream.height, stream.pix_fmt = *size, "yuv420p"
    context = stream.codec_context
    context.time_base = Fraction(1, 1000 * _TICKS)
    context.gop_size = round(_FASTEST)
    context.max_b_frames = _ONE_AFTER_THE_OTHER
    context.color_range = _LIMITED
    context.color_primaries, context.color_trc = picture.color_primaries, picture.color_trc
    context.colorspace = _matrix(picture)
    return stream


def _matrix(picture: av.VideoFrame) -> int:
    """Return the matrix of a picture's colours as players take it, that of the scaler for RGB."""
    if picture.format.is_rgb:
        return _BT601
    if int(picture.colorspace) in _NO_MATRIX:
        return _BT709 if picture.height > 576 or picture.width > 1024 else _BT601
    return int(picture.colorspace)


def _on_ordinary_screen(
    picture: av.VideoFrame, size: tuple[int, int], scaler: VideoReformatter, turns: Turns, cut: Cut
) -> av.VideoFrame:
    """Return HDR, wide and odd colours, and pictures that are shown in part, as the analysis saw them, scaled
    and turned; others as they are.
    """
    if is_ordinary(picture) and cut == WHOLE:
        return picture
    turn = frame_orientation(picture, turns)
    shown = size[::-1] if orientation.swaps_axes(turn) else size
    width, height = cut.shown(picture.width, picture.height)
    stored = round(shown[0] * picture.width / width), round(shown[1] * picture.height / height)
    part = cut.of(scaled_rgb(picture, stored, scaler), picture.width, picture.height)
    rgb = orientation.oriented(part, turn)
    return av.VideoFrame.from_ndarray(rgb, "rgb24")


def _made(
    picture: av.VideoFrame, size: tuple[int, int], scaler: VideoReformatter, turns: Turns
) -> av.VideoFrame:
    """Scale, reduce to 8 bits and limited range, and turn."""
    turn = frame_orientation(picture, turns)
    width, height = size[::-1] if orientation.swaps_axes(turn) else size
    scaled = scaler.reformat(
        picture,
        width=width,
        height=height,
        format="yuv420p",
        dst_color_range=ColorRange.MPEG,
        interpolation=Interpolation.BILINEAR,
    )
    return scaled if turn == orientation.UPRIGHT else _turned(scaled, turn)


def _turned(picture: av.VideoFrame, turn: int) -> av.VideoFrame:
    flat = np.asarray(picture.to_ndarray(), np.uint8)  # (3/2 H, W): luma, then both chroma planes
    luma, chroma = flat[: picture.height], flat[picture.height :]
    planes = [luma, *chroma.reshape(2, picture.height // 2, picture.width // 2)]
    shown = [orientation.oriented(plane[:, :, None], turn)[:, :, 0] for plane in planes]
    width = shown[0].shape[1]
    return av.VideoFrame.from_ndarray(
        np.concatenate([plane.ravel() for plane in shown]).reshape(-1, width), "yuv420p"
    )


def _made_size(width: int, height: int) -> tuple[int, int]:
    """Return the size of the preview of a picture as shown, in whole chroma samples."""
    scale = min(1.0, _MADE_SIDE / max(width, height))
    return max(2, 2 * round(scale * width / 2)), max(2, 2 * round(scale * height / 2))
