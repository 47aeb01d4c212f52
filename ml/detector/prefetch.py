"""Decode ahead of the networks: the decoder releases the interpreter, so both cores work."""

from __future__ import annotations

import queue
import threading
from collections.abc import Generator, Iterator
from contextlib import closing, nullcontext
from typing import TypeVar

T = TypeVar("T")

_POLL_SECONDS = 0.1  # how soon the thread notices that its consumer is gone


class _Failure:
    def __init__(self, error: BaseException) -> None:
        self.error = error


_END = object()


def prefetched(items: Iterator[T], depth: int) -> Generator[T, None, None]:
    """Yield ``items``, which are produced in a thread up to ``depth`` ahead.

    An exception in the producer is raised here, at its place in the order. Closing this generator stops the
    producer at its next item, closes ``items`` (in the thread that ran them) and waits for it, so that the
    file under them can be closed. Close it where an exception may pass by: ``with closing(...)``.
    """
    channel: queue.Queue[object] = queue.Queue(depth)
    stop = threading.Event()

    def produce() -> None:
        outcome: object = _END
        try:
            with closing(items) if isinstance(items, Generator) else nullcontext():
                for item in items:
                    if not _put(channel, item, stop):
                        break
        except BaseException as error:  # noqa: BLE001 - handed to the consumer, which raises it
            outcome = _Failure(error)
        _put(channel, outcome, stop)

    thread = threading.Thread(target=produce, name="decode", daemon=True)
    thread.start()
    try:
        while (item := channel.get()) is not _END:
            if isinstance(item, _Failure):
                raise item.error
            yield item  # type: ignore[misc]  # only T, _Failure and _END are ever put
    finally:
        stop.set()
        thread.join()


def _put(channel: queue.Queue[object], item: object, stop: threading.Event) -> bool:
    while not stop.is_set():
        try:
            channel.put(item, timeout=_POLL_SECONDS)
        except queue.Full:
            continue
        return True
    return False
