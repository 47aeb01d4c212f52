"""Constants fitted to made-up records: monotone, few false alarms, honest folds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from made_up import CLIPS, STILLS, make_records

from detector.aggregate import AggregationRule
from detector.conclude import Conclusion
from detector.contracts import Decision, Verdict
from training.evaluation.bands import choose_band
from training.evaluation.calibrate import fit
from training.evaluation.comparisons import Comparison, balanced_weights, load_comparisons, own_comparisons
from training.evaluation.constants import FITTED_SHARES, calibrate
from training.evaluation.folds import OutOfFold, out_of_fold
from training.evaluation.platt import CalibrationError, fit_platt, group_folds
from training.evaluation.records import Entry, FaceRecord, FileRecord, conclude
from training.evaluation.regions import Policy
from training.evaluation.verdicts import judged_reasons, none_found, none_level

BOTH = (STILLS, CLIPS)


def test_platt_finds_the_sigmoid_that_made_the_labels() -> None:
    rng = np.random.default_rng(0)
    logits = rng.normal(0.0, 3.0, 20_000)
    fake = rng.random(len(logits)) < 1.0 / (1.0 + np.exp(-(0.8 * logits - 0.5)))
    slope, intercept = fit_platt(logits, fake, np.ones(len(logits)))
    assert (slope, intercept) == (pytest.approx(0.8, abs=0.03), pytest.approx(-0.5, abs=0.05))


def test_platt_refuses_scores_that_fall_with_manipulation() -> None:
    with pytest.raises(CalibrationError, match="slope"):
        fit_platt(np.asarray([2.0, 1.0, 0.0, -1.0]), np.asarray([False, False, True, True]), np.ones(4))
    with pytest.raises(CalibrationError, match="both classes"):
        fit_platt(np.asarray([0.0, 1.0]), np.asarray([True, True]), np.ones(2))


def test_records_without_scores_are_refused_by_name() -> None:
    faceless = [replace(record, persons=(), raw_logit=None) for record in make_records(20)]
    for nothing in ([], faceless, [replace(r, persons=()) if not r.fake else r for r in make_records(20)]):
        with pytest.raises(CalibrationError):
            fit(nothing, BOTH, Policy())


def test_folds_keep_groups_whole_and_spread_sets() -> None:
    datasets = ["a"] * 40 + ["b"] * 8
    groups = [f"a{i // 2}" for i in range(40)] + [f"b{i}" for i in range(8)]
    folds = group_folds(datasets, groups, 5, seed=1)
    for group in set(groups):
        assert len({f for f, g in zip(folds.tolist(), groups, strict=True) if g == group}) == 1
    assert set(folds[:40].tolist()) == set(range(5))
    assert np.bincount(folds[40:], minlength=5).max() <= 2


def test_counted_comparisons_and_classes_weigh_alike() -> None:
    records = make_records(60)[:50] + make_records(8)
    weights = balanced_weights(records, BOTH)
    assert weights.sum() == pytest.approx(len(records))
    for comparison in BOTH:
        for fake in (False, True):
            rows = [i for i in comparison.members(records).tolist() if records[i].fake == fake]
            assert weights[rows].sum() == pytest.approx(len(records) / 4)
    shown = (replace(BOTH[0], counted=False), BOTH[1])
    assert all(
        w == 0.0
        for w, r in zip(balanced_weights(records, shown), records, strict=True)
        if r.entry.kind == "image"
    )


def test_probability_rises_with_the_logit_and_the_threshold_holds() -> None:
    records = make_records(400)
    rules = fit(records, BOTH, Policy(false_alarms=0.05, false_alarms_of_a_set=0.1))
    assert rules.calibration.slope > 0.0
    estimates = [rules.calibration.probability(logit) for logit in np.linspace(-9.0, 9.0, 50).tolist()]
    assert (np.diff(estimates) >= 0.0).all()
    assert estimates[0] < 0.3 < 0.9 < estimates[-1]
    assert rules.calibration.frame_spread == pytest.approx(0.4, abs=0.1)
    assert rules.aggregation.authentic_logit == pytest.approx(-1.0, abs=0.3)
    said = [(conclude(record, rules).decision.verdict, record.fake) for record in records]
    flagged = [verdict is Verdict.MANIPULATED for verdict, fake in said if not fake]
    assert 0.0 < np.mean(flagged) <= 0.05
    assert 0.0 < np.mean([verdict is Verdict.INCONCLUSIVE for verdict, _ in said]) <= 0.12


def test_the_spread_of_few_authentic_people_is_that_of_their_logits() -> None:
    """Eight people around a logit of 2.5: the highest alone weighs more than the tail that is asked for."""
    records = [replace(r, persons=r.persons * (1 + i // 16)) for i, r in enumerate(make_records(40, gap=4.0))]
    moved = fit([_lowered(record, -3.5) for record in records], BOTH, Policy()).aggregation
    assert moved.authentic_median == pytest.approx(2.5, abs=0.7)
    assert 0.2 < moved.authentic_spread < 1.1, "normal logits of spread 1 are logistic ones of 0.55"
    there = fit(records, BOTH, Policy()).aggregation
    assert moved.authentic_spread == pytest.approx(there.authentic_spread), "the same wherever they lie"


def test_very_low_logits_count_as_the_usual_ones() -> None:
    rules = fit(_with_clean_fakes(), BOTH, Policy())
    usual = rules.calibration.floor
    assert usual == pytest.approx(-1.0, abs=0.4)
    assert rules.calibration.probability(-20.0) == rules.calibration.probability(usual)
    assert rules.calibration.slope > 0.3, "fakes that score low do not flatten the rest"


def _with_clean_fakes() -> list[FileRecord]:
    """Make records of which a third of the fakes score far below any photograph."""
    return [
        _lowered(r, 12.0) if r.fake and i % 3 == 0 else r for i, r in enumerate(make_records(300, gap=3.0))
    ]


def _lowered(record: FileRecord, by: float) -> FileRecord:
    persons = (tuple(replace(f, logits=(f.logit - by,)) for f in faces) for faces in record.persons)
    return replace(record, persons=tuple(persons))


def test_folds_judge_as_if_unseen() -> None:
    records = make_records(60)
    found = calibrate(records, BOTH, Policy(), by_kind=True)
    unseen = out_of_fold(records, BOTH, Policy())
    assert len(unseen.conclusions) == len(records)
    assert not np.isnan(unseen.probability).any()
    assert found.evidence["cross_validated"]["ece"] < 0.2
    assert set(found.evidence["by_kind"]) == {"image", "video"}
    assert found.rules.calibration.llr_cap == pytest.approx(np.log10(31.0)), "30 groups have authentic files"


def test_false_alarms_hold_on_files_that_were_not_fitted_and_none_is_found_where_fakes_are_rare() -> None:
    found = calibrate(make_records(300, gap=4.0), BOTH, Policy())
    rows = found.evidence["false_alarms"]
    assert [(row["comparison"], row["files"]) for row in rows] == [("stills", 75), ("clips", 75)]
    assert np.mean([row["flagged"] / row["files"] for row in rows]) <= 0.02
    assert found.policy.fitted_share in FITTED_SHARES
    level, none = found.rules.decision.none_below, found.evidence["none_found"]
    assert level is not None
    assert level <= found.rules.decision.abstain_low
    assert none["holds"]
    assert none["interval"][0] <= none["share"] <= none["interval"][1] < 0.25


def test_a_region_is_held_against_files_that_it_was_not_placed_by() -> None:
    """Estimates say nothing and a quarter of the files are fakes: by chance some place looks clean."""
    found = holds = 0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        fake = rng.random(100) < 0.25
        records = [_made(i, bool(is_fake)) for i, is_fake in enumerate(fake)]
        unseen = OutOfFold([_NO_SIGNS] * 100, rng.uniform(0.0, 0.5, 100), np.arange(100) % 10)
        level = none_level(records, np.ones(100), unseen, 0.5)
        evidence = none_found(records, np.ones(100), unseen, level, 0.5)
        found += level is not None
        holds += evidence is not None and evidence["holds"]
    assert found >= 4, "by the files that it was placed by it looks clean each time"
    assert holds <= 1, "an interval of 95 % errs so seldom"


_NO_SIGNS = Conclusion(Decision(Verdict.NO_SIGNS, 0.1, (0.0, 0.2), (), None), 0.0, (), ())


def _made(number: int, fake: bool) -> FileRecord:
    entry = Entry(f"{number}", "image", "fake" if fake else "real", "set", f"{number}")
    return FileRecord(entry, 1, 1, (), None)


def test_where_fakes_are_not_rare_none_is_found_nowhere() -> None:
    alike = calibrate(make_records(160, gap=0.7), BOTH, Policy())
    assert alike.rules.decision.none_below is None
    assert alike.evidence["none_found"] is None


def test_reasons_to_abstain_are_held_against_what_remains() -> None:
    records = make_records(120, gap=3.0)
    rng = np.random.default_rng(0)
    blurred = [_blurred(r, float(rng.normal())) if i % 10 in (0, 1) else r for i, r in enumerate(records)]
    rows = {row["reason"]: row for row in calibrate(blurred, BOTH, Policy()).evidence["abstentions"]}
    row = rows["too_blurred"]
    assert row["files"] == 24
    assert row["share"] == pytest.approx(0.2)
    assert row["accuracy"] < row["without"] - 0.2
    assert rows["damaged_media"]["files"] == 0
    assert rows["damaged_media"]["accuracy"] is None
    swapped = row | {"accuracy": row["without"], "without": row["accuracy"]}
    pays, loses, empty = judged_reasons([row, swapped, rows["damaged_media"]])
    assert pays.startswith("too blurred (0.16): withholds 24 files (20.0%)")
    assert pays.endswith("raises the accuracy of what remains")
    assert loses.endswith("does not raise the accuracy of what remains, kept by judgement")
    assert empty.endswith("withholds no file, kept by judgement")


def _blurred(record: FileRecord, logit: float) -> FileRecord:
    """Make a file whose faces are too blurred for their logits to mean anything."""
    (faces,) = record.persons
    return replace(record, persons=(tuple(replace(f, logits=(logit,), sharpness=0.05) for f in faces),))


def test_a_band_is_chosen_only_on_clear_evidence() -> None:
    assert choose_band(make_records(80), BOTH)[0] == AggregationRule()
    assert choose_band([r for r in make_records(80) if r.entry.kind == "image"], BOTH) == (
        AggregationRule(),
        [],
    )
    late = [_manipulated_late(record) for record in make_records(400, gap=0.0)]
    assert choose_band(late, BOTH)[0].high == 0.95


def _manipulated_late(record: FileRecord) -> FileRecord:
    """Make a third of a fake's frames suspicious."""
    faces = [
        FaceRecord(
            f.sample,
            (f.logit + 2.5 * (record.fake and f.sample % 3 == 0),),
            f.size_px,
            f.sharpness,
            f.confidence,
        )
        for f in record.persons[0]
    ]
    return replace(record, persons=(tuple(faces),))


def test_comparisons_are_read_from_a_file(
    tmp_path: Path,
) -> None:
    file = tmp_path / "sets.toml"
    file.write_text('[[comparison]]\nname = "x"\nunit = "video"\nreal = ["clips"]\nfake = ["clips"]\n')
    (comparison,) = load_comparisons(file)
    assert comparison == Comparison("x", "video", ("clips",), ("clips",))
    assert [c.name for c in own_comparisons(make_records(8))] == ["clips", "stills"]
    file.write_text('[[comparison]]\nname = "x"\nunit = "video"\nreal = []\nfakes = ["clips"]\n')
    with pytest.raises(ValueError, match="fakes"):
        load_comparisons(file)
