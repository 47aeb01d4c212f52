"""The tiny autoencoder of FLUX.2's latent space, by its published weights.

A latent diffusion model paints in the latent space of an autoencoder; whatever it shows, the decoder makes
the pixels. TAESD (Ollin Boer Bohan, https://github.com/madebyollin/taesd, MIT) are small networks that
learned the latent spaces of such models; ``taef2`` is that of FLUX.2. The layers below are those of its
``taesd.py``, named so that its files load.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FACTOR = 8
"""Pixels per side of a latent cell."""

ENCODER, DECODER = "taef2_encoder.pth", "taef2_decoder.pth"
SHA256 = {
    ENCODER: "10a4e1021e89d7551eaf161352da8dbd0b1aa83872ae28b150c1df1ce2f147b6",
    DECODER: "0a44a31e1ae59eb9dbf9359d24942fd3ef5928162c1800d97a28c61d51be0ab5",
}
"""The files of weights that are taken, of commit 5cccb12d of the repository."""

_WIDTH, _CHANNELS = 64, 32
_LARGEST = 3.0  # value of a latent; the decoder bends what is larger


class Bounded(nn.Module):
    """A soft limit on the latent's values."""

    def forward(self, latent: Tensor) -> Tensor:
        """Keep the shape ``(N, C, H, W)``."""
        return torch.tanh(latent / _LARGEST) * _LARGEST


class Block(nn.Module):
    """Three convolutions beside a shortcut; ``pooled`` adds statistics of the whole picture before them."""

    def __init__(self, pooled: bool = False) -> None:
        super().__init__()
        self.conv = nn.Sequential(_convolution(), nn.ReLU(), _convolution(), nn.ReLU(), _convolution())
        self.pool = None
        if pooled:
            self.pool = nn.Sequential(
                nn.Conv2d(_WIDTH, 4 * _WIDTH, 1, bias=False),
                nn.GroupNorm(4, 4 * _WIDTH),
                nn.ReLU(),
                nn.Conv2d(4 * _WIDTH, _WIDTH, 1, bias=False),
            )

    def forward(self, features: Tensor) -> Tensor:
        """Keep the shape ``(N, 64, H, W)``."""
        if self.pool is not None:
            features = features + self.pool(features)
        return F.relu(self.conv(features) + features)


class LatentAutoencoder(nn.Module):
    """Pictures to FLUX.2's latents and back."""

    def __init__(self) -> None:
        super().__init__()
        self.encoder = nn.Sequential(
            _convolution(3),
            Block(),
            *(_halved(), Block(), Block(), Block()),
            *(_halved(), Block(), Block(), Block()),
            *(_halved(), Block(True), Block(True), Block(True)),
            _convolution(out=_CHANNELS),
        )
        self.decoder = nn.Sequential(
            *(Bounded(), _convolution(_CHANNELS), nn.ReLU()),
            *(Block(True), Block(True), Block(True), nn.Upsample(scale_factor=2), _convolution(bias=False)),
            *(Block(), Block(), Block(), nn.Upsample(scale_factor=2), _convolution(bias=False)),
            *(Block(), Block(), Block(), nn.Upsample(scale_factor=2), _convolution(bias=False)),
            Block(),
        )
        self.pixels = _convolution(out=3)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the reconstructions ``(N, 3, H, W)`` of pictures in [0, 1]; sides are multiples of `FACTOR`.

        A few values lie outside [0, 1].
        """
        features = self.decoder(self.encoder(pictures))
        with torch.autocast(features.device.type, enabled=False):  # eight bits would be steps to be seen
            output: Tensor = self.pixels(features.float())
        return output


def load_autoencoder(folder: Path) -> LatentAutoencoder:
    """Return the network of a folder with `ENCODER` and `DECODER`.

    Raises FileNotFoundError where one is missing, and ValueError for a file that is not the published one.
    """
    model = LatentAutoencoder()
    # The repository's decoder counts its last convolution among its layers.
    last = len(model.decoder)
    parts = {ENCODER: model.encoder, DECODER: nn.Sequential(*model.decoder, model.pixels)}
    assert len(parts[DECODER]) == last + 1
    for name, part in parts.items():
        file = folder / name
        if not file.is_file():
            raise FileNotFoundError(
                f"{file} is missing: `make decode` fetches it from github.com/madebyollin/taesd"
            )
        if hashlib.sha256(file.read_bytes()).hexdigest() != SHA256[name]:
            raise ValueError(f"{file} is not the published file (SHA-256): fetch it again with `make decode`")
        part.load_state_dict(torch.load(file, map_location="cpu", weights_only=True))
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return model.eval().requires_grad_(False)


def _convolution(wide: int = _WIDTH, out: int = _WIDTH, bias: bool = True) -> nn.Conv2d:
    return nn.Conv2d(wide, out, 3, padding=1, bias=bias)


def _halved() -> nn.Conv2d:
    return nn.Conv2d(_WIDTH, _WIDTH, 3, stride=2, padding=1, bias=False)
