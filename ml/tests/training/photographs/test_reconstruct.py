"""Reconstructions by an autoencoder, and the pseudo-fakes that are made of them."""

import dataclasses
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
from tiny_run import TINY

from training.photographs.autoencoder import FACTOR, UPSAMPLERS, Autoencoder
from training.photographs.pack import PIXELS, RECONSTRUCTED, Pack, Photo
from training.photographs.reconstruct import Fit, fit, reconstruct
from training.samples.blend import KINDS
from training.samples.pairs import Pairs
from training.samples.reconstructed import with_spectrum_of

SMALL = (8, 8, 8, 8)


def _detail(image: np.ndarray) -> float:
    return float(np.abs(cv2.Laplacian(image.astype(np.float32), cv2.CV_32F)).mean())


def _soft(image: np.ndarray) -> np.ndarray:
    return np.asarray(cv2.GaussianBlur(image, (0, 0), 0.7), np.uint8)


@pytest.mark.parametrize("decoder", UPSAMPLERS)
def test_a_decoder_gives_the_pictures_size(decoder: str) -> None:
    model, generator = Autoencoder(4, SMALL), torch.Generator()
    pictures = torch.zeros(2, 3, 5 * FACTOR, 2 * FACTOR)
    assert model(pictures, decoder, 0.1, generator).shape == pictures.shape


def test_training_leaves_validation_out_repeats_itself_and_learns(
    bare: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pack, seen = Pack(bare), set()
    read = Pack.__getitem__

    def watched(self: Pack, index: int) -> Photo:
        seen.add(index)
        return read(self, index)

    monkeypatch.setattr(Pack, "__getitem__", watched)
    config = Fit(steps=60, patches=2, patch=32)
    first, again = (fit(pack, dataclasses.replace(config, steps=30)).state_dict() for _ in range(2))
    assert all(torch.equal(value, again[name]) for name, value in first.items())
    assert not pack.records["validation"][list(seen)].any()
    errors = []
    for steps in (1, 60):
        ratios = reconstruct(pack, fit(pack, dataclasses.replace(config, steps=steps)), 0)
        errors.append(min(ratios.values()))
    assert errors[1] > errors[0] + 0.3


def test_reconstructions_lie_where_the_photographs_do(bare: Path) -> None:
    pack = Pack(bare)
    assert not pack.has(RECONSTRUCTED)
    reconstruct(pack, Autoencoder(4, SMALL).eval(), 0)
    first = (bare / RECONSTRUCTED).read_bytes()
    assert len(first) == (bare / PIXELS).stat().st_size
    photo = Pack(bare)[3]
    assert photo.derived(RECONSTRUCTED).shape == photo.rgb.shape
    reconstruct(pack, Autoencoder(4, SMALL).eval(), 0)
    assert (bare / RECONSTRUCTED).read_bytes() != first, "other weights"


def test_spectra_are_matched_both_ways(photo: Photo) -> None:
    soft = _soft(photo.rgb)
    assert _detail(soft) < 0.75 * _detail(photo.rgb)
    assert _detail(with_spectrum_of(soft, photo.rgb)) == pytest.approx(_detail(photo.rgb), rel=0.25)
    assert _detail(with_spectrum_of(photo.rgb, soft)) == pytest.approx(_detail(soft), rel=0.25)
    assert np.abs(with_spectrum_of(photo.rgb, photo.rgb).astype(int) - photo.rgb).max() <= 1


def test_blur_does_not_tell_a_reconstruction(photo: Photo) -> None:
    repeated = dataclasses.replace(photo, derived=lambda _: _soft(photo.rgb))
    ratios = []
    for seed in range(40):
        fake = KINDS["reconstructed"](repeated, lambda _: photo, np.random.default_rng(seed))
        real = photo.rgb if fake.real is None else fake.real
        ratios.append(_detail(fake.rgb) / _detail(real))
    assert 0.85 < float(np.median(ratios)) < 1.15
    assert any(ratio < 1.0 for ratio in ratios)
    assert any(ratio > 1.0 for ratio in ratios)


def test_a_pair_holds_the_real_that_came_down_to_its_fake(pack: Pack) -> None:
    rows = pack.members(validation=False, sources=("made",))
    pairs = Pairs(pack, rows, TINY.crop, dataclasses.replace(TINY.augment, jpeg=0.0, h264=0.0), 0)
    count = 24
    reals = [
        [pairs.make(number, {kind: 1.0}).real for number in range(count)]
        for kind in ("face", "reconstructed")
    ]
    changed = [bool((one != other).any()) for one, other in zip(*reals, strict=True)]
    assert 0 < sum(changed) < count
