"""What a run is trained and validated on."""

from __future__ import annotations

from collections import Counter
from typing import Any, Protocol

from torch import nn
from torch.utils.data import Dataset

from training.fitting.config import TrainConfig, derived
from training.fitting.held_out import HeldOutValidation
from training.fitting.validate import Validation
from training.labelled.batches import LabelledBatches, Photographs
from training.labelled.pack import LabelledPack
from training.labelled.sampler import to_train_on
from training.photographs.pack import Pack, digest
from training.samples.pairs import Batch, Batches, Pairs


class Validates(Protocol):
    """What a run is validated on; see `stopping.MEANS` for the figures that it must give."""

    def measure(self, model: nn.Module) -> dict[str, float]:
        """Return figures by name."""
        ...


def inputs(config: TrainConfig, pack: Pack, labelled: LabelledPack | None) -> dict[str, Any]:
    """Return what a run's draws depend on beside its configuration, as its checkpoints keep it."""
    return {
        "photographs": digest(pack.records),
        "derived": {name: pack.length(name) for name in derived(config)},
        "crops": digest(labelled.records) if config.labelled and labelled else None,
    }


def resume_inputs(
    before: dict[str, Any], config: TrainConfig, pack: Pack, labelled: LabelledPack | None
) -> None:
    """Bring a pack back to what a run began with: pictures that were derived since are left out.

    ``before`` is what `inputs` returned then. Raises ValueError where that cannot be had.
    """
    now = inputs(config, pack, labelled)
    for name, of in (("photographs", "--pack"), ("crops", "--crops")):
        if now[name] != before[name]:
            raise ValueError(f"the run began with another {of}: give that one, or another --out")
    for name, length in before["derived"].items():
        pack.shorten(name, length)


def open_batches(config: TrainConfig, pack: Pack, labelled: LabelledPack | None) -> Dataset[Batch]:
    """Return a run's batches by step. Raises ValueError where the configuration wants other data."""
    rows = pack.members(validation=False, sources=config.sources)
    if config.labelled is None:
        pairs = Pairs(pack, rows, config.crop, config.augment, config.seed)
        return Batches(pairs, config.crop, config.kinds, config.pairs_per_batch)
    photographs = Photographs(pack, rows, config.kinds)
    labelled = _wanted(labelled)
    return LabelledBatches(labelled, config.labelled, config.crop, config.augment, config.seed, photographs)


def open_validation(config: TrainConfig, pack: Pack, labelled: LabelledPack | None) -> Validates | None:
    """Return what a run is validated on: held-out labelled media where it is trained on labelled crops.

    None where it is trained on those too.
    """
    if config.labelled is None:
        return Validation(pack, config)
    if config.labelled.all:
        return None
    return HeldOutValidation(_wanted(labelled), config.crop, config.bfloat16)


def training_data(config: TrainConfig, pack: Pack, labelled: LabelledPack | None) -> list[dict[str, Any]]:
    """Return a run's sources with their licences and numbers of files, as its report lists them."""
    rows = pack.members(validation=False, sources=config.sources)
    counts = Counter(zip(pack.records["source"][rows], pack.records["licence"][rows], strict=True))
    if config.labelled is not None:
        crops = _wanted(labelled)
        rows = to_train_on(crops, config.labelled.all)
        columns = [crops.records[name][rows] for name in ("number", "source", "licence")]
        counts += Counter((source, licence) for _, source, licence in set(zip(*columns, strict=True)))
    return [
        {"source": str(source), "licence": str(licence), "photographs": count}
        for (source, licence), count in sorted(counts.items())
    ]


def _wanted(labelled: LabelledPack | None) -> LabelledPack:
    if labelled is None:
        raise ValueError("the configuration trains on labelled crops: give --crops")
    return labelled
