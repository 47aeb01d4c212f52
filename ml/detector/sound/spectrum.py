"""Up to which frequency there is anything in the sound."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from detector.contracts import Floats
from detector.media.waves import Block
from detector.sound.levels import SILENT

_WINDOW_S = 0.043  # 2,048 samples at 48 kHz
_FLOOR = 1e-13  # power of a bin: what rounding to 16 bits leaves in it
_BAND_HZ = 100.0
_LEAST_HZ = 1_000.0  # of a ceiling
_BELOW, _GUARD = 10, 3  # bands: what is compared lies below the edge, and behind the guard above it
_EDGE_DB = 15.0  # by which the sound falls there
_NOTHING_DB = 55.0  # by which what is above is below the strongest band


@dataclass(slots=True)
class _Sum:
    power: NDArray[np.float64]
    windows: int = 0


@dataclass(slots=True)
class CeilingMeter:
    """The long-term spectrum of the channels' mean, and the edge in it above which there is nothing.

    Lossy codecs leave out the highest frequencies, and resampling adds none: the spectrum ends at an edge
    that a microphone's does not have. Windows above -60 dBFS are averaged (Blackman-Harris, whose side lobes
    are at -92 dB), in bands of 100 Hz. The edge is where the mean level of the 1 kHz below exceeds
    the highest band from 300 Hz above on by most, if by 15 dB or more, and if that is 55 dB or more below the
    strongest band. After B. D'Alessandro and Y. Q. Shi, "MP3 bit rate quality detection through frequency
    spectrum analysis" (ACM MM&Sec, 2009), who tell bit rates by the same edge.
    """

    _sums: dict[int, _Sum] = field(default_factory=dict)  # by sample rate
    _rest: Floats | None = None

    def take(self, block: Block, follows: bool) -> None:
        """Measure a block; without ``follows`` it does not continue the one before."""
        mono = block.samples.mean(0)
        if follows and self._rest is not None:
            mono = np.concatenate((self._rest, mono))
        size = 1 << round(np.log2(max(64.0, block.rate * _WINDOW_S)))
        count = len(mono) // size
        self._rest = mono[count * size :]
        framed = mono[: count * size].reshape(count, size)
        framed = framed[np.square(framed).mean(1) > SILENT]
        found = self._sums.setdefault(block.rate, _Sum(np.zeros(size // 2 + 1)))
        if not len(framed):
            return
        window = _blackman_harris(size)
        spectrum = np.abs(np.fft.rfft(framed * window)) * (np.sqrt(2.0) / window.sum())
        found.power += np.square(spectrum).sum(0)
        found.windows += len(framed)

    def ceiling(self) -> float | None:
        """Return the edge in Hz, of the rate that most of the sound has; None without an edge."""
        rate, most = max(self._sums.items(), key=lambda one: one[1].windows / one[0], default=(0, None))
        if most is None or not most.windows:
            return None
        bands = _bands(most.power / most.windows, rate)
        best, edge = 0.0, None
        for at in range(int(_LEAST_HZ / _BAND_HZ), len(bands) - _GUARD):
            above = float(bands[at + _GUARD :].max())
            drop = float(bands[at - _BELOW : at].mean()) - above
            if drop > max(best, _EDGE_DB) and above <= bands.max() - _NOTHING_DB:
                middle = above + drop / 2
                best, edge = drop, int(np.flatnonzero(bands > middle)[-1]) + 1
        return None if edge is None else edge * _BAND_HZ


def _blackman_harris(size: int) -> Floats:
    """Return the window of four terms (F. J. Harris, 1978), periodic."""
    angle = 2.0 * np.pi * np.arange(size) / size
    terms = (0.35875, -0.48829, 0.14128, -0.01168)
    return sum(term * np.cos(i * angle) for i, term in enumerate(terms)).astype(np.float32)  # type: ignore[union-attr]


def _bands(power: NDArray[np.float64], rate: int) -> NDArray[np.float64]:
    """Return the mean level of each band in dB, from 0 Hz up to half the rate."""
    frequencies = np.arange(len(power)) * (rate / 2) / (len(power) - 1)
    places = (frequencies / _BAND_HZ).astype(np.int64)
    number = np.bincount(places)
    mean = np.bincount(places, np.maximum(power, _FLOOR)) / np.maximum(number, 1)
    return np.asarray(10.0 * np.log10(np.maximum(mean, _FLOOR)))
