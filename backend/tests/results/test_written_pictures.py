"""The pictures of an analysis as files."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
import result_media as media

import bundles
from deepshield.reports import folder
from detector.analyze import analyze
from detector.contracts import Image
from detector.model import load_model

pytestmark = pytest.mark.integration


def test_the_picture_that_a_stills_moments_share_is_encoded_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    encoded: list[Image] = []
    jpeg = folder.jpeg
    monkeypatch.setattr(folder, "jpeg", lambda image: encoded.append(image) or jpeg(image))
    file = media.write_still(lambda: np.hstack([media.portrait(), media.edited()]), tmp_path / "two.jpg")
    model = load_model(bundles.default_bundle(), "onnx", "cpu")
    analysis = analyze(file, model)
    folder.write_folder(analysis, model, file, tmp_path / "out")
    written = {path.name: path.read_bytes() for path in (tmp_path / "out").glob("*.jpg")}
    drawn = [written.pop(f"moment-{rank}-{kind}.jpg") for kind in ("face", "frame") for rank in (1, 2)]
    assert sorted(written) == ["moment-1-picture.jpg", "moment-2-picture.jpg", "photo.jpg"]
    assert len(set(written.values())) == 1
    assert len(encoded) == 1 + len(set(drawn)) == 5
    for moment in analysis.moments:
        frame, crop = (
            cv2.cvtColor(cv2.imread(str(tmp_path / "out" / name)), cv2.COLOR_BGR2RGB)
            for name in (f"moment-{moment.rank}-frame.jpg", f"moment-{moment.rank}-overlay.png")
        )
        assert np.array_equal(crop, moment.overlay), "the map over what the network saw, to the bit"
        assert cv2.PSNR(np.asarray(frame, np.uint8), moment.frame_overlay) > 35
