import dataclasses
import json
import re
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file
from timm.layers.drop import DropPath
from tiny_run import TINY

from detector.runtimes.torch import Scorer
from training.fitting.config import load_config
from training.fitting.runs import read_run
from training.fitting.train import train
from training.fitting.trainer import Trainer, learning_rates
from training.photographs.pack import Pack
from training.release.recipe import recipe
from training.samples.pairs import Pairs

CONFIGS = Path(__file__).parents[3] / "training" / "configs"


@pytest.fixture(scope="module")
def finished(pack: Pack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run")
    assert train(TINY, pack, Path(), out, workers=0)
    return out


def test_a_resumed_run_ends_like_an_uninterrupted_one(pack: Pack, finished: Path, tmp_path: Path) -> None:
    assert not train(TINY, pack, Path(), tmp_path, minutes=1e-9, workers=0)
    assert torch.load(tmp_path / "checkpoint.pt", weights_only=True)["step"] == 1
    assert train(TINY, pack, Path(), tmp_path, workers=0)
    expected, actual = (load_file(folder / "weights.safetensors") for folder in (finished, tmp_path))
    assert expected.keys() == actual.keys()
    for name, value in expected.items():
        assert torch.equal(value, actual[name]), name


def test_the_weights_are_the_scorers(finished: Path) -> None:
    scorer = Scorer("test_efficientnet")
    scorer.backbone.load_state_dict(load_file(finished / "weights.safetensors"))


def test_the_report_tells_data_and_figures(finished: Path, pack: Pack) -> None:
    report = json.loads((finished / "run.json").read_text())
    training = int((~pack.records["validation"]).sum())
    assert report["training_data"] == [
        {"source": "made", "licence": "public domain", "photographs": training}
    ]
    assert set(report["validation"]) >= {"auc/face", "auc/hallucinated", "auc_held_out", "real_logit"}
    assert report["config"]["crop"]["size"] == 64
    steps = [json.loads(line)["step"] for line in (finished / "log.jsonl").read_text().splitlines()]
    assert steps == sorted(steps)
    assert (finished / "curves.png").stat().st_size > 1000


def test_a_run_is_served_at_another_size_or_margin_and_says_so(finished: Path) -> None:
    trained, served = read_run(finished), read_run(finished, 32, 0.02)
    assert (trained.crop.size, served.crop.size) == (64, 32)
    assert served.crop.margin == 0.02
    assert read_run(finished, 32).crop.margin == trained.crop.margin != 0.02
    assert served.config == trained.config
    assert "64 px" in recipe(served.config, served.crop)
    assert "served crops of 32 px with a margin of 0.02" in recipe(served.config, served.crop)
    assert "served" not in recipe(trained.config, trained.crop)


def test_the_recipe_names_the_networks_that_painted_for_it(finished: Path) -> None:
    run = read_run(finished)
    assert "Real-ESRGAN" not in recipe(run.config, run.crop)
    painted = {**run.config, "kinds": {"restored_jaw": 1.0}}
    assert "Real-ESRGAN" in recipe(painted, run.crop)
    assert "autoencoder" in recipe({**run.config, "kinds": {"reconstructed": 1.0}}, run.crop)
    assert "FLUX.2" in recipe({**run.config, "kinds": {"decoded_face": 1.0}}, run.crop)


def test_the_recipe_tells_what_was_done_against_overfitting(finished: Path) -> None:
    run = read_run(finished)
    assert not re.search("hidden|left out|up the loss", recipe(run.config, run.crop))
    config = {**run.config, "drop_path": 0.1, "sam_radius": 0.05}
    config["augment"] = {**run.config["augment"], "erase": 0.25}
    text = recipe(config, run.crop)
    assert "hidden in 25% of the pairs" in text
    assert "left out with a probability of up to 0.1" in text
    assert "taken 0.05 up the loss" in text


def test_a_run_ends_a_share_of_the_way_back_to_its_start(pack: Pack, finished: Path, tmp_path: Path) -> None:
    start = finished / "weights.safetensors"
    with pytest.raises(ValueError, match="start_share"):
        dataclasses.replace(TINY, start_share=0.25)
    config = dataclasses.replace(TINY, start="run", start_file=str(start), start_share=0.25)
    out = tmp_path / "run"
    assert train(config, pack, Path(), out, workers=0)
    before, trained, after = (
        load_file(file) for file in (start, out / "weights_best.safetensors", out / "weights.safetensors")
    )
    moved = 0
    for name, value in after.items():
        if value.is_floating_point():
            torch.testing.assert_close(value, 0.25 * before[name] + 0.75 * trained[name])
            moved += not torch.equal(value, trained[name])
    assert moved > 10
    run = read_run(out)
    assert "25% of the way back" in recipe(run.config, run.crop)


def test_another_configuration_does_not_resume(pack: Pack, finished: Path) -> None:
    with pytest.raises(ValueError, match="another configuration"):
        train(dataclasses.replace(TINY, learning_rate=1.0), pack, Path(), finished, workers=0)


def test_pairs_depend_on_seed_and_number_alone(pack: Pack) -> None:
    rows = pack.members(validation=False, sources=("made",))
    first, again, other = (Pairs(pack, rows, TINY.crop, TINY.augment, seed) for seed in (1, 1, 2))
    late = [first.make(number, TINY.kinds) for number in (9, 4)][1]
    early = again.make(4, TINY.kinds)
    assert (early.real == late.real).all()
    assert (early.fake == late.fake).all()
    assert early.kind == late.kind
    assert (other.make(4, TINY.kinds).real != early.real).any()


def test_later_blocks_are_left_out_more_often() -> None:
    def rates(rate: float) -> list[float]:
        backbone = Trainer(dataclasses.replace(TINY, drop_path=rate), Path()).backbone
        return [module.drop_prob for module in backbone.modules() if isinstance(module, DropPath)]

    assert not rates(0.0)
    assert rates(0.2) == sorted(set(rates(0.2)))
    assert 0.1 < max(rates(0.2)) <= 0.2


def test_the_rate_warms_up_and_decays() -> None:
    config = dataclasses.replace(TINY, steps=100, warmup_steps=10)
    optimizer = torch.optim.AdamW([torch.zeros(1)], lr=config.learning_rate)
    schedule, rates = learning_rates(optimizer, config), []
    for step in range(100):
        schedule.step_update(step + 1)
        rates.append(optimizer.param_groups[0]["lr"])
    assert rates[9] == config.learning_rate == max(rates)
    assert rates[0] == pytest.approx(config.learning_rate / 10)
    assert rates[99] < 0.02 * config.learning_rate


@pytest.mark.parametrize("file", sorted(CONFIGS.glob("*.toml")), ids=lambda file: file.stem)
def test_shipped_configurations_load(file: Path) -> None:
    config = load_config(file)
    assert file.stem.startswith(config.architecture)
    assert config.held_out_kinds


@pytest.mark.parametrize(
    "line", ["stepz = 1", 'held_out_kinds = ["face"]', "[kinds]\nmagic = 1", "[crop]\nsizes = 1"]
)
def test_mistakes_in_a_configuration_are_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "run.toml").write_text(f'extends = "{CONFIGS}/efficientnet_b0.toml"\n{line}\n')
    with pytest.raises(ValueError, match=r"stepz|held-out|magic|sizes"):
        load_config(tmp_path / "run.toml")


def test_a_configuration_inherits_what_it_does_not_give(tmp_path: Path) -> None:
    parent = CONFIGS / "tf_efficientnetv2_b0.toml"
    text = f'extends = "{parent}"\nsteps = 7\n[kinds]\nnose = 9\nupper = 1\n[crop]\nsize = 96\n'
    (tmp_path / "run.toml").write_text(text)
    before, after = load_config(parent), load_config(tmp_path / "run.toml")
    kinds = before.kinds | {"nose": 9.0, "upper": 1.0}
    assert list(after.kinds.items()) == list(kinds.items()), "kinds are drawn in their order"
    expected = dataclasses.replace(
        before, steps=7, kinds=kinds, crop=dataclasses.replace(before.crop, size=96)
    )
    assert after == expected
