"""A training run in one small TOML file."""

from __future__ import annotations

import dataclasses
import tomllib
from dataclasses import field
from pathlib import Path
from typing import Any

from pydantic import ConfigDict, TypeAdapter
from pydantic.dataclasses import dataclass

from detector.contracts import CropSpec
from training.fitting.starts import STARTS
from training.labelled.config import LabelledConfig
from training.samples.augment import AugmentConfig
from training.samples.blend import KINDS, derived_for


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class TrainConfig:
    """Everything that determines a run apart from the data; a key that is not here is refused."""

    architecture: str
    start: str  # one of `starts.STARTS`
    start_file: str  # inside the folder of weights, or a path; "" for "random"
    sources: tuple[str, ...]
    kinds: dict[str, float]  # of `blend.KINDS`, with relative frequencies
    held_out_kinds: tuple[str, ...]  # validated on, never trained on
    crop: CropSpec = field(default_factory=CropSpec)
    augment: AugmentConfig = field(default_factory=AugmentConfig)
    steps: int = 2400
    pairs_per_batch: int = 16
    learning_rate: float = 3e-4
    warmup_steps: int = 100
    weight_decay: float = 0.01
    label_smoothing: float = 0.02
    dropout: float = 0.2
    drop_path: float = 0.0  # stochastic depth: the share rises from 0 at the first block towards this
    sam_radius: float = 0.0  # of the perturbation of the weights, see `sam`; 0 for none
    localisation: float = 1.0  # weight of the loss on which cells are fake
    teacher: str = ""  # weights of a trained scorer, found like `start_file`, for `distillation`
    teacher_architecture: str = ""
    # Weight of the loss on the teacher's logits; 0 for none. On labelled crops they are what the head of
    # blending learns in place of labels, so that it forgets nothing.
    distillation: float = 0.0
    temperature: float = 2.0  # of both networks' logits in that loss
    taught_labels: float = 0.0  # weight of the labels of the head that is taught; those of the other have 1
    hints: float = 0.0  # weight of the loss on the teacher's features, beside that on its logits
    ema_decay: float = 0.997
    start_share: float = 0.0  # of the initial weights in the final ones, see `starts.stay_near`
    bfloat16: bool = False
    labelled: LabelledConfig | None = None  # with it, two heads learn from labelled crops too
    validation_photos: int = 96
    validate_every: int = 400
    patience: int = (
        0  # validations without a better one that end the run; 0: the last weights, see `stopping`
    )
    checkpoint_every: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what could not be trained."""
        unknown = (set(self.kinds) | set(self.held_out_kinds)) - set(KINDS)
        if unknown:
            raise ValueError(f"unknown kinds {sorted(unknown)}; there are {sorted(KINDS)}")
        if set(self.kinds) & set(self.held_out_kinds):
            raise ValueError("a held-out kind must not be trained on")
        if self.start not in STARTS:
            raise ValueError(f"unknown start {self.start!r}; there are {sorted(STARTS)}")
        if self.start_share and (self.start != "run" or not 0.0 < self.start_share < 1.0):
            raise ValueError("start_share is a share of another run's weights")
        if self.distillation and not (self.teacher and self.teacher_architecture):
            raise ValueError("distillation needs a teacher and its architecture")
        if self.hints and not self.distillation:
            raise ValueError("hints need distillation")
        if self.labelled and (self.hints or self.start_share):
            raise ValueError("a run on labelled crops has neither hints nor a share of its start")
        if self.labelled and self.labelled.all and self.patience:
            raise ValueError("a run on all labelled crops has nothing to validate on: patience must be 0")
        if self.distillation < 0.0 or self.taught_labels < 0.0 or self.temperature <= 0.0:
            raise ValueError(
                "distillation and taught_labels must not be negative, and the temperature must be positive"
            )
        if self.taught_labels and not (self.labelled and self.distillation):
            raise ValueError("taught_labels are of a run on labelled crops that has a teacher")


def load_config(file: Path) -> TrainConfig:
    """Read a run's TOML file; raises ValueError for unknown keys or kinds.

    ``extends = "other.toml"`` names a file by its path from this one's folder: its values hold where this
    one gives none, key by key in tables too.
    """
    return parse_config(_inherited(file))


def parse_config(values: dict[str, Any]) -> TrainConfig:
    """Make a configuration of plain values, as TOML gives them or `as_document`; raises ValueError."""
    return TypeAdapter(TrainConfig).validate_python(values)


def derived(config: TrainConfig) -> list[str]:
    """Return which files of `pack.DERIVED` the run's kinds are made of."""
    return derived_for({*config.kinds, *config.held_out_kinds})


def describes(document: dict[str, Any], config: TrainConfig) -> bool:
    """Tell whether a kept document is of this configuration; what it is too old to name has its default."""
    try:
        return parse_config(document) == config
    except ValueError:
        return False


def as_document(config: TrainConfig) -> dict[str, Any]:
    """Return the configuration as JSON-compatible values."""
    return dataclasses.asdict(config)


def _inherited(file: Path) -> dict[str, Any]:
    values = tomllib.loads(file.read_text())
    parent = values.pop("extends", None)
    return values if parent is None else _merged(_inherited(file.parent / parent), values)


def _merged(base: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    tables = {key: _merged(base[key], changes[key]) for key in changes if isinstance(base.get(key), dict)}
    return base | changes | tables
