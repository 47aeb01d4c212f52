"""Logistic regression of one score, and the split by groups for its cross-validation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from measures.metrics import Flags, Values


class CalibrationError(Exception):
    """The scores cannot be calibrated; the message says why."""


def fit_platt(logits: Values, fake: Flags, weights: Values) -> tuple[float, float]:
    """Return slope and intercept of the weighted maximum-likelihood sigmoid (Platt, 1999).

    Raises `CalibrationError` when a class is missing, or when the slope is not positive: then a higher
    score would mean a lower probability, and the scores carry no such meaning.
    """
    if not (weights[fake].sum() > 0.0 and weights[~fake].sum() > 0.0):
        raise CalibrationError("files of both classes are needed to calibrate")
    scale = max(float(logits.std()), 1e-6)
    x, weight = logits / scale, weights / weights.sum()

    def loss(parameters: Values) -> tuple[float, Values]:
        z = parameters[0] * x + parameters[1]
        # A penalty far below the noise keeps the slope finite for scores that separate the classes.
        value = float((weight * (np.logaddexp(0.0, z) - fake * z)).sum()) + 1e-4 * float(parameters[0] ** 2)
        error = weight * (expit(z) - fake)
        return value, np.asarray([(error * x).sum() + 2e-4 * parameters[0], error.sum()])

    best = minimize(loss, np.zeros(2), jac=True, method="L-BFGS-B")
    slope, intercept = float(best.x[0] / scale), float(best.x[1])
    if slope <= 0.0:
        raise CalibrationError(f"a higher score does not mean a higher probability here (slope {slope:.3g})")
    return slope, intercept


def log_loss(probability: Values, fake: Flags, weights: Values) -> float:
    """Return the weighted mean of ``-log`` of the probability given to what was true, in nats."""
    given = np.clip(np.where(fake, probability, 1.0 - probability), 1e-12, None)
    return float(np.average(-np.log(given), weights=weights))


def group_folds(datasets: Sequence[str], groups: Sequence[str], folds: int, seed: int) -> NDArray[np.int64]:
    """Return each file's fold ``(N,)``; groups stay whole, and those of each set are spread evenly."""
    rng = np.random.default_rng(seed)
    fold_of: dict[str, int] = {}
    offset = 0
    for dataset in sorted(set(datasets)):
        names = sorted({group for group, of in zip(groups, datasets, strict=True) if of == dataset})
        new = [name for name in rng.permutation(names).tolist() if name not in fold_of]
        # Small sets begin where the last one ended, so that their groups do not all share the first folds.
        fold_of.update({name: (offset + place) % folds for place, name in enumerate(new)})
        offset += len(new)
    return np.asarray([fold_of[group] for group in groups], np.int64)
