"""Linear heads on many figures and few faces, for a whole series of penalties at the cost of one."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize
from scipy.special import expit

from measures.metrics import Flags, Values

PENALTIES = tuple(float(10.0**power) for power in np.arange(-1.0, 4.1, 0.5))
"""Of the squared weights, per standardised figure of mean square 1."""

Figures = NDArray[np.float32]


def standardised(known: Figures, weights: Values, *others: Figures) -> list[Figures]:
    """Return ``known`` ``(N, D)`` and the others with the mean 0 and spread 1 of the weighted known."""
    share = (weights / weights.sum()).astype(np.float32)
    mean = share @ known
    spread = np.sqrt(share @ np.square(known - mean)) + 1e-6
    return [(one - mean) / spread for one in (known, *others)]


def ridge(known: Figures, fake: Flags, weights: Values, asked: Figures, penalties: Sequence[float]) -> Values:
    """Return the scores ``(P, M)`` of ``asked`` ``(M, D)`` by weighted ridge regression on the classes.

    ``known`` is ``(N, D)``, standardised. With more figures than faces the problem is solved between faces
    (Saunders et al., "Ridge Regression Learning Algorithm in Dual Variables", 1998): both ways are exact.
    """
    used = weights > 0.0
    share = weights[used] / weights[used].sum()
    wanted = np.where(fake[used], 1.0, -1.0)
    middle = float(share @ wanted)
    centre = (share.astype(np.float32) @ known[used]).astype(np.float32)
    root = np.sqrt(share)
    x = (known[used] - centre) * root[:, None].astype(np.float32)
    y = root * (wanted - middle)
    width = x.shape[1]
    if width <= len(x):
        values, vectors = np.linalg.eigh((x.T @ x).astype(np.float64))
        along = vectors.T @ (x.T @ y)
        seen = (asked - centre) @ vectors.astype(np.float32)
    else:
        values, vectors = np.linalg.eigh((x @ x.T).astype(np.float64))
        along = vectors.T @ y
        seen = ((asked - centre) @ x.T) @ vectors.astype(np.float32)
    # A penalty is per figure, so that twice the figures do not mean half of it.
    factors = [along / (values + penalty * width / 768.0) for penalty in penalties]
    return np.stack([seen @ factor + middle for factor in factors])


def logistic(
    known: Figures, fake: Flags, weights: Values, asked: Figures, penalties: Sequence[float]
) -> Values:
    """Return the logits ``(P, M)`` of ``asked`` by weighted logistic regression with the same penalties."""
    used = weights > 0.0
    share, wanted = weights[used] / weights[used].sum(), fake[used].astype(np.float64)
    x = known[used]
    scores = []
    start = np.zeros(x.shape[1] + 1)
    for penalty in sorted(penalties, reverse=True):
        # A quarter: the curvature of the logistic loss where it is greatest, beside 1 of the squared one.
        strength = 0.25 * penalty * x.shape[1] / 768.0

        def loss(factors: Values, strength: float = strength) -> tuple[float, Values]:
            z = (x @ factors[:-1].astype(np.float32)).astype(np.float64) + factors[-1]
            error = share * (expit(z) - wanted)
            slope = (error.astype(np.float32) @ x).astype(np.float64)
            value = float(share @ (np.logaddexp(0.0, z) - wanted * z))
            value += 0.5 * strength * float(factors[:-1] @ factors[:-1])
            return value, np.append(slope + strength * factors[:-1], error.sum())

        start = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200}).x
        scores.append(asked @ start[:-1] + start[-1])
    order = np.argsort(np.argsort(-np.asarray(penalties)))
    return np.stack([scores[place] for place in order.tolist()])
