"""Starting from another run, learning from one, and where a run computes."""

import copy
import dataclasses
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from tiny_run import TINY

from detector.runtimes.torch import Scorer
from training.fitting import features
from training.fitting import train as train_module
from training.fitting.checkpoint import load_checkpoint, save_checkpoint
from training.fitting.config import as_document, describes, load_config
from training.fitting.devices import open_device
from training.fitting.distillation import STRIDES, Teacher, distillation_loss
from training.fitting.starts import find_weights
from training.fitting.train import train
from training.fitting.trainer import Trainer
from training.photographs.pack import Pack
from training.samples.pairs import Batch, Batches, Pairs


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Weights of a run: random, with a classifier that answers."""
    torch.manual_seed(1)
    backbone = Scorer("test_efficientnet").backbone
    torch.nn.init.normal_(backbone.get_classifier().weight, std=0.5)
    file = tmp_path_factory.mktemp("trained") / "weights.safetensors"
    save_file(backbone.state_dict(), file)
    return file


@pytest.fixture(scope="module")
def batch(pack: Pack) -> Batch:
    rows = pack.members(validation=False, sources=("made",))
    return Batches(Pairs(pack, rows, TINY.crop, TINY.augment, 0), TINY.crop, TINY.kinds, 4)[0]


def test_a_run_starts_from_another_with_its_classifier(trained: Path) -> None:
    config = dataclasses.replace(TINY, start="run", start_file=str(trained))
    state = Trainer(config, Path("elsewhere")).backbone.state_dict()
    for name, value in load_file(trained).items():
        assert torch.equal(state[name], value), name


def test_weights_of_another_architecture_are_refused(trained: Path, tmp_path: Path) -> None:
    tensors = load_file(trained)
    tensors.pop("classifier.weight")
    save_file(tensors, tmp_path / "headless.safetensors")
    config = dataclasses.replace(TINY, start="run", start_file=str(tmp_path / "headless.safetensors"))
    with pytest.raises(ValueError, match="does not fit"):
        Trainer(config, Path())


def test_weights_are_looked_for_in_their_folder_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").touch()
    assert find_weights(tmp_path / "folder", "a") == Path("a")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a").touch()
    assert find_weights(tmp_path / "folder", "a") == tmp_path / "folder" / "a"


def test_the_soft_loss_is_least_at_the_teachers_answer() -> None:
    taught = torch.tensor([-3.0, 0.0, 4.0])
    answers = taught.clone().requires_grad_()
    distillation_loss(answers, taught, 2.0).backward()
    assert answers.grad is not None
    assert answers.grad.abs().max() < 1e-6
    off = distillation_loss(taught + 1.0, taught, 2.0) - distillation_loss(taught, taught, 2.0)
    assert off > 0.05
    at_one = torch.nn.functional.binary_cross_entropy_with_logits(answers, torch.sigmoid(taught))
    assert distillation_loss(answers, taught, 1.0).item() == pytest.approx(at_one.item())


def _taught(trained: Path, weight: float) -> Trainer:
    config = dataclasses.replace(
        TINY, teacher=str(trained), teacher_architecture="test_efficientnet", distillation=weight
    )
    return Trainer(config, Path())


def test_the_teacher_answers_as_it_serves_and_never_changes(trained: Path, batch: Batch) -> None:
    trainer = _taught(trained, 1.0)
    assert trainer.teacher is not None
    scorer = Scorer("test_efficientnet").eval()
    scorer.backbone.load_state_dict(load_file(trained))
    with torch.inference_mode():
        expected = scorer.backbone(batch.images).flatten()
    torch.testing.assert_close(trainer.teacher.answer(batch.images, (16,))[0], expected)
    trainer.advance(batch)
    for name, value in load_file(trained).items():
        assert torch.equal(trainer.teacher.backbone.state_dict()[name], value), name


def test_a_student_comes_nearer_to_its_teacher(trained: Path, batch: Batch) -> None:
    alone, taught = _taught(trained, 0.0), _taught(trained, 20.0)
    assert alone.teacher is None
    reference = Teacher(taught.config, Path(), torch.device("cpu")).answer(batch.images, (16,))[0]
    gaps = []
    for trainer in (alone, taught):
        for _ in range(30):
            trainer.advance(batch)
        with torch.no_grad():
            gaps.append((trainer.backbone(batch.images).flatten() - reference).abs().mean().item())
    assert gaps[1] < 0.6 * gaps[0]


def test_features_come_nearer_too_and_go_on_after_a_stop(trained: Path, batch: Batch) -> None:
    config = dataclasses.replace(_taught(trained, 1.0).config, hints=5.0, steps=100)
    trainer = Trainer(config, Path())
    losses = [trainer.advance(batch)[0] for _ in range(25)]
    assert losses[-1] < 0.85 * losses[0]
    state = copy.deepcopy(trainer.state())
    expected = trainer.advance(batch)
    other = Trainer(config, Path())
    other.restore(state)
    assert other.advance(batch) == expected


def test_features_that_say_nothing_are_one_off(trained: Path, batch: Batch) -> None:
    trainer = Trainer(dataclasses.replace(_taught(trained, 1.0).config, hints=1.0), Path())
    assert trainer.hints is not None
    assert trainer.teacher is not None
    for layer in trainer.hints.maps.parameters():
        torch.nn.init.zeros_(layer)
    student, teacher = (
        features.forward(backbone, batch.images, STRIDES)[1]
        for backbone in (trainer.backbone, trainer.teacher.backbone)
    )
    assert trainer.hints(student, teacher).item() == pytest.approx(1.0, abs=0.05)


def test_a_teacher_does_not_move_a_runs_random_numbers(trained: Path) -> None:
    plain, taught = _taught(trained, 0.0), _taught(trained, 1.0)
    for name, value in plain.backbone.state_dict().items():
        assert torch.equal(value, taught.backbone.state_dict()[name]), name
    _taught(trained, 0.0)
    after_plain = torch.rand(3)
    _taught(trained, 1.0)
    assert torch.equal(after_plain, torch.rand(3))


@pytest.mark.parametrize(
    "line",
    [
        "distillation = 1.0",
        "temperature = 0.0",
        "hints = 1.0",
        'teacher = "x"\ndistillation = 0.5',
        "distillation = -1.0",
    ],
)
def test_half_a_teacher_is_refused(tmp_path: Path, line: str) -> None:
    parent = Path(train_module.__file__).parents[1] / "configs" / "tf_efficientnetv2_b0.toml"
    (tmp_path / "run.toml").write_text(f'extends = "{parent}"\n{line}\n')
    with pytest.raises(ValueError, match=r"distillation"):
        load_config(tmp_path / "run.toml")


def test_a_checkpoint_from_before_teachers_goes_on(pack: Pack, tmp_path: Path) -> None:
    assert not train(TINY, pack, Path(), tmp_path, minutes=1e-9, workers=0)
    state = load_checkpoint(tmp_path)
    assert state is not None
    for name in ("teacher", "teacher_architecture", "distillation", "temperature"):
        del state["config"][name]
    save_checkpoint(tmp_path, state)
    assert train(TINY, pack, Path(), tmp_path, workers=0)
    document = as_document(TINY)
    del document["steps"]
    assert not describes(document, TINY), "a key without the same default is another configuration"


def test_devices() -> None:
    if not torch.cuda.is_available():
        assert open_device("auto").type == "cpu"
        with pytest.raises(RuntimeError, match="CUDA"):
            open_device("cuda")
    assert open_device("cpu") == torch.device("cpu")


@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_a_run_on_the_gpu_goes_on_where_it_was(pack: Pack, tmp_path: Path) -> None:
    config = dataclasses.replace(TINY, bfloat16=True)
    assert not train(config, pack, Path(), tmp_path, minutes=1e-9, workers=0, device="cuda")
    assert train(config, pack, Path(), tmp_path, workers=0, device="cuda")
    assert load_file(tmp_path / "weights.safetensors")["conv_stem.weight"].device.type == "cpu"
