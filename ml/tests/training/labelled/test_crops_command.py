"""The stage that packs labelled crops checks what it packed."""

from pathlib import Path

import pytest
from labelled_collection import write_collection
from typer.testing import CliRunner

from training.__main__ import app
from training.labelled import shortcuts
from training.labelled.pack import LabelledPack

_SPLIT = """
blended = ["swap"]
skipped = ["memes"]
[held_out.gan]
methods = ["gan"]
[held_out.studio]
sources = ["studio"]
"""


@pytest.fixture
def arguments(tmp_path: Path) -> list[str]:
    manifest = write_collection(tmp_path)
    (tmp_path / "split.toml").write_text(_SPLIT)
    options = {"--labelled": manifest, "--split": tmp_path / "split.toml", "--out": tmp_path / "crops"}
    return [
        "crops",
        *(str(part) for option in options.items() for part in option),
        "--couples",
        "12",
        "--draws",
        "1",
    ]


def test_a_pack_that_passes_the_check_is_ready(
    arguments: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortcuts, "HIGHEST_AUC", 1.01)
    result = CliRunner().invoke(app, [*arguments, "--held-out", "gan"])
    assert result.exit_code == 0, result.output
    assert "AUC of size, sharpness" in result.output
    assert set(LabelledPack(tmp_path / "crops").records["held_out"]) == {"", "gan", "studio"}


def test_a_pack_that_shortcuts_tell_is_reported(
    arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shortcuts, "HIGHEST_AUC", 0.0)
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 1
    assert "differ by more than their traces" in str(result.output) + str(result.exception)
