import json
from pathlib import Path

import pytest
from made_up import CLIPS, STILLS, make_records

from training.evaluation.rows import row


def _log(folder: Path, *entries: dict[str, object]) -> Path:
    (folder / "log.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in entries))
    return folder


def _cells(text: str) -> dict[str, str]:
    heading, _, cells = ([cell.strip() for cell in line.strip("|").split("|")] for line in text.split("\n"))
    return dict(zip(heading, cells, strict=True))


def test_a_row_has_the_last_validation_and_every_comparison(tmp_path: Path) -> None:
    first = {"step": 100, "auc_held_out": 0.51, "auc/gan": 0.5, "auc/blending/gan": 0.4}
    last = {"step": 1200, "auc_held_out": 0.62, "auc/gan": 0.61, "auc/blending/gan": 0.4}
    run = _log(tmp_path, first, {"step": 1180, "loss": 0.3}, last, {"step": 1220, "loss": 0.2})
    cells = _cells(row("both", run, make_records(gap=9.0), (STILLS, CLIPS)))
    assert cells == {
        "run": "both",
        "steps": "1,200",
        "auc held out": ".62",
        "gan": ".61",
        "stills": "1.00",
        "clips": "1.00",
        "mean AUC": "1.00",
    }


def test_records_of_no_single_run_have_a_row_too() -> None:
    assert _cells(row("joined", None, make_records(), (STILLS,))).keys() == {"run", "stills", "mean AUC"}


@pytest.mark.parametrize("everything", [True, False])
def test_a_run_on_all_crops_has_its_steps_and_no_validation(tmp_path: Path, everything: bool) -> None:
    labelled = {"all": everything}
    report = {
        "steps": 5000,
        "seed": 3,
        "config": {"architecture": "test", "crop": {"size": 96, "margin": 0.1}, "labelled": labelled},
        "training_data": [],
        "validation": {},
        "start_validation": {"step": 1500, "auc_held_out": 0.73},
    }
    (tmp_path / "run.json").write_text(json.dumps(report))
    run = _log(tmp_path, {"step": 5000, "loss": 0.2})
    if everything:
        cells = _cells(row("longest", run, make_records(gap=9.0), (STILLS,)))
        assert cells == {"run": "longest", "steps": "5,000", "stills": "1.00", "mean AUC": "1.00"}
    else:
        with pytest.raises(ValueError, match="never validated"):
            row("longest", run, make_records(), (STILLS,))


def test_a_run_that_was_never_validated_has_no_row(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="never validated"):
        row("new", _log(tmp_path, {"step": 20, "loss": 0.7}), make_records(), (STILLS,))
