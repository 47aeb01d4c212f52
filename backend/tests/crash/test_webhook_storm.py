"""Events reach a bad receiver though senders are killed, in short; `make webhook-storm` is the long run."""

from __future__ import annotations

from pathlib import Path

import pytest
from webhook_storm import storm

pytestmark = [pytest.mark.crash, pytest.mark.timeout(120)]


def test_each_event_arrives_and_none_goes_astray(tmp_path: Path) -> None:
    outcome = storm(tmp_path, events=100, seed=3, kills=2, patience=90.0)
    assert outcome.holds, outcome.table()
    assert outcome.rolled_back
    assert outcome.attempts > len(outcome.committed), "the receiver was as bad as it should be"
