"""Marks every test with its kind, the folder it lies in: ``pytest -m api``, ``pytest -m "not training"``."""

from __future__ import annotations

from pathlib import Path

import pytest

_TESTS = [Path(__file__).parent / part / "tests" for part in ("backend", "ml")]
# Folders whose tests are of another folder's kind; those in no folder run whole commands.
_KIND_OF_FOLDER = {"training_release": "training", "": "integration"}


def pytest_itemcollected(item: pytest.Item) -> None:
    """Add the marker; an unregistered one is an error, so a new folder is entered in `pyproject.toml`."""
    for tests in _TESTS:
        if item.path.is_relative_to(tests):
            folder = item.path.relative_to(tests).parts[:-1]
            name = folder[0] if folder else ""
            item.add_marker(_KIND_OF_FOLDER.get(name, name))
