from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data
import torch
from labelled_collection import SPLIT, write_collection

from detector.contracts import CropSpec
from detector.model import open_detector
from detector.runtimes.onnx import OnnxRuntime
from training.evaluation.found_faces import FaceCache
from training.evaluation.records import Entry
from training.frozen import kept as stage
from training.frozen.faces import FRAMES, Faces, Plan
from training.frozen.kept import keep, read_kept
from training.labelled.pack import LabelledPack, pack_labelled
from training.labelled.sampler import SamplerConfig

SPEC = CropSpec(size=64, margin=0.02)
PLAN = Plan(blocks=3, couples=2, stills=2, sampling=SamplerConfig(sizes=(60, 80)))


@pytest.fixture(autouse=True)
def brightness(monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a crop's mean brightness in place of a tower's tokens."""

    def tokens(_network: torch.nn.Module, crops: list[np.ndarray]) -> np.ndarray:
        return np.asarray([[[crop.mean()]] for crop in crops], np.float16)

    monkeypatch.setattr(stage, "class_tokens", tokens)


@pytest.fixture
def faces(tmp_path: Path) -> Faces:
    (tmp_path / "collection").mkdir()
    pack_labelled([write_collection(tmp_path / "collection")], SPLIT, tmp_path / "labelled")
    portrait = cv2.cvtColor(skimage.data.astronaut()[:300, 60:360], cv2.COLOR_RGB2BGR)
    entries = []
    for number in range(4):
        cv2.imwrite(str(tmp_path / f"{number}.png"), portrait)
        label = "fake" if number == 3 else "real"
        entries.append(Entry(f"{number}.png", "image", label, "portraits", f"person-{number}"))
    cache = FaceCache(tmp_path / "cache", open_detector("mtcnn", OnnxRuntime(1)), SPEC, FRAMES)
    return Faces(LabelledPack(tmp_path / "labelled"), entries, tmp_path, cache, SPEC, PLAN)


def test_a_block_has_a_share_of_each_part_and_comes_out_the_same_again(faces: Faces) -> None:
    rows, crops = faces.block(0)
    assert {row.part for row in rows} == {"training", "held out", "development"}
    assert all(crop.shape == (64, 64, 3) for crop in crops)
    again, same = faces.block(0)
    assert again == rows
    np.testing.assert_array_equal(np.stack(same), np.stack(crops))
    every = [row for number in range(PLAN.blocks) for row in faces.block(number)[0]]
    assert sum(row.part == "training" for row in every) == 2 * PLAN.couples * PLAN.blocks
    # Two authentic stills at most, and the one fake.
    assert sorted(row.fake for row in every if row.part == "development") == [False, False, True]
    assert {row.held_out for row in every if row.part == "held out"} == {"gan", "studio"}


def test_features_that_were_stopped_are_finished_by_the_same_command(faces: Faces, tmp_path: Path) -> None:
    network, out, told = torch.nn.Identity(), tmp_path / "features", []
    assert not keep(network, faces, out, -1.0, told.append)
    assert keep(network, faces, out, None, told.append)
    assert len(told) == PLAN.blocks
    whole = read_kept(out)
    assert len(whole.rows) == len(whole.tokens) == len(whole.crops)
    np.testing.assert_allclose(whole.tokens[:, 0, 0], whole.crops.mean((1, 2, 3)), rtol=1e-3)
    # Killed after the last block's arrays, before its lines in the manifest.
    manifest = out / "manifest.jsonl"
    lines = manifest.read_text().splitlines(keepends=True)
    manifest.write_text("".join(line for line in lines if not line.startswith('{"block": 2')))
    assert keep(network, faces, out, None, told.append)
    assert len(told) == PLAN.blocks + 1
    assert manifest.read_text() == "".join(lines)
    np.testing.assert_array_equal(read_kept(out).crops, whole.crops)


def test_a_folder_of_another_plan_is_refused(faces: Faces, tmp_path: Path) -> None:
    keep(torch.nn.Identity(), faces, tmp_path / "features", -1.0, lambda _: None)
    faces.plan = Plan(seed=1, blocks=3)
    with pytest.raises(ValueError, match="another plan"):
        keep(torch.nn.Identity(), faces, tmp_path / "features", None, lambda _: None)
