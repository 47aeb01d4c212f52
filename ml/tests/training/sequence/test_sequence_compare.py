import dataclasses
from pathlib import Path

import numpy as np
import pytest
from moving_faces import clips

from measures.metrics import auc
from training.evaluation.comparisons import Comparison
from training.sequence import scores as stage
from training.sequence.compare import ASKED, development_media, found, tables
from training.sequence.fit import Way, answers, fit, moved, own_basis
from training.sequence.networks import NETWORKS
from training.sequence.scores import DEVELOPMENT, FOLDS, Scored, fold_of_sources, score, to_fit

REAL, FAKE = (tuple(f"{side}-{source}" for source in range(8)) for side in ("real", "fake"))
COMPARISONS = (
    Comparison(ASKED, "video", REAL, FAKE[:4]),
    Comparison("swaps", "video", REAL, FAKE[4:]),
    Comparison("stills", "image", REAL, FAKE),
    Comparison("too few", "video", REAL, FAKE, counted=False),
)


@pytest.mark.parametrize("network", NETWORKS)
def test_every_network_learns_motion_that_single_frames_do_not_show(network: str) -> None:
    some = clips()
    all_moved = moved(some, own_basis(some))
    known, asked = all_moved[:32], all_moved[32:]
    way = Way(network, "geometry", pseudo=False, steps=30)
    fitted = fit(way, known, 0)
    assert sum(weights.numel() for weights in fitted.parameters()) < 2_000_000
    fake = np.asarray([one.clip.row.fake for one in asked])
    assert auc(answers(fitted, way, asked), fake) > 0.9


def test_folds_leave_out_whole_sources_with_both_classes_and_their_methods() -> None:
    some = clips()
    fold = fold_of_sources(some)
    for part in range(FOLDS):
        left_out = [clip.row for clip, mine in zip(some, fold, strict=True) if mine == part]
        assert {row.fake for row in left_out} == {False, True}
        known = [clip.row for clip in to_fit(some, fold, part)]
        assert not {row.dataset for row in known} & {row.dataset for row in left_out}
        assert not {row.method for row in known if row.fake} & {row.method for row in left_out if row.fake}


def test_an_experiment_goes_on_where_it_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = clips()
    monkeypatch.setattr(stage, "ways", lambda steps: [Way("GRU", "geometry", steps=steps)])
    file, told = tmp_path / "new" / "scores.jsonl", list[str]()
    first = score(some, some[:8], 1, 3, file, None, told.append)
    assert len(told) == len(first) == 1 + FOLDS
    lines = file.read_text().splitlines()
    file.write_text("\n".join(lines[:2]) + "\n")
    told.clear()
    again = score(some, some[:8], 1, 3, file, None, told.append)
    assert len(told) == FOLDS - 1
    for one, other in zip(first, again, strict=True):
        np.testing.assert_allclose(one.logits, other.logits)
    # Other clips are another experiment, and so are the same ones with a label that was corrected.
    told.clear()
    score(some, some[:6], 1, 3, file, None, told.append)
    assert len(told) == 1 + FOLDS
    other = dataclasses.replace(some[0], row=dataclasses.replace(some[0].row, fake=not some[0].row.fake))
    assert stage._digest([other, *some[1:8]]) != stage._digest(some[:8])


def _scored(development: list[float], training: list[bool], fold: np.ndarray) -> list[Scored]:
    way = Way("GRU", "geometry")
    parts = [
        Scored(
            way, 0, part, np.asarray(training, float)[fold == part] + np.arange((fold == part).sum()) / 100.0
        )
        for part in range(FOLDS)
    ]
    return [Scored(way, 0, DEVELOPMENT, np.asarray(development)), *parts]


def test_the_rule_asks_for_a_gain_and_that_nothing_authentic_is_flagged_anew() -> None:
    some = clips()
    fake, fold = [clip.row.fake for clip in some], fold_of_sources(some)
    media = development_media(some, COMPARISONS)
    assert list(media.members) == [ASKED, "swaps"]
    still = float(np.mean([auc(media.still[rows], media.fake[rows]) for rows in media.members.values()]))
    assert abs(still - 0.5) < 0.2
    # What the frames say of authentic clips, and far more of fakes.
    telling = [value + 5.0 * label for value, label in zip(media.still.tolist(), fake, strict=True)]
    upside_down = [-value for value in telling]

    def verdicts(scores: list[float], threshold: float) -> list[str]:
        lines = list(tables(found(_scored(scores, fake, fold), some, media, frozenset(), threshold)))
        assert lines[0].startswith("64 clips to learn from")
        rows = [line.rstrip(" |").split(" | ") for line in lines if "seed 0" in line]
        assert [row[0].rsplit(", ", 1)[1] for row in rows] == ["mean", "larger"]
        kept = [line for line in lines if line.startswith("Within the rule")]
        assert [": none." not in line for line in kept] == [row[-1] == "yes" for row in rows]
        for line, row in zip(kept, rows, strict=True):
            assert line.endswith("anew: no other.") == (row[-1] == "yes" or row[-3] == "0")
        return [row[-1] for row in rows]

    assert verdicts(telling, 100.0) == ["yes", "yes"]
    assert verdicts(upside_down, 100.0) == ["no", "no"]
    # One authentic clip that the frames did not flag.
    first = fake.index(False)
    telling[first] += 50.0
    assert verdicts(telling, float(media.still.max()) + 0.01)[1] == "no"


def test_joined_scores_lie_where_the_still_model_has_authentic_clips() -> None:
    media = development_media(clips(), COMPARISONS)
    scores = np.random.default_rng(0).normal(100.0, 30.0, len(media.fake))
    real = ~media.fake
    for joined in (media.like_still(scores), *media.joined(scores).values()):
        np.testing.assert_allclose(np.median(joined[real]), np.median(media.still[real]), atol=0.05)
