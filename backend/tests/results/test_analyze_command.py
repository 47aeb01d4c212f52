"""`deepshield analyze` as a user runs it: a process with real files."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
from pathlib import Path
from typing import Any

import cv2
import pytest
from service_parts import Run

pytestmark = pytest.mark.integration

CONTRACT = {
    "path", "raw_logit", "final_score", "decision_threshold", "predicted_manipulation", "low_confidence",
    "low_confidence_reason", "confidence_label", "score_interpretation", "frames_sampled", "frames_with_face",
    "frames_used_for_score", "aggregation_method", "model_version", "pipeline_version", "top_k_suspicious",
    "verdict", "reasons", "interval", "abstain_band", "tracks", "timeline", "faces", "model", "timings_ms",
    "sha256",
}  # fmt: skip
MOMENT = {"frame_index", "timestamp_ms", "p_fake", "face_bbox", "heatmap_overlay_url"}


@pytest.fixture
def mixed(tmp_path: Path, portrait_file: Path, clip_file: Path, broken_still: bytes) -> Path:
    """A folder with good, broken and foreign files, in a subfolder and under odd names."""
    folder = tmp_path / "many files"
    (folder / "unter ordner").mkdir(parents=True)
    shutil.copy(portrait_file, folder / "a photo.jpg")
    shutil.copy(clip_file, folder / "unter ordner" / "клип №1.mp4")
    shutil.copy(portrait_file, folder / "really a jpeg.mp4")
    shutil.copy(portrait_file, folder / "no extension")
    (folder / "broken.jpg").write_bytes(broken_still)
    (folder / "empty.mp4").touch()
    (folder / "notes.txt").write_text("not media, and nobody said it was")
    (folder / ".hidden.jpg").write_bytes(b"x")
    return folder


def documents(output: str) -> dict[str, dict[str, Any]]:
    parsed = [json.loads(line) for line in output.splitlines()]
    return {Path(document["path"]).name: document for document in parsed}


def test_json_is_one_document_per_line_with_every_field_of_the_contract(
    run: Run, portrait_file: Path, clip_file: Path
) -> None:
    done = run("analyze", portrait_file, clip_file, "--json")
    assert done.returncode == 0, done.stderr
    found = documents(done.stdout)
    assert list(found) == ["portrait.jpg", "clip.mp4"]
    for document in found.values():
        assert set(document) >= CONTRACT
        assert document["raw_logit"] is not None
        assert document["top_k_suspicious"]
        assert all(set(moment) >= MOMENT for moment in document["top_k_suspicious"])
    assert found["clip.mp4"]["frames_sampled"] == 32
    assert found["portrait.jpg"]["frames_sampled"] == 1


def test_a_folder_goes_on_after_broken_files_and_says_so(run: Run, mixed: Path) -> None:
    done = run("analyze", mixed, "--json")
    assert done.returncode == 3
    assert done.stderr == ""
    found = documents(done.stdout)
    assert set(found) == {
        "a photo.jpg", "клип №1.mp4", "really a jpeg.mp4", "no extension", "broken.jpg", "empty.mp4",
    }  # fmt: skip
    assert found["broken.jpg"]["error"]["error_code"] == "IMAGE_DECODE_ERROR"
    assert found["empty.mp4"]["error"]["error_code"] == "EMPTY_FILE"
    assert set(found["empty.mp4"]) == {"path", "error"}
    assert all("error" not in found[name] for name in ("a photo.jpg", "клип №1.mp4", "really a jpeg.mp4"))


def test_the_summary_names_verdict_persons_reasons_and_moments(run: Run, clip_file: Path) -> None:
    done = run("analyze", clip_file)
    assert done.returncode == 0
    assert done.stderr == ""
    for part in (str(clip_file), "Why:", "person", "Most suspicious moments: 0:", "threshold"):
        assert part in done.stdout
    assert "\x1b[" not in done.stdout, "no colour codes in a pipe"


def test_a_terminal_gets_progress_and_colours(program: Path, clip_file: Path) -> None:
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "120"}
    environment.pop("NO_COLOR", None)
    with subprocess.Popen(
        [program, "analyze", clip_file], stdout=slave, stderr=slave, env=environment
    ) as process:
        os.close(slave)
        output = b""
        try:
            while chunk := os.read(master, 65536):
                output += chunk
        except OSError:  # the other end is closed
            pass
        assert process.wait(60) == 0
    os.close(master)
    text = output.decode()
    assert "\x1b[" in text
    assert "/32" in text


def test_out_holds_a_folder_per_file(run: Run, mixed: Path, tmp_path: Path) -> None:
    out = tmp_path / "results"
    done = run("analyze", mixed, "--out", out)
    assert done.returncode == 3
    folders = {folder.name for folder in out.iterdir()}
    assert folders == {"a photo.jpg", "клип _1.mp4", "really a jpeg.mp4", "no extension"}
    video = out / "клип _1.mp4"
    document = json.loads((video / "analysis.json").read_text())
    for moment in document["top_k_suspicious"]:
        for kind in ("heatmap_overlay_url", "frame_overlay_url", "crop_url", "face_url", "frame_url"):
            picture = cv2.imread(str(video / moment[kind]))
            assert picture is not None
            assert picture.size > 0
    assert cv2.imread(str(video / "timeline.png")).shape[1] == 1000
    photo = out / "a photo.jpg"
    shown = json.loads((photo / "analysis.json").read_text())["preview_url"]
    assert cv2.imread(str(photo / shown)).shape == cv2.imread(str(mixed / "a photo.jpg")).shape
    assert not (out / "a photo.jpg" / "timeline.png").exists(), "a still has no timeline"
    assert not list(out.glob(".partial*"))


def test_files_of_one_name_get_folders_of_their_own(run: Run, portrait_file: Path, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        shutil.copy(portrait_file, tmp_path / name / "same.jpg")
    assert run("analyze", tmp_path / "one", tmp_path / "two", "--out", tmp_path / "out").returncode == 0
    assert {f.name for f in (tmp_path / "out").iterdir()} == {"same.jpg", "same.jpg (2)"}


def test_an_analysis_is_replaced_but_nothing_else_is(run: Run, portrait_file: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    assert run("analyze", portrait_file, "--out", out).returncode == 0
    (out / "portrait.jpg" / "stale.png").touch()
    assert run("analyze", portrait_file, "--out", out).returncode == 0
    assert not (out / "portrait.jpg" / "stale.png").exists()
    shutil.rmtree(out / "portrait.jpg")
    (out / "portrait.jpg").mkdir()
    (out / "portrait.jpg" / "diary.txt").touch()
    done = run("analyze", portrait_file, "--out", out, "--json")
    assert done.returncode == 3
    assert (out / "portrait.jpg" / "diary.txt").exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["analyze"],
        ["analyze", "x.jpg", "--bundle", "no/such/bundle"],
        # Each is a process, and the parser's own refusals are alike.
        pytest.param(["analyze", "x.jpg", "--max-frames", "0"], marks=pytest.mark.long),
        pytest.param(["analyze", "x.jpg", "--runtime", "abacus"], marks=pytest.mark.long),
        pytest.param(["analyze", "x.jpg", "--runtime", "onnx", "--device", "cuda"], marks=pytest.mark.long),
        pytest.param(["nonsense"], marks=pytest.mark.long),
    ],
)
def test_wrong_usage_exits_with_two_and_says_why(run: Run, arguments: list[str]) -> None:
    done = run(*arguments)
    assert done.returncode == 2
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_missing_files_and_empty_folders(run: Run, tmp_path: Path) -> None:
    done = run("analyze", tmp_path / "gone.jpg", "--json")
    assert done.returncode == 3
    assert json.loads(done.stdout)["error"]["error_code"] == "FILE_NOT_FOUND"
    assert run("analyze", tmp_path).returncode == 2


def test_an_output_folder_that_cannot_be_made_ends_the_command(
    run: Run, portrait_file: Path, tmp_path: Path
) -> None:
    (tmp_path / "taken").touch()
    for out in (tmp_path / "taken", tmp_path / "taken" / "below"):
        done = run("analyze", portrait_file, "--out", out)
        assert (done.returncode, done.stdout) == (2, "")
        assert f"{out} cannot be written" in done.stderr


def test_undecodable_names_are_printed(run: Run, portrait_file: Path, tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/bad \xff name\n.jpg"
    Path(os.fsdecode(path)).write_bytes(portrait_file.read_bytes())
    done = run("analyze", os.fsdecode(path), "--json")
    assert done.returncode == 0
    assert os.fsencode(json.loads(done.stdout)["path"]) == path
    assert run("analyze", tmp_path, "--out", tmp_path / "out").returncode == 0


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--detector", "haar"),
        ("--max-frames", "7"),
        pytest.param("--runtime", "torch", marks=pytest.mark.long),  # torch itself takes long to start
    ],
)
def test_options_reach_the_engine(run: Run, clip_file: Path, option: str, value: str) -> None:
    done = run("analyze", clip_file, "--json", option, value)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    told = {"--detector": document["model"]["face_detector"], "--runtime": document["model"]["runtime"]}
    assert str(told.get(option, document["frames_sampled"])) == value


def test_a_thousand_bad_files_do_not_stop_a_good_one(run: Run, portrait_file: Path, tmp_path: Path) -> None:
    for number in range(1000):
        (tmp_path / f"{number:04}.jpg").write_bytes(b"\xff\xd8\xff" + bytes(number % 50))
    shutil.copy(portrait_file, tmp_path / "zz good.jpg")
    done = run("analyze", tmp_path, "--json")
    found = documents(done.stdout)
    assert done.returncode == 3
    assert len(found) == 1001
    assert found["zz good.jpg"]["raw_logit"] is not None


def test_small_files_analysed_side_by_side_have_the_results_they_have_alone(
    run: Run, portrait_file: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "album"
    folder.mkdir()
    picture = cv2.imread(str(portrait_file))
    for i in range(5):
        cv2.imwrite(str(folder / f"{i}.png"), picture[:, 20 * i :])
    (folder / "2 broken.jpg").write_bytes(portrait_file.read_bytes()[:300])
    together = run("analyze", folder, "--json", "--out", tmp_path / "out")
    assert together.returncode == 3
    found = documents(together.stdout)
    assert list(found) == ["0.png", "1.png", "2 broken.jpg", "2.png", "3.png", "4.png"]
    assert (tmp_path / "out" / "4.png" / "analysis.json").exists()
    (alone,) = documents(run("analyze", folder / "3.png", "--json").stdout.splitlines()[0]).values()
    assert found["3.png"]["raw_logit"] == alone["raw_logit"]
    assert found["3.png"]["raw_logit"] != found["4.png"]["raw_logit"]
