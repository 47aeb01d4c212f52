"""Where a run computes."""

from __future__ import annotations

from typing import Literal

import torch

DeviceChoice = Literal["auto", "cpu", "cuda"]


def open_device(choice: DeviceChoice) -> torch.device:
    """Return the device; "auto" is the GPU where there is one. Raises RuntimeError for "cuda" without one."""
    if choice == "auto":
        choice = "cuda" if torch.cuda.is_available() else "cpu"
    if choice == "cuda":
        if not torch.cuda.is_available():
            raise RuntimeError("torch finds no CUDA device here")
        torch.backends.cudnn.benchmark = True  # all batches have one shape
    return torch.device(choice)
