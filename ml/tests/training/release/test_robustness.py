"""Degraded copies are what they say, and what they cost is measured on the same files both ways."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from made_up import CLIPS, CROP, STILLS, make_records

from detector.aggregate import AggregationRule
from detector.contracts import Image, Limits, MediaError
from detector.media import open_media
from detector.model import open_detector
from detector.runtimes.onnx import OnnxRuntime
from training.evaluation.comparisons import Comparison
from training.evaluation.degradations import DEGRADATIONS, degraded_copy
from training.evaluation.found_faces import FaceCache, find_faces
from training.evaluation.records import Entry, FileRecord
from training.evaluation.robustness import chosen, losses


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory, portrait: Image) -> Path:
    folder = tmp_path_factory.mktemp("media")
    cv2.imwrite(str(folder / "still.png"), cv2.cvtColor(portrait, cv2.COLOR_RGB2BGR))
    with av.open(str(folder / "clip.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.time_base = Fraction(1, 10)
        for index in range(12):
            frame = np.ascontiguousarray(portrait[4 * index : 4 * index + 240, 60:380])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    return folder


def _decoded(path: Path) -> list[tuple[float, Image]]:
    with open_media(path, 5, Limits()) as opened:
        return [(frame.timestamp_ms, frame.rgb) for frame in opened.frames()]


@pytest.mark.parametrize("view", DEGRADATIONS)
@pytest.mark.parametrize("name", ["still.png", "clip.mp4"])
def test_a_copy_shows_the_sampled_frames_degraded_and_loses_no_more(
    media: Path, tmp_path: Path, name: str, view: str
) -> None:
    before = _decoded(media / name)
    after = _decoded(degraded_copy(media / name, view, 5, tmp_path))
    assert len(after) == len(before) == (1 if name == "still.png" else 5)
    for (time, picture), (copied_time, copied) in zip(before, after, strict=True):
        expected = DEGRADATIONS[view](picture)
        assert copied_time == pytest.approx(time - before[0][0], abs=1.0)
        assert copied.shape == expected.shape
        np.testing.assert_array_equal(copied, expected)


def test_half_is_half_and_compression_is_heavy(portrait: Image) -> None:
    assert DEGRADATIONS["half"](portrait).shape == (256, 256, 3)
    for view in ("jpeg-40", "h264-35"):
        gap = np.abs(DEGRADATIONS[view](portrait).astype(int) - portrait).mean()
        assert 1.0 < gap < 15.0, view


def test_faces_in_degraded_media_are_kept_apart(media: Path, tmp_path: Path) -> None:
    detector = open_detector("mtcnn", OnnxRuntime())
    plain, half = (FaceCache(tmp_path, detector, CROP, 4, view) for view in (None, "half"))
    assert plain.folder != half.folder
    sizes = [cache.get(media, "still.png").size_px.max() for cache in (plain, half)]
    assert sizes[1] == pytest.approx(sizes[0] / 2.0, rel=0.15)
    (media / "broken.jpg").write_bytes(b"\xff\xd8\xff" + bytes(100))
    assert find_faces(media / "broken.jpg", detector, CROP, 4, "half").error == "IMAGE_DECODE_ERROR"
    with pytest.raises(MediaError):
        degraded_copy(media / "broken.jpg", "half", 4, tmp_path)


def test_the_chosen_part_is_fixed_and_spread_over_groups() -> None:
    entries = [
        Entry(f"{label}{i}", "image", label, "stills", f"{label}-{i % 7}")  # type: ignore[arg-type]
        for i in range(70)
        for label in ("real", "fake")
    ]
    part = chosen(entries, STILLS, 14)
    assert part == chosen(entries[::-1], STILLS, 14)
    for label in ("real", "fake"):
        groups = [entry.group for entry in part if entry.label == label]
        assert len(groups) == 14
        assert all(groups.count(group) == 2 for group in set(groups))
        assert len(set(groups)) == 7
    assert chosen(entries, CLIPS, 14) == []


def _blurred(records: list[FileRecord], faces_lost: int = 0) -> list[FileRecord]:
    """Move every fake's logits to the reals', and take the face from the first files."""
    out = []
    for number, record in enumerate(records):
        faces = tuple(replace(f, logits=(f.logit - 2.0 * record.fake,)) for f in record.persons[0])
        out.append(replace(record, persons=() if number < faces_lost else (faces,)))
    return out


def test_what_is_lost_is_the_difference_on_the_files_seen_both_ways() -> None:
    records = make_records(200)
    views = {"same": records, "worse": _blurred(records, faces_lost=20)}
    footage = Comparison("footage", "video", ("clips",))
    report = losses(records, views, (STILLS, CLIPS, footage), AggregationRule())
    assert [row["comparison"] for row in report["comparisons"]] == ["stills", "clips"]
    for row in [*report["comparisons"], {"views": report["mean"]}]:
        same, worse = row["views"]["same"], row["views"]["worse"]
        assert (same["lost"], same["faces_lost"]) == (0.0, 0.0)
        assert worse["auc"] == pytest.approx(0.5, abs=0.15)
        assert worse["lost"] == pytest.approx(worse["auc_untouched"] - worse["auc"])
        assert 0.0 < worse["lost_interval"][0] < worse["lost"] < worse["lost_interval"][1]
        assert worse["faces_lost"] == pytest.approx(0.1)


def test_few_groups_carry_no_interval() -> None:
    records = [replace(r, entry=replace(r.entry, group=f"g{i % 3}")) for i, r in enumerate(make_records(60))]
    (row,) = losses(records, {"same": records}, (STILLS,), AggregationRule())["comparisons"]
    assert row["views"]["same"]["lost_interval"] is None
