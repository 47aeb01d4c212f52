"""The analysing process: `python -m deepshield.analyser.child`, started by a worker alone.

It confines itself first and imports the detector afterwards. The protocol has its own descriptors, and what
libraries print goes to standard error.
"""

from __future__ import annotations

import faulthandler
import os
import queue
import signal
import sys
import threading
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from deepshield.analyser.confinement import confine
from deepshield.analyser.protocol import (
    OUT_OF_MEMORY,
    Analyze,
    Answer,
    Began,
    Broken,
    Describe,
    Described,
    Done,
    Halted,
    Idle,
    Preview,
    Previewed,
    Progressed,
    Ready,
    Refused,
    Stop,
    Task,
    decode_request,
    decode_setup,
    encode,
)
from deepshield.domain.jobs import Stage
from deepshield.domain.marks import Mark
from deepshield.domain.policies import PolicyTask
from detector.runtimes.choice import tries_cuda

if TYPE_CHECKING:
    from deepshield.analyser.engine import Engine
    from detector.contracts import Progress


class _HaltedError(Exception):
    """Raised in the engine's progress callback to stop an analysis."""


class Channel:
    """The protocol on its own descriptors; requests are read by a thread."""

    def __init__(self, inward: BinaryIO, outward: BinaryIO) -> None:
        self._inward, self._outward = inward, outward
        self._stop = 0
        self.setup = decode_setup(inward.readline())
        self.requests: queue.SimpleQueue[Task] = queue.SimpleQueue()

    @classmethod
    def on_standard_streams(cls) -> Channel:
        """Reserve standard input and output for the protocol; what libraries print goes to standard error."""
        inward, outward = os.dup(0), os.dup(1)
        null = os.open(os.devnull, os.O_RDONLY)
        os.dup2(null, 0)
        os.close(null)
        os.dup2(2, 1)
        return cls(os.fdopen(inward, "rb"), os.fdopen(outward, "wb"))

    def listen(self) -> None:
        """Begin to read requests. When the worker closes the channel, the process exits at once."""
        threading.Thread(target=self._read, name="requests", daemon=True).start()

    def send(self, answer: Answer) -> None:
        """Send an answer; raises ValueError for what JSON cannot express."""
        self._outward.write(encode(answer))
        self._outward.flush()

    def check(self, task: int) -> None:
        """Raise `_HaltedError` when the worker has stopped that task."""
        if task <= self._stop:
            raise _HaltedError

    def _read(self) -> None:
        for line in self._inward:
            request = decode_request(line)
            if isinstance(request, Stop):
                self._stop = request.id
            else:
                self.requests.put(request)
        os._exit(0)


def main() -> None:
    """Confine, load, and analyse until the worker closes the channel."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the worker's to handle
    channel = Channel.on_standard_streams()
    setup = channel.setup
    # CUDA maps far more memory than it uses, so it would exceed a limit at once.
    cuda = tries_cuda(setup.runtime, setup.device)
    confinement = confine(setup.parent, None if cuda else setup.memory_mb)
    faulthandler.enable()
    os.nice(setup.niceness)
    channel.listen()
    try:
        # After the confinement, because this imports the libraries and starts their threads.
        from deepshield.analyser.engine import Engine

        engine = Engine(setup)
    except Exception as error:  # noqa: BLE001 - any failure means that there is no model
        traceback.print_exc()
        channel.send(Broken(f"{type(error).__name__}: {error}"))
        return
    channel.send(Ready(*engine.bundle, confinement))
    while True:
        _answer(channel, channel.requests.get(), engine)
        engine.release_memory()
        channel.send(Idle())


def _answer(channel: Channel, task: Task, engine: Engine) -> None:
    channel.send(Began(task.id))
    try:
        match task:
            case Analyze():
                channel.send(_analyze(channel, task, engine))
            case Preview():
                sound = engine.preview(
                    Path(task.path), Path(task.target), task.seconds, lambda: channel.check(task.id)
                )
                channel.send(Previewed(task.id, None, sound))
            case Describe():
                said = engine.describe(
                    Path(task.path), lambda record: channel.send(Described(task.id, record, complete=False))
                )
                channel.send(Described(task.id, said))
    except _HaltedError:
        channel.send(Halted(task.id))
    except MemoryError:
        # Nothing is certain to work without memory, so the exit status alone informs the worker.
        os._exit(OUT_OF_MEMORY)
    except Exception as error:  # noqa: BLE001 - every failure is reported to the worker
        if engine.is_out_of_memory(error):
            os._exit(OUT_OF_MEMORY)
        if isinstance(task, Preview):
            channel.send(Previewed(task.id, f"{type(error).__name__}: {error}"))
        else:
            channel.send(Refused(task.id, *engine.explain(error)))


def _analyze(channel: Channel, task: Analyze, engine: Engine) -> Done:
    def report(progress: Progress) -> None:
        channel.check(task.id)
        channel.send(
            Progressed(
                task.id,
                Stage(progress.stage),
                progress.frames_decoded,
                progress.frames_planned,
                progress.faces_found,
                progress.faces_scored,
            )
        )

    mark = None if task.mark is None else Mark.of_row(task.mark)
    policies = [PolicyTask.of_row(row) for row in task.policies]
    return Done(task.id, *engine.analyze(Path(task.path), Path(task.folder), report, mark, policies))


if __name__ == "__main__":
    main()
    sys.stderr.flush()
