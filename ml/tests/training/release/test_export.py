"""A bundle is released only whole, measured and able; and serving refuses it once anything is touched."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from made_up import ARCHITECTURE, CROP, make_measurements, make_records
from PIL import Image as Pillow
from safetensors.torch import load_file, save_file

from detector.analyze import analyze
from detector.bundle import BundleError, file_sha256, read_bundle
from detector.contracts import CropSpec, Image, Trace
from detector.model import load_model
from detector.runtimes.onnx import OnnxRuntime
from detector.score import score_crops
from training.evaluation.measure import run_scorer
from training.fitting.checkpoint import weights_file
from training.fitting.freeze import freeze
from training.fitting.runs import Run, read_run
from training.release.export import ExportError, Measurements, export
from training.release.regraph import regraph

FILES = ("bundle.json", "model.safetensors", "model.onnx", "golden.npz")


@pytest.mark.parametrize("runtime", ["onnx", "torch"])
def test_a_bundle_loads(released: Path, runtime: Any) -> None:
    model = load_model(released, runtime, "cpu")
    assert model.manifest is not None
    assert model.manifest.name == "tiny"
    assert model.manifest.metrics.weights_sha256 == file_sha256(released / "model.safetensors")
    assert not [path for path in released.parent.iterdir() if path != released], "nothing is left beside it"


def test_a_released_bundle_can_be_measured_and_released_again(
    bundle: Path, measurements: Measurements
) -> None:
    before = read_bundle(bundle).manifest
    again = read_run(bundle)
    with run_scorer(again, bundle, 4) as (_, measured):
        assert (measured.weights_sha256, measured.crop) == (before.files["model.safetensors"], before.crop)
    assert (again.steps, again.data) == (before.training.steps, before.training.data)
    export(again, weights_file(bundle), measurements, bundle, "0.1.1")
    after = read_bundle(bundle).manifest
    assert after.version == "0.1.1"
    assert (after.training, after.files, after.metrics) == (before.training, before.files, before.metrics)


def test_the_card_says_what_was_measured(released: Path) -> None:
    card = (released / "CARD.md").read_text()
    figures = json.loads((released / "bundle.json").read_text())["metrics"]
    for row in figures["datasets"]:
        assert (
            f"| {row['dataset']} | {row['unit']} | {row['real']} / {row['fake']} | {row['auc']:.3f}" in card
        )
    assert "public domain" in card
    assert "not a result on unseen media" in card
    assert "{" not in card


def _spoil(folder: Path, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads((folder / "bundle.json").read_text())
    change(document)
    (folder / "bundle.json").write_text(json.dumps(document))


@pytest.mark.parametrize("name", FILES[1:])
def test_a_flipped_byte_is_refused(bundle: Path, name: str) -> None:
    data = bytearray((bundle / name).read_bytes())
    data[len(data) // 2] ^= 1
    (bundle / name).write_bytes(data)
    with pytest.raises(BundleError, match=name):
        load_model(bundle, "onnx")


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused(bundle: Path, name: str) -> None:
    (bundle / name).unlink()
    with pytest.raises(BundleError, match=name):
        load_model(bundle, "onnx")


def test_a_broken_manifest_is_refused(bundle: Path) -> None:
    text = (bundle / "bundle.json").read_text()
    (bundle / "bundle.json").write_text(text[: len(text) // 2])
    with pytest.raises(BundleError, match="JSON"):
        load_model(bundle, "onnx")


@pytest.mark.parametrize("name", ["model.pt", "extra.PKL", "weights.bin", "crops.npy"])
def test_pickles_are_refused(bundle: Path, name: str) -> None:
    (bundle / name).write_bytes(b"")
    with pytest.raises(BundleError, match="pickle"):
        load_model(bundle, "onnx")


def _wrong_crop(document: dict[str, Any]) -> None:
    document["crop"]["version"] = "square-0"


def _wrong_size(document: dict[str, Any]) -> None:
    document["crop"]["size"] = 64


def _other_weights(document: dict[str, Any]) -> None:
    document["metrics"]["weights_sha256"] = "0" * 64


def _unmeasured(document: dict[str, Any]) -> None:
    del document["metrics"]


def _at_chance(document: dict[str, Any]) -> None:
    for figures in document["metrics"]["datasets"]:
        figures["auc_interval"] = [0.5, 0.6]


def _falling(document: dict[str, Any]) -> None:
    document["calibration"]["slope"] = -1.0


def _path(document: dict[str, Any]) -> None:
    document["files"]["../tiny/golden.npz"] = document["files"]["golden.npz"]


def _another_trace(document: dict[str, Any]) -> None:
    document["traces"].append("generation")


def _same_trace_twice(document: dict[str, Any]) -> None:
    document["traces"] *= 2
    document["classifier_bias"] *= 2


def _other_golden_traces(document: dict[str, Any]) -> None:
    document["traces"].append("generation")
    document["classifier_bias"] *= 2


def _none_above_the_threshold(document: dict[str, Any]) -> None:
    document["decision"]["none_below"] = document["decision"]["threshold"] + 0.01


def _unknown_key(document: dict[str, Any]) -> None:
    document["threshold"] = 0.5


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (_wrong_crop, "crop version"),
        (_wrong_size, "64 px"),
        (_other_weights, "unmeasured"),
        (_unmeasured, "metrics"),
        (_at_chance, "above chance"),
        (_falling, "does not rise"),
        (_path, "plain file name"),
        (_another_trace, "1 biases for 2 traces"),
        (_same_trace_twice, "named twice"),
        (_other_golden_traces, "not those of the bundle's 2 traces"),
        (_none_above_the_threshold, "without signs"),
        (_unknown_key, "threshold"),
    ],
)
def test_a_manifest_that_lies_is_refused(
    bundle: Path, change: Callable[[dict[str, Any]], None], message: str
) -> None:
    _spoil(bundle, change)
    with pytest.raises(BundleError, match=message):
        load_model(bundle, "onnx")


@pytest.mark.parametrize("factor", [0.0, -1.0], ids=["empty head", "inverted head"])
def test_a_head_that_knows_nothing_is_refused_with_every_hash_right(
    bundle: Path, weights: Path, tmp_path: Path, factor: float
) -> None:
    tensors = load_file(weights)
    tensors["classifier.weight"] *= factor
    save_file(tensors, tmp_path / "headless.safetensors")
    freeze(tmp_path / "headless.safetensors", ARCHITECTURE, CROP.size, bundle)
    with np.load(bundle / "golden.npz") as golden:
        crops, labels = golden["crops"], golden["labels"]
    logits = score_crops(OnnxRuntime().scorer(bundle, ARCHITECTURE), list(crops), CROP).logits
    np.savez_compressed(bundle / "golden.npz", crops=crops, logits=logits, labels=labels)

    def rehash(document: dict[str, Any]) -> None:
        document["files"] = {name: file_sha256(bundle / name) for name in FILES[1:]}
        document["metrics"]["weights_sha256"] = document["files"]["model.safetensors"]

    _spoil(bundle, rehash)
    with pytest.raises(BundleError, match="untrained"):
        load_model(bundle, "onnx")


def test_a_graph_without_features_is_refused_until_it_is_written_again(bundle: Path) -> None:
    before = {name: (bundle / name).read_bytes() for name in FILES}
    graph = onnx.load(bundle / "model.onnx", load_external_data=False)
    del graph.graph.output[2]
    (bundle / "model.onnx").write_bytes(graph.SerializeToString())

    def rehash(document: dict[str, Any]) -> None:
        document["files"]["model.onnx"] = file_sha256(bundle / "model.onnx")

    _spoil(bundle, rehash)
    with pytest.raises(BundleError, match="features"):
        load_model(bundle, "onnx")
    # What is refused cannot be loaded, but its files are those that its manifest names.
    regraph(bundle)
    assert {name: (bundle / name).read_bytes() for name in FILES} == before
    load_model(bundle, "onnx")


def test_a_bundle_of_two_traces_is_released_and_written_again(
    run: Run, two_traces: Path, portrait: Image, tmp_path: Path
) -> None:
    sha256 = freeze(two_traces, ARCHITECTURE, CROP.size, tmp_path / "frozen").weights_sha256
    records = [
        replace(
            record,
            persons=tuple(
                tuple(replace(face, logits=(face.logit, face.logit - 4.0)) for face in faces)
                for faces in record.persons
            ),
        )
        for record in make_records(48)
    ]
    folder = tmp_path / "two"
    export(run, two_traces, make_measurements(records, sha256), folder, "1.0.0")
    before = {name: (folder / name).read_bytes() for name in FILES}
    regraph(folder)
    assert {name: (folder / name).read_bytes() for name in FILES} == before
    path = tmp_path / "portrait.png"
    Pillow.fromarray(portrait).save(path)
    models = [load_model(folder, runtime, "cpu") for runtime in ("onnx", "torch")]
    for model in models:
        assert model.rules.traces == (Trace.BLENDING, Trace.GENERATION)
        assert model.manifest is not None
        (person,) = analyze(path, model).tracks
        (face,) = person.scores
        assert face.maps.sum((1, 2)) + model.manifest.classifier_bias == pytest.approx(face.logits, abs=1e-3)
        assert person.logit == pytest.approx(max(face.logits))
        assert person.trace is model.rules.traces[face.strongest]


def test_a_bundle_of_one_logit_per_crop_is_given_its_trace(bundle: Path) -> None:
    before = {name: (bundle / name).read_bytes() for name in FILES}
    golden = dict(np.load(bundle / "golden.npz"))
    np.savez_compressed(bundle / "golden.npz", **(golden | {"logits": golden["logits"][:, 0]}))

    def without_traces(document: dict[str, Any]) -> None:
        del document["traces"]
        (document["classifier_bias"],) = document["classifier_bias"]
        document["files"]["golden.npz"] = file_sha256(bundle / "golden.npz")

    _spoil(bundle, without_traces)
    with pytest.raises(BundleError, match="traces"):
        load_model(bundle, "onnx")
    regraph(bundle)
    assert {name: (bundle / name).read_bytes() for name in FILES} == before


def test_weights_that_were_not_measured_are_not_released(
    run: Run, weights: Path, measurements: Measurements, tmp_path: Path
) -> None:
    tensors = load_file(weights)
    tensors["classifier.bias"] += 0.1
    save_file(tensors, tmp_path / "other.safetensors")
    with pytest.raises(ExportError, match="unmeasured"):
        export(run, tmp_path / "other.safetensors", measurements, tmp_path / "bundle", "1")
    assert not (tmp_path / "bundle").exists()
    assert not list(tmp_path.glob(".*")), "nothing half-made is left"


def test_a_detector_at_chance_is_not_released(
    run: Run, weights: Path, measurements: Measurements, tmp_path: Path
) -> None:
    report = copy.deepcopy(measurements.report)
    for figures in report["metrics"]["datasets"]:
        figures["auc_interval"] = [0.49, 0.61]
    with pytest.raises(ExportError, match="above chance"):
        export(run, weights, replace(measurements, report=report), tmp_path / "bundle", "1")


def test_constants_of_other_weights_are_not_released(
    run: Run, weights: Path, measurements: Measurements, tmp_path: Path
) -> None:
    calibration = copy.deepcopy(measurements.calibration) | {"weights_sha256": "0" * 64}
    with pytest.raises(ExportError, match="calibration"):
        export(run, weights, replace(measurements, calibration=calibration), tmp_path / "bundle", "1")


def test_an_unfinished_run_is_not_released(
    run: Run, weights: Path, measurements: Measurements, tmp_path: Path
) -> None:
    with pytest.raises(ExportError, match="not finished"):
        export(replace(run, data=()), weights, measurements, tmp_path / "bundle", "1")


def test_a_refused_export_leaves_the_old_bundle(
    run: Run, weights: Path, measurements: Measurements, bundle: Path
) -> None:
    before = (bundle / "bundle.json").read_bytes()
    wrong = replace(run, crop=CropSpec(version="square-0", size=96))
    with pytest.raises(ExportError, match="crop version"):
        export(wrong, weights, measurements, bundle, "2")
    assert (bundle / "bundle.json").read_bytes() == before
    export(run, weights, measurements, bundle, "2")
    assert json.loads((bundle / "bundle.json").read_text())["version"] == "2"
