"""Stands in for the analysing process and behaves as its argument says; run as a program by tests alone."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from deepshield.analyser.confinement import confine
from deepshield.analyser.protocol import OUT_OF_MEMORY
from deepshield.domain.fingerprints import FramePrint

RESULT = json.loads((Path(__file__).parents[3] / "frontend/src/api/results/no_signs.json").read_bytes())
asked: dict[str, Any] = {}
READY = {"kind": "ready", "sha256": "0" * 64, "name": "double", "version": "1", "confinement": {}}


def say(**fields: Any) -> None:
    print(json.dumps(fields), flush=True)


def requests() -> Any:
    for line in sys.stdin:
        yield json.loads(line)


def done(number: int, *files: str) -> None:
    say(kind="done", id=number, result=RESULT, files=files)
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


def grow(number: int) -> None:
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


def misprint(number: int) -> None:
    say(kind="done", id=number, result=RESULT, files=[], prints=[asdict(FramePrint(0, 99, "0" * 512))] * 513)
    time.sleep(60)


def garble(number: int) -> None:
    wrong = {"timestamp_ms": 0, "quality": 99, "hashes": "'; DROP TABLE jobs"}
    say(kind="done", id=number, result=RESULT, files=[], prints=[wrong])
    time.sleep(60)


def invent(number: int) -> None:
    say(kind="done", id=number, result={**RESULT, "verdict": "authentic"}, files=[])
    time.sleep(60)


def rave(number: int) -> None:
    while True:
        sys.stdout.write("x" * 2**20)


def close_pipes(number: int) -> None:
    os.close(0)
    os.close(1)
    time.sleep(60)


def obey(number: int) -> None:
    say(kind="progressed", id=number, stage="face_detection", frames_decoded=3, frames_planned=32,
        faces_found=2, faces_scored=1)  # fmt: skip
    request = next(requests())
    assert request == {"id": number, "kind": "stop"}
    say(kind="halted", id=number)


def keep_memory(number: int) -> None:
    global _kept
    _kept = bytearray(b"x") * (200 * 2**20)
    done(number, str(os.getpid()))


def work(number: int) -> None:
    done(number, str(os.getpid()))


def analyse(number: int) -> None:
    folder = Path(asked["folder"])
    folder.mkdir()
    (folder / "moment-1-crop.png").write_bytes(b"a picture")
    answer(number, ["moment-1-crop.png"])


def link(number: int) -> None:
    folder = Path(asked["folder"])
    folder.mkdir()
    (folder / "moment-1-crop.png").symlink_to("/etc/hostname")
    answer(number, ["moment-1-crop.png"])


def escape(number: int) -> None:
    answer(number, ["../upload"])


def invent_policy(number: int) -> None:
    answer(number, [], policy={"number": 7, "name": "nobody's"})


def other_bytes(number: int) -> None:
    Path(asked["path"]).write_bytes(b"something else")
    answer(number, [])


def wait_and_analyse(number: int) -> None:
    here, gate = Path(sys.argv[2]), Path(sys.argv[3])
    here.touch()
    while not gate.exists():
        time.sleep(0.01)
    analyse(number)


def fail(number: int) -> None:
    say(kind="refused", id=number, code="INTERNAL_ERROR", message="secret internals", details={})


def refuse(number: int) -> None:
    details = {"limit_seconds": 180}
    say(kind="refused", id=number, code="VIDEO_TOO_LONG", message="Too long.", details=details)


def film(number: int) -> None:
    filmed(number, preview)


def film_and_segfault(number: int) -> None:
    filmed(number, segfault)


def film_and_hang(number: int) -> None:
    filmed(number, hang)


def film_and_give_up(number: int) -> None:
    filmed(number, lambda number: say(kind="previewed", id=number, problem="it takes too long"))


def film_and_obey(number: int) -> None:
    filmed(number, announce_and_obey)


def filmed(number: int, then: Callable[[int], None]) -> None:
    if asked["kind"] == "preview":
        then(number)
        return
    folder = Path(asked["folder"])
    folder.mkdir()
    (folder / "moment-1-crop.png").write_bytes(b"a picture")
    answer(number, ["moment-1-crop.png"], media={**RESULT["media"], "type": "video"}, preview_url=None)


def preview(number: int) -> None:
    Path(asked["target"]).write_bytes(b"a film")
    say(kind="previewed", id=number, problem=None)
    say(kind="idle")


def describe(number: int) -> None:
    """Say what a file says of itself; also a behaviour, of one that analyses and describes."""
    if asked["kind"] == "analyze":
        analyse(number)
        return
    said = {"credentials": {"state": "none"}, "metadata": {"camera": {"make": "Double"}}}
    say(kind="described", id=number, provenance=said)
    say(kind="idle")


def describe_and_segfault(number: int) -> None:
    described(number, segfault)


def describe_and_hang(number: int) -> None:
    described(number, hang)


def describe_the_record_and_segfault(number: int) -> None:
    def crash(number: int) -> None:
        describe_the_record(number)
        segfault(number)

    described(number, crash)


def describe_the_record_and_fail(number: int) -> None:
    def fail(number: int) -> None:
        describe_the_record(number)
        say(kind="refused", id=number, code="INTERNAL_ERROR", message="The analysis failed.")
        say(kind="idle")

    described(number, fail)


def describe_the_record(number: int) -> None:
    record = {"credentials": {"state": "trusted", "signer": "Double"}, "metadata": {"unreadable": ["file"]}}
    say(kind="described", id=number, provenance=record, complete=False)


def describe_and_rave(number: int) -> None:
    too_long = {"credentials": {"state": "none", "signer": "x" * 10_000}, "metadata": {}}
    described(number, lambda number: say(kind="described", id=number, provenance=too_long))


def describe_for_real(number: int) -> None:
    """Read the file's statements as the analysing process does, confined, but without a model to load."""
    if asked["kind"] == "analyze":
        answer(number, [])
        return
    from deepshield.provenance.reading import read_provenance

    said = read_provenance(Path(asked["path"]), _trust())
    say(kind="described", id=number, provenance=said.model_dump(mode="json"))
    say(kind="idle")


@cache
def _trust() -> Any:
    confine(os.getppid(), 2048)
    from deepshield.provenance.trust import TrustFolder

    return TrustFolder(Path(sys.argv[2])).current()


def described(number: int, then: Callable[[int], None]) -> None:
    if asked["kind"] == "describe":
        then(number)
    else:
        analyse(number)


def announce_and_obey(number: int) -> None:
    Path(sys.argv[2]).touch()
    request = next(requests())
    assert request == {"id": number, "kind": "stop"}
    say(kind="halted", id=number)


def of_bundle(folder: Path) -> dict[str, str]:
    """Return what a process says of the bundle in a folder, of which it loads nothing."""
    text = (folder / "bundle.json").read_bytes()
    manifest = json.loads(text)
    sha256 = hashlib.sha256(text).hexdigest()
    return {"sha256": sha256, "name": manifest["name"], "version": manifest["version"]}


def answer(number: int, files: list[str], **more: Any) -> None:
    sha256 = hashlib.sha256(Path(asked["path"]).read_bytes()).hexdigest()
    say(kind="done", id=number, result={**RESULT, "sha256": sha256, **more}, files=files)
    say(kind="idle")


def main() -> None:
    behaviour = sys.argv[1]
    setup = json.loads(sys.stdin.readline())
    if setup["bundle"] is not None:
        READY.update(of_bundle(Path(setup["bundle"])))
        if "broken" in READY["version"]:
            say(kind="broken", message="BundleError: the golden crops score 3 off")
            return
    if behaviour == "broken":
        say(kind="broken", message="BundleError: no such bundle")
        return
    if behaviour == "stillborn":
        sys.exit(5)
    say(**READY)
    for request in requests():
        if behaviour == "die_before":
            sys.exit(4)
        if request["kind"] == "stop":
            continue  # of a task that has ended meanwhile
        asked.update(request)
        say(kind="began", id=request["id"])
        if request["kind"] == "describe" and not behaviour.startswith("describe"):
            behave = describe
        else:
            behave = globals()[behaviour]
        behave(request["id"])


if __name__ == "__main__":
    main()
