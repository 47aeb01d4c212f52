"""Run as a program: break good files at random, open each, and print what came of it as lines of JSON."""

from __future__ import annotations

import json
import random
import sys
import tempfile
import time
from pathlib import Path

SECONDS = 3.0  # that one file may take


def mutated(data: bytes, dice: random.Random) -> bytes:
    """Flip, zero, repeat, drop or move some bytes; half of the time near the start, where the headers are."""
    made = bytearray(data)
    for _ in range(dice.randint(1, 6)):
        reach = min(len(made), 400) if dice.random() < 0.5 else len(made)
        at = dice.randrange(reach)
        length = dice.choice((1, 1, 1, 2, 4, 16, 64))
        action = dice.randrange(5)
        if action == 0:
            made[at] ^= 1 << dice.randrange(8)
        elif action == 1:
            made[at : at + length] = bytes(dice.choice((0, 255)) for _ in made[at : at + length])
        elif action == 2:
            made[at : at + length] = bytes(dice.randrange(256) for _ in made[at : at + length])
        elif action == 3:
            del made[at : at + length]
        else:
            made[at:at] = made[at : at + length]
        if not made:
            return b"\0"
    return bytes(made)


def main(seed: int, count: int, folder: Path) -> None:
    """Print one line per mutant: file, number, seconds, and code (null when it was decoded)."""
    from opened import code_of

    files = sorted(path for path in folder.iterdir() if path.is_file())
    for number in range(count):
        dice = random.Random(f"{seed}:{number}")
        original = files[number % len(files)]
        with tempfile.NamedTemporaryFile(suffix=original.suffix) as broken:
            broken.write(mutated(original.read_bytes(), dice))
            broken.flush()
            started = time.monotonic()
            code = code_of(Path(broken.name), 8, decode_seconds=SECONDS, max_pixels=4_000_000)
        line = {"file": original.name, "number": number, "seconds": time.monotonic() - started, "code": code}
        print(json.dumps(line), flush=True)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), Path(sys.argv[3]))
