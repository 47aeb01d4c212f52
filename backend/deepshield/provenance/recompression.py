"""Whether a JPEG was compressed before: the second quantisation of the same blocks leaves gaps and peaks.

The trace is that of Popescu and Farid, "Statistical Tools for Digital Forensics" (2004), section 3. It is
looked for by comparing two models of the histogram of a coefficient: quantised once, or once before by
another step. The histogram before any quantisation is estimated from the same picture without its first four
rows and columns, where the old blocks have no hold (Lukáš and Fridrich, "Estimation of Primary Quantization
Matrix in Double Compressed JPEG Images", 2003).
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL.JpegImagePlugin import JpegImageFile
from scipy.special import erf

Floats = NDArray[np.float64]

MOST_PIXELS = 50_000_000  # of a picture that is decoded for this
SIDE = 1024  # pixels of the square in the middle that is looked at
FEWEST = 2000  # coefficients that are not 0, below which nothing can be said
BOUND, BOUND_EACH = 120.0, 0.01
"""Log-likelihood ratio, in all and for each of those coefficients, from which on a picture counts as
compressed before; chosen on photographs compressed once and twice (`python -m benchmarks.recompression`)."""

MOST_FLAT = 0.4
"""Share of blocks without texture above which nothing is said: drawings have gaps of their own."""

_MODES = ((0, 1), (1, 0), (1, 1), (0, 2), (2, 0), (1, 2), (2, 1), (0, 3), (3, 0))  # row, column of the block
_MOST_STEP = 40  # of the earlier quantisation
_LARGEST = 256.0  # magnitude of a coefficient; larger ones are rare
_BIN = 0.5  # width of the estimated histogram's bins, so that the limits of every rounding lie between them
_MOST_BINS = 40
_NOISE = 0.45  # standard deviation that rounding to whole pixels and colours leaves in a coefficient
_NO_NOISE = 0.3  # the same without the way through colours
_DOUBT = 0.05  # share of the other model in this one, so that no bin decides alone
_MOST_PER_BIN = 3.0


def compressed_before(image: JpegImageFile) -> bool | None:
    """Return whether a picture that has not been loaded was compressed at least twice.

    True is a finding; False means only that no trace was found. None where it could not be looked for. Raises
    what Pillow raises for a damaged picture.
    """
    table = image.quantization.get(0)
    if table is None or image.width * image.height > MOST_PIXELS or image.mode not in ("RGB", "L", "YCbCr"):
        return None
    image.draft("L", image.size)  # the luma as it was stored
    luma = _middle(np.asarray(image if image.mode == "L" else image.convert("L")))
    evidence = weighed(luma, np.array(table, np.float64).reshape(8, 8))
    return None if evidence is None else evidence.enough


@dataclass(frozen=True, slots=True)
class Evidence:
    """Log-likelihood ratio of "compressed before" against "compressed once", and of how many coefficients."""

    ratio: float
    coefficients: int

    @property
    def enough(self) -> bool:
        """Whether it is enough to say so."""
        return self.ratio >= max(BOUND, BOUND_EACH * self.coefficients)


def weighed(luma: NDArray[np.uint8], table: Floats) -> Evidence | None:
    """Weigh a picture's histograms.

    ``luma`` is ``(H, W)`` with its blocks from the first pixel on, ``table`` ``(8, 8)`` its steps in rows.
    None for what is no photograph or has too few coefficients.
    """
    if min(luma.shape) < 24:
        return None
    stored, estimated = _blocks(luma), _blocks(luma[4:-4, 4:-4])
    if float(np.mean(np.ptp(stored, axis=(1, 2)) < 3)) > MOST_FLAT:
        return None
    total, counted = 0.0, 0
    for row, column in _MODES:
        step = max(1.0, float(table[row, column]))
        levels = int(min(_LARGEST / step, _MOST_BINS)) + 1
        quantised = np.minimum(np.rint(np.abs(_coefficients(stored, row, column)) / step), levels).astype(int)
        seen = np.bincount(quantised, minlength=levels + 1)[1:levels].astype(np.float64)
        density = _density(np.abs(_coefficients(estimated, row, column)))
        if density is None or levels < 3:
            continue
        once = _shares(density, 1, step, levels, _NO_NOISE)
        ratios = [_ratio(seen, _shares(density, q, step, levels, _NOISE), once) for q in range(1, _MOST_STEP)]
        total += max(0.0, *ratios)
        counted += int(seen.sum())
    return Evidence(total, counted) if counted >= FEWEST else None


def _ratio(seen: Floats, twice: Floats, once: Floats) -> float:
    gain = np.log((1 - _DOUBT) * twice + _DOUBT * once) - np.log(once)
    return float(seen @ np.clip(gain, -_MOST_PER_BIN, _MOST_PER_BIN))


def _shares(density: Floats, before: int, step: float, levels: int, noise: float) -> Floats:
    """Return the expected shares of the levels from 1 on, quantised by ``before`` and then by ``step``."""
    first = ((np.arange(len(density)) + 0.5) * _BIN / before + 0.5).astype(int)
    most = int(_LARGEST / before + 0.5) + 1
    shares = (np.bincount(first, density, minlength=most)[:most] @ _spread(before, step, levels, noise))[1:]
    shares = shares + 1e-9
    return np.asarray(shares / shares.sum())


@functools.lru_cache(maxsize=4096)
def _spread(before: int, step: float, levels: int, noise: float) -> Floats:
    """Return ``(earlier level, level)``: how likely a magnitude of one becomes the other."""
    at = np.arange(int(_LARGEST / before + 0.5) + 1)[:, None] * before
    upper = np.asarray((np.arange(levels)[None] + 0.5) * step, np.float64)
    lower = upper - step

    def within(low: Floats, high: Floats) -> Floats:
        scale = noise * 2**0.5
        return np.asarray((erf((high - at) / scale) - erf((low - at) / scale)) / 2)

    other_sign = within(-upper, -lower)
    other_sign[:, 0] = 0
    return within(lower, upper) + other_sign


def _density(magnitudes: Floats) -> Floats | None:
    counts, _ = np.histogram(magnitudes, np.arange(0, _LARGEST + _BIN, _BIN))
    mirrored = np.concatenate([counts[4::-1], counts]).astype(np.float64)
    smooth = np.convolve(mirrored, np.full(5, 0.2), "same")[5:]
    total = smooth.sum()
    return None if total == 0 else np.asarray(smooth / total)


def _blocks(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return ``(N, 8, 8) float32``, the whole blocks."""
    height, width = luma.shape[0] // 8, luma.shape[1] // 8
    whole = luma[: height * 8, : width * 8].astype(np.float32) - 128
    return whole.reshape(height, 8, width, 8).transpose(0, 2, 1, 3).reshape(-1, 8, 8)


def _coefficients(blocks: NDArray[np.float32], row: int, column: int) -> Floats:
    """Return one coefficient of the two-dimensional DCT (ITU-T T.81, A.3.3) of each block."""
    at = (2 * np.arange(8) + 1) * np.pi / 16
    vertical, horizontal = (
        np.cos(at * mode).astype(np.float32) * (0.5 if mode else 0.5**0.5 / 2) for mode in (row, column)
    )
    return np.asarray((blocks @ horizontal) @ vertical, np.float64)


def _middle(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    top, left = (max(0, side - SIDE) // 2 // 8 * 8 for side in luma.shape)
    return luma[top : top + SIDE, left : left + SIDE]
