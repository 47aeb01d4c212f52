"""The released bundles, one folder each, and which of them is used by default."""

from __future__ import annotations

from pathlib import Path

DEFAULT = "tf_efficientnetv2_b0"


def default_bundle() -> Path:
    """Return the folder of the default bundle."""
    return Path(__file__).parent / DEFAULT
