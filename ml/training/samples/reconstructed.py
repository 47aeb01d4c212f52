"""Matching the spectra of a photograph and its reconstruction.

A reconstruction lacks fine detail. A detector that learns this flags every soft or compressed authentic
video, so the real and its fake are brought to one spectrum (the difference of spectra that generators leave,
Durall et al., CVPR 2020, is a trace that compression takes first): either the fake gets the strength that the
photograph has at each frequency, or the photograph loses what the fake lacks.
"""

from __future__ import annotations

import numpy as np
from scipy.fft import dctn, idctn

from detector.contracts import Floats, Image
from training.samples.appearance import to_bytes

_RINGS = 32
_GAINS = (0.2, 5.0)


def with_spectrum_of(image: Image, other: Image, share: float = 1.0) -> Image:
    """Scale the image's frequencies, ring by ring, until their strength is the other's; both ``(H, W, 3)``.

    ``share`` below 1 goes only a part of the way, on the scale of logarithms. The mean stays. The cosine
    transform takes a picture for mirrored at its border, where Fourier's would see an edge.
    """
    waves, wanted = (
        dctn(picture.astype(np.float32), axes=(0, 1), norm="ortho") for picture in (image, other)
    )
    height, width = image.shape[:2]
    radius = np.hypot(np.arange(height)[:, None] / height, np.arange(width)[None] / width) / np.sqrt(2.0)
    ring = np.round(radius * (_RINGS - 1)).astype(int)
    gains = np.clip(_strength(wanted, ring) / _strength(waves, ring), *_GAINS) ** share
    gain = np.interp(radius * (_RINGS - 1), np.arange(_RINGS), gains).astype(np.float32)
    gain[0, 0] = 1.0
    return to_bytes(idctn(waves * gain[..., None], axes=(0, 1), norm="ortho"))


def _strength(waves: Floats, ring: np.ndarray) -> np.ndarray:
    """Return the root mean square ``(R,)`` of the coefficients of each ring, at least that of rounding."""
    power = np.square(waves).mean(axis=2).ravel()
    sums = np.bincount(ring.ravel(), power, _RINGS)
    counts = np.maximum(np.bincount(ring.ravel(), minlength=_RINGS), 1)
    return np.asarray(np.sqrt(sums / counts + 1.0 / 12.0))
