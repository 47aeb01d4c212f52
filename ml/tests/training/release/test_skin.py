"""The tone of the skin is that of the cheeks, and false alarms are counted by it."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from made_up import CLIPS, STILLS, make_records

from detector.contracts import CropSpec, Image
from detector.faces.crop import crop_face
from training.evaluation.cross_validation import cross_validate
from training.evaluation.found_faces import FoundFaces
from training.evaluation.regions import Policy
from training.evaluation.skin import Tones, by_tone, of_persons, tone_name, typology_angle
from training.photographs.landmarks import FaceMesh, MeshUnavailableError
from training.release.card_tables import skin_tones

BOTH = (STILLS, CLIPS)


def test_the_angle_is_that_of_the_formula_and_grey_has_none() -> None:
    lab = np.full((4, 4, 3), (70.0, 12.0, 20.0), np.float32)
    skin = np.round(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB) * 255.0).astype(np.uint8)
    assert typology_angle(skin) == pytest.approx(45.0, abs=1.0)
    assert typology_angle(np.full((4, 4, 3), 180, np.uint8)) is None
    assert [tone_name(angle) for angle in (70.0, 55.0, 45.0, 30.0, 12.0, 0.0, -31.0)] == [
        "very light", "very light", "light", "intermediate", "tan", "brown", "dark",
    ]  # fmt: skip


def _found(crops: list[Image], persons: list[int]) -> FoundFaces:
    ones = np.ones(len(crops), np.float32)
    person = np.asarray(persons, np.int64)
    return FoundFaces(len(crops), len(crops), np.stack(crops), person, person, ones, ones, ones)


def test_a_darker_picture_of_a_face_has_a_darker_tone_wherever_its_hair_and_suit(portrait: Image) -> None:
    try:
        mesh = FaceMesh()
    except MeshUnavailableError as error:
        pytest.skip(str(error))
    spec = CropSpec(size=128, margin=0.02)
    face = crop_face(portrait, (171.0, 71.0, 262.0, 187.0), None, spec)
    dark = (face * 0.45).astype(np.uint8)
    grey = np.repeat(face.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8)
    nobody = np.full_like(face, 90)
    light, brown, unknown, none = of_persons(_found([face, dark, grey, nobody], [0, 1, 2, 3]), mesh, spec)
    assert light is not None
    assert brown is not None
    assert 28.0 < light < 70.0
    assert brown < light - 30.0
    assert unknown is none is None


def test_false_alarms_are_counted_by_the_tone_of_the_deciding_person() -> None:
    records = make_records(64, gap=4.0)
    validated = cross_validate(records, BOTH, Policy())
    tones: Tones = {r.entry.file: [-50.0 if i % 8 < 4 else 48.0] for i, r in enumerate(records)}
    tones["stills/0"] = [None]
    del tones["stills/4"]
    rows = {row["tone"]: row for row in by_tone(validated, tones)}
    assert list(rows) == ["dark", "light", "unknown"]
    assert sum(row["files"] for row in rows.values()) == 32  # the authentic ones
    assert rows["unknown"]["files"] == 2
    for row in rows.values():
        assert row["interval"][0] <= row["flagged"] <= row["interval"][1]
    shown = skin_tones(list(rows.values()))
    assert "| dark | 15 / 15 |" in shown
    assert skin_tones(None) == ""
