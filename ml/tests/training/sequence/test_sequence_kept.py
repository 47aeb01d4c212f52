import dataclasses
import json
from pathlib import Path

import av
import numpy as np
import pytest
from moving_faces import BrightSquares, burst

from detector.contracts import CropSpec, Floats
from training.sequence import kept as stage
from training.sequence.kept import Clip, Extractor, Row, keep, read_kept, read_rows
from training.sequence.pseudo import AUTHENTIC, FAKES

SPEC = CropSpec(size=32, margin=0.02)


class Brightness:
    """A network whose features and logits are a crop's mean values."""

    def run(self, batch: Floats) -> tuple[Floats, ...]:
        means = batch.mean((2, 3))
        return means[:, :2], np.zeros((len(batch), 2, 1, 1), np.float32), means


def _extractor(pseudo: bool = False, served: bool = False) -> Extractor:
    return Extractor(BrightSquares(), Brightness(), SPEC, pseudo, served)


@pytest.fixture(autouse=True)
def two_bursts(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Give every file the same two bursts; returns the files that were read."""
    read: list[str] = []

    def bursts(path: Path, _region: object, _detector: object, _most: int) -> tuple[float, list[object]]:
        read.append(path.name)
        return 25.0, [burst(), burst(seed=1)]

    monkeypatch.setattr(stage, "read_bursts", bursts)
    return read


def test_authentic_clips_alone_bring_pseudo_fakes_and_compressed_copies() -> None:
    real, fake = Row("a.mp4", False, "s", "g", ""), Row("b.mp4", True, "s", "g", "m")
    assert [track.kind for track in _extractor(pseudo=True).clip(Path(), fake).tracks] == ["", ""]
    made = _extractor(pseudo=True).clip(Path(), real)
    assert [track.kind for track in made.tracks[:2]] == ["", ""]
    first, compressed, second = (track.kind for track in made.tracks[2:])
    assert first != second
    assert {first, second} <= set(FAKES)
    assert compressed in AUTHENTIC
    assert [track.fake for track in made.tracks] == [False, False, True, False, True]
    assert not any(len(track.served) for track in made.tracks)
    # A face that one box cuts gets brighter; nothing else of it changes.
    assert (np.diff(made.tracks[0].features[:, 1]) > 0).sum() >= 8


def test_logits_as_served_are_kept_where_they_are_asked_for() -> None:
    made = _extractor(served=True).clip(Path(), Row("a.mp4", False, "s", "g", ""))
    for track in made.tracks:
        assert track.served.shape == track.logits.shape == (10, 2)
        # Serving's crops follow the face, those of a burst do not.
        assert not np.allclose(track.served, track.logits)


def test_a_folder_is_resumed_and_read_back(tmp_path: Path, two_bursts: list[str]) -> None:
    rows = [
        Row(f"{n}.mp4", n % 2 == 1, "s", "g", "m" if n % 2 else "", (0.0, 0.0, 1.0, 1.0)) for n in range(4)
    ]
    extractor = _extractor(pseudo=True)
    assert not keep(extractor, rows, tmp_path, tmp_path / "kept", 0.0, print)
    assert keep(extractor, rows[:2], tmp_path, tmp_path / "kept", None, print)
    assert keep(extractor, rows, tmp_path, tmp_path / "kept", None, print)
    assert sorted(two_bursts) == ["0.mp4", "1.mp4", "2.mp4", "3.mp4"]
    found = {clip.row.file: clip for clip in read_kept(tmp_path / "kept")}
    assert [found[row.file].row for row in rows] == rows
    corrected = dataclasses.replace(rows[1], fake=False, method="")
    assert keep(extractor, [corrected, *rows[2:]], tmp_path, tmp_path / "kept", None, print)
    (again,) = (clip for clip in read_kept(tmp_path / "kept") if clip.row.file == "1.mp4")
    assert again.row == corrected
    assert len(again.tracks) > 2, "authentic clips bring pseudo-fakes"
    before = extractor.clip(tmp_path, rows[0])
    for ours, theirs in zip(found["0.mp4"].tracks, before.tracks, strict=True):
        assert ours.kind == theirs.kind
        np.testing.assert_allclose(ours.landmarks, theirs.landmarks)
        np.testing.assert_allclose(ours.features, theirs.features, atol=2e-3)


def test_a_clip_that_cannot_be_decoded_is_told_and_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Clip:
        raise av.InvalidDataError(1, "not a clip")

    monkeypatch.setattr(stage, "read_bursts", broken)
    told: list[str] = []
    assert keep(
        _extractor(), [Row("a.mp4", False, "s", "g", "")], tmp_path, tmp_path / "kept", None, told.append
    )
    assert "a.mp4" in told[0]
    with pytest.raises(FileNotFoundError, match="sequence-bursts"):
        read_kept(tmp_path / "kept")


def test_rows_are_the_videos_of_either_kind_of_manifest(tmp_path: Path) -> None:
    lines = [
        {"file": "a.jpg", "kind": "image", "label": "real"},
        {"file": "x/b.mp4", "kind": "video", "label": "fake", "made_by": "fomm", "region": [0, 0, 64, 64]},
        {"file": "x/c.mp4", "kind": "video", "label": "fake", "manipulation": "Face2Face", "group": "g"},
        {"file": "x/d.mp4", "kind": "video", "label": "real", "made_by": None},
    ]
    manifest = tmp_path / "manifest.jsonl"
    manifest.write_text("".join(json.dumps(line) + "\n" for line in lines))
    rows = {row.file: row for row in read_rows(manifest)}
    assert rows == {
        "x/b.mp4": Row("x/b.mp4", True, "x", "x/b.mp4", "fomm", (0, 0, 64, 64)),
        "x/c.mp4": Row("x/c.mp4", True, "x", "g", "Face2Face"),
        "x/d.mp4": Row("x/d.mp4", False, "x", "x/d.mp4", ""),
    }
