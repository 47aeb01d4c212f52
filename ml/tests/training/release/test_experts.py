"""A network of its own for a trace, judged on files that nothing was fitted to."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from made_up import CLIPS, STILLS, make_records, with_logits

from training.evaluation.experts import alone, judgements, side_by_side, table, ways
from training.evaluation.records import FileRecord

BOTH = (STILLS, CLIPS)


def _networks(files: int = 120) -> tuple[list[FileRecord], list[FileRecord]]:
    """Make records of a network that hardly tells seams, and of one that tells nothing else."""
    records, rng = make_records(files), np.random.default_rng(0)
    fake = np.asarray([record.fake for record in records])
    seams = fake & (rng.integers(0, 2, files) == 0)
    blending, generation, alone = (
        rng.normal(gap, 1.0) for gap in (0.3 * seams, 4.0 * (fake & ~seams), 4.0 * seams)
    )
    return (
        with_logits(records, np.stack([blending, generation], 1)),
        with_logits(records, alone[:, None] * 7.0 - 20.0),
    )


def test_a_network_that_tells_seams_better_raises_the_mean_and_flags_more() -> None:
    both, seams = _networks()
    released, alone, averaged = judgements(ways(("both", both), [("seams", seams)]), BOTH)
    assert released.gain == (0.0, 0.0)
    assert alone.mean > released.mean + 0.1
    assert alone.gain[0] > 0.0
    assert released.mean < averaged.mean < alone.mean
    assert alone.flagged_fake > released.flagged_fake
    assert max(one.flagged_real for one in (released, alone, averaged)) < 0.1


def test_a_networks_own_scale_does_not_matter() -> None:
    both, seams = _networks(80)
    rescaled = with_logits(seams, np.asarray([[r.persons[0][0].logit / 30.0 + 5.0] for r in seams]))
    (one,), (other,) = (
        judgements(ways(("both", both), [("seams", of)])[2:], BOTH) for of in (seams, rescaled)
    )
    assert other.aucs == pytest.approx(one.aucs, abs=1e-3)
    assert (other.flagged_real, other.flagged_fake) == pytest.approx((one.flagged_real, one.flagged_fake))


def test_records_of_other_faces_are_refused() -> None:
    both, seams = _networks(20)
    fewer = [dataclasses.replace(seams[0], persons=()), *seams[1:]]
    with pytest.raises(ValueError, match="other faces"):
        side_by_side([both, fewer])


def test_the_table_has_a_row_for_every_way() -> None:
    both, seams = _networks(60)
    found = ways(("2.1", both), [("1.3", seams)])
    assert [way.name for way in found] == ["2.1", "blending of 1.3", "blending of 2.1 and 1.3, mean"]
    lines = list(table(found[1:2], BOTH))
    assert [line.split("|")[1].strip() for line in lines] == ["traces", "---", "blending of 1.3"]
    assert len({line.count("|") for line in lines}) == 1


def test_every_logit_has_a_row_alone_with_what_it_follows() -> None:
    both, seams = _networks()
    lines = list(alone(("2.1", both), [("1.3", seams), ("again", seams)], BOTH))[2:]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    assert [row[0] for row in cells] == ["2.1, blending", "2.1, generation", "1.3", "again"]
    assert cells[2][1:] == cells[3][1:]
    assert float(cells[2][-2]) > float(cells[0][-2]) + 0.1
    assert cells[0][-1] == "1.00"
    assert abs(float(cells[1][-1])) < 0.5
