"""Early stopping: which validated weights are best, and when to stop waiting for better ones.

Validation is on people never trained on, half of it on kinds of pseudo-fakes never trained on: what rises
there measures generalisation without a labelled fake.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field
from typing import Any

MEANS = ("auc_trained", "auc_held_out")
"""Figures of a validation whose mean is its score; one on held-out labelled media has the latter alone."""


@dataclass(slots=True)
class EarlyStopping:
    """The best validation of a run so far; ``patience`` 0 takes the last one, whatever it is."""

    patience: int  # validations without a better one after which a run ends
    step: int = 0
    score: float = float("-inf")
    waited: int = 0
    figures: dict[str, float] = field(default_factory=dict)

    def update(self, step: int, figures: dict[str, float]) -> bool:
        """Count a validation; return whether its weights are the best so far.

        One without a figure (NaN) is no better than any; a mean that a run does not have is left out.
        """
        means = [figures[name] for name in MEANS if not math.isnan(figures.get(name, math.nan))]
        score = sum(means) / len(means) if means else math.nan
        if self.patience and not score > self.score:
            self.waited += 1
            return False
        self.step, self.score, self.waited, self.figures = step, score, 0, dict(figures)
        return True

    @property
    def should_stop(self) -> bool:
        """Whether the run ends before its last step."""
        return bool(self.patience) and self.waited >= self.patience

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs."""
        return asdict(self)

    def restore(self, state: dict[str, Any] | None) -> None:
        """Resume from a checkpoint's state; None is that of a run without a validation."""
        for name, value in (state or {}).items():
            if name != "patience":
                setattr(self, name, value)
