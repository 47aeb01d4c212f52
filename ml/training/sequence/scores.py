"""Every way's scores of clips left out and of development clips: one line per fit, so that it resumes."""

from __future__ import annotations

import hashlib
import itertools
import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from measures.metrics import Values
from training.sequence.fit import Way, answers, fit, moved, own_basis
from training.sequence.inputs import INPUTS
from training.sequence.kept import Clip
from training.sequence.networks import NETWORKS

FOLDS = 2
DEVELOPMENT = FOLDS
"""The part that stands for development clips, of which no fold leaves anything out."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What one fit says of the clips of a part: a number below `FOLDS`, or `DEVELOPMENT`."""

    way: Way
    seed: int
    part: int
    logits: Values  # (N,), in the order of the part's clips


def ways(steps: int) -> list[Way]:
    """Return every network with every input, and each network without pseudo-fakes on one of them."""
    several = [Way(network, inputs, True, steps) for inputs in INPUTS for network in NETWORKS]
    return several + [Way(network, "features and geometry", False, steps) for network in NETWORKS]


def fold_of_sources(clips: Sequence[Clip]) -> NDArray[np.int64]:
    """Return each clip's fold ``(N,)``: a source lies in one fold, and classes are spread over all of them.

    The source with the most clips comes first, each to where it evens out the classes most.
    """
    counts: dict[str, NDArray[np.float64]] = {}
    for clip in clips:
        counts.setdefault(clip.row.dataset, np.zeros(2))[int(clip.row.fake)] += 1
    total = np.sum(list(counts.values()), 0)
    load, fold = np.zeros((FOLDS, 2)), {}
    for source in sorted(counts, key=lambda name: (-counts[name].sum(), name)):
        after = [
            (((load[place] + counts[source]) / total) ** 2 - (load[place] / total) ** 2).sum()
            for place in range(FOLDS)
        ]
        fold[source] = int(np.argmin(after))
        load[fold[source]] += counts[source]
    return np.asarray([fold[clip.row.dataset] for clip in clips])


def to_fit(clips: Sequence[Clip], fold: NDArray[np.int64], part: int) -> list[Clip]:
    """Return the clips that a part's fits learn from: none of its sources, none of its methods."""
    gone = {clip.row.method for clip, mine in zip(clips, fold, strict=True) if mine == part and clip.row.fake}
    return [
        clip
        for clip, mine in zip(clips, fold, strict=True)
        if mine != part and not (clip.row.fake and clip.row.method in gone)
    ]


def score(
    training: Sequence[Clip],
    development: Sequence[Clip],
    seeds: int,
    steps: int,
    file: Path,
    minutes: float | None,
    tell: Callable[[str], None],
) -> list[Scored]:
    """Fit all ways in so many ``steps``, and keep what they say in ``file``, for as many ``minutes``.

    Fits that the file holds of the same clips are not made again.
    """
    fold = fold_of_sources(training)
    about = {"training": _digest(training), "development": _digest(development)}
    known = _known(file, about)
    end = None if minutes is None else time.monotonic() + 60.0 * minutes
    asked = list(_wanted(seeds, steps))
    for part, wanted in itertools.groupby(asked, lambda one: one[2]):
        left = [one for one in wanted if one not in known]
        if not left:
            continue
        mine = [clip for clip, of_clip in zip(training, fold, strict=True) if of_clip == part]
        some = to_fit(training, fold, part)
        of = own_basis(some)
        ours, theirs = moved(some, of), moved(development if part == DEVELOPMENT else mine, of)
        for way, seed, _ in left:
            if end is not None and time.monotonic() > end:
                return [Scored(*one, known[one]) for one in asked if one in known]
            logits = answers(fit(way, ours, seed), way, theirs)
            known[way, seed, part] = logits
            line = {"about": about, "way": [way.network, way.inputs, way.pseudo, way.steps]}
            with file.open("a") as lines:
                lines.write(json.dumps(line | {"seed": seed, "part": part, "logits": logits.tolist()}) + "\n")
            place = "development" if part == DEVELOPMENT else f"fold {part + 1}"
            tell(f"{place}: {way.network}, {way.inputs}, seed {seed}")
    return [Scored(*one, known[one]) for one in asked if one in known]


def _wanted(seeds: int, steps: int) -> Iterator[tuple[Way, int, int]]:
    """Yield what is fitted, the most telling first."""
    with_fakes = [way for way in ways(steps) if way.pseudo]
    for part in (DEVELOPMENT, *range(FOLDS)):
        yield from ((way, 0, part) for way in with_fakes)
    for seed in range(1, seeds):
        yield from ((way, seed, DEVELOPMENT) for way in with_fakes)
    yield from ((way, 0, DEVELOPMENT) for way in ways(steps) if not way.pseudo)


def _digest(clips: Sequence[Clip]) -> str:
    """Identify clips by their rows, with label, source and method, and by how many bursts of which kind."""
    about = [[asdict(clip.row), *(track.kind for track in clip.tracks)] for clip in clips]
    return hashlib.sha256(json.dumps(about).encode()).hexdigest()[:16]


def _known(file: Path, about: dict[str, str]) -> dict[tuple[Way, int, int], Values]:
    """Read the fits of these clips, those of other clips left out."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        return {}
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    return {
        (Way(*line["way"]), line["seed"], line["part"]): np.asarray(line["logits"])
        for line in lines
        if line["about"] == about
    }
