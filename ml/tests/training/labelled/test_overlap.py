from collections.abc import Sequence

import numpy as np
import pytest

from detector.contracts import CropSpec, Image
from detector.faces.crop import crop_face
from training.labelled.overlap import shared_footage
from training.labelled.pack import LabelledPack
from training.labelled.views import face_box

SPEC = CropSpec(size=128, margin=0.02)


def as_served(pack: LabelledPack, row: int) -> Image:
    stored = pack[row]
    return crop_face(stored.rgb, face_box(stored), None, SPEC)


def darker(crop: Image) -> Image:
    noise = np.random.default_rng(0).normal(0.0, 3.0, crop.shape)
    return np.clip(0.8 * crop + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("turn", [slice(None), slice(None, None, -1)], ids=["as it is", "mirrored"])
def test_the_source_of_a_judged_picture_is_named(labelled: LabelledPack, turn: slice) -> None:
    other = np.random.default_rng(1).integers(0, 255, (128, 128, 3)).astype(np.uint8)
    judged: dict[str, Sequence[Image]] = {
        "unlike.jpg": [other],
        "alike.jpg": [darker(as_served(labelled, 3))[:, turn]],
    }
    first = shared_footage(labelled, judged, SPEC, most=20)[0]
    assert (first.source, first.judged) == (str(labelled.records["source"][3]), "alike.jpg")


def test_nothing_is_named_where_nothing_is_alike(labelled: LabelledPack) -> None:
    other = np.random.default_rng(1).integers(0, 255, (128, 128, 3)).astype(np.uint8)
    assert shared_footage(labelled, {"unlike.jpg": [other], "none.jpg": []}, SPEC) == []
    assert shared_footage(labelled, {}, SPEC) == []
