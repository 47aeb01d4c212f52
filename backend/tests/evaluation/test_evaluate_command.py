"""`deepshield evaluate` as a user runs it, and its figures against cases worked by hand."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from service_parts import Run

from deepshield.cli.inputs import find_files
from deepshield.evaluation.labelled import LabelError, LabelledFile, read_labelled
from deepshield.evaluation.outcomes import LogError, Outcome, OutcomeLog
from deepshield.evaluation.report import Judge, advice, curves, label_outcomes, report
from detector.calibrate import Calibration, DecisionRule

pytestmark = pytest.mark.integration

IDENTITY = Calibration(slope=1.0, intercept=0.0, base_rate=0.5, files=0)
RULE = DecisionRule()
JUDGE = Judge(
    None, None, "0" * 64, "mtcnn", RULE.threshold, (RULE.abstain_low, RULE.abstain_high), IDENTITY.probability
)


def _case(label: Any, logit: float | None, verdict: str | None, number: int, dataset: str = "set") -> Any:
    path = f"{dataset}/{number}"
    error = None if verdict else "EMPTY_FILE"
    file = LabelledFile(Path(path), label, dataset, path)
    return file, Outcome(path, verdict, raw_logit=logit, error=error, message="why" if error else None)


def _report(cases: list[Any], false_alarms: float = 0.05) -> dict[str, Any]:
    files, outcomes = zip(*cases, strict=True)
    return report(label_outcomes(files, outcomes, JUDGE), JUDGE, false_alarms)


CASES = [
    _case("real", -2.0, "no_signs", 0),
    _case("real", 1.0, "manipulated", 1),
    _case("real", None, "no_face", 2),
    _case("real", None, None, 3),
    _case("fake", 2.0, "manipulated", 4),
    _case("fake", 0.1, "inconclusive", 5),
    _case("fake", -1.0, "no_signs", 6),
    _case("fake", 3.0, "manipulated", 7),
]


def test_figures_by_hand() -> None:
    (row,) = _report(CASES)["datasets"]
    # Pairs won against -2 and 1: 2 + 1 + 1 + 2 of 8.
    assert row["auc"] == pytest.approx(6 / 8)
    assert row["auc_interval"] is None, "two authentic files carry no interval"
    assert (row["real"], row["fake"], row["no_face"], row["failed"]) == (4, 4, 1, 1)
    assert row["accuracy"] == pytest.approx(4 / 6), "right at 0.5: -2, 2, 0.1, 3"
    assert row["accuracy_of_verdicts"] == pytest.approx(3 / 5)
    assert row["false_alarms"] == pytest.approx(1 / 3), "of the authentic files that could be read"
    assert row["misses"] == pytest.approx(1 / 4)
    assert row["abstained"] == pytest.approx(1 / 7)
    assert row["confusion"]["fake"] == {
        "manipulated": 2, "no_signs": 1, "inconclusive": 1, "no_face": 0, "failed": 0,
    }  # fmt: skip


def test_failed_files_are_listed_and_a_set_of_one_class_has_no_auc() -> None:
    found = _report([*CASES, _case("real", 0.0, "no_signs", 0, "clips")])
    assert found["failed"] == [{"file": "set/3", "error": "EMPTY_FILE", "message": "why"}]
    clips, mine = found["datasets"]
    assert (clips["dataset"], clips["auc"], clips["misses"]) == ("clips", None, None)
    assert found["all"]["auc"] is None, "scores of several sets are not pooled"
    assert found["all"]["mean_auc"] == mine["auc"]
    assert found["confusion"]["real"]["failed"] == 1


def _normal(count: int = 200) -> list[Any]:
    rng = np.random.default_rng(0)
    return [
        _case("fake" if i % 2 else "real", float(rng.normal(2.0 * (i % 2) - 1.0)), "no_signs", i)
        for i in range(count)
    ]


def test_advice_keeps_to_the_rate_and_needs_enough_files() -> None:
    files, outcomes = zip(*_normal(), strict=True)
    labelled = label_outcomes(files, outcomes, JUDGE)
    told = advice(labelled, 0.05, 0.5)
    assert 0.0 < told["flagged_real"] <= 0.05 < told["false_alarms_at_most"] < 0.15
    assert told["threshold"] > 0.5
    assert 0.4 < told["flagged_fake"] < told["shipped_flagged_fake"]
    assert advice(labelled, 0.001, 0.5) == {
        "false_alarms": 0.001, "threshold": None, "needs_authentic_files": 1000,
    }  # fmt: skip
    tied = [_case("real", 0.3, "no_signs", i) for i in range(30)] + [_case("fake", 0.3, "no_signs", 99)]
    files, outcomes = zip(*tied, strict=True)
    told = advice(label_outcomes(files, outcomes, JUDGE), 0.1, 0.5)
    assert (told["flagged_real"], told["flagged_fake"]) == (0.0, 0.0), "equal scores are not split"
    files, outcomes = zip(*(_case("real", 99.0, "manipulated", i) for i in range(30)), strict=True)
    assert advice(label_outcomes(files, outcomes, JUDGE), 0.1, 0.5)["threshold"] == 1.0, "as a share has it"


def test_many_groups_give_an_interval_a_curve_and_a_calibration() -> None:
    found = _report(_normal())
    (row,) = found["datasets"]
    assert row["auc_interval"][0] < row["auc"] < row["auc_interval"][1]
    assert 0.0 < found["calibration"]["ece"] < 0.3
    assert {line["false_alarms"] for line in found["advice"]} == {0.01, 0.02, 0.05, 0.1}
    files, outcomes = zip(*_normal(), strict=True)
    assert list(curves(label_outcomes(files, outcomes, JUDGE))) == ["set"]


def _media(folder: Path) -> list[LabelledFile]:
    return read_labelled(folder, None, lambda inside: find_files([inside]))


def test_folders_name_sets_and_manipulations(tmp_path: Path) -> None:
    for name in ("real/a.jpg", "fake/swap/b.jpg", "fake/c.jpg", "more/real/real/d.jpg", "more/fake/e.jpg"):
        (tmp_path / "mine" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "mine" / name).touch()
    found = {
        file.path.name: (file.label, file.dataset, file.manipulation) for file in _media(tmp_path / "mine")
    }
    assert found == {
        "a.jpg": ("real", "mine", None),
        "b.jpg": ("fake", "mine", "swap"),
        "c.jpg": ("fake", "mine", None),
        "d.jpg": ("real", "more", None),
        "e.jpg": ("fake", "more", None),
    }


def test_manifests_are_read(tmp_path: Path) -> None:
    lines = tmp_path / "m.jsonl"
    lines.write_text(
        '{"file": "x/a.jpg", "label": "Real", "group": 7}\n\n{"file": "/b.mp4", "label": "fake"}\n'
    )
    table = tmp_path / "m.csv"
    table.write_text('\ufefffile, label, dataset\n"x/a, b.jpg", fake, mine\n')
    first, second = _media(lines)
    assert (first.path, first.label, first.dataset, first.group) == (tmp_path / "x/a.jpg", "real", "x", "7")
    assert (second.path, second.group) == (Path("/b.mp4"), "/b.mp4")
    (third,) = read_labelled(table, tmp_path / "root", lambda _: iter(()))
    assert (third.path, third.dataset) == (tmp_path / "root" / "x/a, b.jpg", "mine")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("m.jsonl", '{"file": "a"}\n', "m.jsonl:1: no label"),
        (
            "m.jsonl",
            '{"file": "a", "label": "real"}\n{"file": "b", "label": "maybe"}\n',
            "m.jsonl:2: the label",
        ),
        ("m.jsonl", "nonsense\n", "not JSON"),
        ("m.jsonl", "[]\n", "not an object"),
        ("m.jsonl", "[" * 100_000, "m.jsonl:1: nested too deeply"),
        ("m.jsonl", "", "m.jsonl has no rows"),
        ("m.csv", "path,label\na,real\n", "m.csv:1: the header has no file"),
        ("m.csv", "file;label\na;real\n", "no file and no label; columns are separated by commas"),
        ("m.csv", "file,label\na,  \n", "m.csv:2: no label"),
        ("m.csv", "file,label\n,\n", "m.csv has no rows"),
        ("m.csv", "", "m.csv has no rows"),
        ("m.csv", "file,label\n" + "a" * 200_000 + ",real\n", "not CSV"),
        ("m.csv", "file,label\na,real\n./a,fake\n", "m.csv:3: .* is fake, but real further up"),
        ("m.txt", "", "neither a folder"),
    ],
)
def test_wrong_labels_name_their_line(tmp_path: Path, name: str, text: str, message: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(LabelError, match=message):
        _media(tmp_path / name)


def test_spelling_is_taken_in_any_case(tmp_path: Path) -> None:
    for name in ("Real/a.jpg", "FAKE/Swap/b.jpg"):
        (tmp_path / "mine" / name).parent.mkdir(parents=True)
        (tmp_path / "mine" / name).touch()
    found = {file.path.name: (file.label, file.manipulation) for file in _media(tmp_path / "mine")}
    assert found == {"a.jpg": ("real", None), "b.jpg": ("fake", "Swap")}
    table = tmp_path / "m.csv"
    table.write_text('File,Label ,Group\n,,\nmine/Real/a.jpg, REAL,"two\nlines"\n')
    (row,) = _media(table)
    assert (row.label, row.group, row.dataset) == ("real", "two\nlines", tmp_path.name)
    lines = tmp_path / "m.jsonl"
    lines.write_text('{"file": "a\u2028b.jpg", "label": "fake"}\r\n', encoding="utf-8")
    assert [file.path.name for file in _media(lines)] == ["a\u2028b.jpg"]


def test_a_log_goes_on_after_a_torn_line_and_keeps_to_its_model(tmp_path: Path) -> None:
    log = OutcomeLog(tmp_path, {"bundle": "a"})
    log.add(Outcome("one", "no_signs", raw_logit=-1.0, reasons=("below_threshold",)))
    log.add(Outcome("two", error="EMPTY_FILE", message="empty"))
    log.close()
    with (tmp_path / "files.jsonl").open("a") as file:
        file.write('{"path": "thr')
    again = OutcomeLog(tmp_path, {"bundle": "a"})
    assert again.done == {"one": Outcome("one", "no_signs", raw_logit=-1.0, reasons=("below_threshold",))}
    again.close()
    with pytest.raises(LogError, match="another model"):
        OutcomeLog(tmp_path, {"bundle": "b"})
    (tmp_path / "files.jsonl").write_text("diary\n")
    with pytest.raises(LogError, match="not a log"):
        OutcomeLog(tmp_path, {"bundle": "a"})


@pytest.fixture
def labelled(tmp_path: Path, portrait_file: Path, clip_file: Path, broken_still: bytes) -> Path:
    folder = tmp_path / "labelled"
    for side in ("real", "fake"):
        (folder / side).mkdir(parents=True)
        shutil.copy(portrait_file, folder / side / "still.jpg")
    shutil.copy(clip_file, folder / "real" / "clip.mp4")
    (folder / "fake" / "broken.jpg").write_bytes(broken_still)
    return folder


def test_a_folder_is_measured_written_and_gone_on_with(run: Run, labelled: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("evaluate", labelled, "--out", out, "--json", "--max-frames", 4)
    assert done.returncode == 3, done.stderr
    document = json.loads(done.stdout)
    (row,) = document["datasets"]
    assert (row["real"], row["fake"], row["failed"]) == (2, 2, 1)
    assert row["auc"] is not None
    assert [failed["error"] for failed in document["failed"]] == ["IMAGE_DECODE_ERROR"]
    assert json.loads((out / "report.json").read_text()) == document
    for picture in ("figures.png", "confusion.png"):
        assert (out / picture).read_bytes().startswith(b"\x89PNG")
    lines = (out / "files.jsonl").read_text().splitlines()
    assert len(lines) == 5
    (labelled / "fake" / "broken.jpg").unlink()
    again = run("evaluate", labelled, "--out", out, "--max-frames", 4)
    assert again.returncode == 0, again.stderr
    assert (out / "files.jsonl").read_text().splitlines() == lines, "nothing is analysed twice"
    for part in ("labelled", "false alarms", "no verdict between", "threshold", "inconclusive"):
        assert part in again.stdout
    assert run("evaluate", labelled, "--out", out, "--max-frames", 5).returncode == 2


def test_a_missing_source_and_a_folder_that_cannot_be_written_are_named(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match=r"gone\.csv does not exist"):
        _media(tmp_path / "gone.csv")
    (tmp_path / "taken").touch()
    with pytest.raises(LogError, match="taken cannot be written: File exists"):
        OutcomeLog(tmp_path / "taken", {"bundle": "a"})


@pytest.mark.parametrize("arguments", [["no/such/folder"], ["."], [".", "--bundle", "gone"]])
def test_wrong_usage_says_why(run: Run, tmp_path: Path, arguments: list[str]) -> None:
    done = run("evaluate", *arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr.strip()
    assert "Traceback" not in done.stderr


def test_every_option_is_described(run: Run) -> None:
    options = set(re.findall(r"--[a-z-]+", run("evaluate", "--help").stdout)) - {"--help"}
    text = (Path(__file__).parents[3] / "docs" / "evaluation.md").read_text()
    assert {option for option in options if f"`{option}" not in text} == set()
