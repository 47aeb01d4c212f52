"""The first pass over a video: every packet is read, one picture is decoded."""

from __future__ import annotations

import errno
import math
import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import accumulate, pairwise
from typing import NoReturn

import av
from av.audio.stream import AudioStream
from av.codec.context import Flags
from av.packet import Packet
from av.stream import Discard, Disposition
from av.video.stream import VideoStream

from detector.contracts import ErrorCode, Limits, MediaError
from detector.media import orientation
from detector.media.aperture import WHOLE, Cut, Cuts
from detector.media.clock import Restarts, restarts
from detector.media.colour import frame_orientation, shown_width
from detector.media.memory import require_memory, require_not_memory, video_bytes
from detector.media.sampling import CodedFrame
from detector.media.sniff import STILLS, Kind
from detector.media.source import Source
from detector.media.structure import breaks, has_hole
from detector.media.tags import roots, without_floods

FAULTS = (av.FFmpegError, ValueError, OSError, MemoryError)
"""What PyAV raises for damaged files."""

OPENING_SECONDS = 10.0
"""Of processor time that a container may take to be opened; usual ones take some milliseconds."""

_UNFINISHED = "The file ends before its index: the recording or the copy broke off. Use the whole file."
_ENDLESS = "The container has so many tags or headers that opening it does not end."
_DEMUXERS: dict[Kind, str] = {"heif": "mov", "avif": "mov"}  # of sequences; others are called like their kind
_BUFFER = 1 << 18  # bytes per read
_NOT_PICTURES = Disposition.attached_pic | Disposition.timed_thumbnails | Disposition.still_image
# Whose decoders go over most faults, and not in silence when told to stop; others mark what is damaged.
_STRICT = frozenset({"hevc", "mjpeg"})
# Recordings that are joined end to end as they are; players go on at once where their clock leaps.
_SPLICED: frozenset[Kind] = frozenset({"mpegts", "mpeg"})
_PACKED = re.compile(rb"\0\0\x01\xb2DivX\d+(?:b|Build)\d+p")  # user data of MPEG-4
_GAP = 2.5  # times the usual distance of two packets, in a file that lacks some
_MOST_PASSED = 8  # streams without a film before the search for one ends
_FIRST_KEYS = 3  # kept, to know the size where the start of a file is damaged
_WIDEST_PIXEL = 10  # times its height, or the other way; what states more is taken to be wrong
_DEFAULT_MS = 40.0  # per frame, where neither times nor a sensible rate are known
_SHORTEST_MS, _LONGEST_MS = 1.0, 1000.0  # per frame, of a sensible rate
_LONGEST_GUESS_MS = 1000.0  # for which a last frame is taken to be shown


@dataclass(frozen=True, slots=True)
class Survey:
    """What the packets say. ``stamped`` is False where their times are useless and frames are counted."""

    frames: list[CodedFrame]
    stamped: bool
    ms_per_unit: float
    first: int  # time of the first shown frame, in units
    duration_ms: float
    codec: str
    width: int  # display orientation, square pixels
    height: int
    damaged: int
    picture_bytes: int  # of one decoded picture
    others: int  # further streams with pictures
    restarts: Restarts  # the times of ``frames`` go on there
    coded_aspect: Fraction | None  # of a pixel of the picture that gave the size, by the stream of its codec
    sounds: int = 0  # streams with sound
    passed: frozenset[int] = frozenset()  # streams that come before this one and hold no film
    doubtful: frozenset[int] = frozenset()  # times of frames that rest on what is missing
    strict: bool = False  # whether the decoder may be told to stop at faults
    cut: Cut = WHOLE  # what the container cuts away of each picture

    @property
    def seekable(self) -> bool:
        """Whether a time names one place in the file."""
        return self.stamped and not self.restarts

    @property
    def first_ms(self) -> float:
        """Time of the first shown frame by the file's clock."""
        return self.first * self.ms_per_unit


def _sane(aspect: Fraction | None) -> float | None:
    return float(aspect) if aspect and 1 / _WIDEST_PIXEL <= aspect <= _WIDEST_PIXEL else None


class Demuxer:
    """An opened container and its picture stream. Only ``source`` is ever read, whatever the file names."""

    def __init__(
        self,
        source: Source,
        kind: Kind,
        limits: Limits,
        *,
        sounding: bool = False,
        passed: frozenset[int] = frozenset(),
        strict: bool = True,
    ) -> None:
        """Raise `MediaError` VIDEO_DECODE_ERROR.

        Unless it is ``sounding``, sound is not read. Streams that are ``passed`` over are not chosen. A
        ``strict`` decoder gives an error instead of a picture with faults, where there is one for the codec.
        """
        shown = without_floods(source, kind)
        # The decoders' own guard against absurd sizes counts padding too; pictures are measured exactly.
        codec_options = {"max_pixels": str(2 * limits.max_pixels + (1 << 20))}
        try:
            with source.in_processor_time(OPENING_SECONDS, undecodable(_ENDLESS)):
                cuts = Cuts(source, kind)
                source.seek(0)
                self.container = av.open(
                    shown,
                    "r",
                    format=_DEMUXERS.get(kind, kind),
                    buffer_size=_BUFFER,
                    io_open=_refuse,
                    metadata_errors="replace",
                    options={**codec_options, "enable_drefs": "0"},
                )
        except FAULTS as error:
            source.check()
            unfinished = kind == "mov" and all(name != b"moov" for name, *_ in roots(source, source.size))
            raise undecodable(_UNFINISHED if unfinished else "The container is damaged.", error) from error
        if source.failed:
            self.container.close()
            source.check()
        self.stream, self.others = self._picture_stream(kind, passed)
        self.cut = cuts.of(self.stream)
        context = self.stream.codec_context
        context.flags |= (
            Flags.unaligned
        )  # else up to 63 columns that the codec cuts away at the left are shown
        self.strict = strict and context.codec.canonical_name in _STRICT
        context.options = {**codec_options, "err_detect": "explode"} if self.strict else codec_options
        self.sound = self._sound_stream() if sounding else None
        for other in self.container.streams:
            if other is not self.stream and other is not self.sound:
                other.discard = Discard.all

    @property
    def sample_aspect(self) -> float:
        """Width of a pixel over its height; 1 where the container gives none or an absurd one."""
        return _sane(self.stream.sample_aspect_ratio) or 1.0

    def aspect_after(self, coded: Fraction | None) -> float:
        """Return the pixel aspect where the decoder is now.

        It is the container's, unless the codec's stream has changed its own from ``coded``.
        """
        now = self.stream.codec_context.sample_aspect_ratio
        return (_sane(now) if now != coded else None) or self.sample_aspect

    def jump(self, time: int) -> None:
        """Go to the key frame of that time, or where the index says it is; raises one of `FAULTS`."""
        self.container.seek(time, stream=self.stream, backward=True)

    def _sound_stream(self) -> AudioStream | None:
        """Return the sound that players play: the first that is the default, else the first that is known."""
        known = [s for s in self.container.streams.audio if s.codec_context is not None]
        first = known[0] if known else None
        return next((s for s in known if s.disposition & Disposition.default), first)

    def _picture_stream(self, kind: Kind, passed: frozenset[int]) -> tuple[VideoStream, int]:
        """Return the stream that players show, and how many others hold pictures.

        They show one of those that are enabled (ISO files) or flagged as the default (Matroska), of several
        FFmpeg's choice: the one with the most pictures or bits, where that is known before any is decoded.
        """
        found = [s for s in self.container.streams.video if not s.disposition & _NOT_PICTURES]
        if kind in STILLS:  # whose first picture is also a stream, without a duration
            found = [s for s in found if s.duration] or found
        known = [s for s in found if s.codec_context is not None and s.index not in passed]
        if known:
            enabled = [s for s in known if s.disposition & Disposition.default] or known
            best = self.container.streams.best("video")
            shown = next((s for s in enabled if s is best), enabled[0])
            return shown, 0 if kind in STILLS else len(found) - 1
        self.container.close()
        raise undecodable(
            "The video's codec is not known here." if found else "The file has no video stream."
        )


def survey(source: Source, kind: Kind, limits: Limits) -> Survey:
    """Read every packet of the picture stream; raises VIDEO_DECODE_ERROR and the limits' errors.

    A stream of one picture, or none, is passed over where another holds a film.
    """
    found = _film(source, kind, limits)
    _refuse_excess(found, limits)
    require_memory(video_bytes(found.picture_bytes, found.codec), limits)
    return found


def _film(source: Source, kind: Kind, limits: Limits) -> Survey:
    first: Survey | MediaError | None = None
    passed = frozenset[int]()
    while True:
        opened = Demuxer(source, kind, limits, passed=passed)
        with opened.container:
            found: Survey | MediaError
            try:
                packets = _Packets()
                packets.read(opened, source, limits)
                packets.broken = breaks(source, kind)
                source.check()
                found = replace(packets.survey(opened, kind, limits), passed=passed)
                if opened.strict and not found.strict:
                    lenient = Demuxer(source, kind, limits, passed=passed, strict=False)
                    with lenient.container:
                        found = replace(packets.survey(lenient, kind, limits), passed=passed)
            except MediaError as error:
                found = error
            first = first or found
            if isinstance(found, Survey) and sum(frame.shown for frame in found.frames) > 1:
                return found
            passed |= {opened.stream.index}
            if len(passed) > min(opened.others, _MOST_PASSED):
                break
    if isinstance(first, MediaError):
        raise first
    return first


class _Packets:
    """What is kept of the packets: their times and flags, and some key frames themselves."""

    def __init__(self) -> None:
        self.frames: list[CodedFrame] = []
        self.broken: list[int] = []  # places in the file
        self._places: list[int] = []
        self._holed: list[int] = []  # numbers of the packets with a hole
        self.complete = True  # whether every packet has a time
        self.damaged = 0
        self.keys: list[Packet[VideoStream]] = []  # the first ones and the last
        self._durations: list[int] = []

    def read(self, opened: Demuxer, source: Source, limits: Limits) -> None:
        cut = False
        try:
            for packet in opened.container.demux(opened.stream):
                if packet.size:
                    cut = packet.is_corrupt  # of the last one: its end is missing
                    self._add(packet, opened.stream.codec_context.codec.canonical_name)
                if len(self.frames) > limits.max_frames:
                    raise MediaError(
                        ErrorCode.TOO_MANY_FRAMES, f"The video has more than {limits.max_frames} frames."
                    )
        except FAULTS as error:
            source.check()
            self.damaged += 1
            if not self.frames:
                raise undecodable("The video's packets cannot be read.", error) from error
        source.check()
        if cut and self._holed[-1:] != [len(self.frames) - 1]:
            self._holed.append(len(self.frames) - 1)
        if not any(frame.shown for frame in self.frames):
            raise undecodable("The video holds no frames.")

    def _add(self, packet: Packet[VideoStream], codec: str) -> None:
        self.complete &= packet.pts is not None
        time = packet.pts if packet.pts is not None else len(self.frames)
        if has_hole(packet, codec):
            self._holed.append(len(self.frames))
        self._places.append(packet.pos if packet.pos is not None else -1)
        self._durations.append(packet.duration or 0)
        self.frames.append(CodedFrame(time, packet.is_keyframe, not packet.is_discard))
        if packet.is_keyframe:
            self.keys[_FIRST_KEYS:] = [packet]

    def survey(self, opened: Demuxer, kind: Kind, limits: Limits) -> Survey:
        stream = opened.stream
        width, height, stored, strict = _display_size(opened, self.keys)
        again: Restarts = {}
        complete = bool(self.complete and stream.time_base)
        in_coded_order = complete and _in_coded_order(self.frames, stream, kind)
        timed = complete and not in_coded_order and not _is_packed(self.keys, stream, kind)
        stamped = timed and not _in_parts(self.frames)
        if stamped and stream.time_base:
            leap = limits.max_seconds / float(stream.time_base) if kind in _SPLICED else math.inf
            again = self._restarts(leap)
            frames, unit = _timed(self.frames, again), float(stream.time_base) * 1000.0
            times = [frame.pts for frame in frames if frame.shown]
            first = min(times)
            lasting = zip(frames, self._durations, strict=True)
            ends = [(frame.pts, frame.pts + length) for frame, length in lasting if frame.shown]
            latest, end = max(ends)
            if end == latest:  # nothing says how long the last one is shown
                step = (latest - first) / (len(times) - 1) if len(times) > 1 else 0
                end += round(min(step, _LONGEST_GUESS_MS / unit))
            duration = max(end, max(one for _, one in ends)) - first
            numbered = {number: frame.pts for number, frame in enumerate(frames)}
        else:
            shown = [number for number, frame in enumerate(self.frames) if frame.shown]
            frames = [CodedFrame(i, self.frames[number if i else 0].key) for i, number in enumerate(shown)]
            unit, first, duration = _frame_ms(stream), 0, len(frames)
            numbered = {number: i for i, number in enumerate(shown)}
            if timed and stream.time_base and (lasted := sum(self._durations[number] for number in shown)):
                unit = float(stream.time_base) * 1000.0 * lasted / len(shown)
            elif in_coded_order and stream.time_base and len(shown) > 1:
                # A container's rate counts places for pictures, most of which may be empty.
                span = self.frames[shown[-1]].pts - self.frames[shown[0]].pts
                spread = float(stream.time_base) * 1000.0 * span / (len(shown) - 1)
                unit = spread if _SHORTEST_MS <= spread <= _LONGEST_MS else unit
        codec = stream.codec_context.codec.canonical_name
        return Survey(
            frames,
            stamped,
            unit,
            first,
            duration * unit,
            codec,
            width,
            height,
            self.damaged + len(self._holed) + bool(self.broken),
            stored,
            opened.others,
            again,
            stream.codec_context.sample_aspect_ratio,
            len(opened.container.streams.audio),
            doubtful=frozenset(numbered[number] for number in self._doubtful() if number in numbered),
            strict=strict,
            cut=opened.cut,
        )

    def _doubtful(self) -> Iterator[int]:
        """Yield the numbers of packets with a hole or at a break in the file, and of what rests on them."""
        damaged = {*self._holed}
        reached = list(accumulate(self._places, max))
        for place in self.broken:
            before = bisect_left(reached, place) - 1
            if 0 <= before < len(reached) - 1:
                damaged.add(before)
        resting, following = False, -math.inf
        for number, frame in enumerate(self.frames):
            if number in damaged:
                resting = True
            elif resting and frame.key:
                resting, following = False, frame.pts
            if resting or frame.pts < following:  # what is shown before a key frame may rest on others
                yield number
            elif frame.pts > following:
                following = -math.inf

    def _restarts(self, leap: float) -> Restarts:
        """Return where the clock starts again; what an edit list cuts away may be of any time."""
        numbers = [number for number, frame in enumerate(self.frames) if frame.shown]
        times, durations = [self.frames[i].pts for i in numbers], [self._durations[i] for i in numbers]
        found = restarts(times, durations, leap)
        return {numbers[place]: offset for place, offset in found.items()}


def _timed(frames: list[CodedFrame], again: Restarts) -> list[CodedFrame]:
    """Return the frames at times that go on; of two with one time the second is not shown.

    They are the fields of a frame, or damage, and only one of them can be identified.
    """
    offset, seen, made = 0, set[int](), []
    for number, frame in enumerate(frames):
        offset = again.get(number, offset)
        time = frame.pts + offset
        made.append(CodedFrame(time, frame.key, frame.shown and time not in seen))
        seen.add(time)
    return made


def _in_parts(frames: list[CodedFrame]) -> bool:
    """Return whether an edit list shows several parts: then FFmpeg gives some frames the same times."""
    shown = [frame.pts for frame in frames if frame.shown]
    return any(min(shown) <= frame.pts <= max(shown) for frame in frames if not frame.shown)


def _in_coded_order(frames: list[CodedFrame], stream: VideoStream, kind: Kind) -> bool:
    """Return whether frames are reordered although their ascending times do not show it.

    So it is in AVI, and in ASF of H.264, which only copying puts there.
    """
    context = stream.codec_context
    of_order = kind == "avi" or (kind == "asf" and context.codec.canonical_name == "h264")
    ascending = all(a.pts < b.pts for a, b in pairwise(frames))
    return of_order and bool(context.has_b_frames) and ascending


def _is_packed(keys: list[Packet[VideoStream]], stream: VideoStream, kind: Kind) -> bool:
    """Return whether some packets of an AVI hold two pictures and others none, as DivX and Xvid write them.

    Their encoders say so in the stream. Packets' times are not those of the pictures that come out for them.
    """
    return (
        kind == "avi"
        and stream.codec_context.codec.canonical_name == "mpeg4"
        and any(_PACKED.search(bytes(key)) for key in keys[:1])
    )


def _frame_ms(stream: VideoStream) -> float:
    rate = stream.average_rate or stream.guessed_rate
    return 1000.0 / float(rate) if rate and _SHORTEST_MS <= 1000 / rate <= _LONGEST_MS else _DEFAULT_MS


def _display_size(opened: Demuxer, keys: list[Packet[VideoStream]]) -> tuple[int, int, int, bool]:
    """Return width and height as shown, a picture's bytes, and whether a strict decoder gave one.

    They are those of the first of the pictures that decodes, if one does: the stream has no orientation.
    """
    context = opened.stream.codec_context
    stored = context.width * context.height * (3 if "10" in (context.pix_fmt or "") else 2)
    width, height, turned = context.width, context.height, False
    pictures: list[av.VideoFrame] = []
    for key in keys:
        try:
            pictures = [*context.decode(key), *context.decode(None)]
        except FAULTS as error:
            require_not_memory(error)
        if pictures:
            break
        context.flush_buffers()
    if pictures:
        width, height = pictures[0].width, pictures[0].height
        turned = orientation.swaps_axes(frame_orientation(pictures[0]))
        stored = sum(plane.buffer_size for plane in pictures[0].planes)
    width, height = opened.cut.shown(width, height)
    width = shown_width(width, opened.sample_aspect)
    strict = opened.strict and bool(pictures)
    return (height, width, stored, strict) if turned else (width, height, stored, strict)


def _refuse_excess(found: Survey, limits: Limits) -> None:
    if found.duration_ms > limits.max_seconds * 1000.0:
        raise MediaError(
            ErrorCode.VIDEO_TOO_LONG,
            f"The video lasts {found.duration_ms / 1000:.0f} s; the limit is {limits.max_seconds:g} s.",
            duration_seconds=round(found.duration_ms / 1000, 1),
        )
    if found.width * found.height > limits.max_pixels:
        size, most = f"{found.width} x {found.height}", f"{limits.max_pixels / 1e6:g}"
        raise MediaError(
            ErrorCode.TOO_MANY_PIXELS,
            f"The video is {size} pixels; the limit is {most} megapixels.",
            width=found.width,
            height=found.height,
        )


def _refuse(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    raise PermissionError(errno.EACCES, "a media file may not open another one", url)


def undecodable(message: str, error: BaseException | None = None) -> MediaError:
    """Build the `MediaError` VIDEO_DECODE_ERROR; the cause is FFmpeg's own words, without any path."""
    details = {"cause": str(getattr(error, "strerror", None) or error)[:200]} if error is not None else {}
    return MediaError(ErrorCode.VIDEO_DECODE_ERROR, message, **details)
