"""Heartbeats: regular, sooner with news, silent when all is lost."""

from __future__ import annotations

import threading

import pytest
from services import wait_until
from sqlalchemy.exc import OperationalError

from deepshield.domain.jobs import Stage
from deepshield.domain.progress import Report
from deepshield.worker.heartbeat import Heartbeat

pytestmark = [pytest.mark.worker, pytest.mark.timed]

NEWS = Report(Stage.INFERENCE, 3, 8)


class Beats:
    """Records beats; answers as told."""

    def __init__(self, *answers: bool | Exception) -> None:
        self.seen: list[Report | None] = []
        self.lost = threading.Event()
        self._answers = iter(answers)

    def beat(self, report: Report | None) -> bool:
        self.seen.append(report)
        answer = next(self._answers, True)
        if isinstance(answer, Exception):
            raise answer
        return answer


def test_it_beats_without_news() -> None:
    beats = Beats()
    with Heartbeat(beats.beat, beats.lost.set, 0.02):
        wait_until(lambda: len(beats.seen) >= 3)
    assert set(beats.seen) == {None}


def test_news_do_not_wait_for_the_next_beat() -> None:
    beats = Beats()
    with Heartbeat(beats.beat, beats.lost.set, 60) as heart:
        heart.report(Report(Stage.VALIDATING))
        heart.report(NEWS)
        wait_until(lambda: beats.seen)
    assert beats.seen == [NEWS], "only the latest is told"


def test_a_short_job_tells_nothing() -> None:
    beats = Beats()
    with Heartbeat(beats.beat, beats.lost.set, 60) as heart:
        heart.report(NEWS)
    assert beats.seen == []


def test_a_lost_lease_is_told_once() -> None:
    beats = Beats(True, False)
    with Heartbeat(beats.beat, beats.lost.set, 0.02):
        assert beats.lost.wait(10)
    assert len(beats.seen) == 2


def test_a_database_that_is_away_ends_nothing_and_loses_no_news() -> None:
    beats = Beats(OperationalError("UPDATE", {}, Exception()), True)
    with Heartbeat(beats.beat, beats.lost.set, 60) as heart:
        heart.report(NEWS)
        wait_until(lambda: len(beats.seen) == 2)
    assert beats.seen == [NEWS, NEWS]
    assert not beats.lost.is_set()
