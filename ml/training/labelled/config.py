"""The part of a run's configuration that is about labelled crops."""

from __future__ import annotations

from dataclasses import field

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from training.labelled.sampler import SamplerConfig


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class LabelledConfig:
    """How a step's pictures are put together; beside labelled crops come pairs of pseudo-fakes.

    With ``all`` a run is trained on held-out rows too. It is for the short end of training, after the kinds
    left out have shown what the recipe is worth: nothing is left to validate on, so it keeps the averaged
    weights of its last step, and its report gives the validation of the run that it started from.
    """

    couples: int = 12  # of an authentic and a fake labelled crop
    pairs: int = 6  # of a photograph and its pseudo-fake
    all: bool = False  # train on the rows that the split holds out, too
    sampling: SamplerConfig = field(default_factory=SamplerConfig)
