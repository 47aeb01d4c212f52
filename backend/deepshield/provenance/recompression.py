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
_EARLIER = tuple(range(1, 40))  # steps of the earlier quantisation
_LARGEST = 256.0  # magnitude of a coefficient; larger ones are rare
_BIN = 0.5  # width of the estimated histogram's bins, so that the limits of every rounding lie between them
_BINS = int(_LARGEST / _BIN)
_MOST_BINS = 40
_NOISE = 0.45  # standard deviation that rounding to whole pixels and colours leaves in a coefficient
_NO_NOISE = 0.3  # the same without the way through colours
_TOGETHER = 256  # blocks
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
    if _share_flat(luma) > MOST_FLAT:
        return None
    total, counted = 0.0, 0
    of_stored, of_estimated = _magnitudes(_blocks(luma)), _magnitudes(_blocks(luma[4:-4, 4:-4]))
    for mode, (row, column) in enumerate(_MODES):
        step = max(1.0, float(table[row, column]))
        levels = int(min(_LARGEST / step, _MOST_BINS)) + 1
        quantised = np.minimum(np.rint(of_stored[mode] / step), levels).astype(int)
        seen = np.bincount(quantised, minlength=levels + 1)[1:levels].astype(np.float64)
        density = _density(of_estimated[mode])
        if density is None or levels < 3:
            continue
        once = _shares(density, (1,), step, levels, _NO_NOISE)
        twice = _shares(density, _EARLIER, step, levels, _NOISE)
        gain = np.log((1 - _DOUBT) * twice + _DOUBT * once) - np.log(once)
        total += max(0.0, float((np.clip(gain, -_MOST_PER_BIN, _MOST_PER_BIN) * seen).sum(axis=1).max()))
        counted += int(seen.sum())
    return Evidence(total, counted) if counted >= FEWEST else None


def _shares(density: Floats, steps: tuple[int, ...], step: float, levels: int, noise: float) -> Floats:
    """Return ``(steps, levels - 1)``: the expected shares of the levels from 1 on.

    They are of what was quantised by each of ``steps`` and then by ``step``; all at once, since each takes
    NumPy longer to begin than to do.
    """
    places, begins = _earlier_levels(steps)
    spread = _spread(steps, step, levels, noise)
    of_level = np.bincount(places.ravel(), np.tile(density, len(steps)), minlength=len(spread))
    shares = np.add.reduceat(of_level[:, None] * spread, begins)[:, 1:] + 1e-9
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


@functools.cache
def _earlier_levels(steps: tuple[int, ...]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return in which row of `_spread` each bin's earlier level is, and where each step's rows begin."""
    begins = np.cumsum([0, *(_earlier_count(before) for before in steps[:-1])])
    magnitudes = (np.arange(_BINS) + 0.5) * _BIN
    levels = [(magnitudes / before + 0.5).astype(np.int64) for before in steps]
    return np.stack([level + begin for level, begin in zip(levels, begins, strict=True)]), begins


def _earlier_count(before: int) -> int:
    return int(_LARGEST / before + 0.5) + 1


@functools.lru_cache(maxsize=64)
def _spread(steps: tuple[int, ...], step: float, levels: int, noise: float) -> Floats:
    """Return ``(earlier level, level)``: how likely a magnitude of one becomes the other.

    The earlier levels are those of the first of ``steps``, then of the second, and so on.
    """
    at = np.concatenate([np.arange(_earlier_count(before)) * before for before in steps])[:, None]
    upper = np.asarray((np.arange(levels)[None] + 0.5) * step, np.float64)
    lower = upper - step

    def within(low: Floats, high: Floats) -> Floats:
        scale = noise * 2**0.5
        return np.asarray((erf((high - at) / scale) - erf((low - at) / scale)) / 2)

    other_sign = within(-upper, -lower)
    other_sign[:, 0] = 0
    return within(lower, upper) + other_sign


def _density(magnitudes: Floats) -> Floats | None:
    counts = np.bincount((magnitudes[magnitudes < _LARGEST] / _BIN).astype(int), minlength=_BINS)
    mirrored = np.concatenate([counts[4::-1], counts]).astype(np.float64)
    smooth = np.convolve(mirrored, np.full(5, 0.2), "same")[5:]
    total = smooth.sum()
    return None if total == 0 else np.asarray(smooth / total)


def _blocks(luma: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Return ``(N, 64) float32``, the whole blocks."""
    height, width = luma.shape[0] // 8, luma.shape[1] // 8
    whole = luma[: height * 8, : width * 8].astype(np.float32) - 128
    return whole.reshape(height, 8, width, 8).transpose(0, 2, 1, 3).reshape(-1, 64)


def _share_flat(luma: NDArray[np.uint8]) -> float:
    """Return the share of blocks whose pixels are all within two steps of brightness."""
    height, width = luma.shape[0] // 8, luma.shape[1] // 8
    rows = luma[: height * 8, : width * 8].reshape(height, 8, width * 8)
    high = rows.max(axis=1).reshape(height, width, 8).max(axis=2)
    low = rows.min(axis=1).reshape(height, width, 8).min(axis=2)
    return float(np.mean(high - low < 3))


def _magnitudes(blocks: NDArray[np.float32]) -> Floats:
    """Return ``(modes, N)``: those coefficients of each block's two-dimensional DCT (ITU-T T.81, A.3.3)."""
    at = (2 * np.arange(8) + 1) * np.pi / 16
    waves = [np.cos(at * mode) * (0.5 if mode else 0.5**0.5 / 2) for mode in range(4)]
    basis = np.stack([np.outer(waves[row], waves[column]).ravel() for row, column in _MODES], axis=1)
    basis = basis.astype(np.float32)
    # A product of many more rows would be shared among threads that wait for each other.
    parts = [blocks[i : i + _TOGETHER] @ basis for i in range(0, len(blocks), _TOGETHER)]
    return np.asarray(np.abs(np.concatenate(parts).T), np.float64, order="C")


def _middle(luma: NDArray[np.uint8]) -> NDArray[np.uint8]:
    top, left = (max(0, side - SIDE) // 2 // 8 * 8 for side in luma.shape)
    return luma[top : top + SIDE, left : left + SIDE]
