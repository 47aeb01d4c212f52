"""Stages of one thread: they add up, never overlap, and never exceed the total."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.stopwatch import Stage, Stopwatch

STAGES: tuple[Stage, ...] = ("open", "face_detection", "inference")


class Clock:
    """Nanoseconds that pass when they are made to."""

    def __init__(self) -> None:
        self.now = 0

    def __call__(self) -> int:
        return self.now


@given(st.lists(st.tuples(st.sampled_from((*STAGES, None)), st.integers(0, 10**12))))
def test_stages_do_not_sum_to_more_than_the_total(work: list[tuple[Stage | None, int]]) -> None:
    clock = Clock()
    watch = Stopwatch(clock)
    for stage, nanoseconds in work:
        if stage is None:
            clock.now += nanoseconds
            continue
        with watch(stage):
            clock.now += nanoseconds
    spent = [watch.milliseconds(stage) for stage in STAGES]
    timings = watch.timings(decoding=0.0)
    assert timings.analysing <= timings.total * (1 + 1e-12)
    assert spent == [sum(ns for name, ns in work if name == stage) / 1e6 for stage in STAGES]


def test_a_stage_within_a_stage_is_refused() -> None:
    watch = Stopwatch()
    with watch("open"), pytest.raises(RuntimeError, match="within stage 'open'"), watch("inference"):
        pass
    with watch("inference"):
        pass


def test_a_stage_of_another_thread_is_refused() -> None:
    watch, caught = Stopwatch(), []

    def enter() -> None:
        with pytest.raises(RuntimeError, match="another thread") as error, watch("open"):
            pass
        caught.append(error)

    thread = threading.Thread(target=enter)
    thread.start()
    thread.join()
    assert caught


def test_waiting_counts_until_each_item_and_not_what_is_done_with_it() -> None:
    clock = Clock()
    watch = Stopwatch(clock)

    def items() -> Iterator[int]:
        for item in range(3):
            clock.now += 2_000_000
            yield item
        clock.now += 1_000_000

    for _ in watch.waiting("waiting_for_frames", items()):
        with watch("inference"):
            clock.now += 5_000_000
    timings = watch.timings(decoding=0.003)
    assert (timings.waiting_for_frames, timings.inference, timings.total) == (7.0, 15.0, 22.0)
    assert timings.decoding == 3.0


def test_a_failure_in_a_stage_ends_it() -> None:
    watch = Stopwatch()
    with pytest.raises(LookupError), watch("open"):
        raise LookupError
    with watch("open"):
        pass
