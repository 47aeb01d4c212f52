"""The sound of a video as blocks of samples: decoded once, in bounded memory and time.

Nothing here raises for what is in the track: sound that is damaged, endless or of an unknown codec ends, and
`Waves.ending` says why.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.stream import AudioStream
from av.packet import Packet
from av.stream import Discard

from detector.contracts import Floats, Limits, MediaError, SoundEnd
from detector.media.budget import DecodeBudget
from detector.media.sniff import Kind
from detector.media.source import Source
from detector.media.survey import FAULTS, Demuxer

MOST_CHANNELS = 8
"""Channels that are given out; of more, the first ones."""

_BLOCK = 1 << 18  # samples of all channels in a block
_MOST_PACKET = 1 << 24  # bytes: uncompressed sound may lie in packets of any size
_LOUDEST = 8.0  # of a sample; floating-point sound may be louder than full scale, but not without end
_FURTHEST_MS = 1e9  # that a start may be from the first frame
_RATES = range(1_000, 768_001)  # Hz: others are damage
_GAP_MS = 60.0  # by which a time may differ from that of the samples before it: players bridge as much
_UNNAMED = "NONE"  # channels of a container that only counts them
_USUAL = {
    5: ("FL", "FR", "FC", "BL", "BR"),
    6: ("FL", "FR", "FC", "LFE", "BL", "BR"),
    8: ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
}
# What a sample of integers is divided by, and, unsigned, what is taken from it before.
_SCALES = {"u": (128.0, 128.0), "i2": (32768.0, 0.0), "i4": (2.0**31, 0.0), "i8": (2.0**63, 0.0)}


@dataclass(frozen=True, slots=True)
class Block:
    """Some of the sound: ``(C, n) float32``, full scale 1, all finite, of the ``C`` channels' names."""

    start_ms: float  # from the first frame of the video
    rate: int  # Hz
    samples: Floats
    names: tuple[str, ...]  # FFmpeg's: "FL", "LFE"

    @property
    def end_ms(self) -> float:
        """When it ends."""
        return self.start_ms + 1000.0 * int(self.samples.shape[1]) / self.rate


@dataclass(frozen=True, slots=True)
class _Form:
    """What changes only where a stream changes its format."""

    rate: int
    channels: int
    names: tuple[str, ...]

    @classmethod
    def of(cls, frame: AudioFrame) -> _Form:
        layout = frame.layout
        names = tuple(one.name for one in layout.channels)[:MOST_CHANNELS]
        if set(names) == {_UNNAMED} and layout.nb_channels in _USUAL:
            names = _USUAL[layout.nb_channels]
        return cls(frame.sample_rate, layout.nb_channels, names)

    @property
    def most(self) -> int:
        """Samples of a channel in a block."""
        return _BLOCK // max(1, len(self.names))


class Waves:
    """The track of a surveyed video that players play. `blocks` can be gone through once.

    ``first_ms`` is the time of the first frame by the file's own clock.
    """

    def __init__(self, source: Source, kind: Kind, first_ms: float, limits: Limits, seconds: float) -> None:
        """Raise `MediaError` where the container cannot be opened again. All takes ``seconds`` at most."""
        self.budget = DecodeBudget(seconds)  # also for measuring what is given out
        self._source = source.within(self.budget)
        self._limits, self._first_ms = limits, first_ms
        with self.budget:
            self._opened = Demuxer(self._source, kind, limits, sounding=True)
        self._opened.stream.discard = Discard.all
        self._stream: AudioStream | None = self._opened.sound
        self._end_ms: float | None = None  # of the latest block
        self._bytes = 0
        self.tracks = len(self._opened.container.streams.audio)
        self.codec, self.sample_rate, self.channels, self.declared_ms = self._declared()
        self.ending = SoundEnd.UNDECODABLE
        self.damaged = 0  # packets
        self.invalid = 0  # samples
        self.changes = 0  # of rate or channels
        self.start_ms: float | None = None  # of the first block
        self.given_ms = 0.0  # of sound

    @property
    def bit_rate(self) -> float | None:
        """Bits per second of the packets behind the blocks."""
        return 8000.0 * self._bytes / self.given_ms if self.given_ms else None

    def blocks(self) -> Iterator[Block]:
        """Yield the sound in order of time; where no more comes `ending` says why."""
        try:
            if self._stream is not None:
                yield from self._blocks(self._stream)
        finally:
            self._opened.container.close()

    def _declared(self) -> tuple[str | None, int, int, float | None]:
        stream = self._stream
        if stream is None:
            return None, 0, 0, None
        context = stream.codec_context
        length, unit = stream.duration, stream.time_base
        declared = 1000.0 * float(length * unit) if length and unit and length > 0 else None
        name = context.codec.canonical_name
        return name, max(0, context.sample_rate or 0), max(0, context.channels or 0), declared

    def _blocks(self, stream: AudioStream) -> Iterator[Block]:
        """Yield frames of one form that follow each other as blocks of some size."""
        waiting: list[Floats] = []
        form: _Form | None = None
        start, held = 0.0, 0  # of what is waiting: its time, and its samples of a channel
        for frame in self._frames(stream):
            with self.budget:
                found, samples = _Form.of(frame), self._samples(frame)
                at = self._placed(frame)
            if samples is None:
                self.damaged += 1
                continue
            if waiting and form is not None and (found != form or at != self._end_ms or held >= form.most):
                yield from self._given(waiting, start, form)
                waiting, held = [], 0
            self.changes += form is not None and found != form
            form = found
            if not waiting:
                start = at
                if self.start_ms is None:
                    self.start_ms = at
            left = round((self._limits.max_seconds - self.given_ms / 1000.0) * form.rate)
            waiting.append(samples[:, :left])
            held += waiting[-1].shape[1]
            length = 1000.0 * waiting[-1].shape[1] / form.rate
            self._end_ms, self.given_ms = at + length, self.given_ms + length
            if left < samples.shape[1]:
                self.ending = SoundEnd.TOO_LONG
                break
        if waiting and form is not None:
            yield from self._given(waiting, start, form)
        if self.ending is SoundEnd.UNDECODABLE and self.given_ms:
            self.ending = SoundEnd.COMPLETE

    def _given(self, waiting: list[Floats], start: float, form: _Form) -> Iterator[Block]:
        samples = waiting[0] if len(waiting) == 1 else np.concatenate(waiting, 1)
        for at in range(0, samples.shape[1], form.most):
            part = samples[:, at : at + form.most]
            finite = np.isfinite(part)
            if not finite.all():
                self.invalid += int(part.size - finite.sum())
                part = np.where(finite, part, np.float32(0.0))
            part = np.clip(part, -_LOUDEST, _LOUDEST)
            yield Block(start + 1000.0 * at / form.rate, form.rate, part, form.names)

    def _frames(self, stream: AudioStream) -> Iterator[AudioFrame]:
        """Yield what is decoded within the time."""
        packets = self._opened.container.demux(stream)
        while True:
            try:
                with self.budget:
                    self.budget.check()
                    packet = next(packets, None)
                    frames = [] if packet is None else self._decoded(stream, packet)
                self._source.check()
            except MediaError:
                self.ending = SoundEnd.OUT_OF_TIME if self.given_ms else SoundEnd.UNDECODABLE
                return
            except FAULTS:  # of the container: what comes behind cannot be read
                self.damaged += 1
                return
            yield from frames
            if packet is None:
                return

    def _decoded(self, stream: AudioStream, packet: Packet[AudioStream]) -> list[AudioFrame]:
        if packet.size > _MOST_PACKET:
            self.damaged += 1
            return []
        try:
            frames = stream.codec_context.decode(packet if packet.size else None)
        except av.EOFError:
            return []
        except FAULTS:
            self.damaged += 1
            return []
        self._bytes += packet.size if frames else 0
        return frames

    def _samples(self, frame: AudioFrame) -> Floats | None:
        """Return a frame's samples as ``(C, n) float32``; None where they cannot be had."""
        try:
            stored = frame.to_ndarray()
            if not frame.format.is_planar:
                stored = stored.reshape(-1, frame.layout.nb_channels).T
        except (*FAULTS, KeyError, TypeError):
            return None
        if not stored.size or frame.sample_rate not in _RATES:
            return None
        with np.errstate(over="ignore"):  # what is beyond float32 becomes infinite
            samples = stored[:MOST_CHANNELS].astype(np.float32)
        kind = "u" if stored.dtype.kind == "u" else f"{stored.dtype.kind}{stored.dtype.itemsize}"
        if kind in _SCALES:
            most, middle = _SCALES[kind]
            return (samples - np.float32(middle)) / np.float32(most)
        return samples

    def _placed(self, frame: AudioFrame) -> float:
        """Return when a frame begins: behind the one before it, unless a gap lies between."""
        at = self._end_ms
        if frame.pts is not None and frame.time_base:
            stated = 1000.0 * float(frame.pts * frame.time_base) - self._first_ms
            # Times that go back, or beyond what a file may last, are damage.
            ahead = stated - at if at is not None else 0.0
            if at is None or _GAP_MS < ahead < 1000.0 * self._limits.max_seconds:
                at = stated
        return at if at is not None and abs(at) < _FURTHEST_MS else 0.0
