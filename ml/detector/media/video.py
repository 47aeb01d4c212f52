"""Video by PyAV: decodes the frames that the plan names, and as few others as it takes."""

from __future__ import annotations

from collections.abc import Generator, Iterator

import av
from av.codec.context import ThreadType
from av.packet import Packet
from av.video.reformatter import VideoReformatter
from av.video.stream import VideoStream

from detector.contracts import Frame, Image, Instant, Limits
from detector.media.budget import DecodeBudget
from detector.media.clock import Clock
from detector.media.colour import Turns, frame_to_rgb, shown_width
from detector.media.leg import Leg
from detector.media.memory import fits_threads, reduction, require_not_memory
from detector.media.sampling import Target, at, plan, way_to
from detector.media.sniff import Kind
from detector.media.source import Source
from detector.media.survey import FAULTS, Demuxer, Survey, undecodable

# Decoders that leave out frames which nothing refers to from one packet to the next. dav1d (AV1) fixes its
# choice when it is opened, and would leave out wanted frames.
_SKIP_UNREFERENCED = frozenset({"h264", "hevc", "mpeg4"})
# Decoders that leave out frames without an error and go on with what is built on them.
_SILENT = frozenset({"av1"})


class _WrongPlaceError(Exception):
    """A jump did not lead to the frames it was made for: the file's index or key flags are wrong."""


class VideoDecoder:
    """Decodes the planned frames of a surveyed file."""

    incomplete = False  # of a video the frames that are missing are counted

    def __init__(
        self,
        source: Source,
        kind: Kind,
        found: Survey,
        wanted: int | Instant,
        limits: Limits,
        budget: DecodeBudget,
    ) -> None:
        self._source, self._kind, self._survey = source, kind, found
        self._limits, self._budget = limits, budget
        self._times = sorted(frame.pts for frame in found.frames if frame.shown)
        self._doubtful = {number for number, time in enumerate(self._times) if time in found.doubtful}
        self._keys = {frame.pts: coded for coded, frame in enumerate(found.frames) if frame.key}
        self._targets = self._planned(wanted)
        self._scaler = VideoReformatter()
        self._turns: Turns = {}
        self._leg = self._new_leg(jumped=False)
        self._damaged = found.damaged  # without what the running leg has met
        self._aspect = 1.0  # of a pixel of the latest picture
        self._shows = False  # whether a picture came out of the decoder, be it a damaged one
        self.planned = len(self._targets)

    def _planned(self, wanted: int | Instant) -> list[Target]:
        frames, jumping = self._survey.frames, self._survey.seekable
        if isinstance(wanted, int):
            return plan(frames, wanted, jumping)
        return way_to(frames, [at(wanted, [self._milliseconds(time) for time in self._times])], jumping)

    def _milliseconds(self, time: int) -> float:
        return (time - self._survey.first) * self._survey.ms_per_unit

    @property
    def damaged(self) -> int:
        """Packets or frames that could not be decoded so far."""
        return self._damaged + self._leg.damaged

    def frames(self) -> Generator[Frame, None, None]:
        """Yield the planned frames in order of time.

        A planned frame that cannot be decoded, or that is built on one that could not, is replaced by a sound
        one that comes before the next planned frame, or left out, and counted in `damaged`: none may be left.
        Raises `MediaError` VIDEO_DECODE_ERROR when the decoder gives no picture at all, and the limits'
        errors.
        """
        given = 0
        for index, picture, aspect in self._chosen():
            rgb = self._convert(picture, aspect)
            if rgb is not None:
                given += 1
                yield Frame(index, self._milliseconds(self._times[index]), rgb, self._scale(rgb))
        if given == 0 and not (self._shows and self.damaged):
            raise undecodable("None of the video's frames could be decoded.")

    def _scale(self, rgb: Image) -> tuple[float, float]:
        """Return what takes a frame's pixels to those of the file, whose size is the first frame's."""
        height, width, _ = rgb.shape
        return self._survey.width / width, self._survey.height / height

    def _chosen(self) -> Iterator[tuple[int, av.VideoFrame, float]]:
        """Yield index, picture and pixel aspect, leg by leg; straight through once a jump has failed."""
        rest, jumping = self._targets, True
        opened = self._open()
        try:
            while rest:
                leg = _first_leg(rest) if jumping else rest
                try:
                    for index, picture in self._along(opened, leg, jumping and leg[0].seek is not None):
                        yield index, picture, self._aspect
                except _WrongPlaceError:
                    opened.container.close()
                    opened, jumping = self._open(), False
                else:
                    rest = rest[len(leg) :]
        finally:
            opened.container.close()

    def _open(self) -> Demuxer:
        opened = Demuxer(
            self._source, self._kind, self._limits, passed=self._survey.passed, strict=self._survey.strict
        )
        self._aspect = opened.sample_aspect
        # Few streams carry slices that could be decoded side by side, so that it takes frame threads.
        context = opened.stream.codec_context
        context.thread_type = ThreadType.AUTO
        # Each frame thread holds a picture of its own.
        if not fits_threads(self._survey.picture_bytes, self._survey.codec, self._limits):
            context.thread_type, context.thread_count = ThreadType.SLICE, 1
        return opened

    def _new_leg(self, jumped: bool) -> Leg:
        # Where packets have flags, the first one's says whether the start of the file can be decoded.
        return Leg(
            self._times,
            stamped=self._survey.stamped,
            silent=self._survey.codec in _SILENT,
            jumped=jumped,
            sound=self._survey.frames[0].key or not self._keys,
        )

    def _along(
        self, opened: Demuxer, targets: list[Target], jump: bool
    ) -> Iterator[tuple[int, av.VideoFrame]]:
        """Decode from the start of the file, or from the leg's key frame, up to the leg's last target.

        Raises `_WrongPlaceError` when a jump leads to no key frame although nothing was found damaged before.
        """
        self._damaged, self._leg = self.damaged, self._new_leg(jump)
        pending, damaged, missed = list(targets), self.damaged, 0
        for index, picture in self._pictures(opened, targets, jump):
            due = [target for target in pending if target.index <= index]
            if due:
                pending = pending[len(due) :]
                missed += sum(target.index != index for target in due)
                yield index, picture
            if not pending:
                break
        # A strict decoder fails where a jump leads to what it cannot start from; whether that is damage shows
        # on the straight way.
        if not self._leg.entered and (self._survey.strict or self.damaged == damaged):
            self._damaged, self._leg = damaged, self._new_leg(jump)
            raise _WrongPlaceError
        if self.damaged == damaged:
            self._damaged += missed + len(pending)  # lost without an error from the decoder

    def _pictures(
        self, opened: Demuxer, targets: list[Target], jump: bool
    ) -> Iterator[tuple[int, av.VideoFrame]]:
        """Yield the sound pictures on the way to the last target, with their indexes."""
        missing = {target.pts for target in targets}
        context = opened.stream.codec_context
        skipping = self._survey.stamped and self._survey.codec in _SKIP_UNREFERENCED
        clock = Clock(self._survey.restarts)
        for packet in self._packets(opened, targets[0].seek if jump else None):
            if clock.correct(packet):  # the first pictures may refer to some that this file does not hold
                yield from self._decode(opened, None)
                context.flush_buffers()
                self._leg.restart(sound=packet.is_keyframe or not self._keys)
            if skipping:
                context.skip_frame = "DEFAULT" if packet.pts in missing else "NONREF"
            yield from self._decode(opened, packet)
            missing.discard(packet.pts)
            if self._survey.stamped and not missing:
                break
        yield from self._decode(opened, None)

    def _packets(self, opened: Demuxer, key: int | None) -> Iterator[Packet[VideoStream]]:
        """Yield packets to the end of what can be read, from the key frame of that time if one is given."""
        if key is not None:
            try:
                opened.jump(key)
            except FAULTS as error:
                raise _WrongPlaceError from error
        try:
            for packet in opened.container.demux(opened.stream):
                self._budget.check()
                if packet.size == 0:
                    continue
                if key is not None and not self._leads_to(packet.pts, key):
                    raise _WrongPlaceError
                key = None
                yield packet
        except FAULTS:
            self._damaged += not self._survey.damaged  # the survey met the same fault
        self._source.check()

    def _leads_to(self, landing: int | None, key: int) -> bool:
        return landing in self._keys and self._keys[landing] <= self._keys[key]

    def _decode(
        self, opened: Demuxer, packet: Packet[VideoStream] | None
    ) -> Iterator[tuple[int, av.VideoFrame]]:
        try:
            pictures = opened.stream.codec_context.decode(packet)
        except av.EOFError:
            return
        except FAULTS as error:
            require_not_memory(error)
            self._leg.fail()
            return
        for picture in pictures:
            self._shows = True
            # The decoder is ahead of what comes out of it; the aspect changes at key frames.
            if picture.key_frame:
                self._aspect = opened.aspect_after(self._survey.coded_aspect)
            index = self._leg.accept(picture)
            if index is not None and index not in self._doubtful:
                yield index, picture

    def _convert(self, picture: av.VideoFrame, aspect: float) -> Image | None:
        # A stream may change its size on the way, and noise in a header can make it any size.
        pixels = shown_width(picture.width, aspect) * picture.height
        if pixels <= self._limits.max_pixels:
            try:
                return frame_to_rgb(
                    picture, aspect, self._scaler, reduction(pixels), self._turns, self._survey.cut
                )
            except FAULTS as error:
                require_not_memory(error)
        self._damaged += 1
        return None


def _first_leg(targets: list[Target]) -> list[Target]:
    """Return the targets up to the next jump."""
    jumps = (i for i, target in enumerate(targets) if i > 0 and target.seek is not None)
    return targets[: next(jumps, len(targets))]
