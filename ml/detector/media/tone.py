"""High dynamic range and wide colours as a viewer of an ordinary screen sees them."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.contracts import Floats, Image

# ISO/IEC 23091-2: transfer characteristics and colour primaries.
_PQ, _HLG = 16, 18
_UNKNOWN = (0, 2)  # of which 0 is reserved; 2 is unspecified
_BT2020, _P3_DCI, _P3_D65 = 9, 11, 12

_WHITE = 203.0  # cd/m2 of diffuse white in HDR, which is white in SDR (ITU-R BT.2408)
_HLG_PEAK, _HLG_GAMMA = 1000.0, 1.2  # of the nominal display (ITU-R BT.2100, table 5)
_SDR_GAMMA = 2.4  # ITU-R BT.1886
_CODES = 65536
_STEPS = 4096  # of the tables that are read by a root of light
_STRIP_PIXELS = 2_000_000  # converted at a time
_PEAK_SHARE = 99.95  # percentile of a picture's brightest component that counts as its peak

_P3 = ((1.2249, -0.2247, 0.0), (-0.0420, 1.0419, 0.0), (-0.0197, -0.0786, 1.0979))
# Linear light of those primaries to BT.709's, with D65 as white (ITU-R BT.2087; SMPTE EG 432-1). Cinema's
# white, which is greener, is shown as that of the screen.
_TO_BT709 = {
    _BT2020: ((1.6605, -0.5876, -0.0728), (-0.1246, 1.1329, -0.0083), (-0.0182, -0.1006, 1.1187)),
    _P3_DCI: _P3,
    _P3_D65: _P3,
}


def stated(transfer: int, primaries: int) -> tuple[int, int]:
    """Return transfer and primaries as players take them: HDR without primaries has BT.2020's."""
    return (transfer, _BT2020) if transfer in (_PQ, _HLG) and primaries in _UNKNOWN else (transfer, primaries)


def brightened(rgb: Image, gamma: float) -> Image:
    """Return ``(H, W, 3) uint8`` whose codes are light to the power of ``gamma`` as those of sRGB."""
    light = (np.arange(256) / 255.0) ** (1.0 / gamma)
    srgb = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    table: Image = np.rint(255.0 * srgb).astype(np.uint8)
    return table[rgb]


def needs_mapping(transfer: int, primaries: int) -> bool:
    """Return whether colours so coded look wrong when they are taken for those of an ordinary screen."""
    return transfer in (_PQ, _HLG) or primaries in _TO_BT709


def mapped(coded: NDArray[np.uint16] | Image, transfer: int, primaries: int) -> Image:
    """Map ``(H, W, 3)`` RGB of 8 or 16 bits, full range, to the ``(H, W, 3) uint8`` of BT.709 with BT.1886.

    Light above diffuse white is compressed by the curve of ITU-R BT.2390 from the picture's own peak, so
    that a picture without highlights keeps its values; hues are kept by scaling all components alike.
    """
    stride = max(1, int((coded.shape[0] * coded.shape[1] / 200_000) ** 0.5))
    sample = _light(coded[::stride, ::stride], transfer)
    peak = float(np.percentile(sample.max(axis=2), _PEAK_SHARE))
    curve = _compression(round(peak, 1)) if peak > _WHITE and transfer in (_PQ, _HLG) else None
    matrix = np.asarray(_TO_BT709.get(primaries, np.eye(3)), np.float32)
    shown = np.empty(coded.shape, np.uint8)
    rows = max(1, _STRIP_PIXELS // coded.shape[1])
    for top in range(0, coded.shape[0], rows):
        light = _light(coded[top : top + rows], transfer)
        if curve is not None:
            brightest = np.sqrt(np.sqrt(light.max(axis=2) / np.float32(10_000.0)))
            light *= curve[(brightest * (_STEPS - 1)).astype(np.uint16)][:, :, None]
        screen = cv2.transform(light, matrix / np.float32(_WHITE))
        roots = np.sqrt(np.clip(screen, 0.0, 1.0))
        shown[top : top + rows] = _encoding()[(roots * (_STEPS - 1) + 0.5).astype(np.uint16)]
    return shown


def _light(coded: NDArray[np.uint16] | Image, transfer: int) -> Floats:
    """Return display light in cd/m2."""
    table = _linear(transfer)
    light: Floats = (table[::257] if coded.dtype == np.uint8 else table)[coded]
    if transfer == _HLG:
        luma = np.maximum(light @ np.array([0.2627, 0.678, 0.0593], np.float32), 1e-6)
        light *= (_HLG_PEAK * luma ** np.float32(_HLG_GAMMA - 1.0))[:, :, None]
    return light


@cache
def _linear(transfer: int) -> Floats:
    """Tabulate the light of each code: in cd/m2, of HLG relative to the scene's brightest."""
    code = np.arange(_CODES) / (_CODES - 1)
    if transfer == _PQ:
        light = _from_pq(code)
    elif transfer == _HLG:
        a, b, c = 0.17883277, 0.28466892, 0.55991073
        light = np.where(code <= 0.5, code**2 / 3.0, (np.exp((code - c) / a) + b) / 12.0)
    else:
        light = _WHITE * code**_SDR_GAMMA
    return light.astype(np.float32)


@cache
def _encoding() -> Image:
    """Tabulate the code of an SDR screen by the square root of its light."""
    root = np.arange(_STEPS) / (_STEPS - 1)
    return np.rint(255.0 * root ** (2.0 / _SDR_GAMMA)).astype(np.uint8)


def _compression(peak: float) -> Floats:
    """Tabulate by what to multiply light, by the fourth root of its brightest component over 10,000 cd/m2.

    ITU-R BT.2390-11, 5.4.1, with black at 0: a Hermite spline in PQ above the knee.
    """
    light = np.maximum((np.arange(_STEPS) / (_STEPS - 1)) ** 4 * 10_000.0, 1e-6)
    top = _to_pq(np.array(peak))
    most = float(_to_pq(np.array(_WHITE)) / top)
    knee = 1.5 * most - 0.5
    level = np.minimum(_to_pq(light) / top, 1.0)
    t = np.maximum(level - knee, 0.0) / (1.0 - knee)
    spline = (2 * t**3 - 3 * t**2 + 1) * knee + (t**3 - 2 * t**2 + t) * (1 - knee)
    spline += (-2 * t**3 + 3 * t**2) * most
    result = _from_pq(np.where(level < knee, level, spline) * top) / light
    return result.astype(np.float32)


def _to_pq(light: NDArray[np.float64]) -> NDArray[np.float64]:
    # SMPTE ST 2084
    power = (light / 10_000.0) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1.0 + 18.6875 * power)) ** 78.84375


def _from_pq(code: NDArray[np.float64]) -> NDArray[np.float64]:
    root = code ** (1.0 / 78.84375)
    share = np.maximum(root - 0.8359375, 0.0) / (18.8515625 - 18.6875 * root)
    return np.asarray(10_000.0 * share ** (1.0 / 0.1593017578125))
