"""A data set version becomes a candidate: learned from its split train alone, measured on its split test."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
import torch
from labelled_collection import SPLIT, write_collection
from made_up import ARCHITECTURE, make_records, with_logits
from safetensors.torch import load_file
from tiny_run import TINY
from typer.testing import CliRunner

from detector.bundle import read_bundle
from detector.contracts import Image
from detector.model import load_model, open_detector
from detector.runtimes.onnx import OnnxRuntime
from training.__main__ import app
from training.candidates.compare import compare
from training.candidates.faces import pack_faces
from training.candidates.learned import Fitted, Learned, learned_by, unseen
from training.candidates.tune import Known, Mixed, Tuning, loss_of, tune
from training.candidates.version import Version, VersionError, fetch, read_version
from training.evaluation.measure import FRAMES
from training.evaluation.records import Measured, default_rules, header_line
from training.fitting.checkpoint import save_checkpoint
from training.labelled.config import LabelledConfig
from training.labelled.pack import LabelledPack, pack_labelled
from training.labelled.sampler import SamplerConfig

torch.set_num_threads(1)

SPLITS = {"train": 3, "validation": 11, "test": 3}  # groups of either class


def _picture(portrait: Image, number: int, fake: bool) -> Image:
    """Return another view of the portrait; authentic ones are green, which the tiny bundle ranks low."""
    rng = np.random.default_rng(number)
    x, y = (int(v) for v in rng.integers(0, 30, 2))
    view = portrait[10 + y : 230 + y, 100 + x : 320 + x].astype(np.float32) * rng.uniform(0.8, 1.0)
    if not fake:
        view *= np.asarray([0.75, 1.0, 0.75], np.float32)
    return np.clip(view, 0, 255).astype(np.uint8)


def write_export(
    folder: Path, portrait: Image, change: Callable[[list[dict[str, Any]]], None] | None = None
) -> Path:
    """Write what `deepshield dataset export` has in its archive, of made-up files."""
    rows: list[dict[str, Any]] = []
    for split, groups in SPLITS.items():
        for number in range(2 * groups):
            fake = bool(number % 2)
            _, data = cv2.imencode(
                ".png", cv2.cvtColor(_picture(portrait, len(rows), fake), cv2.COLOR_RGB2BGR)
            )
            sha256 = hashlib.sha256(data.tobytes()).hexdigest()
            file = f"files/{split}/{'fake' if fake else 'real'}/{sha256}.png"
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            (folder / file).write_bytes(data.tobytes())
            rows.append(
                {
                    "file": file,
                    "label": "fake" if fake else "real",
                    "dataset": "desk",
                    "group": f"{split}-{number}",
                    "manipulation": "face_swap" if fake else None,
                    "kind": "image",
                    "split": split,
                    "sha256": sha256,
                }
            )
    if change is not None:
        change(rows)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "manifest.jsonl").write_text(text)
    described = {
        "name": "desk",
        "version": "3.0.0",
        "license": "CC0",
        "distribution": [{"@id": "manifest.jsonl", "sha256": hashlib.sha256(text.encode()).hexdigest()}],
    }
    (folder / "croissant.json").write_text(json.dumps(described))
    return folder


@pytest.fixture(scope="module")
def exported(portrait: Image, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_export(tmp_path_factory.mktemp("export"), portrait)


def _finetune(exported: Path, base: Path, out: Path, *more: object) -> str:
    arguments = ["finetune", "--labelled", exported, "--from", base, "--out", out, *more]
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == 0, (result.output, result.exception)
    return result.output


def test_a_candidate_learns_from_train_alone_and_is_measured_on_test(
    exported: Path, released: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "desk.zip"
    with zipfile.ZipFile(archive, "w") as packed:
        for path in sorted(path for path in exported.rglob("*") if path.is_file()):
            packed.write(path, path.relative_to(exported))
    out = tmp_path / "bundles" / "candidate"
    options = ("--steps", 4, "--learning-rate", 1e-5)
    stopped = _finetune(archive, released, out, *options, "--minutes", 1e-9)
    assert "resumes" in stopped
    assert not out.exists()
    start = read_bundle(released)
    of_other_code = Measured(start.manifest.metrics.weights_sha256, ARCHITECTURE, start.manifest.crop, FRAMES)
    records = out.with_name("candidate.run") / f"test-base-{start.sha256[:12]}.jsonl"
    records.write_text(header_line(of_other_code))
    _finetune(archive, released, out, *options)

    rows = [json.loads(line) for line in (exported / "manifest.jsonl").read_text().splitlines()]
    of_split = {split: {row["sha256"] for row in rows if row["split"] == split} for split in SPLITS}
    (faces,) = out.with_name("candidate.run").glob("faces-*")
    found = [json.loads(line) for line in (faces / "found.jsonl").read_text().splitlines()]
    assert {row["sha256"] for row in found} == of_split["train"]

    document = json.loads((out / "candidate.json").read_text())
    base, made = load_model(released), load_model(out)  # which run the golden test
    assert document["derived_from"]["sha256"] == base.bundle_sha256
    assert document["bundle"] == {
        "name": "candidate",
        "version": "0.1.0+desk.3",
        "sha256": made.bundle_sha256,
    }
    assert document["test"]["files"] == len(of_split["test"])
    assert document["test"]["claim"] == "too_small"
    card = (out / "CARD.md").read_text()
    assert document["dataset"]["manifest_sha256"] in card
    assert "Too few files to say which bundle does better" in card
    version, learned = read_version(exported, tmp_path), learned_by(read_bundle(out))
    assert learned == Learned().and_version(version)
    assert unseen(version, learned) == (version, {"validation": 0, "test": 0})

    before, after = (load_file(folder / "model.safetensors") for folder in (released, out))
    changed = {name for name, value in before.items() if not torch.equal(value, after[name])}
    assert changed
    last = f"blocks.{max(int(name.split('.')[1]) for name in before if name.startswith('blocks.'))}."
    assert all(name.startswith((last, "conv_head.", "bn2.", "classifier.")) for name in changed)
    assert not [name for name in changed if "running" in name]

    run, tuning = out.with_name("candidate.run"), Tuning(steps=4, learning_rate=1e-5)
    batches = Mixed(LabelledPack(faces / "pack"), None, base.rules.crop, tuning)
    assert tune(released / "model.safetensors", ARCHITECTURE, batches, tuning, {}, tmp_path / "whole")
    whole, resumed = (folder / "weights.safetensors" for folder in (tmp_path / "whole", run))
    assert whole.read_bytes() == resumed.read_bytes()


def _to_two_splits(rows: list[dict[str, Any]]) -> None:
    rows[-1]["group"] = rows[0]["group"]


def _without_test(rows: list[dict[str, Any]]) -> None:
    rows[:] = [row for row in rows if row["split"] != "test"]


@pytest.mark.parametrize(
    ("change", "said"),
    [(_to_two_splits, "is in two splits"), (_without_test, "the split test .* has no fake and real file")],
)
def test_a_version_that_leaks_or_cannot_be_measured_is_refused(
    change: Callable[[list[dict[str, Any]]], None], said: str, portrait: Image, tmp_path: Path
) -> None:
    folder = write_export(tmp_path / "export", portrait, change)
    with pytest.raises(VersionError, match=said):
        read_version(folder, tmp_path)


def test_a_changed_file_and_a_changed_manifest_are_refused(portrait: Image, tmp_path: Path) -> None:
    folder = write_export(tmp_path / "export", portrait)
    file = next((folder / "files").rglob("*.png"))
    whole = file.read_bytes()
    file.write_bytes(whole + b"x")
    with pytest.raises(VersionError, match="its SHA-256 differs"):
        read_version(folder, tmp_path)
    file.write_bytes(whole)
    assert read_version(folder, tmp_path).address == "desk@3"
    manifest = folder / "manifest.jsonl"
    manifest.write_text(manifest.read_text().replace('"label": "real"', '"label": "fake"', 1))
    with pytest.raises(VersionError, match="is not that of desk@3"):
        read_version(folder, tmp_path)


def _moved(version: Version, splits: dict[str, str], group: str | None = None) -> Version:
    """Return a version with the first file of each class of some splits in another split."""
    firsts = {(file.split, file.entry.label): file for file in reversed(version.files)}
    moved = {file: splits[split] for (split, _), file in firsts.items() if split in splits}
    files = tuple(
        dataclasses.replace(
            file, split=moved[file], entry=dataclasses.replace(file.entry, group=group or file.entry.group)
        )
        if file in moved
        else file
        for file in version.files
    )
    return dataclasses.replace(version, files=files)


def test_what_a_bundle_was_fitted_to_is_left_out_of_validation_and_test(
    exported: Path, tmp_path: Path
) -> None:
    version = read_version(exported, tmp_path)
    before = Learned().and_version(version)
    after = _moved(version, {"train": "test", "validation": "test"}, group="another name")
    left, lost = unseen(after, before)
    assert lost == {"validation": 0, "test": 4}
    assert {file.sha256 for file in left.of("test")} == {file.sha256 for file in version.of("test")}
    assert unseen(_moved(version, {"train": "validation"}), before)[1] == {"validation": 2, "test": 0}
    assert unseen(_moved(version, {"validation": "train"}), before)[1] == {"validation": 0, "test": 0}
    # Another file of a group that the bundle learned from.
    person = version.of("train")[0].entry.group
    other = Learned(Fitted().and_those([dataclasses.replace(version.of("train")[0], sha256="f" * 64)]))
    assert unseen(_moved(version, {"test": "test"}, group=person), other)[1]["test"] == 2
    tested = Learned(Fitted().and_those(version.of("test")))
    with pytest.raises(VersionError, match="without them a class has none"):
        unseen(version, tested)


def test_labels_and_groups_of_faces_found_before_are_those_of_the_version(
    exported: Path, tmp_path: Path
) -> None:
    version = read_version(exported, tmp_path)
    detector = open_detector("mtcnn", OnnxRuntime())
    pack_faces(version.folder, version.of("train"), detector, tmp_path / "faces")
    turned = [
        dataclasses.replace(
            file,
            entry=dataclasses.replace(
                file.entry, label="real" if file.entry.label == "fake" else "fake", group="one"
            ),
        )
        for file in version.of("train")
    ]
    pack_faces(tmp_path, turned, detector, tmp_path / "faces")  # where none of the files is
    learned = [json.loads(line) for line in (tmp_path / "faces/manifest.jsonl").read_text().splitlines()]
    said = [(row["label"], row["group"]) for row in learned]
    assert said == [(file.entry.label, "one") for file in turned]


def test_each_archive_is_unpacked_to_a_folder_of_its_own(exported: Path, tmp_path: Path) -> None:
    def archive(name: str, number: int) -> Path:
        described = json.loads((exported / "croissant.json").read_text())
        described["version"] = f"{number}.0.0"
        with zipfile.ZipFile(tmp_path / name, "w") as packed:
            packed.writestr("croissant.json", json.dumps(described))
            for path in [exported / "manifest.jsonl", *(exported / "files").rglob("*.png")]:
                packed.write(path, path.relative_to(exported))
        return tmp_path / name

    third, fourth = archive("desk@3.zip", 3), archive("desk@4.zip", 4)
    assert read_version(third, tmp_path / "run", "desk@3").number == 3
    assert read_version(fourth, tmp_path / "run", "desk@4").number == 4
    assert len(list((tmp_path / "run").glob("version-*"))) == 1
    with pytest.raises(VersionError, match="holds desk@3, not desk@4"):
        read_version(third, tmp_path / "run", "desk@4")


def test_a_version_is_exported_anew_until_a_run_on_it_has_begun(tmp_path: Path) -> None:
    script = tmp_path / "export.py"
    script.write_text(
        "import json, os, sys, zipfile; log = open('{log}', 'a'); print(*sys.argv[1:], file=log)\n"
        "with zipfile.ZipFile(sys.argv[sys.argv.index('--out') + 1], 'x') as packed:\n"
        "    packed.writestr('croissant.json', json.dumps({'name': 'desk', 'version': '3.0.0', 'license': '',"
        " 'distribution': [{'@id': 'manifest.jsonl', 'sha256': 'a' * 64}]}))\n"
    )
    log, run = tmp_path / "log", tmp_path / "run"
    script.write_text(script.read_text().replace("{log}", str(log)))
    command = ("python3", str(script))
    for _ in range(2):
        fetch("desk@3", "kim@example.org", None, run, command)
    assert len(log.read_text().splitlines()) == 2
    assert log.read_text().startswith("kim@example.org desk@3 --out ")
    assert "--use training" in log.read_text()
    for manifest, exports in (("b" * 64, 3), ("a" * 64, 3)):
        save_checkpoint(run, {"config": {"manifest_sha256": manifest}})
        fetch("desk@3", "kim@example.org", None, run, command)
        assert len(log.read_text().splitlines()) == exports
    with pytest.raises(VersionError, match="--account"):
        fetch("desk@4", None, None, tmp_path / "run", command)
    with pytest.raises(VersionError, match="neither a folder"):
        fetch("../desk", "kim@example.org", None, tmp_path / "run", command)


def _both(gain: float, files: int) -> tuple[Any, Any]:
    """Return records of files that one bundle ranks by chance, and the same with fakes ``gap`` higher."""
    before = make_records(files, gap=0.3, seed=1)
    logits = np.asarray([[record.raw_logit + gain * record.fake] for record in before])
    return (before, default_rules()), (with_logits(before, logits), default_rules())


@pytest.mark.parametrize(
    ("gain", "files", "claim"),
    [(3.0, 160, "better"), (-3.0, 160, "worse"), (0.0, 160, "not_shown"), (3.0, 24, "too_small")],
)
def test_a_claim_needs_enough_files_and_an_interval_beyond_zero(gain: float, files: int, claim: str) -> None:
    found = compare(*_both(gain, files))
    assert found["claim"] == claim
    gained = found["difference"]["auc"]
    assert gained["value"] == pytest.approx(found["candidate"]["auc"] - found["base"]["auc"])
    if gain:
        assert (gained["value"] > 0.0) == (gain > 0.0)
    misses = found["difference"]["misses"]["value"]
    assert misses == pytest.approx(found["candidate"]["misses"] - found["base"]["misses"])


def test_half_of_a_step_is_of_what_the_bundle_was_trained_on(tmp_path: Path) -> None:
    packs = []
    for name in ("own", "known"):
        (tmp_path / name).mkdir()
        pack_labelled([write_collection(tmp_path / name)], SPLIT, tmp_path / name / "pack")
        packs.append(LabelledPack(tmp_path / name / "pack"))
    own, learned = packs
    sizes = SamplerConfig(sizes=(60, 100))
    recipe = dataclasses.replace(TINY, labelled=LabelledConfig(couples=3, pairs=0, sampling=sizes))
    tuning = Tuning(couples=3)
    alone = Mixed(own, None, TINY.crop, tuning)[0]
    both = Mixed(own, Known(learned, tmp_path, recipe), TINY.crop, tuning)[0]
    assert alone.weights is not None
    assert both.weights is not None
    assert len(both.images) == 2 * len(alone.images)
    assert torch.equal(both.images[: len(alone.images)], alone.images)
    assert torch.allclose(both.weights[: len(alone.images)], alone.weights / 2)
    assert loss_of(torch.zeros(len(both.images), 2), both) > 0.0
