"""A small autoencoder whose decoders enlarge as generators do.

The output of a convolutional decoder carries its traces whatever it shows. So a network that only learned to
reconstruct authentic photographs gives fakes of whole pictures without one generated picture (Zhang et al.,
"Detecting and Simulating Artifacts in GAN Fake Images", WIFS 2019; Rajan et al., "Aligned Datasets Improve
Detection of Latent Diffusion-Generated Images", ICLR 2025).
"""

from __future__ import annotations

from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn

FACTOR = 8
"""Pixels per side of a latent cell, as in the autoencoders of latent diffusion."""

_WIDTHS = (24, 40, 64, 96)  # of the features at full resolution, 1/2, 1/4 and 1/8


def nearest(wide: int, narrow: int) -> nn.Module:
    """Repeat every pixel, then convolve."""
    return nn.Sequential(nn.Upsample(scale_factor=2, mode="nearest"), nn.Conv2d(wide, narrow, 3, padding=1))


def transposed(wide: int, narrow: int) -> nn.Module:
    """Convolve between pixels, as the first GANs did."""
    return nn.ConvTranspose2d(wide, narrow, 4, stride=2, padding=1)


def shuffled(wide: int, narrow: int) -> nn.Module:
    """Compute four pixels in the channels of one (Shi et al., "Real-Time Single Image …", CVPR 2016)."""
    return nn.Sequential(nn.Conv2d(wide, 4 * narrow, 3, padding=1), nn.PixelShuffle(2))


UPSAMPLERS: dict[str, Callable[[int, int], nn.Module]] = {
    "nearest": nearest,
    "transposed": transposed,
    "shuffled": shuffled,
}


class Block(nn.Module):
    """Two convolutions beside a shortcut."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first, self.second = (nn.Conv2d(width, width, 3, padding=1) for _ in range(2))
        nn.init.zeros_(self.second.weight)

    def forward(self, features: Tensor) -> Tensor:
        """Keep the shape ``(N, C, H, W)``."""
        change: Tensor = self.second(F.silu(self.first(F.silu(features))))
        return features + change


class Autoencoder(nn.Module):
    """One encoder, one decoder per way of enlarging.

    The latent is bounded, so that noise in it costs detail. The mean colours of its cells come beside it, and
    a decoder's output is the difference to these, enlarged smoothly: training begins with soft pictures.
    """

    def __init__(self, channels: int = 32, widths: tuple[int, int, int, int] = _WIDTHS) -> None:
        super().__init__()
        full, half, quarter, eighth = widths
        self.encoder = nn.Sequential(
            nn.Conv2d(3, half, 4, stride=2, padding=1),
            Block(half),
            nn.Conv2d(half, quarter, 4, stride=2, padding=1),
            Block(quarter),
            nn.Conv2d(quarter, eighth, 4, stride=2, padding=1),
            Block(eighth),
            nn.Conv2d(eighth, channels, 3, padding=1),
            nn.Tanh(),
        )
        self.decoders = nn.ModuleDict(
            {
                name: nn.Sequential(
                    nn.Conv2d(channels + 3, eighth, 3, padding=1),
                    Block(eighth),
                    enlarge(eighth, quarter),
                    Block(quarter),
                    enlarge(quarter, half),
                    Block(half),
                    enlarge(half, full),
                    nn.SiLU(),
                )
                for name, enlarge in UPSAMPLERS.items()
            }
        )
        self.heads = nn.ModuleDict({name: nn.Conv2d(full, 3, 3, padding=1) for name in UPSAMPLERS})

    def forward(self, pictures: Tensor, decoder: str, noise: float, generator: torch.Generator) -> Tensor:
        """Return the decoder's reconstructions ``(N, 3, H, W)``; sides are multiples of `FACTOR`.

        Values are in [-1, 1]; ``noise`` is the standard deviation of what is added to the latent.
        """
        latent = self.encoder(pictures)
        noisy = latent + noise * torch.randn(latent.shape, generator=generator).to(latent)
        colours = F.avg_pool2d(pictures, FACTOR)
        features = self.decoders[decoder](torch.cat([noisy, colours.to(noisy)], 1))
        smooth = F.interpolate(colours, scale_factor=float(FACTOR), mode="bilinear")
        with torch.autocast(features.device.type, enabled=False):  # eight bits would be steps to be seen
            output: Tensor = smooth + self.heads[decoder](features.float())
        return output
