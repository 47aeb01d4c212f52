"""Analyses of many files in their order: small ones as many at a time as there are cores.

A photograph leaves a core idle most of the time: while it is read, while the networks look at one face, while
its pictures are drawn. A large file needs its memory, and a video has a decoder beside its networks, so those
go one at a time.
"""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from itertools import groupby
from pathlib import Path

import detector.analyze
from detector.analyze import Options
from detector.contracts import Analysis, ProgressCallback
from detector.model import Model

_SMALL_BYTES = 8 * 2**20
_SAFE = frozenset({"mtcnn"})  # detectors that several threads may use at once

Analysing = Callable[[], Analysis]


def analyses(
    files: list[Path], model: Model, options: Options, begin: Callable[[Path], ProgressCallback]
) -> Iterator[tuple[Path, Analysing]]:
    """Yield each file with what returns its analysis, or raises what `analyze` raises; in the files' order.

    ``begin`` is called as each file's turn comes and gives the callback for its progress.
    """
    parallel = len(files) > 1 and model.device == "cpu" and model.detector.name in _SAFE
    for small, group in groupby(files, key=lambda file: parallel and _is_small(file)):
        if small:
            yield from _side_by_side(group, model, options, begin)
        else:
            for file in group:
                yield file, partial(detector.analyze.analyze, file, model, options, begin(file))


def _side_by_side(
    files: Iterable[Path], model: Model, options: Options, begin: Callable[[Path], ProgressCallback]
) -> Iterator[tuple[Path, Analysing]]:
    cores = len(os.sched_getaffinity(0))
    pool = ThreadPoolExecutor(cores, thread_name_prefix="file")
    waiting: deque[tuple[Path, Future[Analysis]]] = deque()

    def first() -> tuple[Path, Analysing]:
        file, future = waiting.popleft()
        begin(file)
        return file, future.result

    try:
        for file in files:
            waiting.append((file, pool.submit(detector.analyze.analyze, file, model, options)))
            if len(waiting) > cores:
                yield first()
        while waiting:
            yield first()
    finally:
        pool.shutdown(cancel_futures=True)


def _is_small(file: Path) -> bool:
    try:
        return file.stat().st_size <= _SMALL_BYTES
    except OSError:
        return True  # what cannot be read fails at once
