"""Figures by face size, sharpness and data set, and the worst case of each set."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_up import CLIPS, STILLS, make_measurements, make_records

from detector.contracts import Verdict
from training.evaluation.cross_validation import cross_validate
from training.evaluation.evaluate import evaluate, read_robustness
from training.evaluation.records import FileRecord
from training.evaluation.regions import Policy
from training.evaluation.subgroups import deciding_faces, subgroups, worst_cases

BOTH = (STILLS, CLIPS)


def _sized(record: FileRecord, size_px: float) -> FileRecord:
    return replace(record, persons=(tuple(replace(f, size_px=size_px) for f in record.persons[0]),))


def test_tiers_hold_their_files_and_their_figures() -> None:
    # Every second person has a small face, on which fakes cannot be told.
    records = [
        _sized(r, 50.0) if (i // 4) % 2 else _sized(r, 200.0)
        for i, r in enumerate(make_records(400, gap=4.0))
    ]
    flat = [
        replace(r, persons=(tuple(replace(f, logits=(f.logit - 4.0,)) for f in r.persons[0]),))
        if r.fake and r.persons[0][0].size_px < 96
        else r
        for r in records
    ]
    validated = cross_validate(flat, BOTH, Policy())
    rows = {(row["by"], row["group"]): row for row in subgroups(validated, BOTH)}
    small, middle, large = (rows["face size", t] for t in ("under 96 px", "96 to 160 px", "160 px and more"))
    assert (small["real"], small["fake"], middle["real"], large["fake"]) == (100, 100, 0, 100)
    assert (small["comparisons"], middle["auc"], middle["flagged_real"]) == (2, None, None)
    assert small["auc"] == pytest.approx(0.5, abs=0.12)
    assert large["auc"] > 0.95
    assert large["flagged_fake"] > small["flagged_fake"] + 0.3
    assert rows["sharpness", "0.35 to 0.55"]["real"] == 200
    stills = rows["data set", "stills"]
    assert (stills["real"], stills["fake"]) == (100, 100)


def test_worst_cases_are_the_extremes_and_name_nobody() -> None:
    validated = cross_validate(make_records(80), BOTH, Policy())
    cases = worst_cases(validated)
    assert [(case["dataset"], case["label"]) for case in cases] == [
        ("clips", "real"), ("clips", "fake"), ("stills", "real"), ("stills", "fake"),
    ]  # fmt: skip
    for case in cases:
        rows = [
            i for i, r in enumerate(validated.records)
            if (r.entry.dataset, r.entry.label) == (case["dataset"], case["label"])
        ]  # fmt: skip
        extreme = max if case["label"] == "real" else min
        assert case["estimate"] == extreme(validated.out_of_fold.probability[rows])
        assert case["manipulation"] == (None if case["label"] == "real" else "swap")
        assert not {"file", "group"} & case.keys()


def test_the_deciding_person_is_the_most_suspicious_of_those_who_may_decide() -> None:
    record = make_records(80)[0]
    calm = tuple(replace(face, logits=(-9.0,), size_px=40.0) for face in record.persons[0])
    twice = replace(record, persons=(calm, record.persons[0]))
    validated = cross_validate([twice, *make_records(80)[1:]], BOTH, Policy())
    assert deciding_faces(validated, 0) == record.persons[0]
    tiny = tuple(replace(face, logits=(9.0,), size_px=10.0) for face in record.persons[0])
    twice = replace(record, persons=(tiny, record.persons[0]))
    validated = cross_validate([twice, *make_records(80)[1:]], BOTH, Policy())
    assert deciding_faces(validated, 0) == record.persons[0]
    faceless = replace(record, persons=(), raw_logit=None)
    validated = cross_validate([faceless, *make_records(80)[1:]], BOTH, Policy())
    assert deciding_faces(validated, 0) == ()
    assert validated.out_of_fold.conclusions[0].decision.verdict is Verdict.NO_FACE
    assert not np.isnan([row["abstained"] for row in subgroups(validated, BOTH) if row["real"]]).any()


def test_the_report_carries_them_and_no_robustness_of_other_weights() -> None:
    records = make_records(80)
    measurements = make_measurements(records, "0" * 64)
    assert measurements.report["subgroups"]
    assert measurements.report["worst_cases"]
    assert measurements.report["robustness"] is None
    with pytest.raises(ValueError, match="other weights"):
        evaluate(records, BOTH, measurements.calibration, "0" * 64, {"weights_sha256": "1" * 64})


def test_robustness_is_the_first_of_these_weights_and_says_whose_faces_it_saw(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing, measured, released = (
        tmp_path / name for name in ("none.json", "robustness.json", "evaluation.json")
    )
    mine = {"weights_sha256": "0" * 64, "detector": "now", "files": 9}
    released.write_text(json.dumps({"robustness": mine, "held_out": None}))
    measured.write_text(json.dumps({"weights_sha256": "1" * 64, "detector": "now"}))
    files = (missing, measured, released)
    assert read_robustness(files, "0" * 64, "now") == mine | {"earlier_faces": False}
    assert f"{measured} is about other weights" in capsys.readouterr().err
    assert read_robustness(files, "0" * 64, "later") == mine | {"earlier_faces": True}
    measured.write_text(json.dumps({"weights_sha256": "0" * 64, "detector": "later"}))
    found = read_robustness(files, "0" * 64, "later")
    assert found is not None
    assert (found["detector"], found["earlier_faces"]) == ("later", False)
    released.write_text(json.dumps({"robustness": None}))
    capsys.readouterr()
    assert read_robustness((missing, released), "0" * 64, "now") is None
    assert not capsys.readouterr().err
