"""Where sound may have been cut: the noise floor, the mains hum or digital silence change abruptly.

Editing is not deceit, and recorders, microphones and codecs do such things as well: candidates, no findings.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from detector.contracts import Floats, Splice, SpliceSign
from detector.media.waves import Block
from detector.sound.levels import Windows, runs

Reals = NDArray[np.floating]

SHOWN_BY_AUTHENTIC = {
    SpliceSign.NOISE_FLOOR: (0, 101),
    SpliceSign.HUM_PHASE: (1, 79),
    SpliceSign.DIGITAL_SILENCE: (0, 136),
}
"""Authentic clips that show a sign, of those that are long enough to (`python -m benchmarks.sound`)."""

_MOST = 20  # candidates of a sign, the strongest

# ---- the noise floor, by the lowest levels of short windows (R. Martin, "Noise power spectral density
# estimation based on optimal smoothing and minimum statistics", IEEE TSAP 9, 2001)

_FLOOR_WINDOWS = 100  # of one side's two halves: 1 s
_FLOOR_SHARE = 0.1  # of a half's windows that lie at or below its floor
_STEADY_DB, _JUMP_DB = 3.0, 12.0
_NEAR_WINDOWS = 10  # within which both sides show their floor
_LOWEST_DB = -110.0
_SLICE = 10_000


def noise_floor_changes(windows: Windows) -> list[Splice]:
    """Return where the noise floor is steady for 2 s, and another one for the 2 s that follow.

    The floor is the level at or below which a tenth of the windows of a second are, of the differences
    between samples. Digital silence is left out.
    """
    heard = ~windows.flat
    level = np.maximum(10.0 * np.log10(np.maximum(windows.detail[heard], 1e-13)), _LOWEST_DB)
    starts = windows.starts_ms[heard]
    if len(level) < 4 * _FLOOR_WINDOWS + 1:
        return []
    halves = sliding_window_view(level, _FLOOR_WINDOWS)
    place = round(_FLOOR_SHARE * _FLOOR_WINDOWS)
    floor = np.concatenate(
        [np.partition(some, place, axis=1)[:, place] for some in _slices(halves, _SLICE)]
    )  # slice by slice: partitioning copies, 800 bytes a window
    at = np.arange(2 * _FLOOR_WINDOWS, len(level) - 2 * _FLOOR_WINDOWS)
    a, b, c, d = (floor[at + shift * _FLOOR_WINDOWS] for shift in (-2, -1, 0, 1))
    steady = (np.abs(a - b) <= _STEADY_DB) & (np.abs(c - d) <= _STEADY_DB)
    jump = (c + d - a - b) / 2
    middle = (a + b + c + d) / 4
    # The quieter side comes near its floor at the change; the louder one never falls below the middle.
    near = sliding_window_view(level, _NEAR_WINDOWS).min(1)
    lowest = sliding_window_view(level, 2 * _FLOOR_WINDOWS).min(1)
    quiet = np.where(jump > 0, near[at - _NEAR_WINDOWS], near[at]) <= middle
    loud = np.where(jump > 0, lowest[at], lowest[at - 2 * _FLOOR_WINDOWS]) > middle
    strength = np.where(steady & quiet & loud, np.abs(jump), 0.0)
    return _peaks(starts[at], strength, _JUMP_DB, 2 * _FLOOR_WINDOWS, SpliceSign.NOISE_FLOOR)


def _slices(rows: Reals, count: int) -> Iterator[Reals]:
    for first in range(0, len(rows), count):
        yield rows[first : first + count]


# ---- digital silence

_LEAST_RUN, _MOST_RUN = 2, 300  # windows
_EDGE_WINDOWS = 50  # at the start and the end of the sound, where silence is usual
_BESIDE = 2  # windows beside a run, of which one is as loud as that
_LOUD = 1e-5  # -50 dBFS


def silent_runs(windows: Windows) -> list[Splice]:
    """Return where the sound breaks off into equal samples, or out of them, for 20 ms to 3 s."""
    found = []
    for first, last in runs(windows.flat):
        inside = first >= _EDGE_WINDOWS and last < len(windows.flat) - _EDGE_WINDOWS
        beside = np.concatenate((windows.power[first - _BESIDE : first], windows.power[last + 1 :][:_BESIDE]))
        if inside and _LEAST_RUN <= last - first + 1 <= _MOST_RUN and beside.max() > _LOUD:
            start = float(windows.starts_ms[first])
            length = float(windows.lengths_ms[first : last + 1].sum())
            found.append(Splice(start, SpliceSign.DIGITAL_SILENCE, length))
    return sorted(sorted(found, key=lambda one: -one.strength)[:_MOST], key=lambda one: one.time_ms)


# ---- mains hum (D. Nicolalde Rodríguez, J. Apolinário, L. Biscainho, "Audio authenticity: detecting ENF
# discontinuity with high precision phase analysis", IEEE TIFS 5, 2010)

_SLOW = 1_000  # Hz, about, at which hum is kept
_MAINS = (50.0, 60.0, 100.0, 120.0)  # Hz: the mains' and twice that
_DRIFT = 0.3  # Hz by which they may differ
_BESIDE_HZ = 4.0  # from the hum, with which it is compared
_PROMINENT = 200.0  # times the median power beside it
_LEAST_S, _SIDE_S = 5.0, 0.6  # of sound; of each side of a jump
_PERIOD_S, _HOP_S = 0.1, 0.02  # whole periods of all; between places that are looked at
_MOST_S = 120.0  # of the start, by which the hum is found
_JUMP, _NOISE = 40.0, 20.0  # degrees: of a jump at least; of the phase's spread on a side at most
_LEAST_AMPLITUDE = 0.3  # of the median


@dataclass(slots=True)
class _Section:
    """Sound without a gap at one rate, slowed."""

    start_ms: float
    rate: float
    parts: list[Floats] = field(default_factory=list)

    @property
    def is_long_enough(self) -> bool:
        return sum(map(len, self.parts)) >= _LEAST_S * self.rate


@dataclass(slots=True)
class HumMeter:
    """The channels' mean at about 1 kHz, in which the mains hum is looked for."""

    _sections: list[_Section] = field(default_factory=list)
    _rest: Floats | None = None

    def take(self, block: Block, follows: bool) -> None:
        """Keep a block; without ``follows`` it does not continue the one before."""
        size = max(1, round(block.rate / (2 * _SLOW)))
        mono = block.samples.mean(0)
        if not follows or self._rest is None:
            if self._sections and not self._sections[-1].is_long_enough:
                self._sections.pop()  # broken sound may have thousands
            self._sections.append(_Section(block.start_ms, block.rate / size))
            self._rest = mono[:0]
        mono = np.concatenate((self._rest, mono))
        count = len(mono) // size
        self._rest = mono[count * size :]
        self._sections[-1].parts.append(mono[: count * size].reshape(count, size).mean(1))

    def jumps(self) -> list[Splice]:
        """Return where the phase of the hum jumps by 40 degrees or more, of each section of 5 s and more."""
        found: list[Splice] = []
        for section in self._sections:
            if section.is_long_enough:
                slow = np.concatenate(section.parts)
                found += _hum_jumps(slow.astype(np.float64), section.rate, section.start_ms)
        return found


def _hum_jumps(slow: Reals, rate: float, start_ms: float) -> list[Splice]:
    step = max(1, round(rate / _SLOW))
    if step > 1:
        slow, rate = np.convolve(slow, _low_pass(0.8 / step), "same")[::step], rate / step
    frequency = _hum(slow, rate)
    if frequency is None:
        return []
    times = np.arange(len(slow)) / rate
    turned = slow * np.exp(-2j * np.pi * frequency * times)
    # The mean over whole periods of the mains leaves out what is not hum.
    period, hop = round(rate * _PERIOD_S), round(rate * _HOP_S)
    total = np.concatenate(([0.0], np.cumsum(turned)))
    smooth = ((total[period:] - total[:-period]) / period)[::hop]
    side, gap = round(_SIDE_S * rate / hop), -(-period // hop)
    if len(smooth) < 2 * side + gap:
        return []
    amplitude, sums = np.abs(smooth), _Sums(np.unwrap(np.angle(smooth)))
    # Between the sides lies what the smoothing mixes of both.
    at = np.arange(side, len(smooth) - side - gap + 1)
    left, left_spread = sums.line(at - side, side)
    right, right_spread = sums.line(at + gap, side)
    jump = np.degrees(right(at + gap / 2) - left(at + gap / 2))
    jump = np.abs((jump + 180.0) % 360.0 - 180.0)
    steady = np.maximum(left_spread, right_spread) <= np.radians(_NOISE)
    least = sliding_window_view(amplitude, side).min(1)
    strong = np.minimum(least[at - side], least[at + gap]) >= _LEAST_AMPLITUDE * np.median(amplitude)
    middle = start_ms + 1000.0 * ((at + gap / 2) * hop + period / 2) / rate
    strength = np.where(steady & strong, jump, 0.0)
    return _peaks(middle, strength, _JUMP, side, SpliceSign.HUM_PHASE)


def _low_pass(share: float) -> Reals:
    """Return a filter of 63 taps (a windowed sinc) that passes that share of half the rate."""
    at = np.arange(63) - 31
    taps = share * np.sinc(share * at) * np.hamming(63)
    return np.asarray(taps / taps.sum())


def _hum(slow: Reals, rate: float) -> float | None:
    """Return the frequency of the most prominent hum in Hz; None where none stands out."""
    slow = slow[: round(_MOST_S * rate)]
    power = np.square(np.abs(np.fft.rfft(slow * np.hanning(len(slow)), 4 * len(slow))))
    frequencies = np.fft.rfftfreq(4 * len(slow), 1 / rate)
    found: list[tuple[float, float]] = []
    for mains in _MAINS:
        near = np.abs(frequencies - mains) <= _DRIFT
        beside = (np.abs(frequencies - mains) <= _BESIDE_HZ) & (np.abs(frequencies - mains) > 3 * _DRIFT)
        if near.any() and beside.any():
            ratio = power[near].max() / max(float(np.median(power[beside])), 1e-20)
            found.append((float(ratio), float(frequencies[near][power[near].argmax()])))
    ratio, frequency = max(found, default=(0.0, 0.0))
    return frequency if ratio >= _PROMINENT else None


class _Sums:
    """Straight lines through stretches of a curve, by running sums."""

    def __init__(self, values: Reals) -> None:
        at = np.arange(len(values))
        self._sums = [
            np.concatenate(([0.0], np.cumsum(one))) for one in (values, at * values, np.square(values))
        ]

    def line(self, first: NDArray[np.int64], count: int) -> tuple[_Lines, Reals]:
        """Return the lines through ``count`` values from each of ``first`` on, and the spread around them."""
        total, moment, squares = (one[first + count] - one[first] for one in self._sums)
        centre = first + (count - 1) / 2
        variance = (count**2 - 1) / 12
        mean = total / count
        slope = (moment / count - centre * mean) / variance
        spread = squares / count - np.square(mean) - np.square(slope) * variance
        return _Lines(mean, slope, centre), np.sqrt(np.maximum(spread, 0.0))


@dataclass(frozen=True, slots=True)
class _Lines:
    mean: Reals
    slope: Reals
    centre: Reals

    def __call__(self, at: Reals) -> Reals:
        return np.asarray(self.mean + self.slope * (at - self.centre))


def _peaks(times: Reals, strength: Reals, least: float, apart: int, sign: SpliceSign) -> list[Splice]:
    """Return the strongest places that are ``apart`` steps from stronger ones."""
    left = strength.copy()
    found: list[Splice] = []
    while left.size and len(found) < _MOST and (at := int(left.argmax())) >= 0 and left[at] >= least:
        found.append(Splice(float(times[at]), sign, float(left[at])))
        left[max(0, at - apart) : at + apart + 1] = 0.0
    return sorted(found, key=lambda one: one.time_ms)


def splices(windows: Windows, hum: HumMeter) -> tuple[Splice, ...]:
    """Return all candidates in order of time, of each sign the 20 strongest."""
    found = [*noise_floor_changes(windows), *silent_runs(windows), *hum.jumps()]
    return tuple(sorted(found, key=lambda one: one.time_ms))
