"""Peak memory of a whole analysis, and that it does not grow with a video's length.

    python -m benchmarks.memory [--repeat N] [--quick]

A fresh `deepshield analyze --out` process per measurement; its peak is the largest resident set that the
kernel saw. In turns on a clip of 10 and one of 180 seconds at 1080p.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import clips
from benchmarks.child import deepshield, run_child
from benchmarks.options import Settings, parse
from benchmarks.report import Figure, Section, Target, print_section
from benchmarks.timing import ratio, typical

_GROWTH = Target("<", 1.15)
_PEAK = Target("<", 900.0)


def measure(settings: Settings) -> Section:
    """Measure all of this module's figures."""
    height = 360 if settings.quick else 1080
    paths = [clips.make_clip(kind[height], settings.folder) for kind in (clips.SHORT, clips.LONG)]
    short: list[float] = []
    long: list[float] = []
    for _ in range(min(3, settings.repeats)):
        for path, peaks in zip(paths, (short, long), strict=True):
            peaks.append(_peak(path, settings) / 2**20)
    largest = max(short + long)
    return Section(
        f"Memory: `deepshield analyze` of a {height}p clip, onnx runtime",
        (
            ratio("peak, 180 s clip / 10 s clip", long, short, _GROWTH),
            Figure("largest peak", largest, "MiB", target=_PEAK, digits=0),
            typical("peak, 10 s clip", short, "MiB", digits=0),
            typical("peak, 180 s clip", long, "MiB", digits=0),
        ),
    )


def _peak(path: Path, settings: Settings) -> int:
    with tempfile.TemporaryDirectory() as out:
        command = deepshield(
            "analyze", str(path), "--out", out, "--runtime", "onnx", "--bundle", str(settings.model)
        )
        return run_child(command).peak_bytes


if __name__ == "__main__":
    print_section(measure(parse(__doc__)))
