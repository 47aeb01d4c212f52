"""How well heads on a frozen CLIP tell media left out and development media, beside our own networks.

Every way is judged on the same files by one rule, that of `labelled.scale`: a file's logits are means over
its crops, each trace is scaled by the authentic media at hand, and the larger one counts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit
from torch import nn

from detector.contracts import CropSpec
from measures.compared import Rows, mean_auc
from measures.metrics import Flags, Values, auc, auc_interval, bootstrap_draws, interval
from measures.text import change, short
from training.evaluation.comparisons import Comparison, balanced_weights, counted_rows
from training.evaluation.records import Entry, FileRecord, fake_flags
from training.fitting.validate import logits
from training.frozen.faces import FaceRow, Part
from training.frozen.heads import FITS, Chosen, answers, choose, figures
from training.frozen.kept import Kept
from training.labelled.scale import authentic_scales, strongest

BLOCKS: dict[str, tuple[int, ...]] = {
    **{f"block {block}": (block,) for block in range(4, 13)},
    "blocks 8 to 11": (8, 9, 10, 11),
    "all blocks": tuple(range(1, 13)),
}
"""Class tokens that heads are fitted on."""

_SHARES = {"a quarter of the faces": 0.25, "half of the faces": 0.5}
_RIDGE, _LOGISTIC = ", ridge", ", logistic regression"


@dataclass(frozen=True, slots=True)
class Media:
    """The files of one part, and which are compared with which; F files of N faces."""

    rows: NDArray[np.int64]  # (N,): of the faces, among all kept
    file: NDArray[np.int64]  # (N,): of each face
    fake: Flags  # (F,)
    groups: tuple[str, ...]
    weights: Values  # (F,): of each file in the scale
    members: Mapping[str, Rows]

    def by_file(self, logits: Values) -> Values:
        """Return means over the faces of each file, ``(F, T)``, of logits ``(N, T)``."""
        return np.stack([np.bincount(self.file, one) / np.bincount(self.file) for one in logits.T], 1)

    def score(self, logits: Values) -> Values:
        """Return one score of each file in spreads of authentic files from their median, ``(F,)``."""
        means = self.by_file(logits)
        largest = strongest(means, authentic_scales(means, self.weights, self.fake))[:, None]
        return strongest(largest, authentic_scales(largest, self.weights, self.fake))

    def aucs(self, scores: Values) -> dict[str, float]:
        """Return the AUC of each comparison."""
        return {name: auc(scores[rows], self.fake[rows]) for name, rows in self.members.items()}


@dataclass(frozen=True, slots=True)
class Way:
    """One way to score: of held-out media and development media, ``(F,)`` each."""

    name: str
    held_out: Values
    development: Values
    chosen: Chosen | None = None


@dataclass(frozen=True, slots=True)
class Compared:
    """All ways, and the media that they were compared on."""

    held_out: Media
    development: Media
    faces: int  # trained on
    own: tuple[Way, ...]
    clip: tuple[Way, ...] = field(repr=False)
    best: Way  # of `clip`, by sources left out of the faces to train on
    in_turn: dict[str, float]  # AUC of each kind by the best way, trained on all other kinds of fakes
    joined: tuple[Way, ...]


def compare(
    kept: Kept, own: Mapping[str, Values], comparisons: Sequence[Comparison], tell: Callable[[str], None]
) -> Compared:
    """Fit heads, choose among blocks and fits by sources left out of training, and join them with our own.

    ``own`` are the logits ``(N, T)`` of our networks for all kept faces that are not trained on, by name.
    """
    held_out, development = _held_out(kept.rows), _development(kept.rows, comparisons)
    ours = tuple(
        Way(name, held_out.score(logits[held_out.rows]), development.score(logits[development.rows]))
        for name, logits in own.items()
    )
    ways = []
    for name, blocks in BLOCKS.items():
        tell(name)
        ways.append(_way(f"{name}{_RIDGE}", kept, blocks, "ridge", held_out, development))
    first = max(ways, key=_reached)
    several = max((way for way in ways if len(BLOCKS[way.name.removesuffix(_RIDGE)]) > 1), key=_reached)
    fewer = []
    for way in dict.fromkeys((first.name, several.name)):
        for part, share in _SHARES.items():
            tell(f"{way}, {part}")
            less = _part(kept, share)
            some = BLOCKS[way.removesuffix(_RIDGE)]
            fewer.append(_way(f"{way}, {part}", less, some, "ridge", held_out, development))
    tell("logistic regression")
    blocks = BLOCKS[first.name.removesuffix(_RIDGE)]
    other = first.name.removesuffix(_RIDGE) + _LOGISTIC
    ways.append(_way(other, kept, blocks, "logistic", held_out, development))
    best = max(ways, key=_reached)
    tell("each kind left out in turn")
    turn = _in_turn(kept, blocks, best, held_out)
    trained = len(_places(kept.rows, "training"))
    joined = tuple(_joined(ours, best))
    return Compared(held_out, development, trained, ours, (*ways, *fewer), best, turn, joined)


def _part(kept: Kept, share: float) -> Kept:
    """Return what is kept with the first of the faces to train on alone; the places of the others stay."""
    places = _places(kept.rows, "training")
    gone = set(places[round(len(places) * share) :].tolist())
    rows = [replace(row, part="unused") if place in gone else row for place, row in enumerate(kept.rows)]
    return Kept(rows, kept.tokens, kept.crops)


def _way(name: str, kept: Kept, blocks: Sequence[int], fit: str, held_out: Media, development: Media) -> Way:
    """Choose penalties and fit: without what is held out for held-out media, on everything for the others."""
    everything = _places(kept.rows, "training")
    inside = everything[[not kept.rows[place].held_out for place in everything.tolist()]]
    x = {
        place: figures(kept.tokens[rows], blocks) for place, rows in _parts(everything, held_out, development)
    }
    small = np.isin(everything, inside)
    rows = [kept.rows[place] for place in inside.tolist()]
    chosen = choose(x["training"][small], rows, FITS[fit])
    left_out = answers(x["training"][small], rows, x["held out"], chosen.penalties, FITS[fit])
    rows = [kept.rows[place] for place in everything.tolist()]
    measured = answers(x["training"], rows, x["development"], chosen.penalties, FITS[fit])
    return Way(name, held_out.score(left_out), development.score(measured), chosen)


def _parts(everything: Rows, held_out: Media, development: Media) -> Iterator[tuple[Part, Rows]]:
    yield "training", everything
    yield "held out", held_out.rows
    yield "development", development.rows


def _in_turn(kept: Kept, blocks: Sequence[int], best: Way, held_out: Media) -> dict[str, float]:
    """Return the AUC of each kind of fakes by heads that saw all others, and no authentic media held out."""
    assert best.chosen is not None
    fit = FITS["logistic" if best.name.endswith(_LOGISTIC) else "ridge"]
    asked = figures(kept.tokens[held_out.rows], blocks)
    found = {}
    for kind, members in held_out.members.items():
        places = [
            place
            for place in _places(kept.rows, "training").tolist()
            if not (row := kept.rows[place]).held_out or (row.fake and row.held_out.replace("_", " ") != kind)
        ]
        rows = [kept.rows[place] for place in places]
        logits = answers(figures(kept.tokens[places], blocks), rows, asked, best.chosen.penalties, fit)
        scores = held_out.score(logits)
        found[kind] = auc(scores[members], held_out.fake[members])
    return found


def _joined(own: Sequence[Way], best: Way) -> Iterator[Way]:
    """Yield the mean and the noisy-or of CLIP's scores and those of each of our own networks."""

    def noisy_or(one: Values, other: Values) -> Values:
        return np.asarray(1.0 - (1.0 - expit(one)) * (1.0 - expit(other)))

    def mean(one: Values, other: Values) -> Values:
        return np.asarray((one + other) / 2.0)

    for way in own:
        for name, rule in (("mean", mean), ("noisy-or", noisy_or)):
            yield Way(
                f"{way.name} and CLIP, {name}",
                rule(way.held_out, best.held_out),
                rule(way.development, best.development),
            )


def _reached(way: Way) -> float:
    assert way.chosen is not None
    return float(np.mean(way.chosen.aucs))


def _places(rows: Sequence[FaceRow], part: Part) -> Rows:
    return np.flatnonzero([row.part == part for row in rows])


def _files(rows: Sequence[FaceRow], part: Part) -> tuple[Rows, Rows, list[FaceRow]]:
    """Return the places of a part's faces, the number of each one's file, and a row of each file."""
    places = _places(rows, part)
    _, first, file = np.unique(
        [rows[place].file for place in places.tolist()], return_index=True, return_inverse=True
    )
    return places, file, [rows[place] for place in places[first].tolist()]


def _held_out(rows: Sequence[FaceRow]) -> Media:
    """Return media left out of training: each kind of fakes against all authentic media of its kind."""
    places, file, files = _files(rows, "held out")
    fake, video = (np.asarray([getattr(row, name) for row in files]) for name in ("fake", "video"))
    kind = np.asarray([row.held_out for row in files])
    weights = np.zeros(len(files))
    for mine in (~fake & video, ~fake & ~video):
        weights[mine] = 1.0 / max(1, mine.sum())
    members = {}
    for name in np.unique(kind[fake]).tolist():
        mine = fake & (kind == name)
        members[name.replace("_", " ")] = np.flatnonzero(mine | (~fake & (video == video[mine][0])))
    return Media(places, file, fake, tuple(row.group for row in files), weights, members)


def _development(rows: Sequence[FaceRow], comparisons: Sequence[Comparison]) -> Media:
    places, file, files = _files(rows, "development")
    records = [
        FileRecord(
            Entry(
                row.file,
                "video" if row.video else "image",
                "fake" if row.fake else "real",
                row.dataset,
                row.group,
            ),
            0,
            0,
            (),
            None,
        )
        for row in files
    ]
    counted = counted_rows(records, comparisons, np.ones(len(records), np.bool_))
    names = [comparison.name for comparison in comparisons if comparison.counted]
    return Media(
        places,
        file,
        fake_flags(records),
        tuple(row.group for row in files),
        balanced_weights(records, comparisons),
        dict(zip(names, counted, strict=True)),
    )


def our_logits(network: nn.Module, kept: Kept, spec: CropSpec) -> Values:
    """Return a network's logits ``(N, T)`` of the kept faces, NaN for those to train on."""
    asked = np.flatnonzero([row.part != "training" for row in kept.rows])
    answered = logits(network, [kept.crops[place] for place in asked.tolist()], spec, bfloat16=False)
    columns = answered.reshape(len(asked), -1).astype(np.float64)
    found = np.full((len(kept.rows), columns.shape[1]), np.nan)
    found[asked] = columns
    return found


def tables(found: Compared) -> Iterator[str]:
    """Yield the tables as lines of Markdown: blocks, then both kinds of media with intervals."""
    yield f"{found.faces} faces to train on; the penalty is chosen on sources left out of them."
    yield ""
    yield from _lines(
        ("class token after", "folds of sources", *_headings(found)),
        [*(_cells(way, found) for way in (*found.clip, *found.own)), _turn(found)],
    )
    for media, name in ((found.held_out, "held_out"), (found.development, "development")):
        yield ""
        yield from _with_intervals(found, media, name)


def _with_intervals(found: Compared, media: Media, name: str) -> Iterator[str]:
    ways = [(way.name, getattr(way, name)) for way in (*found.own, found.best, *found.joined)]
    draws = bootstrap_draws(media.groups)
    rows = list(media.members.values())
    usual = mean_auc(rows, ways[0][1], media.fake, draws)
    lines = []
    for title, scores in ways:
        cells = [title]
        for mine in rows:
            bounds = auc_interval(
                scores[mine], media.fake[mine], [media.groups[row] for row in mine.tolist()]
            )
            value = short(auc(scores[mine], media.fake[mine]))
            cells.append(f"{value} ({short(bounds[0])} to {short(bounds[1])})" if bounds else value)
        means = mean_auc(rows, scores, media.fake, draws)
        cells.append(short(float(mean_auc(rows, scores, media.fake)[0]), 3))
        cells.append("" if scores is ways[0][1] else change(interval(means - usual)))
        lines.append(cells)
    yield from _lines(("", *media.members, "mean AUC", "gain"), lines)


def _lines(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    for cells in (heading, ["---"] * len(heading), *rows):
        yield f"| {' | '.join(cells)} |"


def _headings(found: Compared) -> tuple[str, ...]:
    return (*found.held_out.members, "mean", *found.development.members, "mean")


def _cells(way: Way, found: Compared) -> list[str]:
    cells = [way.name, "" if way.chosen is None else ", ".join(short(one) for one in way.chosen.aucs)]
    for media, scores in ((found.held_out, way.held_out), (found.development, way.development)):
        cells += _with_mean(list(media.aucs(scores).values()))
    return cells


def _turn(found: Compared) -> list[str]:
    known = _with_mean(list(found.in_turn.values()))
    return [
        f"{found.best.name}, each kind left out in turn",
        "",
        *known,
        *[""] * (len(found.development.members) + 1),
    ]


def _with_mean(aucs: Sequence[float]) -> list[str]:
    return [*(short(one) for one in aucs), short(float(np.mean(aucs)), 3)]
