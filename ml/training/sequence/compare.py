"""Whether networks over time, alone and beside the still model, tell more than single frames do."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import logit

from detector.bundle import Manifest
from detector.contracts import Floats
from measures.compared import Rows, balanced_weights, fakes_by_kind, mean_auc
from measures.metrics import Flags, Values, auc, auc_of_draws, bootstrap_draws, interval
from training.evaluation.comparisons import Comparison
from training.evaluation.records import Entry, FileRecord
from training.labelled.scale import Scale, authentic_scales
from training.sequence.fit import Way
from training.sequence.kept import Clip
from training.sequence.scores import DEVELOPMENT, FOLDS, Scored, fold_of_sources

ASKED, LEAST_GAIN = "talking-heads", 0.05
"""The comparison that must gain, and by how much of AUC.

Beside it the mean must not fall, and no authentic clip may be flagged that was not flagged before.
"""

_FEWEST = 5  # fakes of a kind within a comparison, from which it is shown apart
_ORDERLESS = "frames in no order"


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
    return Media(fake, groups, members, kinds, weights, still, steady)


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
    shown = {**media.members, **media.kinds}
    seeds = sorted({seed for _, seed in of.development_scores})
    still = [
        _mean(left, left.still),
        *(auc(left.still[rows], left.fake[rows]) for rows in left.members.values()),
    ]
    lines = [
        ["still model", *map(_two, still), *(_two(_auc(media, media.still, rows)) for rows in shown.values()),
         _three(_mean(media, media.still)), "", ""],
        ["still model, crops cut by one box", "", *("" for _ in left.members),
         *(_two(_auc(media, media.steady, rows)) for rows in shown.values()),
         _three(_mean(media, media.steady)), "", ""],
    ]  # fmt: skip
    for way in dict.fromkeys(way for way, _ in of.development_scores):
        scores = [of.development_scores[way, seed] for seed in seeds if (way, seed) in of.development_scores]
        apart = of.left_out_scores.get(way)
        cells = [_name(way)]
        if apart is None:
            cells += [""] * (1 + len(left.members))
        else:
            cells += [
                _two(_mean(left, apart)),
                *(_two(_auc(left, apart, rows)) for rows in left.members.values()),
            ]
        cells += [", ".join(_two(_auc(media, one, rows)) for one in scores) for rows in shown.values()]
        cells.append(", ".join(_three(_mean(media, one)) for one in scores))
        for rule in ("mean", "larger"):
            joined = [media.joined(one)[rule] for one in scores]
            cells.append(", ".join(_two(_auc(media, one, media.members[ASKED])) for one in joined))
        lines.append(cells)
    heading = (
        "way", "left out: mean", *left.members, *shown, "mean AUC",
        f"{ASKED}, joined by mean", f"{ASKED}, joined by the larger",
    )  # fmt: skip
    yield from _lines(heading, lines)


def _with_intervals(of: Found) -> Iterator[str]:
    """Compare the chosen way, and the same input with every other network, joined with the still model."""
    media, chosen = of.development, of.chosen()
    draws = bootstrap_draws(media.groups)
    lines = []
    for (way, seed), scores in of.development_scores.items():
        if way.inputs != chosen.inputs or not way.pseudo:
            continue
        for rule, joined in ({"alone": media.like_still(scores)} | media.joined(scores)).items():
            name = f"{_name(way)}, seed {seed}, {rule}"
            lines.append([f"**{name}**" if way == chosen else name, *_gains(of, joined, draws)])
    yield f"Chosen on sources and methods left out: {_name(chosen)}."
    yield ""
    heading = (
        "joined with the still model", *(f"gain, {name}" for name in media.members), "gain, mean",
        "authentic clips flagged anew", "manipulated clips flagged", "within the rule",
    )  # fmt: skip
    yield from _lines(heading, lines)


def _gains(of: Found, scores: Values, draws: Values) -> Iterator[str]:
    media = of.development
    gains = {}
    for name, rows in media.members.items():
        values = [auc_of_draws(one[rows], media.fake[rows], draws[:, rows]) for one in (scores, media.still)]
        gains[name] = _auc(media, scores, rows) - _auc(media, media.still, rows)
        yield _signed(gains[name], interval(values[0] - values[1]))
    several = list(media.members.values())
    means = [mean_auc(several, one, media.fake, draws) for one in (scores, media.still)]
    mean = _mean(media, scores) - _mean(media, media.still)
    yield _signed(mean, interval(means[0] - means[1]))
    before, now = media.still >= of.threshold, scores >= of.threshold
    anew = int((now & ~before & ~media.fake).sum())
    yield str(anew)
    yield f"{int((now & media.fake).sum())} (still: {int((before & media.fake).sum())})"
    yield "yes" if gains[ASKED] >= LEAST_GAIN and mean >= 0.0 and not anew else "no"


def _auc(media: Media, scores: Values, rows: Rows) -> float:
    return auc(scores[rows], media.fake[rows])


def _mean(media: Media, scores: Values) -> float:
    return float(mean_auc(list(media.members.values()), scores, media.fake)[0])


def _name(way: Way) -> str:
    return f"{way.network}, {way.inputs}{'' if way.pseudo else ', no pseudo-fakes'}"


def _lines(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for cells in (heading, ["---"] * len(heading), *rows):
        yield f"| {' | '.join(cells)} |"


def _two(value: float) -> str:
    return f"{value:.2f}".replace("0.", ".", 1)


def _three(value: float) -> str:
    return f"{value:.3f}".replace("0.", ".", 1)


def _signed(value: float, bounds: tuple[float, float]) -> str:
    return f"{value:+.3f} ({bounds[0]:+.2f} to {bounds[1]:+.2f})".replace("0.", ".")
