from pathlib import Path

import numpy as np
import pytest

from detector.model import open_detector
from detector.runtimes.onnx import OnnxRuntime
from training.labelled.generate import METHOD, Generator, generate
from training.labelled.manifest import read_manifest


@pytest.fixture(scope="module")
def generator() -> Generator:
    return Generator()


def test_a_seed_gives_one_face_and_another_seed_another(generator: Generator) -> None:
    face = generator.face(3)
    assert (face.shape, face.dtype) == ((512, 512, 3), np.uint8)
    np.testing.assert_array_equal(generator.face(3), face)
    assert np.abs(generator.face(4).astype(int) - face).mean() > 10.0


def test_generated_faces_are_cut_once_and_listed(generator: Generator, tmp_path: Path) -> None:
    detector = open_detector("mtcnn", OnnxRuntime())
    assert generate(generator, 1, tmp_path, detector) == 1
    first = (tmp_path / "crops" / "000000-0.webp").stat().st_mtime_ns
    assert generate(generator, 2, tmp_path, detector) == 2
    assert (tmp_path / "crops" / "000000-0.webp").stat().st_mtime_ns == first
    files = list(read_manifest(tmp_path / "manifest.jsonl"))
    assert [(file.fake, file.kind, file.method) for file in files] == [(True, "image", METHOD)] * 2
    assert len({file.group for file in files}) == 2
    assert all(crop.face_px > 200 and crop.file.exists() for file in files for crop in file.crops)
