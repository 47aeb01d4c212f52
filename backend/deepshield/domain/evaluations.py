"""The states of an evaluation, and how two evaluations of the same files are compared."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from deepshield.domain.jobs import Verdict


class EvaluationState(StrEnum):
    """Where an evaluation stands."""

    WAITING = "waiting"
    """For the recheck of files that the model has not analysed."""
    QUEUED = "queued"
    MEASURING = "measuring"
    DONE = "done"
    FAILED = "failed"


def recheck_reason(dataset: str, number: int | str = "") -> str:
    """Return the reason of a recheck that an evaluation asks for; without a number, how all begin.

    Who erases the name of a data set finds such rechecks by these words, also where the evaluation is gone.
    """
    return f"To measure the model on {dataset}@{number}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a model said of a labelled file."""

    sha256: str
    fake: bool
    group: str
    verdict: str  # domain.jobs.Verdict
    logit: float | None  # None without a face
    estimate: float | None
    job_id: str
    media_id: str

    @property
    def right(self) -> bool:
        """Whether the verdict says what the label says; a file without a verdict is not right."""
        return self.verdict == (Verdict.MANIPULATED if self.fake else Verdict.NO_SIGNS)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two evaluations, a and b, on the files that both have."""

    files: int
    only_a_right: int
    only_b_right: int
    p: float
    """McNemar's exact test of the two counts before: how likely so uneven a pair is by chance."""
    scored: int  # files with a face in both
    auc_a: float | None
    auc_b: float | None
    interval: tuple[float, float] | None
    """Of the difference b - a, 95 %, bootstrapped over groups with both drawn together."""
    flips: Sequence[tuple[Outcome, Outcome]]


FEWEST_GROUPS = 5
"""Of each class: resampling fewer gives an interval that means nothing."""
_MOST_DRAWS, _FEWEST_DRAWS = 1000, 200
_STEPS = 6_000_000  # files times draws: some seconds


def compared(a: Sequence[Outcome], b: Sequence[Outcome]) -> Comparison:
    """Compare what two models said of the same files."""
    other = {one.sha256: one for one in b}
    pairs = [(one, other[one.sha256]) for one in a if one.sha256 in other]
    only_a = sum(one.right and not two.right for one, two in pairs)
    only_b = sum(two.right and not one.right for one, two in pairs)
    scored = [(one, two) for one, two in pairs if one.logit is not None and two.logit is not None]
    fake = [one.fake for one, _ in scored]
    scores = [[pair[side].logit or 0.0 for pair in scored] for side in (0, 1)]
    once = [1] * len(scored)
    aucs = [weighted_auc(_order(one), one, fake, once) for one in scores]
    return Comparison(
        files=len(pairs),
        only_a_right=only_a,
        only_b_right=only_b,
        p=mcnemar(only_a, only_b),
        scored=len(scored),
        auc_a=aucs[0],
        auc_b=aucs[1],
        interval=_interval(scores, fake, [one.group for one, _ in scored]),
        flips=[(one, two) for one, two in pairs if one.verdict != two.verdict],
    )


def mcnemar(only_a: int, only_b: int) -> float:
    """Return the two-sided p of McNemar's exact test (McNemar, 1947): binomial, 1/2, over the discordant."""
    n, fewer = only_a + only_b, min(only_a, only_b)
    if n == 0 or only_a == only_b:
        return 1.0
    tail = sum(math.comb(n, k) for k in range(fewer + 1))
    return float(min(1.0, tail / 2 ** (n - 1)))


def weighted_auc(
    order: Sequence[int], scores: Sequence[float], fake: Sequence[bool], weights: Sequence[int]
) -> float | None:
    """Return the AUC (Mann-Whitney's U, ties counting half); None where a class is missing.

    ``order`` has the places by rising score; ``weights`` say how often each file counts.
    """
    won = below = reals = fakes = 0.0
    place, end = 0, len(order)
    while place < end:
        score = scores[order[place]]
        real_here = fake_here = 0
        while place < end and scores[order[place]] == score:
            row = order[place]
            if fake[row]:
                fake_here += weights[row]
            else:
                real_here += weights[row]
            place += 1
        won += fake_here * (below + real_here / 2.0)
        below += real_here
        reals, fakes = reals + real_here, fakes + fake_here
    return won / (reals * fakes) if reals and fakes else None


def _order(scores: Sequence[float]) -> list[int]:
    return sorted(range(len(scores)), key=scores.__getitem__)


def _interval(
    scores: Sequence[Sequence[float]], fake: Sequence[bool], groups: Sequence[str]
) -> tuple[float, float] | None:
    """Return the 95 % percentile interval of the difference of both AUCs over draws of whole groups."""
    for side in (False, True):
        if len({group for group, one in zip(groups, fake, strict=True) if one is side}) < FEWEST_GROUPS:
            return None
    names = sorted(set(groups))
    number = {name: place for place, name in enumerate(names)}
    members = [number[group] for group in groups]
    orders = [_order(one) for one in scores]
    draw, found = random.Random(0), []  # noqa: S311 - a bootstrap
    for _ in range(max(_FEWEST_DRAWS, min(_MOST_DRAWS, _STEPS // (2 * len(fake))))):
        times = [0] * len(names)
        for place in draw.choices(range(len(names)), k=len(names)):
            times[place] += 1
        weights = [times[member] for member in members]
        a, b = (weighted_auc(order, one, fake, weights) for order, one in zip(orders, scores, strict=True))
        if a is not None and b is not None:
            found.append(b - a)
    found.sort()
    if not found:
        return None
    return found[int(0.025 * (len(found) - 1))], found[math.ceil(0.975 * (len(found) - 1))]
