"""How well held-out kinds of media are separated, each from authentic media of its kind."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import nn

from detector.contracts import CropSpec
from detector.runtimes.torch import scorer_of
from measures.metrics import auc
from measures.text import number
from training.fitting.validate import logits
from training.labelled.heads import HEADS
from training.labelled.pack import LabelledPack
from training.labelled.sampler import held_out_kinds
from training.labelled.scale import authentic_scales, strongest
from training.labelled.views import evened

_FILES, _CROPS = 40, 2  # at most, of a source and of a file
_FEWEST = 10  # authentic files of a kind whose share above the level is given
_SIZES, _QUALITIES = (56, 80, 104, 128), (60, 75, 90)


class HeldOutValidation:
    """The held-out crops of a pack, brought to the same sizes and compression once.

    ``views`` are the crops of ``rows`` of the pack, ``(S, S, 3)`` each.
    """

    def __init__(self, pack: LabelledPack, spec: CropSpec, bfloat16: bool = False) -> None:
        """Make the views; raises ValueError for a pack that does not hold out what figures are made of."""
        _check(pack)
        self._records, self._spec, self._bfloat16 = pack.records, spec, bfloat16
        self._kinds = held_out_kinds(pack)
        rng = np.random.default_rng(0)
        self.rows = _chosen(pack, rng)
        self.views = [
            evened(pack[int(row)], int(rng.choice(_SIZES)), int(rng.choice(_QUALITIES)), spec)
            for row in self.rows
        ]

    def measure(self, model: nn.Module) -> dict[str, float]:
        """Return `figures` of what a network answers."""
        return self.figures(self.logits(model))

    def figures(self, logits: NDArray[np.float32]) -> dict[str, float]:
        """Return figures of logits ``(crops, heads)``; a file's are the mean over its crops.

        ``auc/KIND`` is of the larger logit, scaled as a released network's is, of a held-out kind of fakes
        against all held-out authentic media that are stills, or clips, as it is; ``auc_held_out`` their mean;
        ``auc/HEAD/KIND`` of one head. ``median/HEAD`` and ``spread/HEAD`` are the scale, by the authentic
        media, stills and clips weighing alike. Of authentic kinds, ``flagged/KIND`` is the share above the
        95th percentile of all: .05 where none stands out.
        """
        numbers = self._records["number"][self.rows]
        _, first, file = np.unique(numbers, return_index=True, return_inverse=True)
        means = np.stack([np.bincount(file, one) / np.bincount(file) for one in logits.T], 1)
        scales = authentic_scales(means, self._weights(first), self._of_files(first)[0])
        score = strongest(means, scales)
        figures = self._aucs("auc", score, first)
        figures["auc_held_out"] = float(np.mean(list(figures.values())))
        for place, head in enumerate(HEADS):
            figures |= self._aucs(f"auc/{head}", means[:, place], first)
        for scale in scales:
            figures |= {f"median/{scale.trace}": scale.median, f"spread/{scale.trace}": scale.spread}
        return figures | self._flagged(score, first)

    def _aucs(self, name: str, scores: NDArray[np.float64], first: NDArray[np.int64]) -> dict[str, float]:
        """Return an AUC by kind of held-out fakes, of scores ``(files,)``."""
        fake, video, held_out = self._of_files(first)
        figures = {}
        for kind in self._kinds:
            mine = fake & (held_out == kind)
            if mine.any():
                used = mine | (~fake & (video == video[mine][0]))
                figures[f"{name}/{kind}"] = float(auc(scores[used], fake[used]))
        return figures

    def _weights(self, first: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return what each file weighs: authentic stills together as much as authentic clips together."""
        fake, video, _ = self._of_files(first)
        weights = np.zeros(len(first))
        for mine in (~fake & video, ~fake & ~video):
            weights[mine] = 1.0 / max(1, mine.sum())
        return weights

    def _flagged(self, scores: NDArray[np.float64], first: NDArray[np.int64]) -> dict[str, float]:
        fake, _, held_out = self._of_files(first)
        level = np.quantile(scores[~fake], 0.95)
        kinds = {kind: ~fake & (held_out == kind) for kind in self._kinds}
        return {
            f"flagged/{kind}": float((scores[mine] > level).mean())
            for kind, mine in kinds.items()
            if mine.sum() >= _FEWEST
        }

    def _of_files(
        self, first: NDArray[np.int64]
    ) -> tuple[NDArray[np.bool_], NDArray[np.bool_], NDArray[np.str_]]:
        rows = self.rows[first]
        records = self._records
        return records["fake"][rows], records["video"][rows], records["held_out"][rows]

    def logits(self, model: nn.Module) -> NDArray[np.float32]:
        """Return the heads' logits ``(crops, heads)``."""
        return logits(model, self.views, self._spec, self._bfloat16)


def _check(pack: LabelledPack) -> None:
    """Raise ValueError where a pack holds out no fakes, or nothing authentic to hold them against."""
    fake, video, held_out = (pack.records[name] for name in ("fake", "video", "held_out"))
    kinds = [kind for kind in held_out_kinds(pack) if (fake & (held_out == kind)).any()]
    if not kinds:
        raise ValueError(
            "the pack holds out no fakes to validate on: pack it again with a kind of fakes held out"
        )
    there = set(video[~fake & (held_out != "")].tolist())
    for kind in kinds:
        for clips in set(video[fake & (held_out == kind)].tolist()) - there:
            raise ValueError(
                f"the pack holds out no authentic {'clips' if clips else 'stills'} to hold the fakes of "
                f"{kind!r} against: pack it again with a kind of such media held out"
            )


def two_logits(weights: Path, architecture: str) -> nn.Module:
    """Return the network of a weights file; raises ValueError for one that has not a logit for each trace."""
    network = scorer_of(architecture, load_file(weights)).backbone
    if network.get_classifier().out_features != len(HEADS):
        raise ValueError(f"{weights} has not a logit for each of the {len(HEADS)} traces")
    return network.float()


def table(name: str, figures: dict[str, float]) -> str:
    """Return heading and row of the AUC of each held-out kind and their mean, as Markdown."""
    kinds = [key for key in figures if key.startswith("auc/") and key.count("/") == 1]
    heading = ("weights", *(key.removeprefix("auc/").replace("_", " ") for key in kinds), "mean")
    cells = (name, *(number(figures[key]) for key in (*kinds, "auc_held_out")))
    return "\n".join(f"| {' | '.join(line)} |" for line in (heading, ["---"] * len(cells), cells))


def _chosen(pack: LabelledPack, rng: np.random.Generator) -> NDArray[np.int64]:
    records = pack.records
    rows = np.flatnonzero(records["held_out"] != "")
    chosen: list[int] = []
    for source in np.unique(records["source"][rows]):
        mine = rows[records["source"][rows] == source]
        numbers = np.unique(records["number"][mine])
        for one in rng.permutation(numbers)[:_FILES]:
            of_file = mine[records["number"][mine] == one]
            chosen += of_file[
                np.linspace(0, len(of_file) - 1, min(_CROPS, len(of_file))).round().astype(int)
            ].tolist()
    return np.asarray(chosen, np.int64)
