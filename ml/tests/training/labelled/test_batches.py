import numpy as np
import torch
from labelled_collection import picture

from detector.contracts import CropSpec
from training.labelled.batches import LabelledBatches
from training.labelled.config import LabelledConfig
from training.labelled.pack import LabelledPack, Stored
from training.labelled.sampler import SamplerConfig
from training.labelled.views import LABELLED_AUGMENT, evened, face_box, view

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


def test_couples_alternate_authentic_and_fake(labelled: LabelledPack) -> None:
    batch = _batches(labelled)[0]
    assert batch.images.shape == (8, 3, 64, 64)
    assert batch.weights is not None
    assert batch.weights.shape == batch.labels.shape == (8, 2)
    assert batch.labels.sum(1).tolist() == [0.0, 1.0] * 4
    assert batch.where.shape == (0, 4, 4)  # without photographs there are no pairs


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
