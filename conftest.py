"""Marks every test with its kind, the folder it lies in: ``pytest -m api``, ``pytest -m "not training"``."""

from __future__ import annotations

from pathlib import Path

import pytest

_ROOT = Path(__file__).parent
_TESTS = [_ROOT / part / "tests" for part in ("backend", "ml")]
# Folders whose tests are of another folder's kind; those in no folder run whole commands.
_KIND_OF_FOLDER = {"training_release": "training", "training_labelled": "training", "": "integration"}
# What fails, or is skipped, on a machine that other tests keep busy.
_TIMED = [_ROOT / "backend/tests" / path for path in ("worker", "crash", "api/test_api_process.py")]


def pytest_itemcollected(item: pytest.Item) -> None:
    """Add the markers; an unregistered one is an error, so a new folder is entered in `pyproject.toml`."""
    for tests in _TESTS:
        if item.path.is_relative_to(tests):
            folder = item.path.relative_to(tests).parts[:-1]
            name = folder[0] if folder else ""
            item.add_marker(_KIND_OF_FOLDER.get(name, name))
    if any(item.path.is_relative_to(path) for path in _TIMED):
        item.add_marker("timed")
