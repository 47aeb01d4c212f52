"""Reconstructions of a pack's photographs by an autoencoder.

The network is trained on the pack's own photographs, those of the validation side left out, and then
reconstructs all of them into `RECONSTRUCTED`. The kind ``reconstructed`` of pseudo-fakes is made of these.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import asdict, dataclass

import cv2
import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from detector.contracts import Image
from training.photographs.autoencoder import FACTOR, UPSAMPLERS, Autoencoder
from training.photographs.pack import RECONSTRUCTED, Indices, Pack

REPORT = "reconstructed.json"
_NOISES = (0.0, 0.4)  # least and most that a photograph's latent gets


@dataclass(frozen=True, slots=True)
class Fit:
    """How the network is trained."""

    steps: int = 800
    patches: int = 16  # per step
    patch: int = 64  # pixels per side
    learning_rate: float = 7e-4
    gradient: float = 1.0  # weight of the error of differences between neighbours, against blur
    seed: int = 0


def fit(pack: Pack, config: Fit) -> Autoencoder:
    """Train the network; each step is one decoder's turn."""
    torch.manual_seed(config.seed)
    rng, noise = np.random.default_rng(config.seed), torch.Generator().manual_seed(config.seed)
    model = Autoencoder()
    model.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    optimizer = torch.optim.AdamW(model.parameters(), config.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, config.learning_rate, config.steps, pct_start=0.1
    )
    rows = np.flatnonzero(~pack.records["validation"])
    errors: dict[str, float] = defaultdict(float)
    for step in range(config.steps):
        decoder = list(UPSAMPLERS)[step % len(UPSAMPLERS)]
        pictures = _as_tensor([_patch(pack, rows, config.patch, rng) for _ in range(config.patches)])
        output = model(pictures, decoder, float(rng.uniform(*_NOISES)), noise)
        loss = F.l1_loss(output, pictures) + config.gradient * _gradient_error(output, pictures)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        mse = F.mse_loss(output.detach(), pictures).item() / 4.0
        errors[decoder] += 0.05 * (mse - errors[decoder]) if errors[decoder] else mse
        if step % 20 == 0 or step + 1 == config.steps:
            said = ", ".join(f"{name} {_psnr(value):.1f} dB" for name, value in errors.items())
            print(f"\rstep {step + 1}/{config.steps}: {said}   ", end="", flush=True)
    print()
    model.eval()
    return model


@torch.inference_mode()
def reconstruct(pack: Pack, model: Autoencoder, seed: int) -> dict[str, float]:
    """Write `RECONSTRUCTED`, laid out as the pack's pixels; return the mean PSNR in dB of each decoder.

    Which decoder and how much noise a photograph gets is drawn from the seed and its row.
    """
    ratios: dict[str, list[float]] = {name: [] for name in UPSAMPLERS}

    def reconstructions() -> Iterator[Image]:
        for row in range(len(pack)):
            rng = np.random.default_rng([seed, row])
            decoder = str(rng.choice(list(UPSAMPLERS)))
            noise = torch.Generator().manual_seed(int(rng.integers(2**31)))
            photograph, strength = pack[row].rgb, float(rng.uniform(*_NOISES))
            with torch.autocast("cpu", torch.bfloat16):
                reconstructed = _reconstructed(model, photograph, decoder, strength, noise)
            error = reconstructed.astype(np.float32) - photograph
            ratios[decoder].append(_psnr(float(np.square(error).mean()) / 255.0**2))
            yield reconstructed

    pack.write_derived(RECONSTRUCTED, reconstructions())
    return {name: float(np.mean(values)) for name, values in ratios.items() if values}


def _reconstructed(
    model: Autoencoder, image: Image, decoder: str, noise: float, generator: torch.Generator
) -> Image:
    height, width = image.shape[:2]
    # Multiples of the latent's cell, and more, so that the zeros around the picture stay out of it.
    bottom, right = (2 * FACTOR + -side % FACTOR for side in (height, width))
    edges = (2 * FACTOR, bottom, 2 * FACTOR, right)
    padded = np.asarray(cv2.copyMakeBorder(image, *edges, cv2.BORDER_REFLECT), np.uint8)
    output = model(_as_tensor([padded]), decoder, noise, generator)[0]
    pixels = (output.permute(1, 2, 0).numpy() + 1.0) * 127.5
    inner = pixels[2 * FACTOR : 2 * FACTOR + height, 2 * FACTOR : 2 * FACTOR + width]
    return np.asarray(np.clip(np.round(inner), 0, 255), np.uint8)


def _patch(pack: Pack, rows: Indices, size: int, rng: np.random.Generator) -> Image:
    image = pack[int(rng.choice(rows))].rgb
    y, x = (int(rng.integers(0, side - size + 1)) for side in image.shape[:2])
    patch = image[y : y + size, x : x + size]
    return patch[:, ::-1] if rng.random() < 0.5 else patch


def _as_tensor(images: list[Image]) -> Tensor:
    """Return ``(N, 3, H, W)`` in [-1, 1]."""
    values = torch.from_numpy(np.stack(images)).permute(0, 3, 1, 2).float()
    return (values / 127.5 - 1.0).contiguous(memory_format=torch.channels_last)


def _gradient_error(output: Tensor, pictures: Tensor) -> Tensor:
    difference = output - pictures
    return sum((difference.diff(dim=axis).abs().mean() for axis in (2, 3)), torch.zeros(()))


def _psnr(mse: float) -> float:
    return float(-10.0 * np.log10(max(mse, 1e-10)))


def save_report(pack: Pack, config: Fit, psnr_db: dict[str, float]) -> None:
    """Write beside the reconstructions how they were made."""
    report = {"fit": asdict(config), "psnr_db": psnr_db}
    (pack.folder / REPORT).write_text(json.dumps(report, indent=2) + "\n")
