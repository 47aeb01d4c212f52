"""Rounded once, the same bytes each time, one copy for both runtimes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import torch
from made_up import ARCHITECTURE, CROP
from safetensors.torch import load_file, save_file

from detector.contracts import Trace
from detector.runtimes.onnx import OnnxRuntime
from detector.runtimes.torch import TorchRuntime
from training.fitting.freeze import WeightsError, freeze


def test_runtimes_agree_on_any_batch(weights: Path, tmp_path: Path) -> None:
    frozen = freeze(weights, ARCHITECTURE, CROP.size, tmp_path)
    onnx_scorer = OnnxRuntime().scorer(tmp_path, ARCHITECTURE)
    torch_scorer = TorchRuntime("cpu").scorer(tmp_path, ARCHITECTURE)
    rng = np.random.default_rng(0)
    for count in (1, 3, 16):
        batch = rng.normal(size=(count, 3, CROP.size, CROP.size)).astype(np.float32)
        outputs = onnx_scorer.run(batch)
        for output, expected in zip(outputs, torch_scorer.run(batch), strict=True):
            np.testing.assert_allclose(output, expected, atol=1e-4)
        logits, maps, features = outputs
        assert features.shape[0] == count
        np.testing.assert_allclose(maps.sum((2, 3)) + frozen.classifier_bias, logits, atol=1e-4)


def test_weights_with_two_logits_are_of_both_traces(two_traces: Path, tmp_path: Path) -> None:
    frozen = freeze(two_traces, ARCHITECTURE, CROP.size, tmp_path)
    assert frozen.traces == (Trace.BLENDING, Trace.GENERATION)
    batch = np.random.default_rng(0).normal(size=(3, 3, CROP.size, CROP.size)).astype(np.float32)
    for runtime in (OnnxRuntime(), TorchRuntime("cpu")):
        logits, maps, _ = runtime.scorer(tmp_path, ARCHITECTURE).run(batch)
        assert logits.shape == (3, 2)
        np.testing.assert_allclose(maps.sum((2, 3)) + frozen.classifier_bias, logits, atol=1e-4)
        centred = logits - frozen.classifier_bias
        np.testing.assert_allclose(centred[:, 1], -centred[:, 0], atol=1e-4)


def test_weights_with_more_logits_than_traces_are_refused(weights: Path, tmp_path: Path) -> None:
    tensors = load_file(weights)
    for name in ("classifier.weight", "classifier.bias"):
        tensors[name] = torch.cat([tensors[name]] * 3)
    save_file(tensors, tmp_path / "three.safetensors")
    with pytest.raises(WeightsError, match="3 logits"):
        freeze(tmp_path / "three.safetensors", ARCHITECTURE, CROP.size, tmp_path / "out")


def test_the_graph_holds_no_weights_of_its_own(weights: Path, tmp_path: Path) -> None:
    freeze(weights, ARCHITECTURE, CROP.size, tmp_path)
    graph = onnx.load(tmp_path / "model.onnx", load_external_data=False).graph
    inside = [t for t in graph.initializer if t.data_location != onnx.TensorProto.EXTERNAL]
    assert sum(int(np.prod(tensor.dims)) for tensor in inside) < 64
    assert [value.name for value in graph.output] == ["logits", "maps", "features"]
    assert (tmp_path / "model.onnx").stat().st_size < 0.2 * (tmp_path / "model.safetensors").stat().st_size


def test_freezing_twice_gives_the_same_bytes(weights: Path, tmp_path: Path) -> None:
    one = freeze(weights, ARCHITECTURE, CROP.size, tmp_path / "one")
    two = freeze(one.folder / "model.safetensors", ARCHITECTURE, CROP.size, tmp_path / "two")
    assert one.weights_sha256 == two.weights_sha256
    for name in ("model.safetensors", "model.onnx"):
        assert (one.folder / name).read_bytes() == (two.folder / name).read_bytes()


def test_kernels_are_halved_and_statistics_kept(weights: Path, tmp_path: Path) -> None:
    freeze(weights, ARCHITECTURE, CROP.size, tmp_path)
    before, after = load_file(weights), load_file(tmp_path / "model.safetensors")
    assert after["conv_stem.weight"].dtype == torch.float16
    assert torch.equal(after["bn1.running_var"], before["bn1.running_var"])


@pytest.mark.parametrize(
    ("value", "message"),
    [(float("nan"), "not finite"), (float("inf"), "not finite"), (1e5, "half precision")],
)
def test_numbers_that_cannot_ship_are_refused(
    weights: Path, tmp_path: Path, value: float, message: str
) -> None:
    tensors = load_file(weights)
    tensors["conv_stem.weight"][0, 0, 0, 0] = value
    save_file(tensors, tmp_path / "bad.safetensors")
    with pytest.raises(WeightsError, match=message):
        freeze(tmp_path / "bad.safetensors", ARCHITECTURE, CROP.size, tmp_path / "out")


def test_another_architecture_is_refused(weights: Path, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="does not fit"):
        freeze(weights, "test_vit", CROP.size, tmp_path)
