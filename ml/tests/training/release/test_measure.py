"""Records are what the serving path says, and a stopped measurement goes on."""

from __future__ import annotations

import dataclasses
import fcntl
import json
import re
import shutil
from fractions import Fraction
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from made_up import ARCHITECTURE, CROP

from detector.analyze import Options, analyze
from detector.contracts import Box, Detection, Image
from detector.faces.crop import crop_face
from detector.model import Model, open_detector
from detector.runtimes.onnx import OnnxRuntime
from training.evaluation import found_faces
from training.evaluation.found_faces import FaceCache, FoundFaces, find_faces
from training.evaluation.measure import FRAMES, measure, score, summary
from training.evaluation.records import Entry, Measured, conclude, default_rules, read_manifest, read_records
from training.fitting.freeze import freeze


@pytest.fixture(scope="module")
def media(tmp_path_factory: pytest.TempPathFactory, portrait: Image) -> Path:
    """A still of two faces, a short clip of one, a picture of nothing, and a file that is none."""
    folder = tmp_path_factory.mktemp("media")
    pair = np.concatenate(
        [portrait[:300, 60:400], cv2.convertScaleAbs(portrait[:300, 60:400], alpha=0.6)], axis=1
    )
    cv2.imwrite(str(folder / "pair.png"), cv2.cvtColor(pair, cv2.COLOR_RGB2BGR))
    cv2.imwrite(str(folder / "empty.png"), np.full((200, 200, 3), 127, np.uint8))
    (folder / "broken.jpg").write_bytes(b"\xff\xd8\xff" + bytes(100))
    with av.open(str(folder / "clip.mp4"), "w") as container:
        stream = container.add_stream("libx264", rate=10)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.time_base = Fraction(1, 10)
        for index in range(6):
            frame = np.ascontiguousarray(portrait[4 * index : 4 * index + 240, 60:380])
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))
    return folder


ENTRIES = [
    Entry("pair.png", "image", "real", "made", "a"),
    Entry("clip.mp4", "video", "fake", "made", "b"),
    Entry("empty.png", "image", "real", "made", "c"),
    Entry("broken.jpg", "image", "fake", "made", "d"),
]


@pytest.fixture(scope="module")
def serving(weights: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Model, Measured]:
    runtime = OnnxRuntime()
    frozen = freeze(weights, ARCHITECTURE, CROP.size, tmp_path_factory.mktemp("frozen"))
    scorer = runtime.scorer(frozen.folder, ARCHITECTURE)
    model = Model(default_rules(CROP), scorer, open_detector("mtcnn", runtime), "onnx", "cpu")
    return model, Measured(frozen.weights_sha256, ARCHITECTURE, CROP, FRAMES)


@pytest.mark.parametrize("entry", ENTRIES[:2], ids=lambda entry: entry.file)
def test_a_record_concludes_what_serving_concludes(
    serving: tuple[Model, Measured], media: Path, entry: Entry
) -> None:
    model, measured = serving
    record = score(
        entry, find_faces(media / entry.file, model.detector, CROP, FRAMES), model.scorer, measured
    )
    served = analyze(media / entry.file, model, Options(frames=FRAMES, moments=0))
    assert len(record.persons) == len(served.tracks)
    assert sum(len(faces) for faces in record.persons) == sum(len(track.scores) for track in served.tracks)
    assert record.raw_logit == pytest.approx(served.raw_logit, abs=1e-5)
    concluded = conclude(record, model.rules).decision
    assert (concluded.verdict, concluded.reasons, concluded.person) == (
        served.decision.verdict,
        served.decision.reasons,
        served.decision.person,
    )
    assert concluded.interval == pytest.approx(served.decision.interval, abs=1e-5)


def test_kept_crops_are_the_ones_that_serving_cuts(serving: tuple[Model, Measured], media: Path) -> None:
    image = np.asarray(cv2.cvtColor(cv2.imread(str(media / "pair.png")), cv2.COLOR_BGR2RGB), np.uint8)
    found = find_faces(media / "pair.png", serving[0].detector, CROP, FRAMES)
    (faces,) = serving[0].detector.detect([image])
    cut = [crop_face(image, face.box, face.landmarks, CROP) for face in faces]
    assert len(cut) == 2
    np.testing.assert_array_equal(found.crops, cut)


class _Blind:
    """A detector that must not be asked again."""

    name = "mtcnn"

    def detect(self, frames: list[Image], smallest_px: float = 40.0) -> list[list[Detection]]:
        raise AssertionError("the faces were not kept")

    def follow(
        self, frames: list[Image], places: list[list[Box]], smallest_px: float = 40.0
    ) -> list[list[Detection]]:
        raise AssertionError("the faces were not kept")


def test_measurement_goes_on_and_keeps_to_its_weights(
    serving: tuple[Model, Measured], media: Path, tmp_path: Path
) -> None:
    model, measured = serving
    out, cache = tmp_path / "records.jsonl", FaceCache(tmp_path / "cache", model.detector, CROP, FRAMES)
    measure(model.scorer, measured, ENTRIES[:2], media, cache, out)
    out.write_text(out.read_text() + '{"file": "emp')
    measure(model.scorer, measured, ENTRIES, media, cache, out)
    head, records = read_records(out)
    assert head == measured
    assert [record.entry for record in records] == ENTRIES
    assert [record.error for record in records] == [None, None, None, "IMAGE_DECODE_ERROR"]
    assert [record.raw_logit is None for record in records] == [False, False, True, True]
    (line,) = summary(records)
    assert "1 without a face" in line
    assert "IMAGE_DECODE_ERROR" in line

    again = tmp_path / "again.jsonl"
    measure(
        model.scorer,
        measured,
        ENTRIES,
        media,
        FaceCache(tmp_path / "cache", _Blind(), CROP, FRAMES),
        again,
    )
    assert read_records(again) == (head, records)
    with out.open() as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        with pytest.raises(BlockingIOError):
            measure(model.scorer, measured, ENTRIES, media, cache, out)
    other = Measured("0" * 64, ARCHITECTURE, CROP, FRAMES)
    with pytest.raises(ValueError, match="other weights"):
        measure(model.scorer, other, ENTRIES, media, cache, out)


def test_a_measurement_takes_over_nothing_by_its_name_alone(
    serving: tuple[Model, Measured], media: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A label is corrected, a file is taken out, and one is replaced by another of the same name."""
    model, measured = serving
    data, out, asked = tmp_path / "data", tmp_path / "records.jsonl", []
    data.mkdir()
    for name, content in (("a.png", "pair.png"), ("b.png", "empty.png"), ("c.png", "pair.png")):
        shutil.copyfile(media / content, data / name)

    def found(path: Path, *_: object) -> FoundFaces:
        asked.append(path.name)
        return find_faces(media / "empty.png", model.detector, CROP, FRAMES)

    monkeypatch.setattr(found_faces, "find_faces", found)
    cache = FaceCache(tmp_path / "cache", model.detector, CROP, FRAMES)
    entries = [Entry(name, "image", "real", "made", name) for name in ("a.png", "b.png", "c.png")]
    measure(model.scorer, measured, entries, data, cache, out)
    assert asked == ["a.png", "b.png"], "the third one has the first one's content"
    shutil.copyfile(media / "clip.mp4", data / "b.png")
    now = [Entry("a.png", "image", "fake", "made", "person 7"), entries[1]]
    measure(model.scorer, measured, now, data, cache, out)
    assert asked == ["a.png", "b.png", "b.png"]
    assert [record.entry for record in read_records(out)[1]] == now
    before = out.read_text()
    measure(model.scorer, measured, now, data, cache, out)
    assert out.read_text() == before
    (data / "a.png").unlink()
    measure(model.scorer, measured, now, data, cache, out)
    assert asked == ["a.png", "b.png", "b.png", "a.png"], "a record says that it cannot be read"
    out.write_text(before.replace('"content"', '"of"'))
    measure(model.scorer, measured, now, data, cache, out)
    assert [record.entry for record in read_records(out)[1]] == now, "older records name no content"


def test_manifests_need_little(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text('{"file": "set/a.jpg", "kind": "image", "label": "real"}\n')
    assert read_manifest(tmp_path / "m.jsonl") == [Entry("set/a.jpg", "image", "real", "set", "set/a.jpg")]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ({"label": "Fake"}, "line 3: label is 'Fake'; write real or fake"),
        ({"kind": "photo"}, "line 3: kind is 'photo'; write image or video"),
        ({"file": "a.jpg"}, "line 3: a.jpg is listed a second time"),
        ({"label": None}, "line 3: label is None"),
    ],
)
def test_a_manifest_says_which_line_is_wrong(tmp_path: Path, line: dict[str, object], said: str) -> None:
    """Any label but "fake" would count as authentic."""
    right = {"file": "a.jpg", "kind": "image", "label": "fake"}
    lines = [json.dumps(right), "", json.dumps(right | {"file": "b.jpg"} | line)]
    (tmp_path / "m.jsonl").write_text("\n".join(lines))
    with pytest.raises(ValueError, match=rf"m\.jsonl, {re.escape(said)}"):
        read_manifest(tmp_path / "m.jsonl")


def test_a_mirrored_crop_is_scored_as_one(serving: tuple[Model, Measured], media: Path) -> None:
    model, measured = serving
    seen = find_faces(media / "pair.png", model.detector, CROP, FRAMES)
    turned = dataclasses.replace(seen, crops=np.ascontiguousarray(seen.crops[:, :, ::-1]))
    flipped = score(ENTRIES[0], seen, model.scorer, dataclasses.replace(measured, mirrored=True))
    assert flipped.persons == score(ENTRIES[0], turned, model.scorer, measured).persons
    assert flipped.persons != score(ENTRIES[0], seen, model.scorer, measured).persons
