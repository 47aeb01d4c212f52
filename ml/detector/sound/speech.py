"""When somebody speaks, by Silero's voice activity detector; not who, nor what made the voice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
import onnxruntime as ort
from av.audio.frame import AudioFrame

from detector.contracts import Floats, Span
from detector.media.waves import Block
from detector.sound.levels import longest

NETWORK = Path(__file__).parents[1] / "silero" / "silero_vad_16k_sequence.onnx"
"""Silero VAD 6.2.3, MIT licence; see the NOTICE beside it."""

_RATE, _FRAME, _CONTEXT = 16_000, 512, 64  # Hz, samples, samples of the frame before that a frame comes with
_TOGETHER = 256  # frames in a call: 8 s
# Those of the package's `get_speech_timestamps`.
_BEGINS, _ENDS = 0.5, 0.35  # probability from which speech begins, and under which it ends
_LEAST_MS, _PAUSE_MS, _PAD_MS = 250.0, 100.0, 30.0
_FRAME_MS = 1000.0 * _FRAME / _RATE
_MOST_SPANS = 500


class SpeechNetwork:
    """The opened network, on one thread. It has no state of its own."""

    def __init__(self, path: Path = NETWORK) -> None:
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self._session = ort.InferenceSession(str(path), options, providers=["CPUExecutionProvider"])

    def run(self, frames: Floats, hidden: Floats, cell: Floats) -> tuple[Floats, Floats, Floats]:
        """Return the probability of speech of each frame, and the state behind the last one.

        ``frames`` are ``(N, 576) float32`` at 16 kHz, full scale 1, in order of time: 64 samples of the frame
        before, at first 0, and 512 of its own. The state is ``(1, 1, 128)`` twice, at first 0.
        """
        wanted = ["speech_probs", "hn", "cn"]
        found = self._session.run(wanted, {"input": frames, "h": hidden, "c": cell})
        return found[0].reshape(-1), found[1], found[2]


@dataclass(slots=True)
class _Section:
    """Sound without a gap at one rate, and the probabilities of its frames."""

    start_ms: float
    resampler: av.AudioResampler = field(
        default_factory=lambda: av.AudioResampler(format="flt", layout="mono", rate=_RATE)
    )
    waiting: Floats = field(default_factory=lambda: np.zeros(0, np.float32))
    context: Floats = field(default_factory=lambda: np.zeros(_CONTEXT, np.float32))
    state: tuple[Floats, Floats] = field(
        default_factory=lambda: (np.zeros((1, 1, 128), np.float32), np.zeros((1, 1, 128), np.float32))
    )
    found: list[Floats] = field(default_factory=list)
    samples: int = 0  # of its sound, at 16 kHz


class SpeechMeter:
    """Looks for speech in the channels' mean of sound that comes in blocks."""

    def __init__(self, network: SpeechNetwork) -> None:
        self._network = network
        self._section: _Section | None = None
        self._found: tuple[Span, ...] = ()  # of the sections before, the longest

    def take(self, block: Block, follows: bool) -> None:
        """Look at a block; without ``follows`` it does not continue the one before."""
        section = self._section
        if not follows or section is None:
            self._end()
            section = self._section = _Section(block.start_ms)
        frame = AudioFrame.from_ndarray(block.samples.mean(0)[None], format="flt", layout="mono")
        frame.sample_rate = block.rate
        self._add(section, frame)

    def spans(self) -> tuple[Span, ...]:
        """Return when somebody speaks, the 500 longest spans; no more blocks are to come."""
        self._end()
        return self._found

    def _end(self) -> None:
        """Keep of the section, if there is one, when somebody speaks: broken sound may have thousands."""
        section, self._section = self._section, None
        if section is None:
            return
        self._add(section, None)
        if section.waiting.size:
            rest = np.zeros(-section.waiting.size % _FRAME, np.float32)
            self._look(section, np.concatenate((section.waiting, rest)))
        self._found = longest([*self._found, *_spans(section)], _MOST_SPANS)

    def _add(self, section: _Section, frame: AudioFrame | None) -> None:
        parts = [made.to_ndarray().reshape(-1) for made in section.resampler.resample(frame)]
        samples = np.concatenate([section.waiting, *parts])
        section.samples += len(samples) - len(section.waiting)
        step = _TOGETHER * _FRAME
        while len(samples) >= step:
            self._look(section, samples[:step])
            samples = samples[step:]
        section.waiting = samples

    def _look(self, section: _Section, samples: Floats) -> None:
        """Look at samples of whole frames."""
        before = np.concatenate((section.context, samples))
        frames = np.stack([before[at : at + _CONTEXT + _FRAME] for at in range(0, len(samples), _FRAME)])
        found, *state = self._network.run(frames, *section.state)
        section.found.append(found)
        section.state, section.context = (state[0], state[1]), samples[-_CONTEXT:]


def _spans(section: _Section) -> Iterator[Span]:
    likely: Floats = np.concatenate(section.found or [np.zeros(0, np.float32)])
    end = 1000.0 * section.samples / _RATE
    spoken = [(first, last) for first, last in _spoken(likely) if (last - first) * _FRAME_MS > _LEAST_MS]
    for place, (first, last) in enumerate(spoken):
        # Neighbours share what is between them where that is less than both pads.
        before = (first - spoken[place - 1][1]) * _FRAME_MS / 2 if place else first * _FRAME_MS
        behind = (spoken[place + 1][0] - last) * _FRAME_MS / 2 if place + 1 < len(spoken) else _PAD_MS
        yield Span(
            section.start_ms + first * _FRAME_MS - min(_PAD_MS, before),
            section.start_ms + min(last * _FRAME_MS + min(_PAD_MS, behind), end),
        )


def _spoken(likely: Iterable[float]) -> Iterator[tuple[int, int]]:
    """Yield the first frame of each stretch of speech and the one behind its last, however short."""
    begun: int | None = None
    quiet: int | None = None  # the frame from which on nobody seems to speak
    place = -1
    for place, probability in enumerate(likely):
        if probability >= _BEGINS:
            begun, quiet = place if begun is None else begun, None
        elif begun is not None and probability < _ENDS:
            quiet = place if quiet is None else quiet
            if (place - quiet) * _FRAME_MS >= _PAUSE_MS:
                yield begun, quiet
                begun, quiet = None, None
    if begun is not None:
        yield begun, place + 1
