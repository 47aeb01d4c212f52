"""The part of a run's configuration that is about labelled crops."""

from __future__ import annotations

from dataclasses import field, replace

from pydantic import ConfigDict
from pydantic.dataclasses import dataclass

from training.labelled.sampler import SamplerConfig
from training.samples.augment import AugmentConfig


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
    still_h264: float | None = None  # probability of H.264 for stills, where it differs from clips

    def augments(self, augment: AugmentConfig) -> dict[bool, AugmentConfig]:
        """Return what crops of clips (True) and of stills go through; by default both do ``augment``."""
        stills = augment if self.still_h264 is None else replace(augment, h264=self.still_h264)
        return {True: augment, False: stills}
