"""Platt's scaling, as results and manifests hold it: a file's logit to the probability of manipulation."""

from __future__ import annotations

import math
from collections.abc import Mapping


def calibrated(logit: float, scale: Mapping[str, float]) -> float:
    """Return the estimate by ``slope``, ``intercept`` and ``floor`` of a scale; see `detector.calibrate`."""
    x = scale["slope"] * max(logit, scale["floor"]) + scale["intercept"]
    return 1.0 / (1.0 + math.exp(-max(-60.0, min(60.0, x))))
