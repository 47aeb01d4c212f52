"""The AUC of each kind of pseudo-fake against authentic photographs of people never trained on."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import nn

from detector.contracts import CropSpec, Floats, Image
from detector.preprocess import normalise
from measures.metrics import auc
from training.fitting.config import TrainConfig
from training.photographs.pack import Pack
from training.samples.pairs import Pairs

_BATCH = 64
_SEED = 20_220_618  # fixed, so that all runs are validated on the same pictures


class Validation:
    """A fixed set of augmented crops, made once: the reals, and the fakes of every kind."""

    def __init__(self, pack: Pack, config: TrainConfig) -> None:
        rows = pack.members(validation=True, sources=config.sources)
        pairs = Pairs(pack, rows, config.crop, config.augment, _SEED)
        count = min(config.validation_photos, len(rows))
        kinds = [*config.kinds, *config.held_out_kinds]
        made = {kind: [pairs.make(number, {kind: 1.0}) for number in range(count)] for kind in kinds}
        self._fakes = {kind: [pair.fake for pair in some] for kind, some in made.items()}
        # The augmentation is drawn before the kind, so the reals are the same whatever the kind, but for
        # those brought to a reconstruction's spectrum: all kinds are compared with the first kind's.
        self._reals = [pair.real for pair in made[kinds[0]]]
        self._spec, self._config = config.crop, config

    def measure(self, model: nn.Module) -> dict[str, float]:
        """Return AUC per kind, their means over trained and held-out kinds, and the reals' mean logit."""
        real = logits(model, self._reals, self._spec, self._config.bfloat16)
        figures = {
            kind: _auc(real, logits(model, fakes, self._spec, self._config.bfloat16))
            for kind, fakes in self._fakes.items()
        }
        return {
            **{f"auc/{kind}": value for kind, value in figures.items()},
            "auc_trained": float(np.mean([figures[kind] for kind in self._config.kinds])),
            "auc_held_out": float(
                np.mean([figures[kind] for kind in self._config.held_out_kinds] or [np.nan])
            ),
            "real_logit": float(real.mean()),
        }


@torch.inference_mode()
def logits(model: nn.Module, crops: Sequence[Image], spec: CropSpec, bfloat16: bool) -> Floats:
    """Return the logits of crops, ``(N,)``, or ``(N, heads)`` of a network with several."""
    model.eval()
    device = next(model.parameters()).device
    parts = []
    for start in range(0, len(crops), _BATCH):
        batch = torch.from_numpy(normalise(list(crops[start : start + _BATCH]), spec))
        with torch.autocast(device.type, torch.bfloat16, enabled=bfloat16):
            answer = model(batch.to(device, memory_format=torch.channels_last))
        parts.append(answer.float().squeeze(1).cpu().numpy())
    return np.concatenate(parts)


def _auc(real: Floats, fake: Floats) -> float:
    return auc(np.concatenate([real, fake]), np.repeat([False, True], [len(real), len(fake)]))
