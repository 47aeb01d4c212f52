import dataclasses

import numpy as np
import pytest
from made_up import CROP, make_records

from measures.metrics import auc
from training.evaluation.records import FaceRecord, FileRecord, Measured
from training.evaluation.traces import Scale, authentic_scale, joined, joined_records

HEAD = Measured("a" * 64, "test_efficientnet", CROP, 32)
SAME = Scale(0.0, 1.0)


def _with_logits(records: list[FileRecord], logits: list[float]) -> list[FileRecord]:
    def face(logit: float) -> FaceRecord:
        return FaceRecord(0, (logit,), 100.0, 0.5, 0.9)

    return [
        dataclasses.replace(record, persons=((face(logit),),), raw_logit=logit)
        for record, logit in zip(records, logits, strict=True)
    ]


def _logit(p: float) -> float:
    return float(np.log(p / (1.0 - p)))


def test_the_joined_probability_is_that_of_at_least_one_trace() -> None:
    records = make_records(4)
    one, other = (
        _with_logits(records, [_logit(0.3), 80.0, -80.0, 0.0]),
        _with_logits(records, [_logit(0.6), -3.0, -90.0, 900.0]),
    )
    logits = [record.persons[0][0].logit for record in joined_records(one, other, (SAME, SAME))]
    assert logits[0] == pytest.approx(_logit(1.0 - 0.7 * 0.4))
    assert logits[1:] == pytest.approx([80.0 + np.logaddexp(0.0, -3.0), -80.0, 900.0 + np.log(2.0)], abs=1e-3)


def test_a_fake_that_either_head_knows_is_known_by_both() -> None:
    records = [record for record in make_records(400) if record.entry.kind == "image"]
    rng = np.random.default_rng(0)
    fake = np.asarray([record.fake for record in records])
    trace = rng.integers(0, 2, len(records))
    heads = [rng.normal(4.0 * (fake & (trace == head)), 1.0) for head in (0, 1)]
    _, both = joined(*((HEAD, _with_logits(records, head.tolist())) for head in heads))
    together = auc([record.raw_logit for record in both], fake)
    assert together > max(auc(head, fake) for head in heads) + 0.1


def test_a_scale_counts_every_data_set_alike() -> None:
    records = [record for record in make_records(40) if not record.fake]
    stills = [record for record in records if record.entry.dataset == "stills"]
    again = [*records, *stills, *stills]
    assert authentic_scale(again).middle == pytest.approx(authentic_scale(records).middle)
    with pytest.raises(ValueError, match="authentic"):
        authentic_scale([record for record in make_records(8) if record.fake])


def test_records_of_other_faces_or_crops_are_refused() -> None:
    records = make_records(8)
    with pytest.raises(ValueError, match="other faces"):
        joined((HEAD, records), (HEAD, _with_logits(records, [0.0] * 8)))
    with pytest.raises(ValueError, match="other crops"):
        joined((HEAD, records), (dataclasses.replace(HEAD, frames=8), records))
