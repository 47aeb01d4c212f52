"""The part of a run's configuration that is about labelled crops."""

from __future__ import annotations

from dataclasses import field

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from training.labelled.sampler import SamplerConfig


@dataclass(frozen=True, slots=True, config=ConfigDict(extra="forbid"))
class LabelledConfig:
    """How a step's pictures are put together; beside labelled crops come pairs of pseudo-fakes."""

    couples: int = 12  # of an authentic and a fake labelled crop
    pairs: int = 6  # of a photograph and its pseudo-fake
    sampling: SamplerConfig = field(default_factory=SamplerConfig)
