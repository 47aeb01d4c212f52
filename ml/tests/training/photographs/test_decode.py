"""Photographs through a latent autoencoder, with weights that are drawn, not the published ones."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from training.photographs import latent
from training.photographs.decode import decode, decoded
from training.photographs.latent import DECODER, ENCODER, LatentAutoencoder, load_autoencoder
from training.photographs.pack import DECODED, Pack


@pytest.fixture(scope="module")
def drawn() -> LatentAutoencoder:
    torch.manual_seed(3)
    return LatentAutoencoder().eval()


@pytest.fixture
def published(drawn: LatentAutoencoder, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder as the repository's, with the network's last convolution among the decoder's layers."""
    folder = tmp_path / "taesd"
    folder.mkdir()
    torch.save(drawn.encoder.state_dict(), folder / ENCODER)
    torch.save(nn.Sequential(*drawn.decoder, drawn.pixels).state_dict(), folder / DECODER)
    hashes = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (ENCODER, DECODER)}
    monkeypatch.setattr(latent, "SHA256", hashes)
    return folder


def test_a_picture_of_any_size_comes_back_at_its_own(drawn: LatentAutoencoder) -> None:
    picture = np.random.default_rng(0).integers(0, 256, (21, 34, 3)).astype(np.uint8)
    seen = decoded(drawn, picture)
    assert seen.shape == picture.shape
    assert seen.dtype == np.uint8
    assert (decoded(drawn, picture) == seen).all()


def test_weights_that_are_not_the_published_ones_are_refused(
    drawn: LatentAutoencoder, published: Path
) -> None:
    loaded = load_autoencoder(published)
    assert torch.equal(loaded.pixels.weight, drawn.pixels.weight)
    (published / DECODER).write_bytes((published / ENCODER).read_bytes())
    with pytest.raises(ValueError, match="make decode"):
        load_autoencoder(published)
    (published / ENCODER).unlink()
    with pytest.raises(FileNotFoundError, match="make decode"):
        load_autoencoder(published)


def test_decoded_photographs_lie_where_the_photographs_do(published: Path, bare: Path) -> None:
    pack = Pack(bare)
    decode(pack, published, limit=1)
    assert Pack(bare).length(DECODED) == 1
    assert (bare / DECODED).stat().st_size == pack[0].rgb.size
    assert (Pack(bare)[0].derived(DECODED) != pack[0].rgb).any()
