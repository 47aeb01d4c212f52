"""The examples that tests and web app use are what the engine makes today."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from example_results import NAMES, example
from make_results import make_results

pytestmark = pytest.mark.integration

# What depends on the machine: how long it took, and how libraries of other versions encode the same pictures.
_OWN = {"timings_ms", "sha256", "size_bytes"}


def comparable(value: Any) -> Any:
    """Take the machine's own out, and let numbers differ as they do between processors."""
    if isinstance(value, dict):
        return {key: comparable(entry) for key, entry in value.items() if key not in _OWN}
    if isinstance(value, list):
        return [comparable(entry) for entry in value]
    return pytest.approx(value, rel=1e-2, abs=1e-2) if isinstance(value, float) else value


def plain(value: Any) -> Any:
    """Take the machine's own out."""
    if isinstance(value, dict):
        return {key: plain(entry) for key, entry in value.items() if key not in _OWN}
    return [plain(entry) for entry in value] if isinstance(value, list) else value


def test_the_examples_are_not_stale(tmp_path: Path) -> None:
    made = make_results(tmp_path)
    assert set(made) == set(NAMES)
    for name, result in made.items():
        kept = example(name)
        assert result.model == kept.model, f"{name} is of another bundle: make fixtures"
        fresh = plain(result.model_dump(mode="json"))
        assert fresh == comparable(kept.model_dump(mode="json")), f"{name} is stale: make fixtures"
