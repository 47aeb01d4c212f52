from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from labelled_collection import picture

from detector.contracts import CropSpec, Trace
from training.labelled.batches import LabelledBatches, Photographs
from training.labelled.config import LabelledConfig
from training.labelled.heads import HEADS
from training.labelled.pack import LabelledPack, Stored
from training.labelled.sampler import SamplerConfig
from training.labelled.views import LABELLED_AUGMENT, evened, face_box, view
from training.photographs.pack import DECODED, Pack

SPEC = CropSpec(size=64, margin=0.02)
CONFIG = LabelledConfig(couples=4, pairs=3, sampling=SamplerConfig(sizes=(60, 100)))


def _batches(pack: LabelledPack, seed: int = 3) -> LabelledBatches:
    return LabelledBatches(pack, CONFIG, SPEC, LABELLED_AUGMENT, seed)


def test_a_batch_depends_on_its_number_and_seed_alone(labelled: LabelledPack) -> None:
    first, again = _batches(labelled), _batches(labelled)
    first[0]
    assert torch.equal(first[5].images, again[5].images)
    assert not torch.equal(first[5].images, first[6].images)
    assert not torch.equal(first[5].images, _batches(labelled, seed=4)[5].images)


def test_stills_alone_go_through_what_stills_do() -> None:
    config = replace(CONFIG, still_h264=0.0)
    own = replace(LABELLED_AUGMENT, h264=0.0)
    assert config.augments(LABELLED_AUGMENT) == {True: LABELLED_AUGMENT, False: own}
    assert CONFIG.augments(LABELLED_AUGMENT) == {True: LABELLED_AUGMENT, False: LABELLED_AUGMENT}


def test_couples_alternate_authentic_and_fake(labelled: LabelledPack) -> None:
    batch = _batches(labelled)[0]
    assert batch.images.shape == (8, 3, 64, 64)
    assert batch.weights is not None
    assert batch.weights.shape == batch.labels.shape == (8, 2)
    assert batch.labels.sum(1).tolist() == [0.0, 1.0] * 4
    assert batch.where.shape == (0, 4, 4)  # without photographs there are no pairs


@pytest.mark.parametrize("kind", ["decoded", "decoded_face", "decoded_inner"])
def test_decoded_photographs_are_fakes_of_generation_and_none_of_blending(
    labelled: LabelledPack, bare: Path, kind: str
) -> None:
    pack = Pack(bare)
    pack.continue_derived(DECODED, lambda rows: (255 - pack[row].rgb for row in rows), limit=2)
    begun, rows = Pack(bare), np.arange(len(pack))
    photographs = Photographs(begun, rows, {kind: 1.0})
    for step in range(2):  # most draws are of rows that have no picture yet
        batch = LabelledBatches(labelled, CONFIG, SPEC, LABELLED_AUGMENT, 3, photographs)[step]
        generation, blending = (HEADS.index(trace) for trace in (Trace.GENERATION, Trace.BLENDING))
        assert batch.weights is not None
        assert batch.labels[-CONFIG.pairs :, generation].tolist() == [1.0] * CONFIG.pairs
        assert (batch.weights[-CONFIG.pairs :, generation] > 0.0).all()
        assert (batch.weights[-CONFIG.pairs :, blending] == 0.0).all()
        assert batch.where[-CONFIG.pairs :].max() > 0.5
    with pytest.raises(ValueError, match="make decode"):
        Photographs(begun, rows[2:], {kind: 1.0})


def test_a_view_holds_no_more_detail_than_its_size(labelled: LabelledPack) -> None:
    sharp = np.random.default_rng(0).integers(0, 255, (216, 216, 3)).astype(np.uint8)
    stored = Stored(sharp, 216 / 1.3)
    spreads = [evened(stored, size, 95, CropSpec(size=128)).astype(float).std() for size in (40, 80, 166)]
    assert spreads == sorted(spreads)
    assert spreads[0] < 0.5 * spreads[2]


def test_the_box_is_the_middle_of_a_stored_crop() -> None:
    stored = Stored(picture(130, 0), 100.0)
    assert face_box(stored) == (15.0, 15.0, 115.0, 115.0)


def test_views_stay_inside_the_stored_crop() -> None:
    """A mirrored border would tell labelled crops from photographs that show more around the face."""
    rng = np.random.default_rng(0)
    reach = (1.0 + 2.0 * SPEC.margin) * LABELLED_AUGMENT.scale[1] / 2.0 + LABELLED_AUGMENT.shift
    assert reach <= 1.3 / 2.0
    assert view(Stored(picture(150, 1), 115.0), 60, SPEC, LABELLED_AUGMENT, rng).shape == (64, 64, 3)
