import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from test_train_labelled import TINY

from training.fitting.average import average
from training.fitting.config import as_document
from training.fitting.runs import read_run
from training.release.recipe import recipe


def write_run(folder: Path, value: float, sources: dict[str, int], **config: Any) -> Path:
    folder.mkdir()
    weights = {"kernel": torch.full((2,), value), "steps": torch.tensor(int(value))}
    save_file(weights, folder / "weights.safetensors")
    report = {
        "architecture": TINY.architecture,
        "steps": 3,
        "seed": 0,
        "config": {**as_document(TINY), **config},
        "validation": {},
        "training_data": [
            {"source": name, "licence": "MIT", "photographs": files} for name, files in sources.items()
        ],
    }
    (folder / "run.json").write_text(json.dumps(report))
    return folder


def test_weights_are_the_mean_and_data_are_those_of_all(tmp_path: Path) -> None:
    runs = [
        write_run(tmp_path / "a", 1.0, {"one": 5, "two": 1}, seed=1),
        write_run(tmp_path / "b", 4.0, {"two": 3}, seed=2),
    ]
    average(runs, tmp_path / "mean")
    assert load_file(tmp_path / "mean" / "weights.safetensors")["kernel"].tolist() == [2.5, 2.5]
    run = read_run(tmp_path / "mean")
    assert {source.name: source.files for source in run.data} == {"one": 5, "two": 3}
    text = recipe(run.config, run.crop)
    assert "first of 2 runs" in text
    assert "seed 1; seed 2." in text


def test_runs_of_different_crops_have_no_mean(tmp_path: Path) -> None:
    other = {**as_document(TINY)["crop"], "size": 96}
    runs = [write_run(tmp_path / "a", 1.0, {}), write_run(tmp_path / "b", 1.0, {}, crop=other)]
    with pytest.raises(ValueError, match="crop"):
        average(runs, tmp_path / "mean")
    with pytest.raises(ValueError, match="two"):
        average(runs[:1], tmp_path / "mean")
    assert not (tmp_path / "mean").exists()
