"""The sound of a video on its way into a preview: copied where every browser plays it, else encoded anew."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from fractions import Fraction
from typing import Any

import av
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.filter import Graph
from av.filter.context import FilterContext
from av.packet import Packet

from detector.media.survey import FAULTS

_MOST_COPIED = 256_000  # bits per second: more is much for a preview
_PER_CHANNEL = 64_000  # bits per second of what is encoded
_CHANNELS, _RATE = 2, 48_000
_MOST_WAITING = 10_000  # packets before the first picture
# Silence where there is none at the start, or in between, and what drifts is pulled to its time.
_KEPT_IN_TIME = "async=1000:first_pts=0:min_hard_comp=0.02"
_FRAME = 1024  # samples of a packet of AAC


class Sound:
    """The sound between two times of a video, given out as from 0.

    ``start`` and ``seconds`` say what the preview shows, in seconds of the file's times. Packets are offered
    in the file's order; what cannot be decoded is left out.
    """

    def __init__(self, stream: AudioStream, start: float, seconds: float) -> None:
        self._stream, self._start, self._seconds = stream, start, seconds
        self._unit = stream.time_base or Fraction(1, _RATE)
        self._copied = _plays(stream)
        self._container: Any = None
        self._made: Any = None
        self._graph: Graph | None = None
        self._ends: tuple[FilterContext, FilterContext] | None = None
        self._waiting: list[Packet[AudioStream]] = []
        self._latest = -1
        self._offsets = (0, 0)  # to times of the running clock, and of the one before it
        self._end = 0  # of the latest packet
        self._failed = False
        self.heard = False  # whether the preview has any of it

    @property
    def most_bytes(self) -> int:
        """The most bytes that it adds to a file that holds it already."""
        return 0 if self._copied else int(self._seconds * _CHANNELS * _PER_CHANNEL / 8)

    def begin(self, container: Any) -> None:
        """Add the stream to ``container``, before anything is muxed."""
        self._container = container
        if self._copied:
            self._made = container.add_stream_from_template(self._stream)
        else:
            channels = min(_CHANNELS, self._stream.codec_context.channels or 1)
            self._made = container.add_stream("aac", rate=_RATE)
            self._made.layout = "stereo" if channels == _CHANNELS else "mono"
            self._made.bit_rate = channels * _PER_CHANNEL

    def flush_waiting(self) -> None:
        """Mux what came before `begin`."""
        waiting, self._waiting = self._waiting, []
        for packet in waiting:
            self.take(packet)

    def restart(self, seconds: float) -> None:
        """Note that the file's clock starts again, and what takes its times behind those before."""
        self._offsets = (round(seconds / self._unit), self._offsets[0])

    def take(self, packet: Packet[AudioStream]) -> None:
        """Mux a packet of the stream, as far as it lies within the preview."""
        if self._container is None:
            if len(self._waiting) < _MOST_WAITING:
                self._waiting.append(packet)
        elif self._failed or packet.pts is None or not packet.size:
            return
        else:
            self._move(packet, packet.pts)
            if self._copied:
                self._copy(packet)
            else:
                self._guarded(packet)

    def end(self) -> None:
        """Mux what decoder and encoder still hold."""
        if not self._copied and self._container is not None and not self._failed:
            self._guarded(None)

    def _move(self, packet: Packet[AudioStream], time: int) -> None:
        """Let a packet follow the one before it: around a restart the streams are interleaved loosely."""
        offset = min(self._offsets, key=lambda one: abs(time + one - self._end))
        if offset:
            packet.pts = packet.dts = time + offset
        self._end = time + offset + (packet.duration or 0)

    def _copy(self, packet: Packet[AudioStream]) -> None:
        assert packet.pts is not None
        time = packet.pts - round(self._start / self._unit)
        if packet.is_discard or not 0 <= time * self._unit < self._seconds or time <= self._latest:
            return
        self._latest = packet.pts = packet.dts = time
        packet.stream = self._made
        self._container.mux(packet)
        self.heard = True

    def _guarded(self, packet: Packet[AudioStream] | None) -> None:
        """Decode and encode; what is damaged is left out, and after a fault of the encoder all the rest."""
        frames: list[AudioFrame] = []
        with suppress(*FAULTS):
            frames = self._stream.codec_context.decode(packet)
        try:
            for frame in frames:
                self._encode(self._in_time(frame))
            if packet is None and self._ends is not None:
                self._ends[0].push(None)
                self._encode(self._pulled())
                self._encode(iter([None]))
        except FAULTS:
            self._failed = True

    def _in_time(self, frame: AudioFrame) -> Iterator[AudioFrame]:
        """Yield what a decoded frame brings forth, as the encoder takes it, at the preview's times."""
        if frame.pts is None:
            return
        frame.pts -= round(self._start / self._unit)
        if frame.pts * self._unit >= self._seconds:
            return
        if self._ends is None:
            self._ends = self._filters(frame)
        self._ends[0].push(frame)
        yield from self._pulled()

    def _pulled(self) -> Iterator[AudioFrame]:
        assert self._ends is not None
        while True:
            try:
                made = self._ends[1].pull()
            except (av.BlockingIOError, av.EOFError):
                return
            assert isinstance(made, AudioFrame)
            yield made

    def _filters(self, frame: AudioFrame) -> tuple[FilterContext, FilterContext]:
        self._graph = graph = Graph()
        source = graph.add_abuffer(
            sample_rate=frame.sample_rate,
            format=frame.format.name,
            layout=frame.layout.name,
            time_base=self._unit,
        )
        layout = f"sample_fmts=fltp:sample_rates={_RATE}:channel_layouts={self._made.layout.name}"
        chain = (
            ("aresample", f"{_RATE}:{_KEPT_IN_TIME}"),
            ("aformat", layout),
            ("asetnsamples", f"n={_FRAME}:p=0"),
            ("abuffersink", None),
        )
        latest = source
        for name, arguments in chain:
            following = graph.add(name, arguments)
            latest.link_to(following)
            latest = following
        graph.configure()
        return source, latest

    def _encode(self, frames: Iterator[AudioFrame | None]) -> None:
        for frame in frames:
            for packet in self._made.encode(frame):
                self._container.mux(packet)
                self.heard = True


def _plays(stream: AudioStream) -> bool:
    """Return whether every browser plays these packets in an MP4; not so Opus, which Safari does not."""
    context = stream.codec_context
    name = context.codec.canonical_name
    described = bool(context.extradata) and context.profile == "LC"
    return (
        (name == "mp3" or (name == "aac" and described))
        and 0 < (context.bit_rate or 0) <= _MOST_COPIED
        and 0 < (context.channels or 0) <= _CHANNELS
    )
