import numpy as np
from labelled_collection import picture

from training.labelled.pack import LabelledPack
from training.labelled.sampler import SamplerConfig
from training.labelled.shortcuts import Drawn, draw_features, features, find_shortcuts


def _drawn(gap: float, sources: int = 20, each: int = 30) -> Drawn:
    """Draw figures whose first differs by ``gap`` between the classes; a source has one class."""
    rng = np.random.default_rng(0)
    source = np.repeat([f"source-{number}" for number in range(sources)], each)
    fake = np.repeat(np.arange(sources) % 2 == 1, each)
    figures = rng.normal(size=(sources * each, 4))
    figures[:, 0] += gap * fake
    return Drawn(figures, fake, np.repeat(np.arange(sources) % 4 < 2, each), source)


def test_classes_that_differ_in_traces_alone_pass() -> None:
    found = find_shortcuts(_drawn(0.0))
    assert found.passed
    assert 0.44 < found.auc < 0.55


def test_classes_that_differ_in_size_are_refused() -> None:
    found = find_shortcuts(_drawn(2.0))
    assert not found.passed
    assert found.auc > 0.85
    assert min(found.by_kind.values()) > 0.85


def test_the_source_that_leaks_is_named_first() -> None:
    drawn = _drawn(0.6)
    drawn.features[drawn.source == "source-7", 0] += 4.0
    first = find_shortcuts(drawn).leaks[0]
    assert (first.source, first.fake) == ("source-7", True)


def test_figures_tell_blur_blocks_and_colour() -> None:
    sharp, soft = (np.random.default_rng(0).integers(0, 255, (s, s, 3)).astype(np.uint8) for s in (128, 16))
    soft = np.kron(soft, np.ones((8, 8, 1), np.uint8))
    smooth = picture(128, 0)
    assert features(sharp, 64)[1] > features(smooth, 64)[1]
    assert features(soft, 64)[4] > 2.0 * features(sharp, 64)[4]
    tinted = (smooth * np.asarray([1.0, 0.8, 0.8])).astype(np.uint8)
    assert np.abs(features(smooth, 64) - features(tinted, 64))[6:9].max() > 5.0


def test_figures_are_drawn_as_training_draws(labelled: LabelledPack) -> None:
    drawn = draw_features(labelled, 6, SamplerConfig(sizes=(60, 100)))
    assert drawn.fake.tolist() == [False, True] * 6
    assert set(drawn.features[:, 0]) <= {60.0, 100.0}
