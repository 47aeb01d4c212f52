"""The real analysing process: the real engine and bundle, confined."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import av
import pytest
from media_factory import Clip
from PIL import Image as Pillow
from pillow_heif import from_pillow
from signing import Authority, picture, signed

from deepshield.analyser.protocol import Done, Refused, Setup, encode
from deepshield.domain.fingerprints import MOST_BITS
from deepshield.domain.jobs import Stage
from deepshield.domain.marks import Mark
from deepshield.domain.policies import Minimums, PolicyTask, Rule
from deepshield.domain.progress import Report
from deepshield.provenance.trust_lists import install, parse
from deepshield.result import AnalysisResult
from deepshield.result_provenance import CredentialState, Provenance, TrustListKind
from deepshield.worker.analyser import Analyser, AnalyserBrokenError, Made, NotMade, RecycleLimits
from deepshield.worker.analysis import Bounds, Outcome, Stopped
from deepshield.worker.cancellation import Cancellation, Reason
from deepshield.worker.process import COMMAND, environment
from detector.contracts import Limits
from detector.media import open_media

pytestmark = [pytest.mark.worker, pytest.mark.timed]

BOUNDS = Bounds(60, 90, 2048)
ASTRONAUT = 0x2D6B1AF3A956C529E79CA3D2526FA834D4196C81CEDD04DE0A26B855FC99B724  # of the picture's pixels


def setup(**changes: object) -> Setup:
    plain = Setup(os.getpid(), None, "auto", "auto", None, 8, 60.0, 10**8, 30.0, 2048, False)
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def analyser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Analyser]:
    one = Analyser(setup(), BOUNDS, RecycleLimits(1024, 500), tmp_path_factory.mktemp("engine") / "log")
    yield one
    one.close()


def analyze(analyser: Analyser, path: Path, folder: Path, seen: list[Report] | None = None) -> Outcome:
    return analyser.analyze(path, folder, [].append if seen is None else seen.append, Cancellation())


def test_a_photo_becomes_a_result_and_files(analyser: Analyser, portrait_file: Path, tmp_path: Path) -> None:
    outcome = analyze(analyser, portrait_file, tmp_path / "out")
    assert isinstance(outcome, Done)
    (fingerprint,) = outcome.prints
    assert (int(fingerprint.hash, 16) ^ ASTRONAUT).bit_count() <= MOST_BITS
    assert outcome.result.verdict in {"manipulated", "no_signs", "inconclusive"}
    moment = outcome.result.top_k_suspicious[0]
    assert moment.heatmap_overlay_url == "moment-1-overlay.png"
    assert outcome.result.tracks[0].thumbnail_url == "person-a.png"
    pictures = {f"moment-1-{kind}.png" for kind in ("crop", "overlay")} | {"photo.jpg"}
    pictures |= {f"moment-1-{kind}.jpg" for kind in ("face", "frame", "picture")}
    assert set(outcome.files) == pictures | {"person-a.png"}
    assert all((tmp_path / "out" / name).stat().st_size for name in outcome.files)
    assert "analysis.json" not in outcome.files


def test_a_video_reports_real_counts(analyser: Analyser, clip_file: Path, tmp_path: Path) -> None:
    seen: list[Report] = []
    outcome = analyze(analyser, clip_file, tmp_path / "out", seen)
    assert isinstance(outcome, Done)
    assert "timeline.png" in outcome.files
    assert seen[0].stage is Stage.VALIDATING
    last = seen[-1]
    assert last.frames_decoded == last.frames_planned == 8
    assert last.faces_scored == last.faces_found == outcome.result.faces


def test_a_marked_face_is_analysed_alone(analyser: Analyser, clip_file: Path, tmp_path: Path) -> None:
    box = (10.0, 12.0, 90.0, 100.0)
    mark = Mark(box, timestamp_ms=200.0)
    outcome = analyser.analyze(clip_file, tmp_path / "out", lambda _: None, Cancellation(), mark)
    assert isinstance(outcome, Done)
    result = outcome.result
    assert result.marked is not None
    assert result.marked.box == box
    assert 100 < result.marked.timestamp_ms <= 200
    assert (result.frames_sampled, result.faces, len(result.top_k_suspicious)) == (1, 1, 1)
    assert result.score_interpretation.startswith("Of the face that the reader marked: ")
    assert result.preview_url == "photo.jpg"
    assert "photo.jpg" in outcome.files
    assert "timeline.png" not in outcome.files


def test_a_policy_gives_another_verdict_in_the_same_process(
    analyser: Analyser, portrait_file: Path, tmp_path: Path
) -> None:
    plain = analyze(analyser, portrait_file, tmp_path / "plain")
    assert isinstance(plain, Done)
    assert plain.result.verdict == "no_signs"
    assert plain.result.final_score is not None
    assert analyser.bundle is not None
    at = plain.result.final_score / 2
    rule = Rule(at, at, at, Minimums(32.0, 3, 0.01))

    def judged(sha256: str) -> AnalysisResult:
        policy = PolicyTask("id", 3, "Find more", sha256, rule)
        outcome = analyser.analyze(
            portrait_file, tmp_path / sha256, lambda _: None, Cancellation(), None, [policy]
        )
        assert isinstance(outcome, Done)
        return outcome.result

    result = judged(analyser.bundle.sha256)
    assert (result.verdict, result.decision_threshold, result.abstain_band) == ("manipulated", at, (at, at))
    assert result.final_score == plain.result.final_score
    assert result.tracks[0].verdict == "manipulated"
    assert (result.policy and result.policy.number) == 3
    of_another = judged("0" * 64)
    assert (of_another.policy, of_another.verdict) == (None, "no_signs")


def test_the_confined_process_makes_previews(analyser: Analyser, tmp_path: Path) -> None:
    for codec in ("h264", "mpeg4"):
        sounding = codec == "h264"
        path = Clip(codec=codec, audio=sounding).write(tmp_path / "clip.mp4")
        target = tmp_path / f"{codec}.mp4"
        assert analyser.preview(path, target, 30, Cancellation()) == Made(sound=sounding)
        with open_media(target, 1, Limits()) as media:
            assert media.info.codec == "h264"
            assert media.info.frame_count == 30


def test_why_there_is_no_preview_is_told(analyser: Analyser, tmp_path: Path) -> None:
    path = Clip(frames=2, times_ms=(0, 100_000)).write(tmp_path / "clip.mp4")
    outcome = analyser.preview(path, tmp_path / "preview.mp4", 30, Cancellation())
    assert isinstance(outcome, NotMade)
    assert outcome.reason.startswith("MediaError: The video lasts")


def test_the_confined_process_reads_what_a_file_says_of_itself(tmp_path: Path) -> None:
    authority, path = Authority(), tmp_path / "upload"
    install(tmp_path / "trust", parse(authority.pem, TrustListKind.SIGNERS, date.today()))
    path.write_bytes(signed(picture(size=(800, 600)), authority.signer()))
    confined = setup(trust_lists=str(tmp_path / "trust"))
    one = Analyser(confined, BOUNDS, RecycleLimits(1024, 500), tmp_path / "log")
    try:
        one.wait_ready()
        found = one.describe(path, 10, Cancellation())
        assert isinstance(found, Provenance)
        assert found.credentials.state is CredentialState.TRUSTED
        path.write_bytes(b"no media")
        nothing = one.describe(path, 10, Cancellation())
        assert isinstance(nothing, Provenance)
        path.unlink()
        assert isinstance(one.describe(path, 10, Cancellation()), NotMade)
        assert one.wait_ready() is not None
    finally:
        one.close()


def test_nobody_waits_for_a_preview_that_is_not_wanted_any_more(analyser: Analyser, tmp_path: Path) -> None:
    path = Clip(codec="mpeg4", frames=1000, size=(640, 360)).write(tmp_path / "clip.mp4")
    cancellation = Cancellation()
    threading.Timer(0.1, cancellation.cancel, [Reason.LEASE_LOST]).start()
    stopped = NotMade("stopped: lease lost")
    assert analyser.preview(path, tmp_path / "preview.mp4", 60, cancellation) == stopped
    assert analyser.preview(path, tmp_path / "preview.mp4", 60, cancellation) == stopped


def test_a_file_that_is_no_media_is_refused_with_its_code(analyser: Analyser, tmp_path: Path) -> None:
    path = tmp_path / "text.jpg"
    path.write_text("hello")
    outcome = analyze(analyser, path, tmp_path / "out")
    assert isinstance(outcome, Refused)
    assert outcome.code == "INVALID_MAGIC_BYTES"


def test_limits_of_the_settings_reach_the_analyser(clip_file: Path, tmp_path: Path) -> None:
    one = Analyser(setup(max_seconds=1.0, threshold=0.9), BOUNDS, RecycleLimits(1024, 500), tmp_path / "log")
    try:
        outcome = analyze(one, clip_file, tmp_path / "out")
        assert isinstance(outcome, Refused)
        assert outcome.code == "VIDEO_TOO_LONG"
        picture = tmp_path / "still.png"
        picture.write_bytes(_blank_png())
        blank = analyze(one, picture, tmp_path / "blank")
        assert isinstance(blank, Done)
        assert blank.result.decision_threshold == 0.9
        low, high = blank.result.abstain_band
        assert 0 <= low <= 0.9 <= high <= 1
    finally:
        one.close()


def test_a_stop_in_mid_analysis_is_obeyed_and_the_process_stays(
    analyser: Analyser, clip_file: Path, tmp_path: Path
) -> None:
    analyser.wait_ready()
    cancellation = Cancellation()
    outcome = analyser.analyze(
        clip_file, tmp_path / "out", lambda _: cancellation.cancel(Reason.LEASE_LOST), cancellation
    )
    assert outcome == Stopped(Reason.LEASE_LOST)
    assert not (tmp_path / "out").exists()


def test_a_bundle_that_is_none_is_broken(tmp_path: Path) -> None:
    one = Analyser(setup(bundle=str(tmp_path)), BOUNDS, RecycleLimits(1024, 500), tmp_path / "log")
    with pytest.raises(AnalyserBrokenError, match=r"bundle\.json cannot be read"):
        one.wait_ready()
    one.close()


def test_what_libraries_print_does_not_reach_the_protocol() -> None:
    noisy = """
import os
from deepshield.analyser import child
take = child.Channel.on_standard_streams.__func__
def loud(cls):
    channel = take(cls)
    print("python prints", flush=True)
    os.write(1, b"libraries print")
    return channel
child.Channel.on_standard_streams = classmethod(loud)
child.main()
"""
    assert _first_answer([sys.executable, "-P", "-c", noisy])["kind"] == "ready"


def test_it_confines_itself_before_it_reads_any_media() -> None:
    confinement = _first_answer(list(COMMAND))["confinement"]
    assert confinement["memory"] == "ok"
    assert confinement["system_calls"] == "ok"


def test_it_ends_when_nobody_can_ask_it_any_more() -> None:
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=environment(os.environ),
    ) as process:  # fmt: skip
        assert process.stdin is not None
        process.stdin.write(encode(setup()))
        process.stdin.close()
        begun = time.monotonic()
        assert process.wait(30) == 0
        assert time.monotonic() - begun < 30


def _first_answer(command: list[str]) -> dict[str, object]:
    done = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        env=environment(os.environ),
    )  # fmt: skip
    assert done.stdin is not None
    assert done.stdout is not None
    with done:
        done.stdin.write(json.dumps(asdict(setup())).encode() + b"\n")
        done.stdin.flush()
        line = done.stdout.readline()
        done.kill()
    answer: dict[str, object] = json.loads(line)
    return answer


def _blank_png() -> bytes:
    import io

    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", (200, 200), "grey").save(buffer, "PNG")
    return buffer.getvalue()


@pytest.mark.parametrize("name", ["a.heic", "a.avif", "a.gif", "a.mts", "a.wmv"])
def test_every_format_is_decoded_in_confinement(
    name: str, analyser: Analyser, portrait_file: Path, tmp_path: Path
) -> None:
    path = tmp_path / name
    portrait = Pillow.open(portrait_file).convert("RGB").resize((256, 256))
    if name == "a.heic":
        from_pillow(portrait).save(path)
    elif path.suffix in (".avif", ".gif"):
        portrait.save(path)
    else:
        codec, kind = ("libx264", "mpegts") if name == "a.mts" else ("wmv2", "asf")
        write_film(path, kind, codec, portrait)
    outcome = analyze(analyser, path, tmp_path / "out")
    assert isinstance(outcome, Done), outcome
    assert outcome.result.faces >= 1


def write_film(path: Path, kind: str, codec: str, picture: Pillow.Image) -> None:
    with av.open(str(path), "w", format=kind) as container:
        stream: Any = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt, stream.bit_rate = 256, 256, "yuv420p", 4_000_000
        for _ in range(10):
            container.mux(stream.encode(av.VideoFrame.from_image(picture)))
        container.mux(stream.encode(None))
