import copy
import dataclasses
import json
from pathlib import Path

import pytest
import torch
from labelled_collection import SPLIT, write_collection
from safetensors.torch import load_file, save_file

from detector.contracts import CropSpec, Trace
from detector.runtimes.torch import Scorer
from training.fitting.checkpoint import load_checkpoint, save_checkpoint
from training.fitting.config import TrainConfig, load_config
from training.fitting.data import open_batches, resume_inputs
from training.fitting.runs import last_validation
from training.fitting.train import train
from training.fitting.trainer import Trainer
from training.labelled.config import LabelledConfig
from training.labelled.heads import HEADS
from training.labelled.pack import LabelledPack, pack_labelled
from training.labelled.sampler import SamplerConfig
from training.labelled.views import LABELLED_AUGMENT
from training.photographs.pack import Pack
from training.samples.pairs import Batch

CONFIGS = Path(__file__).parents[3] / "training" / "configs" / "labelled"
TINY = TrainConfig(
    architecture="test_efficientnet",
    start="random",
    start_file="",
    sources=("made",),
    kinds={"face": 2.0, "donor_inner": 1.0},
    held_out_kinds=("hallucinated",),
    crop=CropSpec(size=64, margin=0.02),
    augment=LABELLED_AUGMENT,
    labelled=LabelledConfig(couples=3, pairs=1, sampling=SamplerConfig(sizes=(60, 100))),
    steps=3,
    warmup_steps=1,
    validate_every=2,
    checkpoint_every=2,
)


@pytest.fixture(scope="module")
def crops(tmp_path_factory: pytest.TempPathFactory) -> LabelledPack:
    manifest, out = write_collection(tmp_path_factory.mktemp("made")), tmp_path_factory.mktemp("crops")
    pack_labelled([manifest], SPLIT, out)
    return LabelledPack(out)


@pytest.fixture(scope="module")
def finished(pack: Pack, crops: LabelledPack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("run")
    assert train(TINY, pack, Path(), out, workers=0, labelled=crops)
    return out


def test_a_resumed_run_ends_like_an_uninterrupted_one(
    pack: Pack, crops: LabelledPack, finished: Path, tmp_path: Path
) -> None:
    assert not train(TINY, pack, Path(), tmp_path, minutes=1e-9, workers=0, labelled=crops)
    assert train(TINY, pack, Path(), tmp_path, workers=0, labelled=crops)
    expected, actual = (load_file(folder / "weights.safetensors") for folder in (finished, tmp_path))
    for name, value in expected.items():
        assert torch.equal(value, actual[name]), name


def test_a_run_resumes_on_the_data_that_it_began_with(
    pack: Pack, crops: LabelledPack, finished: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """More photographs may be derived since; a pack with other labels, or fewer photographs, is refused."""

    def run(minutes: float | None, photographs: Pack, labelled: LabelledPack) -> bool:
        return train(TINY, photographs, Path(), tmp_path, minutes, 0, labelled=labelled)

    assert not run(1e-9, pack, crops)
    turned = copy.copy(crops)
    turned.records = crops.records | {"fake": ~crops.records["fake"]}
    with pytest.raises(ValueError, match="another --crops"):
        run(None, pack, turned)
    smaller = copy.copy(pack)
    smaller.records = {name: column[1:] for name, column in pack.records.items()}
    with pytest.raises(ValueError, match="another --pack"):
        run(None, smaller, crops)
    state = load_checkpoint(tmp_path)
    assert state is not None
    before = state["inputs"] | {"derived": {"decoded.bin": 2}}
    grown = copy.copy(pack)
    grown._lengths = pack._lengths | {"decoded.bin": 5}
    resume_inputs(before, TINY, grown, crops)
    assert grown.length("decoded.bin") == 2
    with pytest.raises(ValueError, match="has 2 pictures, not 3"):
        resume_inputs(before | {"derived": {"decoded.bin": 3}}, TINY, grown, crops)
    del state["inputs"]
    save_checkpoint(tmp_path, state)
    assert run(None, pack, crops), "as a checkpoint of an earlier version"
    assert "does not say what data" in capsys.readouterr().out
    expected, actual = (load_file(folder / "weights.safetensors") for folder in (finished, tmp_path))
    assert all(torch.equal(value, actual[name]) for name, value in expected.items())


def test_the_report_names_labelled_sources_and_their_figures(finished: Path) -> None:
    report = json.loads((finished / "run.json").read_text())
    files = {row["source"]: row["photographs"] for row in report["training_data"]}
    assert files["swaps"] == 4
    assert files["mixed"] == 1  # the two that a held-out method made are not, nor the two of their group
    assert files.keys() == {"made", "press", "talks", "gallery", "mixed", "swaps", "heads"}
    assert set(report["validation"]) >= {"auc_held_out", "auc/gan", "auc/blending/gan", "auc/generation/gan"}
    assert (finished / "curves.png").stat().st_size > 1000


def test_the_end_of_training_continues_both_heads_on_what_was_held_out(
    pack: Pack, crops: LabelledPack, finished: Path, tmp_path: Path
) -> None:
    assert TINY.labelled is not None
    end = dataclasses.replace(
        TINY,
        start="run",
        start_file=str(finished / "weights.safetensors"),
        labelled=dataclasses.replace(TINY.labelled, all=True),
        seed=1,
    )
    begun, start = Trainer(end, Path()).backbone.state_dict(), load_file(finished / "weights.safetensors")
    assert all(torch.equal(begun[name], value) for name, value in start.items())
    assert train(end, pack, Path(), tmp_path, workers=0, labelled=crops)
    report = json.loads((tmp_path / "run.json").read_text())
    files = {row["source"]: row["photographs"] for row in report["training_data"]}
    assert files["gan-gallery"] == 5
    assert files["mixed"] == 5
    assert report["steps"] == 3
    assert report["validation"] == {}
    before = json.loads((finished / "run.json").read_text())
    assert report["start_validation"] == {"step": before["steps"], **before["validation"]}
    state = load_checkpoint(tmp_path)
    assert state is not None
    last = load_file(tmp_path / "weights.safetensors")
    assert all(torch.equal(last[name], value) for name, value in state["average"].items())
    with pytest.raises(ValueError, match="patience"):
        dataclasses.replace(end, patience=2)


def test_what_starts_from_a_released_bundle_gives_its_validation(tmp_path: Path) -> None:
    assert last_validation(tmp_path) is None
    figures = {"step": 7, "auc_held_out": 0.7}
    (tmp_path / "evaluation.json").write_text(json.dumps({"held_out": figures, "verdicts": {}}))
    assert last_validation(tmp_path) == figures


def test_a_run_without_its_crops_is_refused(pack: Pack, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="--crops"):
        train(TINY, pack, Path(), tmp_path, workers=0)


@pytest.fixture
def taught(finished: Path, tmp_path: Path) -> TrainConfig:
    """A run whose head for blending a teacher teaches."""
    teacher = tmp_path / "teacher.safetensors"
    save_file(Scorer(TINY.architecture).backbone.state_dict(), teacher)
    return dataclasses.replace(
        TINY,
        start="run",
        start_file=str(finished / "weights.safetensors"),
        teacher=str(teacher),
        teacher_architecture=TINY.architecture,
        distillation=1.0,
        localisation=0.0,
    )


def _gradient(config: TrainConfig, batch: Batch, turned: int | None = None) -> torch.Tensor:
    """Return the gradient of both heads' weights, with the labels of one turned round."""
    labels = batch.labels.clone()
    if turned is not None:
        labels[:, turned] = 1.0 - labels[:, turned]
    trainer = Trainer(config, Path())
    _, accuracy = trainer.advance(batch._replace(labels=labels))
    assert 0.0 <= accuracy <= 1.0
    found: torch.Tensor = trainer.backbone.get_classifier().weight.grad
    return found


_BLENDING, _GENERATION = HEADS.index(Trace.BLENDING), HEADS.index(Trace.GENERATION)


def test_a_teacher_takes_the_place_of_the_labels_of_blending(
    taught: TrainConfig, pack: Pack, crops: LabelledPack
) -> None:
    batch = open_batches(taught, pack, crops)[0]
    as_labelled = _gradient(taught, batch)
    assert torch.equal(_gradient(taught, batch, turned=_BLENDING), as_labelled)
    assert as_labelled[_BLENDING].abs().max() > 0.0
    assert not torch.equal(
        _gradient(taught, batch, turned=_GENERATION)[_GENERATION], as_labelled[_GENERATION]
    )


def test_a_teacher_can_stand_beside_the_labels_of_blending(
    taught: TrainConfig, pack: Pack, crops: LabelledPack
) -> None:
    batch = open_batches(taught, pack, crops)[0]
    beside = dataclasses.replace(taught, taught_labels=0.5)
    assert not torch.equal(_gradient(beside, batch, turned=_BLENDING), _gradient(beside, batch))
    with pytest.raises(ValueError, match="teacher"):
        dataclasses.replace(beside, distillation=0.0)


def test_what_two_heads_cannot_have_is_refused() -> None:
    with pytest.raises(ValueError, match="labelled crops"):
        dataclasses.replace(TINY, start="run", start_share=0.3)


@pytest.mark.parametrize("file", sorted(CONFIGS.glob("tf_*.toml")), ids=lambda file: file.stem)
def test_shipped_configurations_draw_as_the_check_does(file: Path) -> None:
    config = load_config(file)
    assert dataclasses.replace(config.augment, erase=0.0) == LABELLED_AUGMENT
    assert config.labelled is not None
    drawn, checked = config.labelled.sampling, SamplerConfig()
    assert (drawn.clips, drawn.sizes, drawn.reduction) == (checked.clips, checked.sizes, checked.reduction)
