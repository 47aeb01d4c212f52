"""Sees to it that every test bears its kind as a marker: ``pytest -m api``, ``pytest -m "not training"``."""

from __future__ import annotations

from pathlib import Path

import pytest

_ENGINE = Path(__file__).parent / "ml/tests"
_KINDS = {"unit", "integration", "api", "security", "worker", "crash", "deploy"}


def pytest_itemcollected(item: pytest.Item) -> None:
    """Mark the engine's tests with their room; refuse a test of the service whose module names no kind."""
    if item.path.is_relative_to(_ENGINE):
        item.add_marker(item.path.relative_to(_ENGINE).parts[0])
    elif not _KINDS & {mark.name for mark in item.iter_markers()}:
        raise pytest.UsageError(
            f"{item.path.name} needs pytestmark = pytest.mark.KIND, one of {sorted(_KINDS)}"
        )
