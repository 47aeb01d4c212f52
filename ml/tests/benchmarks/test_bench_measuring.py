"""Turns, ratios, fresh processes, import times, and what happens where there is no footage."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks import appearance, detection, following
from benchmarks.child import run_child
from benchmarks.footage import NoFootageError, find_videos
from benchmarks.options import Settings
from benchmarks.reference import read_frames
from benchmarks.report import Target
from benchmarks.startup import parse_import_times
from benchmarks.timing import alternate, ratio, typical


def test_sides_take_turns_after_one_warm_up() -> None:
    turns: list[str] = []
    seconds = alternate({"a": lambda: turns.append("a"), "b": lambda: turns.append("b")}, 2)
    assert turns == ["a", "b", "a", "b", "a", "b"]
    assert [len(values) for values in seconds.values()] == [2, 2]


def test_a_ratio_is_that_of_the_medians_and_its_spread_that_of_the_turns() -> None:
    figure = ratio("x", [4.0, 6.0, 100.0], [2.0, 2.0, 4.0], Target(">=", 3.0))
    assert figure.value == 3.0
    assert figure.spread == (2.0, 25.0)
    assert figure.met is True


def test_a_typical_value_is_the_median() -> None:
    figure = typical("x", [0.001, 0.003, 0.002], "ms", 1000.0)
    assert figure.value == pytest.approx(2.0)
    assert figure.spread == (1.0, 3.0)


def test_a_child_has_a_peak_of_its_own() -> None:
    held = bytearray(300 * 2**20)  # of this process, not of its child
    small = run_child([sys.executable, "-c", ""])
    large = run_child([sys.executable, "-c", "x = bytearray(200 * 2**20)"])
    assert small.peak_bytes < 100 * 2**20
    assert 200 * 2**20 < large.peak_bytes < 300 * 2**20
    assert small.seconds > 0.0
    assert len(held) > 0


def test_a_child_that_fails_is_no_measurement() -> None:
    with pytest.raises(RuntimeError, match="ended with 3"):
        run_child([sys.executable, "-c", "import sys; sys.exit(3)"])
    with pytest.raises((RuntimeError, subprocess.CalledProcessError)):
        run_child(["/nowhere/deepshield"])


def test_import_times_are_summed_per_package() -> None:
    text = (
        "import time: self [us] | cumulative | imported package\n"
        "import time:      1500 |       1500 |     numpy.core\n"
        "import time:       500 |       2000 |   numpy\n"
        "a warning in between\n"
        "import time:       250 |       2250 | detector.model\n"
    )
    assert parse_import_times(text) == {"numpy": 2.0, "detector": 0.25}


def test_missing_footage_is_said_and_is_no_fault(tmp_path: Path) -> None:
    with pytest.raises(NoFootageError, match="cannot be read"):
        find_videos(tmp_path)
    for command in (detection, following, appearance):
        section = command.measure(Settings(data=tmp_path))
        assert section.figures == ()
        assert "skipped" in section.notes[0]


def test_a_manifest_names_files_from_its_folder_or_the_one_above(tmp_path: Path) -> None:
    folder = tmp_path / "dev-eval"
    (folder / "set").mkdir(parents=True)
    (folder / "set" / "a.mp4").write_bytes(b"")
    (folder / "manifest.jsonl").write_text(
        '{"file": "dev-eval/set/a.mp4", "kind": "video", "group": "g"}\n'
        '{"file": "set/a.mp4", "kind": "video", "group": "g"}\n'
        '{"file": "set/b.mp4", "kind": "video", "group": "g"}\n'
        '{"file": "set/a.mp4", "kind": "image", "group": "g"}\n'
    )
    assert [video.path for video in find_videos(tmp_path)] == [folder / "set" / "a.mp4"] * 2


def test_the_reference_reads_frames_spread_over_the_clip(tmp_path: Path) -> None:
    from benchmarks.clips import Clip, make_clip

    frames = read_frames(make_clip(Clip(64, 36, 1), tmp_path), 5)
    assert [frame.shape for frame in frames] == [(36, 64, 3)] * 5
