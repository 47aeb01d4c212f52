"""Media and models that several test folders share."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from skimage import data as skimage_data

from detector.contracts import Image

SHARED_DATA = Path(__file__).parents[2].parent / "shared" / "data"


@pytest.fixture(scope="session")
def portrait() -> Image:
    """A public-domain portrait, 512 x 512: one face of about 90 px."""
    return np.ascontiguousarray(skimage_data.astronaut(), np.uint8)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of labelled development media; tests that need it are skipped where it is missing."""
    if not (SHARED_DATA / "dev-eval" / "manifest.jsonl").exists():
        pytest.skip(f"no development media at {SHARED_DATA}")
    return SHARED_DATA
