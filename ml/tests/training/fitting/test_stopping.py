"""A run ends when validation has stopped rising, with its best weights."""

import dataclasses
import json
import math
from pathlib import Path

import pytest
from safetensors.torch import load_file
from tiny_run import TINY

from training.fitting.stopping import EarlyStopping
from training.fitting.train import train
from training.fitting.validate import Validation
from training.photographs.pack import Pack


def figures(value: float) -> dict[str, float]:
    return {"auc_trained": value, "auc_held_out": value}


def test_the_best_is_kept_until_waiting_does_not_pay() -> None:
    best = EarlyStopping(patience=2)
    kept = [best.update(step, figures(value)) for step, value in ((1, 0.6), (2, 0.8), (3, 0.7))]
    assert kept == [True, True, False]
    assert not best.should_stop
    assert best.update(4, figures(0.81))
    again = EarlyStopping(patience=2)
    again.restore(best.state())
    assert not again.update(5, figures(0.81))
    assert not again.update(6, figures(0.5))
    assert again.should_stop
    assert (again.step, again.figures) == (4, figures(0.81))


def test_a_validation_without_a_figure_is_never_better() -> None:
    best, nothing = EarlyStopping(patience=2), math.nan
    assert best.update(1, {"auc_held_out": 0.6})
    assert not best.update(2, {"auc_held_out": nothing})
    assert not best.update(3, {"auc_held_out": nothing})
    assert best.should_stop
    assert (best.step, best.score) == (1, 0.6)
    alone = EarlyStopping(patience=2)
    kept = [
        alone.update(n, {"auc_trained": value, "auc_held_out": nothing}) for n, value in enumerate((0.6, 0.5))
    ]
    assert kept == [True, False], "a run without held-out kinds goes by the others"


def test_without_patience_the_last_weights_count() -> None:
    best = EarlyStopping(patience=0)
    assert best.update(1, figures(0.8))
    assert best.update(2, figures(0.6))
    assert not best.should_stop
    assert best.step == 2


def test_a_run_that_gets_no_better_ends_early_with_its_best_weights(
    pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = iter([0.6, 0.9, 0.8, 0.7, 0.99])
    monkeypatch.setattr(Validation, "measure", lambda *_: figures(next(answers)))
    config = dataclasses.replace(TINY, steps=10, validate_every=1, checkpoint_every=1, patience=2)
    assert train(config, pack, Path(), tmp_path, workers=0)
    assert json.loads((tmp_path / "run.json").read_text())["steps"] == 2
    short = dataclasses.replace(config, patience=0)
    monkeypatch.setattr(Validation, "measure", lambda *_: figures(0.5))
    other = tmp_path / "two_steps"
    assert not train(
        short, pack, Path(), other, minutes=1e-9, workers=0
    )  # one step, as many as there is time for
    assert not train(short, pack, Path(), other, minutes=1e-9, workers=0)
    expected, released = (
        load_file(other / "weights_last.safetensors"),
        load_file(tmp_path / "weights.safetensors"),
    )
    assert all(expected[name].equal(value) for name, value in released.items())
