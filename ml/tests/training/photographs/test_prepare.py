import json
from pathlib import Path

import numpy as np
import pytest

from training.photographs.pack import Pack
from training.photographs.prepare import prepare


def test_mesh_box_and_landmarks_agree(pack: Pack) -> None:
    for index in range(len(pack)):
        photo = pack[index]
        x0, y0, x1, y1 = photo.box
        inside = (photo.mesh > [x0 - 12, y0 - 12]) & (photo.mesh < [x1 + 12, y1 + 12])
        assert inside.mean() > 0.97
        left_eye, right_eye = photo.mesh[[33, 133]].mean(axis=0), photo.mesh[[263, 362]].mean(axis=0)
        assert np.abs(photo.landmarks[0] - left_eye).max() < 0.06 * photo.size_px
        assert np.abs(photo.landmarks[1] - right_eye).max() < 0.06 * photo.size_px


def test_the_split_is_by_identity_and_donors_stay_on_their_side(pack: Pack) -> None:
    validation, identity = pack.records["validation"], pack.records["identity"]
    assert 0 < validation.sum() < len(pack)
    assert not set(identity[validation]) & set(identity[~validation])
    for row, donors in enumerate(pack.records["donors"]):
        assert (validation[donors] == validation[row]).all()
        if not validation[row]:
            assert (identity[donors] != identity[row]).all()


def test_a_large_photograph_is_cut_to_the_patch(pack: Pack) -> None:
    assert max(pack.records["shape"].max(axis=0)) <= 320


def test_photographs_without_a_face_are_refused(tmp_path: Path, photographs: Path) -> None:
    entry = json.loads((photographs / "manifest.jsonl").read_text().splitlines()[0])
    entry["face_box"] = [0, 0, 20, 20]
    entry["file"] = str(photographs / entry["file"])
    (tmp_path / "manifest.jsonl").write_text(json.dumps(entry))
    with pytest.raises(ValueError, match="shows a face"):
        prepare(tmp_path, tmp_path / "out")
