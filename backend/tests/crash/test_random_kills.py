"""Jobs survive kills of any part: a short run; `make crash` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest
from random_kills import PARTS, random_kills
from services import Services

pytestmark = [pytest.mark.crash, pytest.mark.timed, pytest.mark.timeout(400)]


def test_nothing_is_lost_whatever_is_killed(services: Services, tmp_path: Path) -> None:
    with random_kills(services, tmp_path, seed=20) as kills:
        outcome = kills.run(jobs=10, kills=len(PARTS), pause=1.0, batch=20)
    assert outcome.holds, outcome.table()
    assert len(outcome.acknowledged) == 10
    assert sum(outcome.kills.values()) >= len(PARTS) - 2, "parts that were just starting may have been missed"


def test_nothing_is_lost_when_redis_restarts_and_forgets(services: Services, tmp_path: Path) -> None:
    with random_kills(services, tmp_path, seed=7) as kills:
        outcome = kills.run(jobs=8, kills=3, parts=("redis", "flush"), pause=1.0)
    assert outcome.holds, outcome.table()
    assert outcome.most_attempts == 1, "the broker's loss costs no attempt"
    assert outcome.seconds_to_end < 60
