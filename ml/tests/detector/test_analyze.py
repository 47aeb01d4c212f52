"""The whole story on real pixels with the released bundle."""

from __future__ import annotations

import math
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from PIL import Image as Pillow

import bundles
from detector.analyze import Options, analyze
from detector.contracts import (
    Analysis,
    Box,
    Detection,
    ErrorCode,
    Image,
    Limits,
    MediaError,
    Progress,
    Reason,
    Step,
    StepKind,
    Verdict,
)
from detector.model import Model, load_model


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model(bundles.default_bundle(), "onnx")


@pytest.fixture(scope="module")
def photo(tmp_path_factory: pytest.TempPathFactory, portrait: Image) -> Path:
    path = tmp_path_factory.mktemp("media") / "portrait.png"
    Pillow.fromarray(portrait).save(path)
    return path


@pytest.fixture(scope="module")
def clip(tmp_path_factory: pytest.TempPathFactory, portrait: Image) -> Path:
    """Four seconds: the portrait drifts; from the third second on it is gone."""
    path = tmp_path_factory.mktemp("media") / "drift.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 640, 480, "yuv420p"
        face = cv2.resize(portrait, (440, 440), interpolation=cv2.INTER_AREA)
        for number in range(100):
            ground = np.full((480, 640, 3), 90, np.uint8)
            if number < 75:
                ground[20:460, number : number + 440] = face
            container.mux(stream.encode(av.VideoFrame.from_ndarray(ground, format="rgb24")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture(scope="module")
def analysed(clip: Path, model: Model) -> Analysis:
    return analyze(clip, model)


def test_a_still_is_a_one_frame_video(photo: Path, model: Model) -> None:
    result = analyze(photo, model)
    assert result.media.media_type == "image"
    assert (result.media.width, result.media.height, result.media.duration_ms) == (512, 512, 0.0)
    assert len(result.tracks) == 1
    assert result.raw_logit == pytest.approx(result.tracks[0].scores[0].logit)
    assert result.decision.verdict in (Verdict.NO_SIGNS, Verdict.MANIPULATED, Verdict.INCONCLUSIVE)


def test_a_video_follows_its_person_and_counts_what_it_saw(analysed: Analysis) -> None:
    assert len(analysed.sample_times_ms) == 32
    assert len(analysed.tracks) == 1
    assert analysed.frames_with_face == 24
    assert analysed.tracks[0].seconds_on_screen == pytest.approx(3.0, abs=0.2)
    assert len(analysed.moments) == 5
    assert max(moment.score.face.timestamp_ms for moment in analysed.moments) < 3000


def test_a_moment_is_what_the_network_saw(analysed: Analysis, model: Model) -> None:
    from detector.score import score_crops

    for moment in analysed.moments:
        logits, maps, features = score_crops(model.scorer, [moment.crop], model.rules.crop)
        assert logits[0] == pytest.approx(moment.score.logits, abs=1e-4)
        assert maps[0, moment.score.strongest] == pytest.approx(moment.score.cam, abs=1e-4)
        assert moment.trace is model.rules.traces[moment.score.strongest]
        assert features[0] == pytest.approx(moment.score.features, abs=1e-4)


def test_the_map_and_the_bias_make_the_logit(analysed: Analysis, model: Model) -> None:
    assert model.manifest is not None
    for score in analysed.tracks[0].scores:
        bias = model.manifest.classifier_bias[score.strongest]
        assert score.cam.sum() + bias == pytest.approx(score.logit, abs=1e-3)


def test_the_result_can_be_recomputed_from_its_steps(analysed: Analysis) -> None:
    *sums, calibration = analysed.steps
    for step in sums:
        assert np.dot(step.inputs, step.weights) == pytest.approx(step.output)
    assert [step.kind for step in sums] == [
        StepKind.QUANTILE_BAND,
        StepKind.QUANTILE_BAND,
        StepKind.STRONGEST_TRACE,
        StepKind.PRESENCE,
        StepKind.MOST_SUSPICIOUS_PERSON,
    ]
    assert sums[-1].output == analysed.raw_logit
    assert calibration.inputs == (analysed.raw_logit,)
    assert recomputed_estimate(calibration) == pytest.approx(analysed.decision.probability)
    interval = calibration.parameters["interval_low"], calibration.parameters["interval_high"]
    assert interval == analysed.decision.interval


def recomputed_estimate(step: Step) -> float:
    rule = step.parameters
    return 1 / (1 + math.exp(-(rule["slope"] * max(step.inputs[0], rule["floor"]) + rule["intercept"])))


class Placed:
    """A detector that finds faces where it is told, after a pause."""

    name = "placed"

    def __init__(self, *boxes: tuple[float, float, float, float], seconds: float = 0.0) -> None:
        self._boxes, self._seconds = boxes, seconds

    def detect(self, frames: list[Image], smallest_px: float = 40.0) -> list[list[Detection]]:
        time.sleep(self._seconds)
        return [[Detection(box, 0.99, None) for box in self._boxes] for _ in frames]

    def follow(
        self, frames: list[Image], places: list[list[Box]], smallest_px: float = 40.0
    ) -> list[list[Detection]]:
        return self.detect(frames, smallest_px)


def test_two_faces_at_the_left_border_keep_their_own_letters(
    tmp_path: Path, portrait: Image, model: Model
) -> None:
    upper, lower = portrait[40:240, 180:360], portrait[40:240, 180:360][:, :, ::-1]
    path = tmp_path / "pair.png"
    Pillow.fromarray(np.concatenate([upper, lower])).save(path)
    placed = Placed((0.0, 20.0, 110.0, 160.0), (0.0, 220.0, 110.0, 360.0))
    result = analyze(path, replace(model, detector=placed))
    owners = {track.scores[0].face.box: track.person for track in result.tracks}
    assert sorted(owners.values()) == ["A", "B"]
    assert {moment.score.face.box: moment.person for moment in result.moments} == owners


def test_each_person_is_decided_about_alone(tmp_path: Path, portrait: Image, model: Model) -> None:
    path = tmp_path / "pair.png"
    Pillow.fromarray(portrait).save(path)
    large, tiny = (180.0, 40.0, 300.0, 190.0), (400.0, 400.0, 410.0, 410.0)
    result = analyze(path, replace(model, detector=Placed(large, tiny)))
    by_size = {track.scores[0].face.size_px: track for track in result.tracks}
    assert by_size[120.0].decision.probability == pytest.approx(by_size[120.0].probability)
    assert by_size[10.0].decision.probability is None
    assert Reason.FACES_TOO_SMALL in by_size[10.0].decision.reasons
    assert {track.decision.person for track in result.tracks} == {"A", "B"}


def test_stages_of_a_thread_do_not_overlap(clip: Path, photo: Path, model: Model) -> None:
    for path in (clip, photo):
        timings = analyze(path, model).timings
        assert timings.analysing <= timings.total + 1e-6
        assert 0.0 < timings.decoding <= timings.total
        assert min(timings.open, timings.face_detection, timings.inference, timings.explainability) > 0.0


@pytest.mark.timed
def test_a_slow_detector_lengthens_its_own_stage_alone(photo: Path, model: Model) -> None:
    slow = replace(model, detector=Placed((180.0, 40.0, 300.0, 190.0), seconds=1.0))
    timings = analyze(photo, slow).timings
    assert timings.face_detection >= 1000.0
    assert timings.open + timings.waiting_for_frames + timings.inference < 1000.0
    assert timings.analysing <= timings.total


def test_the_same_file_gives_the_same_result(clip: Path, photo: Path, model: Model) -> None:
    for path in (clip, photo):
        first, second = analyze(path, model), analyze(path, model)
        assert first.raw_logit == pytest.approx(second.raw_logit, abs=1e-6)
        assert [t.person for t in first.tracks] == [t.person for t in second.tracks]


def test_both_runtimes_agree(photo: Path, clip: Path, model: Model) -> None:
    other = load_model(bundles.default_bundle(), "torch", "cpu")
    for path in (photo, clip):
        one, two = (
            [score for track in analyze(path, runtime).tracks for score in track.scores]
            for runtime in (model, other)
        )
        boxes, others = ([score.face.box for score in scores] for scores in (one, two))
        assert np.array(boxes) == pytest.approx(np.array(others), abs=0.01)
        differences = np.abs(np.array([a.logits for a in one]) - [b.logits for b in two]).max(axis=1)
        # A crop's edges are rounded to whole pixels, which a difference in a box's sixth digit can tip.
        assert np.mean(differences < 1e-3) >= 0.9


def test_no_face_is_an_answer(tmp_path: Path, model: Model) -> None:
    path = tmp_path / "wall.png"
    Pillow.new("RGB", (400, 300), "gray").save(path)
    result = analyze(path, model)
    assert result.decision.verdict is Verdict.NO_FACE
    assert result.raw_logit is None
    assert result.decision.probability is None
    assert result.moments == ()


@pytest.mark.parametrize(("kept", "verdict"), [(0.5, Verdict.INCONCLUSIVE), (1.0, Verdict.NO_FACE)])
def test_a_picture_that_lacks_pixels_may_have_shown_somebody(
    kept: float, verdict: Verdict, tmp_path: Path, model: Model
) -> None:
    path = tmp_path / "wall.jpg"
    Pillow.effect_noise((400, 300), 40).save(path)
    path.write_bytes(path.read_bytes()[: int(kept * (path.stat().st_size - 2))])
    result = analyze(path, model)
    assert result.damaged_packets == 1
    assert result.decision.verdict is verdict
    assert (result.decision.reasons[0] is Reason.DAMAGED_MEDIA) == (verdict is Verdict.INCONCLUSIVE)
    assert result.decision.reasons[-1] is Reason.NO_FACE


def test_a_video_that_is_all_damage_is_too_damaged_to_judge(clip: Path, tmp_path: Path, model: Model) -> None:
    data = bytearray(clip.read_bytes())
    with av.open(str(clip)) as container:
        for packet in container.demux(video=0):
            if packet.pos is not None and packet.size:
                last = packet.size // 8
                data[packet.pos + packet.size - last : packet.pos + packet.size] = bytes(last)
    path = tmp_path / "damaged.mp4"
    path.write_bytes(data)
    result = analyze(path, model)
    assert result.decision.verdict is Verdict.INCONCLUSIVE
    assert result.decision.reasons[0] is Reason.DAMAGED_MEDIA
    assert result.sample_times_ms == ()
    assert result.damaged_packets > 0


def test_progress_tells_true_counts_in_order(clip: Path, model: Model) -> None:
    seen: list[Progress] = []
    result = analyze(clip, model, progress=seen.append)
    assert seen[0].stage == "validating"
    assert seen[-1].stage == "explainability"
    assert seen[-1].frames_decoded == seen[-1].frames_planned == 32
    assert seen[-1].faces_scored == seen[-1].faces_found == sum(len(t.scores) for t in result.tracks)
    decoded = [p.frames_decoded for p in seen]
    assert decoded == sorted(decoded)


def test_a_callback_that_raises_cancels_and_leaves_nothing_behind(clip: Path, model: Model) -> None:
    class CancelledError(Exception):
        pass

    def cancel(progress: Progress) -> None:
        if progress.faces_found:
            raise CancelledError

    threads, files = threading.active_count(), len(list(Path("/proc/self/fd").iterdir()))
    with pytest.raises(CancelledError):
        analyze(clip, model, progress=cancel)
    assert threading.active_count() == threads
    assert len(list(Path("/proc/self/fd").iterdir())) == files


def test_limits_reach_the_decoder(clip: Path, model: Model) -> None:
    with pytest.raises(MediaError) as caught:
        analyze(clip, model, Options(limits=Limits(max_seconds=2)))
    assert caught.value.code is ErrorCode.VIDEO_TOO_LONG


def test_the_base_install_needs_no_torch(photo: Path) -> None:
    """Analysing in a process where torch, timm and matplotlib cannot be imported."""
    code = (
        "import sys; sys.modules.update(dict.fromkeys(['torch', 'timm', 'safetensors', 'matplotlib']));"
        "import bundles; from pathlib import Path; from detector.model import load_model;"
        "from detector.analyze import analyze;"
        "print(analyze(Path(sys.argv[1]), load_model(bundles.default_bundle(), 'onnx')).raw_logit)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(photo)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert float(done.stdout)


def test_a_still_is_kept_as_it_is_shown(model: Model, portrait: Image, tmp_path: Path) -> None:
    path = tmp_path / "turned.jpg"
    exif = Pillow.Exif()
    exif[0x0112] = 6  # to be shown turned by a quarter
    Pillow.fromarray(cv2.resize(portrait, (3000, 1500))).save(path, exif=exif)
    picture = analyze(path, model).picture
    assert picture is not None
    assert picture.shape == (2048, 1024, 3)


def test_fingerprints_are_of_frames_that_are_spread_over_the_clip(analysed: Analysis) -> None:
    times = [one.timestamp_ms for one in analysed.prints]
    gaps = np.diff(times)
    assert 8 <= len(times) <= 16
    assert gaps.min() >= 1000 * 4 / 12 - 1
    assert gaps.max() < 1000
    assert analysed.prints[0].fingerprint.quality > 50
