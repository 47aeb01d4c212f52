"""Video by PyAV: a first pass reads every packet without decoding, a second decodes what the plan names."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import av
from av.container import InputContainer
from av.video.stream import VideoStream

from detector.contracts import ErrorCode, Frame, Limits, MediaError
from detector.media.budget import DecodeBudget
from detector.media.colour import frame_to_rgb
from detector.media.sampling import CodedFrame, Target, plan
from detector.media.sniff import Kind

_BUFFER = 1 << 18  # bytes per read


@dataclass(frozen=True, slots=True)
class Survey:
    """What the packets say. ``stamped`` is False where times are missing or useless and frames are counted."""

    frames: list[CodedFrame]
    stamped: bool
    ms_per_unit: float
    first: int
    duration_ms: float
    codec: str
    width: int
    height: int
    damaged: int


class _Container:
    """An opened file and its picture stream; only the file itself is ever read."""

    def __init__(self, file: BinaryIO, kind: Kind, limits: Limits) -> None:
        file.seek(0)
        try:
            self.container: InputContainer = av.open(
                file,
                format=kind,
                buffer_size=_BUFFER,
                io_open=_refuse,
                metadata_errors="replace",
                options={"max_pixels": str(limits.max_pixels), "enable_drefs": "0"},
            )
        except (av.FFmpegError, ValueError, OSError, MemoryError) as error:
            raise _undecodable("The container is damaged.", error) from error
        self.stream = self._pictures()

    def _pictures(self) -> VideoStream:
        for stream in self.container.streams.video:
            if (
                not stream.disposition & av.stream.Disposition.attached_pic
                and stream.codec_context is not None
            ):
                return stream
        self.container.close()
        raise _undecodable("The file has no video stream.")


def survey(file: BinaryIO, kind: Kind, limits: Limits, budget: DecodeBudget) -> Survey:
    """Read every packet of the picture stream; raises VIDEO_DECODE_ERROR and the limits' errors."""
    with budget:
        opened = _Container(file, kind, limits)
        with opened.container:
            return _survey(opened, limits, budget)


def _survey(opened: _Container, limits: Limits, budget: DecodeBudget) -> Survey:
    stream = opened.stream
    frames: list[CodedFrame] = []
    stamped, damaged, end = True, 0, 0
    try:
        for packet in opened.container.demux(stream):
            if packet.size == 0:
                continue
            if packet.pts is None:
                stamped = False
            pts = packet.pts if packet.pts is not None else len(frames)
            end = max(end, pts + (packet.duration or 0))
            frames.append(CodedFrame(pts, packet.is_keyframe, not packet.is_discard))
            if len(frames) > limits.max_frames:
                raise MediaError(
                    ErrorCode.TOO_MANY_FRAMES, f"The video has more than {limits.max_frames} frames."
                )
            if len(frames) % 64 == 0:
                budget.check()
    except (av.FFmpegError, ValueError, OSError) as error:
        damaged += 1
        if not frames:
            raise _undecodable("The video's packets cannot be read.", error) from error
    if not any(frame.shown for frame in frames):
        raise _undecodable("The video holds no frames.")
    found = _timed(frames, stamped, end, damaged, stream)
    if found.duration_ms > limits.max_seconds * 1000.0:
        raise MediaError(
            ErrorCode.VIDEO_TOO_LONG,
            f"The video lasts {found.duration_ms / 1000:.0f} s; the limit is {limits.max_seconds:g} s.",
            duration_seconds=round(found.duration_ms / 1000, 1),
        )
    if found.width * found.height > limits.max_pixels:
        raise MediaError(
            ErrorCode.TOO_MANY_PIXELS,
            f"The video is {found.width} x {found.height} pixels; the limit is {limits.max_pixels / 1e6:g} megapixels.",
        )
    return found


def _timed(frames: list[CodedFrame], stamped: bool, end: int, damaged: int, stream: VideoStream) -> Survey:
    shown = [frame.pts for frame in frames if frame.shown]
    if len(set(shown)) < len(shown):
        stamped = False  # two frames at one time: the times cannot tell frames apart
    if stamped and stream.time_base is not None:
        first, unit = min(shown), float(stream.time_base) * 1000.0
        duration = max(max(shown) + _typical_step(shown), end) - first
    else:
        stamped, first = False, 0
        rate = stream.average_rate or stream.guessed_rate
        unit = 1000.0 / float(rate) if rate else 40.0
        frames = [CodedFrame(i, frame.key, frame.shown) for i, frame in enumerate(frames)]
        duration = len(frames)
    context = stream.codec_context
    return Survey(
        frames,
        stamped,
        unit,
        first,
        duration * unit if len(shown) > 1 else 0.0,
        context.name,
        context.width,
        context.height,
        damaged,
    )


def _typical_step(times: list[int]) -> int:
    return round((max(times) - min(times)) / (len(times) - 1)) if len(times) > 1 else 0


class VideoDecoder:
    """Decodes the planned frames of a surveyed file."""

    def __init__(
        self, file: BinaryIO, kind: Kind, found: Survey, count: int, limits: Limits, budget: DecodeBudget
    ):
        self._file, self._kind, self._survey, self._limits, self._budget = file, kind, found, limits, budget
        self._targets = plan(found.frames, count)
        if not found.stamped:
            self._targets = [Target(t.index, t.pts, None) for t in self._targets]
        self._counted = 0
        self.damaged = found.damaged

    @property
    def planned(self) -> int:
        """How many frames will be given out if nothing is damaged."""
        return len(self._targets)

    def frames(self) -> Iterator[Frame]:
        """Yield the planned frames in order of time; a damaged one is replaced by the next that decodes.

        Raises `MediaError` VIDEO_DECODE_ERROR when none decodes, and the limits' errors.
        """
        self._counted = 0
        given = 0
        with self._budget:
            opened = _Container(self._file, self._kind, self._limits)
            self._prepare(opened.stream)
        with opened.container:
            for leg in _legs(self._targets):
                for target, picture in self._timed_leg(opened, leg):
                    given += 1
                    with self._budget:
                        rgb = self._convert(picture, opened.stream)
                    time = (
                        (picture.pts - self._survey.first) * self._survey.ms_per_unit
                        if self._survey.stamped
                        else (target.index * self._survey.ms_per_unit)
                    )
                    yield Frame(index=target.index, timestamp_ms=time, rgb=rgb)
        if given == 0:
            raise _undecodable("None of the video's frames could be decoded.")

    def _prepare(self, stream: VideoStream) -> None:
        context = stream.codec_context
        # H.264 decodes fastest on few cores with slice threads (no delay to refill after a seek); the
        # other codecs rarely carry slices and need frame threads.
        stream.thread_type = "SLICE" if context.name == "h264" else "AUTO"

    def _timed_leg(self, opened: _Container, leg: list[Target]) -> Iterator[tuple[Target, av.VideoFrame]]:
        # The generator below is advanced inside the budget, its consumer outside.
        steps = self._leg(opened, leg)
        while True:
            with self._budget:
                step = next(steps, None)
            if step is None:
                return
            yield step

    def _leg(self, opened: _Container, leg: list[Target]) -> Iterator[tuple[Target, av.VideoFrame]]:
        """Decode from where the file stands, or from a key frame, up to the leg's last target."""
        pending = list(leg)
        if leg[0].seek is not None:
            try:
                opened.container.seek(leg[0].seek, stream=opened.stream, backward=True)
            except (av.FFmpegError, OSError):
                self.damaged += 1
        for picture in self._pictures(opened, {target.pts for target in leg}):
            time = picture.pts if self._survey.stamped else self._counted - 1
            if time is None:
                continue
            due = [target for target in pending if target.pts <= time]
            if due:
                pending = pending[len(due) :]
                # Only the latest of them: the earlier ones are damaged, and one frame is not given twice.
                yield due[-1], picture
            if not pending:
                return

    def _pictures(self, opened: _Container, wanted: set[int]) -> Iterator[av.VideoFrame]:
        context = opened.stream.codec_context
        missing = set(wanted)
        try:
            for packet in opened.container.demux(opened.stream):
                self._budget.check()
                if self._survey.stamped:
                    # Frames that nothing refers to are not decoded, unless they are wanted themselves.
                    context.skip_frame = "DEFAULT" if packet.pts in wanted else "NONREF"
                yield from self._decode(context, packet)
                missing.discard(packet.pts)
                if self._survey.stamped and not missing:
                    break
            yield from self._decode(context, None)
        except (av.FFmpegError, ValueError, OSError):
            self.damaged += 1
            yield from self._decode(context, None)

    def _decode(self, context: Any, packet: av.Packet | None) -> Iterator[av.VideoFrame]:
        if packet is not None and packet.size == 0:
            return
        try:
            pictures = context.decode(packet)
        except av.EOFError:
            return
        except (av.FFmpegError, ValueError, MemoryError):
            self.damaged += 1
            return
        for picture in pictures:
            self._counted += 1
            if picture.is_corrupt:
                self.damaged += 1
                continue
            yield picture

    def _convert(self, picture: av.VideoFrame, stream: VideoStream) -> Any:
        if picture.width * picture.height > self._limits.max_pixels:
            raise MediaError(ErrorCode.TOO_MANY_PIXELS, "A frame is larger than the limit.")
        aspect = stream.sample_aspect_ratio
        ratio = float(aspect) if aspect and 0.25 <= float(aspect) <= 4.0 else 1.0
        try:
            return frame_to_rgb(picture, ratio)
        except (av.FFmpegError, ValueError, MemoryError) as error:
            raise _undecodable("A frame's pixels cannot be converted.", error) from error


def _legs(targets: list[Target]) -> Iterator[list[Target]]:
    """Split at the seeks."""
    leg: list[Target] = []
    for target in targets:
        if target.seek is not None and leg:
            yield leg
            leg = []
        leg.append(target)
    if leg:
        yield leg


def _refuse(url: str, flags: int, options: dict[str, str]) -> NoReturn:
    raise PermissionError(errno.EACCES, "a media file may not open another one", url)


def _undecodable(message: str, error: BaseException | None = None) -> MediaError:
    details = {"cause": str(error)[:200]} if error is not None else {}
    return MediaError(ErrorCode.VIDEO_DECODE_ERROR, message, **details)
