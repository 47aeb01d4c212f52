"""How well kinds of media that were held out are told apart, each from authentic media of its kind."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from detector.contracts import CropSpec, Image
from detector.preprocess import normalise
from measures.metrics import auc
from training.labelled.heads import HEADS, joined
from training.labelled.pack import LabelledPack
from training.labelled.sampler import held_out_kinds
from training.labelled.views import evened

_BATCH = 32
_SIZES, _QUALITIES = (56, 80, 104, 128), (60, 75, 90)


@dataclass(frozen=True, slots=True)
class HeldOutCrops:
    """Fixed views of held-out files: at most ``files`` of each source, ``crops`` of each file."""

    rows: NDArray[np.int64]
    views: list[Image]


class HeldOutValidation:
    """The held-out crops of a pack, brought to the same sizes and compression once."""

    def __init__(self, pack: LabelledPack, spec: CropSpec, files: int = 40, crops: int = 2) -> None:
        self._records, self._spec = pack.records, spec
        self._kinds = held_out_kinds(pack)
        rng = np.random.default_rng(0)
        self.rows = _chosen(pack, files, crops, rng)
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
        that are stills, or clips, as it is; ``auc`` their mean; ``auc/HEAD/KIND`` of one head. Of authentic
        kinds, ``flagged/KIND`` is the share above the 95th percentile of all: .05 where none stands out.
        """
        rows = self.rows
        numbers = self._records["number"][rows]
        _, first, file = np.unique(numbers, return_index=True, return_inverse=True)
        means = np.stack(
            [np.bincount(file, logits[:, head]) / np.bincount(file) for head in range(logits.shape[1])], 1
        )
        fake, video = self._records["fake"][rows][first], self._records["video"][rows][first]
        kinds = self._records["held_out"][rows][first]
        scores = {"": joined(torch.from_numpy(means)).numpy()}
        scores |= {f"/{head}": means[:, place] for place, head in enumerate(HEADS)}
        figures: dict[str, float] = {}
        for suffix, values in scores.items():
            for kind in self._kinds:
                mine = fake & (kinds == kind)
                if mine.any():
                    against = ~fake & (video == video[mine][0])
                    used = mine | against
                    figures[f"auc{suffix}/{kind}"] = float(auc(values[used], fake[used]))
        names = [name for kind in self._kinds if (name := f"auc/{kind}") in figures]
        figures["auc"] = float(np.mean([figures[name] for name in names]))
        level = np.quantile(scores[""][~fake], 0.95)
        for kind in self._kinds:
            mine = ~fake & (kinds == kind)
            if mine.sum() >= 10:
                figures[f"flagged/{kind}"] = float((scores[""][mine] > level).mean())
        return figures

    @torch.inference_mode()
    def logits(self, model: nn.Module) -> NDArray[np.float32]:
        """Return the heads' logits ``(crops, heads)``; one output counts for both heads."""
        model.eval()
        parts = []
        for start in range(0, len(self._views), _BATCH):
            batch = torch.from_numpy(normalise(self._views[start : start + _BATCH], self._spec))
            answer: Tensor = model(batch.contiguous(memory_format=torch.channels_last))
            parts.append(answer.float().reshape(len(batch), -1).numpy())
        return np.concatenate(parts)


def _chosen(pack: LabelledPack, files: int, crops: int, rng: np.random.Generator) -> NDArray[np.int64]:
    records = pack.records
    rows = np.flatnonzero(records["held_out"] != "")
    chosen: list[int] = []
    for source in np.unique(records["source"][rows]):
        mine = rows[records["source"][rows] == source]
        numbers = np.unique(records["number"][mine])
        for number in rng.permutation(numbers)[:files]:
            of_file = mine[records["number"][mine] == number]
            chosen += of_file[
                np.linspace(0, len(of_file) - 1, min(crops, len(of_file))).round().astype(int)
            ].tolist()
    return np.asarray(chosen, np.int64)
