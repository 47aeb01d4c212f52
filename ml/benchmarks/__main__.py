"""Figures of many commands in one run, as tables and as JSON.

    python -m benchmarks [speed|faces] [--data FOLDER] [--repeat N] [--quick]

"speed", what `make bench` runs, has every figure of time and memory and takes about ten minutes on two quiet
cores, the first time five more to make the clips. "faces" (`make bench-faces`) has how well faces are found,
told apart and levelled, on labelled media, and the runtimes side by side.
"""

from __future__ import annotations

import datetime
import os
import platform
import time
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from benchmarks import (
    appearance,
    decoding,
    detection,
    false_faces,
    folder,
    following,
    memory,
    parts,
    runtimes,
    scoring,
    speed,
    startup,
    tilt,
)
from benchmarks.options import Settings, parser
from benchmarks.report import RESULTS, Section, print_section, write_json
from detector.bundle import read_bundle

# What a reader waits for comes first: the figures so far are kept if the run is stopped.
_TABLES: dict[str, tuple[ModuleType, ...]] = {
    "speed": (decoding, parts, speed, folder, memory, startup, scoring),
    "faces": (detection, following, false_faces, tilt, appearance, runtimes),
}
_PACKAGES = ("av", "numpy", "onnxruntime", "opencv-python-headless", "torch", "timm", "facenet-pytorch")


def facts(settings: Settings) -> dict[str, Any]:
    """Say on what machine, with what packages and on which bundle the figures were measured."""
    bundle = read_bundle(settings.model)
    return {
        "measured": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "quick": settings.quick,
        "processor": processor(),
        "threads": settings.threads,
        "load_before": os.getloadavg()[0],
        "python": platform.python_version(),
        "packages": {name: version(name) for name in _PACKAGES},
        "bundle": {"name": bundle.manifest.name, "sha256": bundle.sha256},
    }


def processor() -> str:
    """Return the processor's name."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next(
        (line.partition(":")[2].strip() for line in lines if line.startswith("model name")),
        platform.machine(),
    )


def main() -> None:
    """Run the commands of a table, print their figures and in the end all that have a target together."""
    made = parser(__doc__)
    made.add_argument("table", choices=_TABLES, nargs="?", default="speed", help="(default: %(default)s)")
    arguments = vars(made.parse_args())
    table = arguments.pop("table")
    settings = Settings(**arguments)
    known = facts(settings)
    print(f"{known['processor']}, {known['threads']} threads, load {known['load_before']:.1f} at the start\n")
    results = settings.folder / RESULTS.format(table)
    sections: list[Section] = []
    for command in _TABLES[table]:
        started = time.monotonic()
        sections.append(command.measure(settings))
        print_section(sections[-1])
        known.setdefault("seconds", {})[command.__name__] = round(time.monotonic() - started, 1)
        write_json(sections, known, results)
    bounded = [figure for section in sections for figure in section.figures if figure.met is not None]
    met = sum(bool(figure.met) for figure in bounded)
    minutes = sum(known["seconds"].values()) / 60.0
    notes = (f"{met} of {len(bounded)} met, in {minutes:.1f} minutes; all figures: {results}",)
    print_section(Section("All figures with a target", tuple(bounded), notes))


if __name__ == "__main__":
    main()
