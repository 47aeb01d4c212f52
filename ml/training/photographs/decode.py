"""A pack's photographs through the autoencoder of a latent diffusion model.

Whatever such a model shows, its decoder makes the pixels. An authentic photograph beside the same photograph
encoded and decoded differs in nothing but that, neither in what it shows nor in how it was kept, so that a
detector learns the decoder's traces (Rajan et al., "Aligned Datasets Improve Detection of Latent
Diffusion-Generated Images", ICLR 2025; Guillaro et al., "A Bias-Free Training Paradigm for More General
AI-generated Image Detection", CVPR 2025). The kinds ``decoded`` of pseudo-fakes are made of these pictures.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch

from detector.contracts import Image
from training.photographs.latent import FACTOR, LatentAutoencoder, load_autoencoder
from training.photographs.pack import DECODED, Pack

_EDGE = 2 * FACTOR  # pixels around a photograph, so that the zeros around them stay out of it


def decode(pack: Pack, autoencoder: Path, limit: int | None = None, threads: int = 1) -> None:
    """Write `DECODED`, or continue it where it ends, up to the first ``limit`` photographs.

    ``autoencoder`` is the folder of the weights, see `load_autoencoder`. A photograph of 224 x 224 pixels
    takes a core that computes in bfloat16 .4 s, and another .8 s.
    """
    torch.set_num_threads(threads)
    model = load_autoencoder(autoencoder)

    def pictures(rows: range) -> Iterator[Image]:
        for row in rows:
            yield decoded(model, pack[row].rgb)

    pack.continue_derived(DECODED, pictures, limit)


@torch.inference_mode()
def decoded(model: LatentAutoencoder, image: Image) -> Image:
    """Return a picture ``(H, W, 3)`` encoded and decoded, at its own size."""
    height, width = image.shape[:2]
    bottom, right = (_EDGE + -side % FACTOR for side in (height, width))
    padded = cv2.copyMakeBorder(image, _EDGE, bottom, _EDGE, right, cv2.BORDER_REFLECT)
    pixels = torch.from_numpy(np.asarray(padded, np.uint8)).permute(2, 0, 1)[None].float() / 255.0
    with torch.autocast("cpu", torch.bfloat16):
        output = model(pixels.contiguous(memory_format=torch.channels_last))[0]
    levels = output.permute(1, 2, 0).numpy()[_EDGE : _EDGE + height, _EDGE : _EDGE + width] * 255.0
    return np.asarray(np.clip(np.round(levels), 0, 255), np.uint8)
