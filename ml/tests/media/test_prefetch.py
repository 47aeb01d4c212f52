"""Decoding ahead: order, failures in their place, and no thread that outlives its consumer."""

from __future__ import annotations

import gc
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from media_factory import Clip, number_of

from detector.contracts import Limits
from detector.media import open_media
from detector.prefetch import prefetched


def decode_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "decode"]


@pytest.fixture(autouse=True)
def no_thread_is_left() -> Iterator[None]:
    assert decode_threads() == []
    yield
    assert decode_threads() == []


def test_items_come_in_order_from_another_thread() -> None:
    makers: set[str] = set()

    def items() -> Iterator[int]:
        for i in range(50):
            makers.add(threading.current_thread().name)
            yield i

    assert list(prefetched(items(), 3)) == list(range(50))
    assert makers == {"decode"}


def test_no_items_and_none_among_items() -> None:
    assert list(prefetched(iter(()), 1)) == []
    assert list(prefetched(iter([None, 0, None]), 1)) == [None, 0, None]


def test_an_exception_comes_after_what_was_made_before_it() -> None:
    def items() -> Iterator[int]:
        yield 1
        yield 2
        raise LookupError("the third")

    ahead = prefetched(items(), 4)
    assert [next(ahead), next(ahead)] == [1, 2]
    with pytest.raises(LookupError, match="the third"):
        next(ahead)


def test_no_further_ahead_than_asked_for() -> None:
    made: list[int] = []

    def items() -> Iterator[int]:
        for i in range(100):
            made.append(i)
            yield i

    with closing(prefetched(items(), 2)) as ahead:
        assert next(ahead) == 0
        time.sleep(0.3)
        assert len(made) <= 1 + 2 + 1, "one taken, two waiting, one in hand"


def test_closing_stops_the_producer_and_closes_what_it_ran() -> None:
    closed: list[str] = []

    def items() -> Iterator[int]:
        try:
            yield from range(10_000)
        finally:
            closed.append(threading.current_thread().name)

    ahead = prefetched(items(), 2)
    assert next(ahead) == 0
    ahead.close()
    assert closed == ["decode"]
    assert decode_threads() == []


def test_a_failing_end_does_not_leave_the_consumer_waiting() -> None:
    def items() -> Iterator[int]:
        try:
            yield 1
        finally:
            raise OSError("while closing")

    ahead = prefetched(items(), 1)
    assert next(ahead) == 1
    with pytest.raises(OSError, match="while closing"):
        next(ahead)


def test_a_consumer_that_fails_leaves_no_thread(tmp_path: Path) -> None:
    path = Clip(frames=200, gop=200).write(tmp_path / "clip.mp4")

    def consume() -> None:
        with open_media(path, 64, Limits()) as media, closing(prefetched(media.frames(), 2)) as ahead:
            for frame in ahead:
                if frame.index > 20:
                    raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        consume()
    assert decode_threads() == []


def test_frames_are_the_same_ahead(tmp_path: Path) -> None:
    path = Clip(frames=100, b_frames=2).write(tmp_path / "clip.mp4")
    with open_media(path, 16, Limits()) as media:
        frames = list(prefetched(media.frames(), 2))
        assert [number_of(frame.rgb) for frame in frames] == [frame.index for frame in frames]
        assert len(frames) == media.planned
        assert media.budget.spent > 0


def test_a_file_can_be_closed_while_another_thread_decodes(tmp_path: Path) -> None:
    path = Clip(frames=300, gop=300).write(tmp_path / "clip.mp4")
    for pause in (0.0, 0.001, 0.01, 0.03):
        taken: list[int] = []
        with open_media(path, 300, Limits()) as media:
            frames = media.frames()
            thread = threading.Thread(target=lambda: taken.extend(frame.index for frame in frames))  # noqa: B023
            thread.start()
            time.sleep(pause)
        thread.join(timeout=5.0)
        assert not thread.is_alive()
        assert taken == list(range(len(taken)))
        assert next(iter(frames), None) is None


def test_a_consumer_that_does_not_close_the_thread_ends_all_the_same(tmp_path: Path) -> None:
    path = Clip(frames=100, gop=100).write(tmp_path / "clip.mp4")

    def consume() -> None:
        with open_media(path, 64, Limits()) as media:
            for frame in prefetched(media.frames(), 2):
                if frame.index > 5:
                    raise RuntimeError("enough")

    with pytest.raises(RuntimeError, match="enough"):
        consume()
    gc.collect()  # the exception held the consumer, and with it the generator that owns the thread
    for thread in decode_threads():
        thread.join(timeout=5.0)
