"""A tiny scorer that tells the golden crops apart, records made up from numbers, and a bundle of both."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
import torch
from made_up import ARCHITECTURE, CROP, make_measurements, make_records
from safetensors.torch import load_file, save_file

from detector.bundle import Source
from detector.model import open_detector
from detector.preprocess import normalise
from detector.runtimes.onnx import OnnxRuntime
from detector.runtimes.torch import Scorer
from training.fitting.checkpoint import save_weights
from training.fitting.config import TrainConfig, as_document
from training.fitting.freeze import freeze
from training.fitting.runs import Run
from training.photographs.landmarks import FaceMesh, MeshUnavailableError
from training.release.export import Measurements, export
from training.release.golden import make_golden


class _Zeros:
    """A scorer before there is one."""

    def run(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        count = len(batch)
        return tuple(np.zeros((count, *(1,) * axes), np.float32) for axes in (1, 3, 1))


@pytest.fixture(scope="session")
def run() -> Run:
    config = TrainConfig(ARCHITECTURE, "random", "", ("made",), {"face": 1.0}, (), crop=CROP)
    data = (Source(name="made", files=8, licence="public domain"),)
    return Run(ARCHITECTURE, CROP, steps=10, seed=0, config=as_document(config), data=data)


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Random features under a head fitted to the golden crops, in single precision."""
    try:
        FaceMesh()
    except MeshUnavailableError as error:
        pytest.skip(str(error))
    golden = make_golden(_Zeros(), open_detector("mtcnn", OnnxRuntime()), CROP)
    torch.manual_seed(0)
    scorer = Scorer(ARCHITECTURE).eval()
    with torch.inference_mode():
        features = scorer.backbone.forward_features(torch.from_numpy(normalise(list(golden.crops), CROP)))
    pooled = features.mean((2, 3)).numpy().astype(np.float64)
    centre, target = pooled.mean(axis=0), np.where(golden.labels > 0.5, 2.0, -2.0)
    kernel = (pooled - centre) @ (pooled - centre).T
    ridge = 1e-3 * np.trace(kernel) / len(kernel) * np.eye(len(kernel))
    head = (pooled - centre).T @ np.linalg.solve(kernel + ridge, target)
    classifier = scorer.backbone.get_classifier()
    with torch.no_grad():
        classifier.weight.copy_(torch.from_numpy(head)[None])
        classifier.bias.fill_(-float(centre @ head))
    file = tmp_path_factory.mktemp("weights") / "weights.safetensors"
    save_weights(scorer.backbone, file)
    return file


@pytest.fixture(scope="session")
def two_traces(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same with a second trace, whose head is the first one's turned round."""
    tensors = load_file(weights)
    head, bias = tensors["classifier.weight"], tensors["classifier.bias"]
    tensors |= {"classifier.weight": torch.cat([head, -head]), "classifier.bias": torch.cat([bias, bias])}
    file = tmp_path_factory.mktemp("two_traces") / "weights.safetensors"
    save_file(tensors, file)
    return file


@pytest.fixture(scope="session")
def measurements(run: Run, weights: Path, tmp_path_factory: pytest.TempPathFactory) -> Measurements:
    """Made-up figures that name the tiny scorer's weights."""
    sha256 = freeze(weights, ARCHITECTURE, CROP.size, tmp_path_factory.mktemp("frozen")).weights_sha256
    return make_measurements(make_records(48, seed=3), sha256)


@pytest.fixture(scope="session")
def released(
    run: Run, weights: Path, measurements: Measurements, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    folder = tmp_path_factory.mktemp("bundles") / "tiny"
    export(run, weights, measurements, folder, "0.1.0")
    return folder


@pytest.fixture
def bundle(released: Path, tmp_path: Path) -> Path:
    """A copy to spoil."""
    return Path(shutil.copytree(released, tmp_path / "tiny"))
