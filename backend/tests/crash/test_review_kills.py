"""Reviews survive kills of any part: a short run; `make crash PARTS=reviews` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest
from review_kills import review_kills
from services import Services

pytestmark = [pytest.mark.crash, pytest.mark.timed, pytest.mark.long, pytest.mark.timeout(400)]


def test_no_review_is_lost_or_changed_whatever_is_killed(services: Services, tmp_path: Path) -> None:
    with review_kills(services, tmp_path, seed=20) as kills:
        outcome = kills.run(answers=90, kills=6, parts=("api", "postgres"), pause=0.7)
    assert outcome.holds, outcome.table()
    assert sum(outcome.kills.values()) >= 3, outcome.table()
