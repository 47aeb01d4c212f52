import numpy as np
import pytest
from labelled_collection import picture
from numpy.typing import NDArray

from detector.contracts import CropSpec, Image
from training.labelled import shortcuts
from training.labelled.config import LabelledConfig
from training.labelled.pack import LabelledPack
from training.labelled.sampler import SamplerConfig
from training.labelled.shortcuts import HIGHEST_AUC, Drawn, describe, draw_features, features, find_shortcuts
from training.labelled.views import LABELLED_AUGMENT


def _drawn(gap: float, sources: int = 20, each: int = 30) -> Drawn:
    """Draw figures whose first differs by ``gap`` between the classes; a source has one class."""
    rng = np.random.default_rng(0)
    source = np.repeat([f"source-{number}" for number in range(sources)], each)
    fake = np.repeat(np.arange(sources) % 2 == 1, each)
    figures = rng.normal(size=(sources * each, 4))
    figures[:, 0] += gap * fake
    return Drawn(figures, fake, np.repeat(np.arange(sources) % 4 < 2, each), source)


def test_classes_that_differ_in_traces_alone_pass() -> None:
    found = find_shortcuts([_drawn(0.0)])
    assert found.passed
    assert 0.44 < found.auc < 0.55


def test_classes_that_differ_in_size_are_refused() -> None:
    found = find_shortcuts([_drawn(2.0)])
    assert not found.passed
    assert found.auc > 0.85
    assert min(found.by_kind.values()) > 0.85


def test_the_source_that_leaks_is_named_first() -> None:
    drawn = _drawn(0.6)
    drawn.features[drawn.source == "source-7", 0] += 4.0
    first = find_shortcuts([drawn]).leaks[0]
    assert (first.source, first.fake) == ("source-7", True)


def test_figures_tell_blur_blocks_and_colour() -> None:
    sharp, soft = (np.random.default_rng(0).integers(0, 255, (s, s, 3)).astype(np.uint8) for s in (128, 16))
    soft = np.kron(soft, np.ones((8, 8, 1), np.uint8))
    smooth = picture(128, 0)
    assert features(sharp, 64)[1] > features(smooth, 64)[1]
    assert features(soft, 64)[4] > 2.0 * features(sharp, 64)[4]
    tinted = (smooth * np.asarray([1.0, 0.8, 0.8])).astype(np.uint8)
    assert np.abs(features(smooth, 64) - features(tinted, 64))[6:9].max() > 5.0


def test_the_figure_is_the_mean_of_draws_and_a_kind_that_tells_by_itself_is_named() -> None:
    alike, different = _drawn(0.0), _drawn(0.0)
    different.features[:, 0] += 1.5 * (different.fake & different.video)  # clips alone, in one of two draws
    found = find_shortcuts([alike, different])
    assert found.auc == np.mean(found.by_draw)
    assert found.by_draw[1] > found.by_draw[0] + 0.05
    assert found.kinds_over == ["clips"]
    assert found.by_kind["stills"] < HIGHEST_AUC
    assert any(line.strip().startswith("clips alone") for line in describe(found))


def test_figures_are_drawn_as_a_run_draws(labelled: LabelledPack, monkeypatch: pytest.MonkeyPatch) -> None:
    sides: set[int] = set()

    def noted(image: Image, size: int) -> NDArray[np.float64]:
        sides.add(image.shape[0])
        return features(image, size)

    monkeypatch.setattr(shortcuts, "features", noted)
    sampling, spec = SamplerConfig(sizes=(60, 100)), CropSpec(size=64, margin=0.02)
    for everything in (False, True):
        config = LabelledConfig(all=everything, sampling=sampling)
        drawn = draw_features(labelled, 12, config, spec, LABELLED_AUGMENT)
        assert drawn.fake.tolist() == [False, True] * 12
        assert set(drawn.features[:, 0]) <= {60.0, 100.0}
        assert bool(set(drawn.source.tolist()) & {"studio", "gan-gallery"}) == everything
    assert sides == {64}
