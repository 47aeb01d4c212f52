"""Every figure, as tables and as JSON: what `make bench` runs.

python -m benchmarks [--data FOLDER] [--repeat N] [--quick]
"""

from __future__ import annotations

import datetime
import os
import platform
import time
from importlib.metadata import version
from pathlib import Path
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
from benchmarks.options import Settings, parse
from benchmarks.report import RESULTS, print_section, write_json
from detector.bundle import read_bundle

_COMMANDS = (
    startup,
    memory,
    speed,
    decoding,
    parts,
    folder,
    scoring,
    detection,
    following,
    false_faces,
    tilt,
    appearance,
    runtimes,
)
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
    """Run every command, print its table, and write all figures to one file."""
    settings = parse(__doc__)
    known = facts(settings)
    print(f"{known['processor']}, {known['threads']} threads, load {known['load_before']:.1f} at the start\n")
    sections = []
    for command in _COMMANDS:
        started = time.monotonic()
        section = command.measure(settings)
        sections.append(section)
        print_section(section)
        known.setdefault("seconds", {})[command.__name__] = round(time.monotonic() - started, 1)
    bounded = [figure for section in sections for figure in section.figures if figure.met is not None]
    results = settings.folder / RESULTS
    write_json(sections, known, results)
    met = sum(bool(figure.met) for figure in bounded)
    print(f"{met} of {len(bounded)} bounds met; all figures: {results}")


if __name__ == "__main__":
    main()
