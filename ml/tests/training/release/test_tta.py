"""Other views are averaged face by face, fewer frames are fewer frames, and gains are against the first."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from made_up import CLIPS, CROP, STILLS, make_records
from typer.testing import CliRunner

from training.__main__ import app
from training.evaluation import tta
from training.evaluation.records import FileRecord, Measured, header_line, record_line


def shifted(records: list[FileRecord], noise: float, seed: int = 5) -> list[FileRecord]:
    """The same faces as another view scores them."""
    rng = np.random.default_rng(seed)
    return [
        dataclasses.replace(
            record,
            persons=tuple(
                tuple(
                    dataclasses.replace(face, logits=(face.logit + float(rng.normal(0.0, noise)),))
                    for face in faces
                )
                for faces in record.persons
            ),
        )
        for record in records
    ]


def test_averages_are_of_the_same_face() -> None:
    records = make_records(8)
    other = shifted(records, 1.0)
    for mine, theirs, both in zip(records, other, tta.averaged([records, other]), strict=True):
        for a, b, c in zip(mine.persons[0], theirs.persons[0], both.persons[0], strict=True):
            assert c.logit == pytest.approx((a.logit + b.logit) / 2.0)
            assert c.sample == a.sample


def test_records_of_other_faces_are_refused() -> None:
    records = make_records(4)
    lacking = [dataclasses.replace(record, persons=()) for record in records]
    with pytest.raises(ValueError, match="other faces"):
        tta.averaged([records, lacking])


@pytest.mark.parametrize(("frames", "kept"), [(1, [0]), (4, [0, 4, 7, 11]), (12, list(range(12)))])
def test_fewer_frames_are_spread_over_the_clip(frames: int, kept: list[int]) -> None:
    clip = next(record for record in make_records(8) if record.entry.kind == "video")
    (thin,) = tta.thinned([clip], frames)
    assert [face.sample for face in thin.persons[0]] == kept
    assert (thin.sampled, thin.planned) == (frames, frames)


def test_gains_are_over_the_first_variant() -> None:
    records = make_records(200)
    noisy = shifted(records, 3.0)
    first, same, worse = tta.gains([("first", records), ("same", records), ("worse", noisy)], (STILLS, CLIPS))
    assert first.gain == same.gain == (0.0, 0.0)
    assert worse.mean < first.mean - 0.05
    assert worse.gain[1] < 0.0
    assert len(first.aucs) == len(worse.gains) == 2
    assert set(same.gains) == {(0.0, 0.0)}
    assert all(high < 0.0 for _, high in worse.gains)


def test_the_table_names_every_variant(tmp_path: Path) -> None:
    records = make_records(60)
    usual = Measured("0" * 64, "test_efficientnet", CROP, 32)
    files = []
    for number, (head, mine) in enumerate(
        [(usual, records), (dataclasses.replace(usual, mirrored=True), shifted(records, 0.5))]
    ):
        files.append(tmp_path / f"{number}.jsonl")
        files[-1].write_text(header_line(head) + "".join(map(record_line, mine)))
    comparisons = tmp_path / "comparisons.toml"
    comparisons.write_text(
        '[[comparison]]\nname = "stills"\nunit = "image"\nreal = ["stills"]\nfake = ["stills"]\n'
    )
    result = CliRunner().invoke(app, ["tta", *map(str, files), "--comparisons", str(comparisons)])
    assert result.exit_code == 0, result.output
    for name in ("96 px, margin 0.1", "mirrored", "8 frames"):
        assert name in result.output
