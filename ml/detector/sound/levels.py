"""How loud sound is: power of short windows, integrated loudness, peak, silence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from detector.contracts import Floats, LevelCurve, Span
from detector.media.waves import Block

WINDOW_MS = 10.0
"""Length of a window; of rates that it does not divide, to the nearest sample."""

SILENT = 1e-6
"""Power below which a window is silent: -60 dBFS."""

_LEAST_SILENCE_MS = 300.0
_MOST_SPANS = 200
_FLAT = 1e-6  # between the lowest and the highest sample of digital silence, as lossy codecs give it back
_CURVE_STEPS = 300
_LEAST_STEP_MS = 50.0
_MEMORY_S = 0.2  # after which the weighting's filters have forgotten a sample, to 1e-9
_STEP_S = 0.1  # of the 400 ms blocks of loudness, which overlap by 75 %
_LEAST_RATE = 4_000  # Hz, for which the weighting's filters can be made
_ABSOLUTE_GATE, _RELATIVE_GATE = -70.0, -10.0  # LUFS, LU
# Channels by FFmpeg's names; others weigh 1 (ITU-R BS.1770-4, table 3).
_WEIGHTS = {"LFE": 0.0, "LFE2": 0.0, "BL": 1.41, "BR": 1.41, "SL": 1.41, "SR": 1.41}


@dataclass(frozen=True, slots=True)
class Windows:
    """Windows in order of time, as arrays of one length."""

    starts_ms: NDArray[np.float64]
    lengths_ms: NDArray[np.float64]
    power: NDArray[np.float64]  # mean of all channels' squares
    detail: NDArray[np.float64]  # the same of the differences between samples, where hiss stands out from hum
    flat: NDArray[np.bool_]  # whether each channel's samples are all the same: digital silence

    def silence(self) -> tuple[float | None, tuple[Span, ...]]:
        """Return the silent share of the sound, and the spans of 0.3 s and more, the 200 longest of them."""
        if not self.power.size:
            return None, ()
        silent = self.power < SILENT
        share = float(self.lengths_ms[silent].sum() / self.lengths_ms.sum())
        found = [
            Span(float(self.starts_ms[first]), float(self.starts_ms[last] + self.lengths_ms[last]))
            for first, last in runs(silent)
        ]
        lasting = [one for one in found if one.end_ms - one.start_ms >= _LEAST_SILENCE_MS]
        return share, longest(lasting, _MOST_SPANS)

    def curve(self, duration_ms: float) -> LevelCurve:
        """Return the level over ``duration_ms`` from the first frame, in at most 300 steps."""
        step = max(_LEAST_STEP_MS, duration_ms / _CURVE_STEPS)
        count = max(1, math.ceil(duration_ms / step - 1e-9))
        places = np.floor(self.starts_ms / step)
        inside = (places >= 0) & (places < count)
        at = places[inside].astype(np.int64)
        number = np.bincount(at, minlength=count)
        power = np.bincount(at, self.power[inside], count)
        return LevelCurve(
            step, tuple(decibels(power[i] / number[i]) if number[i] else None for i in range(count))
        )


def decibels(power: float) -> float:
    """Return ``power`` in dBFS, at least -120."""
    return 10.0 * math.log10(max(float(power), 1e-12))


def longest(spans: Sequence[Span], most: int) -> tuple[Span, ...]:
    """Return the ``most`` longest spans, in order of time."""
    kept = sorted(spans, key=lambda one: one.start_ms - one.end_ms)[:most]
    return tuple(sorted(kept, key=lambda one: one.start_ms))


def runs(flags: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the first and last place of each run of True."""
    edges = np.diff(np.concatenate(([0], flags.astype(np.int8), [0])))
    firsts, behind = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(int(a), int(b) - 1) for a, b in zip(firsts, behind, strict=True)]


@dataclass(slots=True)
class LevelMeter:
    """Windows of sound that comes in blocks."""

    peak: float = 0.0  # largest magnitude of a sample
    _rest: Floats | None = None  # what is left of the latest block, shorter than a window
    _rest_ms: float = 0.0
    _parts: list[tuple[NDArray[np.float64], ...]] = field(default_factory=list)

    def take(self, block: Block, follows: bool) -> None:
        """Measure a block; without ``follows`` it does not continue the one before."""
        rest = self._rest if follows and self._rest is not None else block.samples[:, :0]
        start = self._rest_ms if rest.size else block.start_ms
        samples = np.concatenate((rest, block.samples), 1) if rest.size else block.samples
        size = max(1, round(block.rate * WINDOW_MS / 1000.0))
        count = samples.shape[1] // size
        length = 1000.0 * size / block.rate
        self._rest, self._rest_ms = samples[:, count * size :], start + count * length
        if not count:
            return
        framed = samples[:, : count * size].reshape(len(samples), count, size)
        highest, lowest = framed.max(2), framed.min(2)
        self.peak = max(self.peak, float(highest.max()), -float(lowest.min()))
        self._parts.append(
            (
                start + length * np.arange(count),
                np.full(count, length),
                np.square(framed, dtype=np.float64).mean((0, 2)),
                np.square(np.diff(framed), dtype=np.float64).sum((0, 2)) / (len(samples) * size),
                (highest - lowest < _FLAT).all(0).astype(np.float64),
            )
        )

    def windows(self) -> Windows:
        """Return all windows so far."""
        starts, lengths, power, detail, flat = (
            np.concatenate([part[i] for part in self._parts] or [np.zeros(0)]) for i in range(5)
        )
        return Windows(starts, lengths, power, detail, flat > 0)


@dataclass(slots=True)
class LoudnessMeter:
    """Integrated loudness by ITU-R BS.1770-4 (EBU R 128), of up to 8 channels."""

    _before: NDArray[np.float64] | None = None  # the end of the latest block
    _rest: NDArray[np.float64] | None = None
    _steps: list[NDArray[np.float64]] = field(default_factory=list)  # weighted power of each 100 ms

    def take(self, block: Block, follows: bool) -> None:
        """Measure a block; without ``follows`` it does not continue the one before."""
        if block.rate < _LEAST_RATE:
            return
        size = round(block.rate * _MEMORY_S)
        if not follows or self._before is None:
            self._before, self._rest = np.zeros((len(block.samples), size)), None
        samples: NDArray[np.float64] = np.concatenate((self._before, block.samples), 1)
        self._before = samples[:, -size:]
        filtered = _weighted(samples, block.rate)[:, size:]
        weights = np.array([_WEIGHTS.get(name, 1.0) for name in block.names])
        power = weights @ np.square(filtered)
        if self._rest is not None:
            power = np.concatenate((self._rest, power))
        size = round(block.rate * _STEP_S)
        count = len(power) // size
        self._rest = power[count * size :]
        self._steps.append(power[: count * size].reshape(count, size).mean(1))

    def integrated(self) -> float | None:
        """Return LUFS; None where no block of 400 ms is above the gate of -70 LUFS."""
        steps: NDArray[np.float64] = np.concatenate(self._steps or [np.zeros(0)])
        if len(steps) < 4:
            return None
        blocks = (steps[:-3] + steps[1:-2] + steps[2:-1] + steps[3:]) / 4
        blocks = blocks[blocks > _power(_ABSOLUTE_GATE)]
        if not blocks.size:
            return None
        blocks = blocks[blocks > _power(_loudness(blocks.mean()) + _RELATIVE_GATE)]
        return _loudness(blocks.mean())


def _weighted(samples: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """Filter by `k_weighting`; of the first `_MEMORY_S` the result is not right, since it wraps around."""
    count = samples.shape[1]
    length = 1 << (count - 1).bit_length()
    spectrum = np.fft.rfft(samples, length) * _response(rate, length)
    return np.asarray(np.fft.irfft(spectrum, length)[:, :count])


@lru_cache(maxsize=4)
def _response(rate: int, length: int) -> NDArray[np.complex128]:
    """Return the weighting at each frequency of a transform of that length."""
    unit = np.exp(-2j * np.pi * np.arange(length // 2 + 1) / length)
    powers = np.stack((np.ones_like(unit), unit, unit**2))
    first, second = ((one[:3] @ powers) / (one[3:] @ powers) for one in k_weighting(rate))
    return np.asarray(first * second)


def _loudness(power: float) -> float:
    return -0.691 + 10.0 * math.log10(power)


def _power(loudness: float) -> float:
    return float(10.0 ** ((loudness + 0.691) / 10.0))


def k_weighting(rate: int) -> NDArray[np.float64]:
    """Return the two filters of BS.1770 for a sample rate, as second-order sections ``(2, 6)``.

    The recommendation gives them for 48 kHz; the analogue prototypes behind those figures, by which they are
    made for other rates, are of B. De Man, "Evaluation of implementations of the EBU R128 loudness
    measurement" (AES 145, 2018), and of libebur128.
    """
    shelf = math.tan(math.pi * 1681.974450955533 / rate)
    q, gain = 0.7071752369554196, 10.0 ** (3.999843853973347 / 20.0)
    middle = gain**0.4996667741545416
    scale = 1.0 + shelf / q + shelf**2
    first = _section(
        (
            gain + middle * shelf / q + shelf**2,
            2.0 * (shelf**2 - gain),
            gain - middle * shelf / q + shelf**2,
        ),
        (scale, 2.0 * (shelf**2 - 1.0), 1.0 - shelf / q + shelf**2),
        scale,
    )
    low, q = math.tan(math.pi * 38.13547087602444 / rate), 0.5003270373238773
    scale = 1.0 + low / q + low**2
    second = _section((1.0, -2.0, 1.0), (1.0, 2.0 * (low**2 - 1.0) / scale, (1.0 - low / q + low**2) / scale))
    return np.array((first, second))


def _section(above: Sequence[float], below: Sequence[float], scale: float = 1.0) -> list[float]:
    return [value / scale for value in (*above, *below)]
