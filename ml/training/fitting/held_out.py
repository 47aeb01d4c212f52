"""How well held-out kinds of media are separated, each from authentic media of its kind."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from detector.contracts import CropSpec
from measures.metrics import auc
from training.fitting.validate import logits
from training.labelled.heads import HEADS, joined
from training.labelled.pack import LabelledPack
from training.labelled.sampler import held_out_kinds
from training.labelled.views import evened

_FILES, _CROPS = 40, 2  # at most, of a source and of a file
_FEWEST = 10  # authentic files of a kind whose share above the level is given
_SIZES, _QUALITIES = (56, 80, 104, 128), (60, 75, 90)


class HeldOutValidation:
    """The held-out crops of a pack, brought to the same sizes and compression once."""

    def __init__(self, pack: LabelledPack, spec: CropSpec, bfloat16: bool = False) -> None:
        """Make the views; raises ValueError for a pack that nothing is held out of."""
        if not held_out_kinds(pack):
            raise ValueError("the pack's split holds nothing out to validate on")
        self._records, self._spec, self._bfloat16 = pack.records, spec, bfloat16
        self._kinds = held_out_kinds(pack)
        rng = np.random.default_rng(0)
        self.rows = _chosen(pack, rng)
        self._views = [
            evened(pack[int(row)], int(rng.choice(_SIZES)), int(rng.choice(_QUALITIES)), spec)
            for row in self.rows
        ]

    def measure(self, model: nn.Module) -> dict[str, float]:
        """Return `figures` of what a network answers."""
        return self.figures(self.logits(model))

    def figures(self, logits: NDArray[np.float32]) -> dict[str, float]:
        """Return figures of logits ``(crops, heads)``; a file's are the mean over its crops.

        ``auc/KIND`` is of the joined logit, of a held-out kind of fakes against all held-out authentic media
        that are stills, or clips, as it is; ``auc_held_out`` their mean; ``auc/HEAD/KIND`` of one head. Of
        authentic kinds, ``flagged/KIND`` is the share above the 95th percentile of all: .05 where none stands
        out.
        """
        numbers = self._records["number"][self.rows]
        _, first, file = np.unique(numbers, return_index=True, return_inverse=True)
        means = np.stack([np.bincount(file, one) / np.bincount(file) for one in logits.T], 1)
        score = joined(torch.from_numpy(means)).numpy()
        figures = self._aucs("auc", score, first)
        figures["auc_held_out"] = float(np.mean(list(figures.values())))
        for place, head in enumerate(HEADS):
            figures |= self._aucs(f"auc/{head}", means[:, place], first)
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
        return logits(model, self._views, self._spec, self._bfloat16)


def _chosen(pack: LabelledPack, rng: np.random.Generator) -> NDArray[np.int64]:
    records = pack.records
    rows = np.flatnonzero(records["held_out"] != "")
    chosen: list[int] = []
    for source in np.unique(records["source"][rows]):
        mine = rows[records["source"][rows] == source]
        numbers = np.unique(records["number"][mine])
        for number in rng.permutation(numbers)[:_FILES]:
            of_file = mine[records["number"][mine] == number]
            chosen += of_file[
                np.linspace(0, len(of_file) - 1, min(_CROPS, len(of_file))).round().astype(int)
            ].tolist()
    return np.asarray(chosen, np.int64)
