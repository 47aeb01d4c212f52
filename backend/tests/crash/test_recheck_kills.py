"""A recheck survives kills of any part: a short run; `make crash PARTS=recheck` is the long one."""

from __future__ import annotations

from pathlib import Path

import pytest
from recheck_kills import PARTS, recheck_kills
from services import Services

pytestmark = [pytest.mark.crash, pytest.mark.timed, pytest.mark.long, pytest.mark.timeout(600)]


def test_every_file_is_judged_once_more_whatever_is_killed(services: Services, tmp_path: Path) -> None:
    with recheck_kills(services, tmp_path, seed=20) as kills:
        outcome = kills.run(media=24, kills=len(PARTS), pause=1.0)
    assert outcome.holds, outcome.table()
    assert sum(outcome.kills.values()) >= 3, outcome.table()
