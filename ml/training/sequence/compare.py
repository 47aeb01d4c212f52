"""Whether networks over time, alone and beside the still model, tell more than single frames do."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from detector.bundle import Manifest
from detector.contracts import Floats
from measures.compared import Rows, balanced_weights, fakes_by_kind, mean_auc
from measures.metrics import Flags, Values, auc, auc_of_draws, bootstrap_draws, interval
from measures.text import change, short
from training.evaluation.comparisons import Comparison
from training.evaluation.records import Entry, FileRecord
from training.labelled.scale import Scale, authentic_scales
from training.sequence.fit import Way
from training.sequence.kept import Clip, Track
from training.sequence.scores import DEVELOPMENT, FOLDS, Scored, fold_of_sources

ASKED, LEAST_GAIN = "talking-heads", 0.05
"""The comparison that must gain, and by how much of AUC.

Beside it the mean must not fall, and no authentic clip may be flagged that was not flagged before.
"""

_FEWEST = 5  # fakes of a kind within a comparison, from which it is shown apart
_ORDERLESS = "frames in no order"

REST = "a head held still"
"""What a way must tell more than, for it to be about manipulation."""


@dataclass(frozen=True, slots=True)
class Media:
    """Clips that are compared, N of them, and what the still model says of the same frames."""

    fake: Flags
    groups: tuple[str, ...]
    members: Mapping[str, Rows]  # of the comparisons
    kinds: Mapping[str, Rows]  # of some of them, by method
    weights: Values  # (N,): of each clip in the scale
    still: Values  # (N,): the larger trace's mean logit, of crops as served where they were kept
    steady: Values  # (N,): the same of the crops that networks over time see
    rest: Values  # (N,): how still the head is held, which is no sign of manipulation

    def like_still(self, scores: Values) -> Values:
        """Return scores moved and stretched so that authentic clips lie where the still model has them."""
        ours, theirs = (self._scale(one) for one in (self.still, scores))
        return np.asarray([ours.median + ours.spread * theirs.apply(one) for one in scores.tolist()])

    def joined(self, scores: Values) -> dict[str, Values]:
        """Return both ways to join scores with the still model's."""
        other = self.like_still(scores)
        mean, larger = (self.still + other) / 2.0, np.maximum(self.still, other)
        return {"mean": self.like_still(mean), "larger": self.like_still(larger)}

    def _scale(self, scores: Values) -> Scale:
        return authentic_scales(scores[:, None], self.weights, self.fake)[0]


def development_media(clips: Sequence[Clip], comparisons: Sequence[Comparison]) -> Media:
    """Return development clips with the counted comparisons of videos."""
    records = [
        FileRecord(
            Entry(row.file, "video", "fake" if row.fake else "real", row.dataset, row.group, row.method),
            0, 0, (), None,
        )
        for row in (clip.row for clip in clips)
    ]  # fmt: skip
    counted = [one for one in comparisons if one.counted and one.unit == "video"]
    members = {one.name: one.members(records) for one in counted}
    fake = np.asarray([clip.row.fake for clip in clips])
    kinds: dict[str, Rows] = {}
    methods = [clip.row.method for clip in clips]
    for rows in members.values():
        parts = list(fakes_by_kind(methods, fake, rows))
        if all(len(mine) >= _FEWEST for _, mine, _ in parts):
            kinds |= {name: both for name, _, both in parts}
    return _media(clips, fake, members, kinds, balanced_weights(list(members.values()), fake))


def left_out_media(clips: Sequence[Clip], blended: frozenset[str]) -> Media:
    """Return training clips, by what gives a fake away: blending, or a face made as a whole."""
    fake = np.asarray([clip.row.fake for clip in clips])
    blend = np.asarray([clip.row.method in blended for clip in clips])
    members = {
        name: np.flatnonzero(~fake | (blend == side))
        for name, side in (("swaps and lip-sync", True), ("made as a whole", False))
    }
    return _media(clips, fake, members, {}, np.where(fake, 0.0, 1.0))


def _media(
    clips: Sequence[Clip],
    fake: Flags,
    members: Mapping[str, Rows],
    kinds: Mapping[str, Rows],
    weights: Values,
) -> Media:
    groups = tuple(clip.row.group for clip in clips)
    plain = [[track for track in clip.tracks if not track.kind] for clip in clips]
    steady = np.asarray([_largest([track.logits for track in tracks]) for tracks in plain])
    served = [[track.served for track in tracks if len(track.served)] for tracks in plain]
    still = np.asarray(
        [_largest(one) if one else other for one, other in zip(served, steady.tolist(), strict=True)]
    )
    rest = -np.asarray([float(np.mean([_moved(track) for track in tracks])) for tracks in plain])
    return Media(fake, groups, members, kinds, weights, still, steady, rest)


def _moved(track: Track) -> float:
    """Return how far the face moves from frame to frame on average, in sides of its box."""
    corners, far = track.boxes[:, :2], track.boxes[:, 2:]
    steps = np.linalg.norm(np.diff((corners + far) / 2.0, axis=0), axis=1)
    return float(steps.mean() / (far - corners).max(1).mean())


def _largest(logits: Sequence[Floats]) -> float:
    """Return the largest of the traces' means over frames; the network's classifier is scaled already."""
    return float(np.concatenate(logits).mean(0).max())


@dataclass(frozen=True, slots=True)
class Found:
    """All ways, the clips that they were compared on, and the still model's threshold."""

    development: Media
    left_out: Media
    threshold: float  # in the still model's logit, from which a file is flagged
    development_scores: Mapping[tuple[Way, int], Values]
    left_out_scores: Mapping[Way, Values]
    training: int  # clips

    def chosen(self) -> Way:
        """Return the way with the highest mean AUC on sources and methods left out, joined with nothing."""
        rows = list(self.left_out.members.values())
        in_time = [way for way in self.left_out_scores if way.network != _ORDERLESS]
        return max(in_time, key=lambda way: mean_auc(rows, self.left_out_scores[way], self.left_out.fake)[0])


def threshold_of(manifest: Manifest) -> float:
    """Return the logit from which a bundle says that there are signs."""
    calibration = manifest.calibration
    return float((logit(manifest.decision.threshold) - calibration.intercept) / calibration.slope)


def found(
    scored: Sequence[Scored],
    training: Sequence[Clip],
    development: Media,
    blended: frozenset[str],
    threshold: float,
) -> Found:
    """Bring the scores of all fits together; those of each fold are scaled by the fold's authentic clips."""
    fold = fold_of_sources(training)
    authentic = ~np.asarray([clip.row.fake for clip in training])
    left_out: dict[Way, Values] = {}
    for one in scored:
        if one.part == DEVELOPMENT:
            continue
        mine = fold == one.part
        scale = authentic_scales(one.logits[:, None], np.ones(len(one.logits)), ~authentic[mine])[0]
        whole = left_out.setdefault(one.way, np.full(len(training), np.nan))
        whole[mine] = [scale.apply(value) for value in one.logits.tolist()]
    complete = {way: values for way, values in left_out.items() if not np.isnan(values).any()}
    by_seed = {(one.way, one.seed): one.logits for one in scored if one.part == DEVELOPMENT}
    return Found(development, left_out_media(training, blended), threshold, by_seed, complete, len(training))


def tables(of: Found) -> Iterator[str]:
    """Yield the tables as lines of Markdown: every way alone and joined, then some with intervals."""
    clips, fakes = len(of.development.fake), int(of.development.fake.sum())
    yield (
        f"{of.training} clips to learn from, in {FOLDS} folds of sources; "
        f"{clips} development clips with a face to follow, {fakes} of them manipulated."
    )
    yield ""
    yield from _every_way(of)
    if of.left_out_scores:
        yield ""
        yield from _with_intervals(of)


def _every_way(of: Found) -> Iterator[str]:
    media, left = of.development, of.left_out
    seeds = sorted({seed for _, seed in of.development_scores})
    lines = [
        _row(of, "still model", left.still, [media.still], joined=False),
        _row(of, "still model, crops cut by one box", None, [media.steady], joined=False),
        _row(of, REST, left.rest, [media.rest]),
    ]
    for way in dict.fromkeys(way for way, _ in of.development_scores):
        scores = [of.development_scores[way, seed] for seed in seeds if (way, seed) in of.development_scores]
        lines.append(_row(of, _name(way), of.left_out_scores.get(way), scores))
    heading = (
        "way", *(f"left out: {name}" for name in left.members), *media.members, *media.kinds, "mean AUC",
        *(f"joined by the {rule}: {name}" for rule in ("mean", "larger") for name in (ASKED, "mean AUC")),
    )  # fmt: skip
    yield from _lines(heading, lines)


def _row(
    of: Found, name: str, left_out: Values | None, scores: Sequence[Values], joined: bool = True
) -> list[str]:
    media, left = of.development, of.left_out
    shown = (*media.members.values(), *media.kinds.values())
    cells = [name]
    cells += ["" if left_out is None else short(_auc(left, left_out, rows)) for rows in left.members.values()]
    cells += [", ".join(short(_auc(media, one, rows)) for one in scores) for rows in shown]
    cells.append(", ".join(short(_mean(media, one), 3) for one in scores))
    for rule in ("mean", "larger"):
        both = [media.joined(one)[rule] for one in scores] if joined else []
        cells.append(", ".join(short(_auc(media, one, media.members[ASKED])) for one in both))
        cells.append(", ".join(short(_mean(media, one), 3) for one in both))
    return cells


def _with_intervals(of: Found) -> Iterator[str]:
    """Compare the chosen way, the same input without order, and rest, joined with the still model."""
    media, chosen = of.development, of.chosen()
    draws = bootstrap_draws(media.groups)
    several = {
        f"{_name(way)}, seed {seed}": scores
        for (way, seed), scores in of.development_scores.items()
        if way.pseudo and way.inputs == chosen.inputs and way.network in (chosen.network, _ORDERLESS)
    }
    lines = []
    for name, scores in (several | {REST: media.rest}).items():
        for rule, joined in media.joined(scores).items():
            lines.append([f"{name}, {rule}", *_gains(of, joined, draws)])
    yield f"Chosen on sources and methods left out: {_name(chosen)}."
    yield ""
    heading = (
        "joined with the still model", *(f"gain, {name}" for name in media.members), "gain, mean",
        "authentic clips flagged anew", "manipulated clips flagged", "within the rule",
    )  # fmt: skip
    yield from _lines(heading, lines)
    yield ""
    for rule in ("mean", "larger"):
        gained = _with_every_seed(of, rule, gains_enough)
        kept = _with_every_seed(of, rule, within_rule)
        others = [name for name in gained if name not in kept]
        yield (
            f"Within the rule with every seed, joined by the {rule}: {'; '.join(kept) or 'none'}. "
            f"But for authentic clips flagged anew: {'; '.join(others) or 'no other'}."
        )


def _with_every_seed(of: Found, rule: str, test: Callable[[Found, Values], bool]) -> list[str]:
    """Return the names of the ways that pass a test with every seed, joined by a rule."""
    passed: dict[Way, bool] = {}
    for (way, _), scores in of.development_scores.items():
        passed[way] = passed.get(way, True) and test(of, of.development.joined(scores)[rule])
    return [_name(way) for way, every in passed.items() if every]


def gains_enough(of: Found, scores: Values) -> bool:
    """Return whether scores that are joined gain what `LEAST_GAIN` asks, and the mean does not fall."""
    media = of.development
    asked = media.members[ASKED]
    gain = _auc(media, scores, asked) - _auc(media, media.still, asked)
    return gain >= LEAST_GAIN and _mean(media, scores) >= _mean(media, media.still)


def within_rule(of: Found, scores: Values) -> bool:
    """Return whether scores gain enough, and flag no authentic clip that was not flagged before."""
    return gains_enough(of, scores) and not _anew(of, scores)


def _anew(of: Found, scores: Values) -> int:
    """Return how many authentic clips are flagged that the still model does not flag."""
    media = of.development
    return int(((scores >= of.threshold) & (media.still < of.threshold) & ~media.fake).sum())


def _gains(of: Found, scores: Values, draws: Values) -> Iterator[str]:
    media = of.development
    for rows in media.members.values():
        values = [auc_of_draws(one[rows], media.fake[rows], draws[:, rows]) for one in (scores, media.still)]
        gain = _auc(media, scores, rows) - _auc(media, media.still, rows)
        yield _signed(gain, interval(values[0] - values[1]))
    several = list(media.members.values())
    means = [mean_auc(several, one, media.fake, draws) for one in (scores, media.still)]
    yield _signed(_mean(media, scores) - _mean(media, media.still), interval(means[0] - means[1]))
    yield str(_anew(of, scores))
    flagged, before = ((one >= of.threshold) & media.fake for one in (scores, media.still))
    yield f"{int(flagged.sum())} (still: {int(before.sum())})"
    yield "yes" if within_rule(of, scores) else "no"


def _auc(media: Media, scores: Values, rows: Rows) -> float:
    return auc(scores[rows], media.fake[rows])


def _mean(media: Media, scores: Values) -> float:
    return float(mean_auc(list(media.members.values()), scores, media.fake)[0])


def _name(way: Way) -> str:
    return f"{way.network}, {way.inputs}{'' if way.pseudo else ', no pseudo-fakes'}"


def _lines(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for cells in (heading, ["---"] * len(heading), *rows):
        yield f"| {' | '.join(cells)} |"


def _signed(value: float, bounds: tuple[float, float]) -> str:
    return f"{change((value,))} ({change(bounds, 2)})"
