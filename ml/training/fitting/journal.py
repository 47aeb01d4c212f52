"""The log of a run: a line of progress, JSON lines, and curves as a picture."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from training.fitting.stopping import MEANS

mpl.use("Agg")
from matplotlib import pyplot as plt

LOG, CURVES = "log.jsonl", "curves.png"
_EVERY = 20  # training steps


def validations(folder: Path) -> list[dict[str, Any]]:
    """Return the validations in a run's log, with their steps; none where there is no log."""
    return [record for record in _read(folder / LOG) if any(name in record for name in MEANS)]


class Journal:
    """Writes ``log.jsonl`` and ``curves.png`` of a run's folder."""

    def __init__(self, folder: Path, steps: int, from_step: int) -> None:
        self._folder, self._steps, self._first, self._started = folder, steps, from_step, time.monotonic()
        self._recent: list[tuple[float, float]] = []
        # A resumed run repeats the steps after its checkpoint, so their first record is dropped.
        self._records = [record for record in _read(folder / LOG) if record["step"] <= from_step]
        (folder / LOG).write_text("".join(json.dumps(record) + "\n" for record in self._records))

    def advance(self, step: int, loss: float, accuracy: float) -> None:
        """Add a training step; every 20 steps the means are recorded."""
        self._recent.append((loss, accuracy))
        if step % _EVERY == 0 or step == self._steps:
            mean_loss, mean_accuracy = np.mean(self._recent, axis=0).tolist()
            self.record(step, loss=mean_loss, accuracy=mean_accuracy)
            self._recent.clear()

    def record(self, step: int, **figures: Any) -> None:
        """Append one record and print it as a line of text."""
        entry = {"step": step, "seconds": round(time.monotonic() - self._started, 1), **figures}
        self._records.append(entry)
        with (self._folder / LOG).open("a") as file:
            file.write(json.dumps(entry) + "\n")
        rate = (step - self._first) / max(entry["seconds"], 1e-6)
        left = (self._steps - step) / max(rate, 1e-6) / 60.0
        shown = " ".join(f"{name} {value:.3g}" for name, value in figures.items() if isinstance(value, float))
        print(f"step {step}/{self._steps} {shown} ({rate:.2f} steps/s, {left:.0f} min left)", flush=True)

    def draw(self) -> None:
        """Write the curves of loss and of validation."""
        figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
        train = [record for record in self._records if "loss" in record]
        left.plot([r["step"] for r in train], [r["loss"] for r in train], label="training loss")
        left.plot([r["step"] for r in train], [r["accuracy"] for r in train], label="training accuracy")
        for name, style in zip(MEANS, ("o-", "s--"), strict=True):
            if checks := [record for record in self._records if name in record]:
                steps, figures = [r["step"] for r in checks], [r[name] for r in checks]
                right.plot(steps, figures, style, label=name.replace("_", " "))
        for axes, title in ((left, "training"), (right, "validation, never trained on")):
            axes.set(title=title, xlabel="step")
            axes.grid(alpha=0.3)
            if axes.lines:
                axes.legend()
        figure.savefig(self._folder / CURVES, dpi=110)
        plt.close(figure)


def _read(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []
