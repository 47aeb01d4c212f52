from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import skimage.data

import bundles
from detector.analyze import analyze
from detector.model import load_model
from training.release.samples import edit, enlarge, face_mesh

SAMPLES = Path(__file__).parents[4] / "frontend/public/samples"
MOST_BYTES = 400_000


def read(name: str) -> np.ndarray:
    return cv2.cvtColor(cv2.imread(str(SAMPLES / name)), cv2.COLOR_BGR2RGB)


def test_the_list_names_every_sample_and_where_it_comes_from() -> None:
    entries = json.loads((SAMPLES / "manifest.json").read_text())
    assert {entry["file"] for entry in entries} == {
        path.name for path in SAMPLES.iterdir() if path.name != "manifest.json"
    }
    assert all(entry["credit"] and entry["kind"] in ("image", "video") for entry in entries)
    assert all((SAMPLES / entry["file"]).stat().st_size < MOST_BYTES for entry in entries)


def test_the_committed_pictures_are_what_the_program_makes() -> None:
    pytest.importorskip("mediapipe", reason="the mesh is in its wheel")
    portrait = np.ascontiguousarray(skimage.data.astronaut(), np.uint8)
    enlarged = enlarge(portrait, face_mesh(portrait))
    pictures = {"portrait.jpg": portrait, "edited.jpg": edit(portrait), "missed.jpg": enlarged}
    for name, expected in pictures.items():
        assert np.abs(read(name).astype(int) - expected).mean() < 3.0, name


def test_the_edit_stays_within_the_face() -> None:
    changed = np.abs(read("edited.jpg").astype(int) - read("portrait.jpg")).max(axis=2) > 24
    rows, columns = np.nonzero(changed)
    assert changed.sum() > 1000
    assert 60 < rows.min() < rows.max() < 190
    assert 160 < columns.min() < columns.max() < 290


def test_the_released_model_misses_the_sample_that_says_so() -> None:
    model = load_model(bundles.default_bundle(), "onnx")
    decision = analyze(SAMPLES / "missed.jpg", model).decision
    instruction = (
        "The model does not miss frontend/public/samples/missed.jpg any more. Make it of another edit in "
        "training/release/samples.py, run `make samples`, and say in frontend/messages/*/analyse.json what "
        "it is."
    )
    assert decision.verdict == "no_signs", instruction
    assert (decision.probability or 1.0) < 0.5, instruction
