"""Stands in for the analysing process and behaves as its argument says; run as a program by tests alone."""

from __future__ import annotations

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import Any

from deepshield.worker.confine import confine
from deepshield.worker.protocol import OUT_OF_MEMORY

READY = {"kind": "ready", "sha256": "0" * 64, "name": "double", "version": "1", "confinement": {}}


def say(**fields: Any) -> None:
    print(json.dumps(fields), flush=True)


def requests() -> Any:
    for line in sys.stdin:
        yield json.loads(line)


def done(number: int, **document: Any) -> None:
    say(kind="done", id=number, document=document, files=[])
    say(kind="idle")


def segfault(number: int) -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def segfault_once(number: int) -> None:
    flag = Path(sys.argv[2])
    if flag.exists():
        done(number)
    else:
        flag.touch()
        segfault(number)


def exhaust(number: int) -> None:
    confine(os.getppid(), 256)
    try:
        bytearray(2**30)
    except MemoryError:
        os._exit(OUT_OF_MEMORY)


def swell(number: int) -> None:
    kept = bytearray(b"x") * (300 * 2**20)
    time.sleep(60)
    del kept


def hang(number: int) -> None:
    signal.pthread_sigmask(signal.SIG_BLOCK, set(signal.Signals) - {signal.SIGKILL})
    while True:
        time.sleep(60)


def babble(number: int) -> None:
    print("this is no answer", flush=True)
    time.sleep(60)


def rave(number: int) -> None:
    while True:
        sys.stdout.write("x" * 2**20)


def close_pipes(number: int) -> None:
    os.close(0)
    os.close(1)
    time.sleep(60)


def heed(number: int) -> None:
    say(kind="progressed", id=number, stage="face_detection", frames_decoded=3, frames_planned=32,
        faces_found=2, faces_scored=1)  # fmt: skip
    request = next(requests())
    assert request == {"id": number, "kind": "stop"}
    say(kind="halted", id=number)


def keep_memory(number: int) -> None:
    global _kept
    _kept = bytearray(b"x") * (200 * 2**20)
    done(number, pid=os.getpid())


def work(number: int) -> None:
    done(number, pid=os.getpid())


def main() -> None:
    behaviour = sys.argv[1]
    sys.stdin.readline()
    if behaviour == "broken":
        say(kind="broken", message="BundleError: no such bundle")
        return
    if behaviour == "stillborn":
        sys.exit(5)
    say(**READY)
    for request in requests():
        if behaviour == "die_before":
            sys.exit(4)
        say(kind="began", id=request["id"])
        globals()[behaviour](request["id"])


if __name__ == "__main__":
    main()
