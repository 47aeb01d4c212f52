"""A run that travels: packed small, trained by its own script, gone on with by the next call."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from safetensors.torch import load_file
from test_train import TINY

from detector.contracts import CropSpec
from training.fitting.checkpoint import save_weights
from training.fitting.config import as_document, parse_config
from training.fitting.handover import hand_over, take_over
from training.fitting.trainer import Trainer
from training.photographs.pack import PIXELS, REBUILT, RESTORED, Pack
from training.remote.album import AlbumError, open_album, write_album
from training.remote.build import build, for_gpu, size_mb
from training.remote.run import possible_here, run

SPEC = CropSpec(size=64, margin=0.1)
ALL = np.arange(8)


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory):
    """Return a tiny run that learns from a teacher, so that weights travel too."""
    teacher = tmp_path_factory.mktemp("other-run") / "weights.safetensors"
    torch.manual_seed(3)
    hand_over(Trainer(TINY, Path()), teacher.parent)
    return dataclasses.replace(
        TINY, teacher=str(teacher), teacher_architecture="test_efficientnet", distillation=0.5
    )


def test_an_album_opens_as_the_pack_it_was_made_of(pack: Pack, tmp_path: Path) -> None:
    told = write_album(pack, ALL, SPEC, 1.0, tmp_path / "album")
    assert told["bytes"] == pytest.approx(size_mb(tmp_path / "album") * 1e6, abs=300)
    opened = open_album(tmp_path / "album", tmp_path / "photographs")
    assert len(opened) == len(pack)
    for row in range(len(pack)):
        before, after = pack[row], opened[row]
        scale = after.size_px / before.size_px
        assert 1.2 * after.size_px == pytest.approx(64.0, abs=1.0), (
            "the crop has the size of the network's view"
        )
        assert after.rgb.shape[0] == round(before.rgb.shape[0] * scale)
        assert np.abs(after.mesh - before.mesh * scale).max() < 1.0
        assert np.abs(after.landmarks - before.landmarks * scale).max() < 0.75
        assert abs(after.rgb.mean() - before.rgb.mean()) < 3.0
    for name in ("identity", "source", "licence", "validation", "donors"):
        assert (opened.records[name] == pack.records[name]).all(), name
    (tmp_path / "album" / PIXELS).unlink()
    assert len(open_album(tmp_path / "album", tmp_path / "photographs")) == 8, "opened once"


def test_what_a_generator_painted_travels_where_it_is_needed(pack: Pack, tmp_path: Path) -> None:
    alone = write_album(pack, ALL, SPEC, 1.0, tmp_path / "alone")
    both = write_album(pack, ALL, SPEC, 1.0, tmp_path / "both", (RESTORED,))
    assert both["bytes"] > alone["bytes"]
    assert not open_album(tmp_path / "alone", tmp_path / "one").has(RESTORED)
    opened = open_album(tmp_path / "both", tmp_path / "two")
    before, after = pack[3].painted(RESTORED), opened[3].painted(RESTORED)
    assert after.shape == opened[3].rgb.shape
    small = cv2.resize(before, after.shape[1::-1], interpolation=cv2.INTER_AREA)
    assert np.abs(after.astype(int) - small).mean() < 4.0
    assert not opened.has(REBUILT)


def test_a_small_face_is_not_enlarged(pack: Pack, tmp_path: Path) -> None:
    write_album(pack, ALL, CropSpec(size=4096, margin=0.1), 2.0, tmp_path / "album")
    opened = open_album(tmp_path / "album", tmp_path / "photographs")
    assert (opened.records["shape"] == pack.records["shape"]).all()


def test_donors_who_stay_behind_are_replaced(pack: Pack, tmp_path: Path) -> None:
    rows = np.flatnonzero(~pack.records["validation"])[:4]
    write_album(pack, rows, SPEC, 1.0, tmp_path / "album")
    opened = open_album(tmp_path / "album", tmp_path / "photographs")
    assert len(opened) == 4
    assert opened.records["donors"].max() < 4
    kept = set(rows.tolist())
    for row, donors in zip(rows.tolist(), opened.records["donors"].tolist(), strict=True):
        wanted = [other for other in pack.records["donors"][row].tolist() if other in kept]
        assert {rows[donor] for donor in donors} <= set(wanted or [row])


def test_too_little_room_is_refused_and_less_room_costs_quality(pack: Pack, tmp_path: Path) -> None:
    with pytest.raises(AlbumError, match="do not fit"):
        write_album(pack, ALL, SPEC, 0.005, tmp_path / "album")
    wide = write_album(pack, ALL, SPEC, 1.0, tmp_path / "album")
    narrow = write_album(pack, ALL, SPEC, wide["bytes"] / 1e6 * 0.93, tmp_path / "album")
    assert narrow["quality"] < wide["quality"]
    assert narrow["bytes"] <= wide["bytes"] * 0.93


def test_larger_batches_have_a_larger_rate() -> None:
    config = for_gpu(TINY, 8, None)
    assert (config.pairs_per_batch, config.steps, config.bfloat16) == (8, 3, True)
    assert config.learning_rate == pytest.approx(2.0 * TINY.learning_rate)
    assert parse_config(json.loads(json.dumps(as_document(config)))) == config


def test_without_pyav_a_run_goes_without_h264(monkeypatch: pytest.MonkeyPatch) -> None:
    assert possible_here(TINY) is TINY
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    assert possible_here(TINY).augment == dataclasses.replace(TINY.augment, h264=0.0)


def test_a_handover_is_gone_on_with_at_its_step_and_warms_up(config, pack: Pack, tmp_path: Path) -> None:
    from training.samples.pairs import Batches, Pairs

    config = dataclasses.replace(config, warmup_steps=4, steps=20)
    rows = pack.members(validation=False, sources=("made",))
    batch = Batches(Pairs(pack, rows, TINY.crop, TINY.augment, 0), TINY.crop, TINY.kinds, 2)[0]
    first = Trainer(config, Path())
    for _ in range(6):
        first.advance(batch)
    hand_over(first, tmp_path)
    second = Trainer(config, Path(), start=False)
    take_over(second, tmp_path)
    assert second.step == 6
    expected = first.average.module.state_dict()
    for module in (second.backbone, second.average.module):
        for name, value in module.state_dict().items():
            torch.testing.assert_close(value, expected[name], rtol=1e-3, atol=1e-3)
    for name, value in second.localiser.head.state_dict().items():
        assert torch.equal(value, first.localiser.head.state_dict()[name])
    second.advance(batch)
    assert second.optimizer.param_groups[0]["lr"] < 0.3 * config.learning_rate
    with pytest.raises(ValueError, match="another configuration"):
        take_over(Trainer(dataclasses.replace(config, seed=9), Path()), tmp_path)


def _call(folder: Path, out: Path, minutes: float) -> str:
    environment = {**os.environ, "PYTHON": sys.executable, "OUT": str(out), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        ["bash", str(folder / "train.sh"), "--minutes", str(minutes), "--device", "cpu", "--workers", "0"],
        capture_output=True, text=True, env=environment, timeout=240, check=False, cwd="/",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_two_calls_on_two_machines_finish_a_run(config, pack: Pack, tmp_path: Path) -> None:
    first, second = tmp_path / "one" / "pack", tmp_path / "two" / "pack"
    told = build(config, pack, Path(), first, megabytes=5.0)
    assert told["megabytes"] == pytest.approx(size_mb(first), abs=0.01)
    assert size_mb(first) < 5.0
    assert str(tmp_path.parent) not in (first / "config.json").read_text(), "no path of this machine travels"
    out = tmp_path / "one" / "out"
    assert "to be continued" in _call(first, out, 0.0)
    assert json.loads((out / "handover.json").read_text())["step"] == 1
    assert {"weights.safetensors", "log.jsonl"} <= {file.name for file in out.iterdir()}
    assert not (out / "checkpoint.pt").exists(), "what travels back is small"
    build(config, pack, Path(), second, megabytes=5.0, handover=out)
    assert "finished" in _call(second, tmp_path / "two" / "out", 9.0)
    report = json.loads((tmp_path / "two" / "out" / "run.json").read_text())
    assert (report["steps"], report["training_data"][0]["source"]) == (TINY.steps, "made")
    assert (tmp_path / "two" / "out" / "curves.png").exists()
    weights = load_file(tmp_path / "two" / "out" / "weights.safetensors")
    assert weights["conv_stem.weight"].dtype == torch.float16
    assert run(second, tmp_path / "two" / "out", 9.0, "cpu", 0), "a finished run stays finished"


def test_only_what_a_start_uses_travels(pack: Pack, tmp_path: Path) -> None:
    trained = Trainer(TINY, Path()).backbone
    backbone = trained.state_dict()
    save_weights(trained, tmp_path / "imagenet.safetensors")
    config = dataclasses.replace(TINY, start="own", start_file="imagenet.safetensors")
    build(config, pack, tmp_path, tmp_path / "pack", megabytes=5.0)
    (file,) = (tmp_path / "pack" / "weights").iterdir()
    assert "classifier.weight" not in load_file(file)
    travelled = parse_config(json.loads((tmp_path / "pack" / "config.json").read_text()))
    state = Trainer(travelled, tmp_path / "pack" / "weights").backbone.state_dict()
    assert torch.equal(state["conv_stem.weight"], backbone["conv_stem.weight"])
    assert load_file(tmp_path / "imagenet.safetensors").keys() == backbone.keys(), "the original is as it was"


def test_missing_weights_are_named(config, pack: Pack, tmp_path: Path) -> None:
    lost = dataclasses.replace(config, teacher="gone/weights.safetensors")
    with pytest.raises(FileNotFoundError, match="gone"):
        build(lost, pack, tmp_path, tmp_path / "pack")
