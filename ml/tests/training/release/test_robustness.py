"""Degraded copies are what they say, and what they cost is measured on the same files both ways."""

from __future__ import annotations

import shutil
from dataclasses import asdict, replace
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from made_up import CLIPS, CROP, STILLS, make_records

from detector.calibrate import DecisionRule
from detector.contracts import Image, Limits, MediaError, MediaType
from detector.media import open_media
from detector.model import open_detector
from detector.runtimes.onnx import OnnxRuntime
from training.evaluation.comparisons import Comparison
from training.evaluation.degradations import DEGRADATIONS, degraded_copy
from training.evaluation.found_faces import FaceCache, find_faces
from training.evaluation.records import Entry, FileRecord, Measured, default_rules
from training.evaluation.robustness import chosen, losses, measure_robustness


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
        expected = DEGRADATIONS[view].apply(picture, "image" if name == "still.png" else "video")
        assert copied_time == pytest.approx(time - before[0][0], abs=1.0)
        assert copied.shape == expected.shape
        np.testing.assert_array_equal(copied, expected)


def _of(view: str, picture: Image, media_type: MediaType = "image") -> Image:
    return DEGRADATIONS[view].apply(picture, media_type)


def test_half_is_half_and_compression_is_heavy(portrait: Image) -> None:
    assert _of("half", portrait).shape == (256, 256, 3)
    for view in ("jpeg-40", "h264-35"):
        gap = np.abs(_of(view, portrait).astype(int) - portrait).mean()
        assert 1.0 < gap < 15.0, view


def test_a_messenger_reduces_stills_and_clips_each_to_its_size(portrait: Image) -> None:
    large = np.asarray(cv2.resize(portrait, (2400, 1800)), np.uint8)
    assert _of("messenger", large).shape == (1200, 1600, 3)
    assert _of("messenger", large, "video").shape == (480, 640, 3)
    assert _of("messenger", portrait).shape == portrait.shape  # is not enlarged


def test_a_screenshot_has_other_pixels_and_darker_middle_tones(portrait: Image) -> None:
    shot = _of("screenshot", portrait)
    assert shot.shape == (409, 409, 3)
    assert portrait.mean() - 12.0 < shot.mean() < portrait.mean() - 2.0


def test_black_and_white_keeps_the_light_and_a_beauty_filter_smooths_skin_alone(portrait: Image) -> None:
    grey = _of("black and white", portrait)
    assert (grey.max(axis=2) == grey.min(axis=2)).all()
    smooth = _of("beauty filter", portrait)
    cheek, suit = (slice(118, 138), slice(235, 255)), (slice(300, 500), slice(400, 512))
    assert _detail(smooth[cheek]) < 0.8 * _detail(portrait[cheek])
    assert (
        np.abs(smooth[suit].astype(int) - portrait[suit]).mean()
        < np.abs(smooth[cheek].astype(int) - portrait[cheek]).mean()
    )


def _detail(part: Image) -> float:
    return float(cv2.Laplacian(cv2.cvtColor(part, cv2.COLOR_RGB2GRAY), cv2.CV_64F).std())


def test_glasses_and_make_up_are_on_the_face_alone(portrait: Image) -> None:
    face = np.zeros(portrait.shape[:2], np.bool_)
    face[60:190, 140:300] = True
    for view in ("glasses", "make-up"):
        assert DEGRADATIONS[view].authentic_alone
        changed = np.abs(_of(view, portrait).astype(int) - portrait).max(axis=2) > 8
        assert 0.01 < changed[face].mean() < 0.5, view
        assert not changed[~face].any(), view
    nobody = np.full((120, 120, 3), 90, np.uint8)
    assert (_of("glasses", nobody) == nobody).all()


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


RULES = replace(default_rules(), decision=DecisionRule(0.9, 0.4, 0.9))


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
    report = losses(records, views, (STILLS, CLIPS, footage), RULES)
    assert [row["comparison"] for row in report["comparisons"]] == ["stills", "clips"]
    for row in [*report["comparisons"], {"views": report["mean"]}]:
        same, worse = row["views"]["same"], row["views"]["worse"]
        assert (same["lost"], same["faces_lost"]) == (0.0, 0.0)
        assert worse["auc"] == pytest.approx(0.5, abs=0.15)
        assert worse["lost"] == pytest.approx(worse["auc_untouched"] - worse["auc"])
        assert 0.0 < worse["lost_interval"][0] < worse["lost"] < worse["lost_interval"][1]
        assert worse["faces_lost"] == pytest.approx(0.1)


def test_the_share_of_authentic_files_flagged_is_given_both_ways() -> None:
    records = make_records(200)
    louder = [
        r if r.fake else replace(r, persons=((replace(r.persons[0][0], logits=(9.0,)),),)) for r in records
    ]
    report = losses(records, {"same": records, "louder": louder}, (STILLS,), RULES)
    usual, same = report["mean"]["same"]["flagged"]
    assert usual == same < 0.2
    assert report["mean"]["louder"]["flagged"] == [usual, 1.0]


class _Brightness:
    """A scorer whose logit is how bright a crop is."""

    def run(self, batch: np.ndarray) -> tuple[np.ndarray, ...]:
        bright = batch.mean((1, 2, 3)).astype(np.float32)
        return bright[:, None], bright[:, None, None, None], bright[:, None]


def test_a_view_of_authentic_files_leaves_fakes_as_they_are_and_says_how_far_it_is(
    media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in DEGRADATIONS.keys() - {"half", "make-up"}:
        monkeypatch.delitem(DEGRADATIONS, name)
    shutil.copy(media / "still.png", media / "authentic.png")
    same = cv2.imread(str(media / "still.png"))  # the same pixels in another file
    cv2.imwrite(str(media / "made.png"), same, [cv2.IMWRITE_PNG_COMPRESSION, 0])
    entries = [
        Entry("authentic.png", "image", "real", "stills", "a"),
        Entry("made.png", "image", "fake", "stills", "b"),
    ]
    calibration = {name: asdict(getattr(RULES, name)) for name in ("aggregation", "calibration", "decision")}
    measured = Measured("0" * 64, "brightness", CROP, 4)
    report = measure_robustness(
        _Brightness(), measured, entries, (STILLS,), calibration, media, tmp_path, files=2
    )
    (row,) = report["comparisons"]
    assert (report["files"], row["real"], row["fake"]) == (2, 1, 1)
    assert row["views"]["half"]["lost"] == 0.0  # both files are the same picture
    # Make-up darkens the authentic face, and so the fake, which has none, ranks above it.
    assert (row["views"]["make-up"]["auc_untouched"], row["views"]["make-up"]["auc"]) == (0.5, 1.0)
    said = capsys.readouterr().out
    assert all(f"{view}: 2 of 2 files" in said for view in ("untouched", "half", "make-up"))
    kept = sorted(len(list(folder.glob("*.npz"))) for folder in tmp_path.iterdir())
    assert kept == [1, 2, 2]


def test_few_groups_carry_no_interval() -> None:
    records = [replace(r, entry=replace(r.entry, group=f"g{i % 3}")) for i, r in enumerate(make_records(60))]
    (row,) = losses(records, {"same": records}, (STILLS,), RULES)["comparisons"]
    assert row["views"]["same"]["lost_interval"] is None
