from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from detector.contracts import Trace
from training.labelled.pack import LabelledPack
from training.labelled.sampler import Draw, Sampler, SamplerConfig, to_train_on

CONFIG = SamplerConfig(clips=0.5, blended_stills=0.2, blended_clips=0.5, sizes=(60, 110))


def _couples(
    pack: LabelledPack, config: SamplerConfig = CONFIG, count: int = 2000
) -> list[tuple[Draw, Draw]]:
    sampler, rng = Sampler(pack, config, to_train_on(pack)), np.random.default_rng(0)
    return [sampler.couple(rng) for _ in range(count)]


def test_a_couple_shares_kind_and_size(labelled: LabelledPack) -> None:
    for real, fake in _couples(labelled, count=300):
        assert (real.fake, fake.fake) == (False, True)
        assert (real.video, real.size) == (fake.video, fake.size)
        assert labelled.records["video"][real.row] == labelled.records["video"][fake.row] == real.video
        assert labelled.records["trace"][fake.row] == fake.trace


def test_stills_have_sizes_of_their_own(labelled: LabelledPack) -> None:
    config = replace(CONFIG, still_sizes=(70, 70, 90))
    sizes = Counter((real.video, real.size) for real, _ in _couples(labelled, config))
    assert set(sizes) == {(False, 70), (False, 90), (True, 60), (True, 110)}
    assert sizes[False, 70] / sizes[False, 90] == pytest.approx(2.0, rel=0.2)


def test_no_crop_is_enlarged_and_none_nearly_as_it_is(labelled: LabelledPack) -> None:
    for draw in (draw for couple in _couples(labelled, count=300) for draw in couple):
        assert labelled.stored_face_px[draw.row] >= draw.size
        assert labelled.records["face_px"][draw.row] >= draw.size * CONFIG.reduction


def test_what_is_held_out_is_never_drawn(labelled: LabelledPack) -> None:
    rows = {draw.row for couple in _couples(labelled) for draw in couple}
    assert set(labelled.records["held_out"][list(rows)]) == {""}


def test_all_rows_are_those_held_out_too(labelled: LabelledPack) -> None:
    kept, every = to_train_on(labelled), to_train_on(labelled, everything=True)
    assert set(kept) < set(every)
    assert len(every) == len(labelled)


def test_shares_are_those_of_the_configuration(labelled: LabelledPack) -> None:
    fakes = Counter((fake.video, fake.trace) for _, fake in _couples(labelled))
    assert fakes[True, Trace.BLENDING] / 2000 == pytest.approx(0.25, abs=0.03)
    assert fakes[True, Trace.GENERATION] / 2000 == pytest.approx(0.25, abs=0.03)
    assert fakes[False, Trace.BLENDING] / 2000 == pytest.approx(0.1, abs=0.03)


def test_a_source_weighs_the_square_root_of_its_files(labelled: LabelledPack) -> None:
    rows = to_train_on(labelled)
    sources = labelled.records["source"].copy()
    press = rows[sources[rows] == "press"]
    sources[press[:2]] = "small press"  # 2 files beside 4
    records = labelled.records | {"source": sources}
    changed = LabelledPack.__new__(LabelledPack)
    changed.records = records
    drawn = Counter(str(sources[real.row]) for real, _ in _couples(changed, replace(CONFIG, clips=0.0)))
    assert drawn["press"] / drawn["small press"] == pytest.approx(np.sqrt(2.0), rel=0.12)


def test_a_side_without_a_large_enough_face_is_named(labelled: LabelledPack) -> None:
    with pytest.raises(ValueError, match="500 px"):
        Sampler(labelled, replace(CONFIG, sizes=(60, 500)), to_train_on(labelled))
