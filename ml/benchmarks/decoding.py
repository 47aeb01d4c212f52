"""What a whole analysis takes, as a multiple of decoding the file alone.

    python -m benchmarks.decoding [--repeat N] [--quick]

Both sides in turns in one process, with a loaded model; a whole analysis runs from the path to the files
of the heatmaps. Decoding a clip is to decode every frame up to the last sampled one, by PyAV with all cores
and without converting a pixel. Of a long clip and of a photograph it is what our decoder does to give the
pixels that are needed. A clip with a still background is decoded at hundreds of frames per second: nothing
else can hide behind its decoder. Processor time is that of all threads, and steadier than wall time where
other processes share the machine.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import av

from benchmarks import clips
from benchmarks.options import Settings, parse
from benchmarks.report import Figure, Section, Target, print_section
from benchmarks.speed import FRAMES, run_ours
from benchmarks.timing import ratio, spent_in_turns, typical
from detector.contracts import Limits
from detector.media import open_media
from detector.model import Model, load_model


@dataclass(frozen=True, slots=True)
class Row:
    """A file whose analysis is held against a way of decoding it, and how often."""

    name: str
    path: Path
    decode: Callable[[], object]
    target: Target
    repeats: int


def measure(settings: Settings) -> Section:
    """Measure all of this module's figures."""
    model = load_model(settings.model, "onnx")
    return Section(
        f"Whole analysis against decoding: {FRAMES} frames, {settings.threads} threads",
        tuple(figure for row in rows(settings) for figure in _measured(row, model)),
        ("medians (smallest to largest), in turns",),
    )


def rows(settings: Settings) -> list[Row]:
    """Return what is measured, cheap and quick things more often."""
    folder, often = settings.folder, settings.repeats if settings.quick else 2 * settings.repeats
    small = clips.make_clip(clips.SHORT[360], folder)
    cheap = [Row("360p, 10 s", small, _frames_up_to_last(small), Target("<=", 2.2), often)]
    if settings.quick:
        return cheap
    full, still = (clips.make_clip(clip, folder) for clip in (clips.SHORT[1080], clips.STILL))
    long = clips.make_clip(clips.LONG[1080], folder)
    photo, smooth = (clips.make_large_photo(folder, grain) for grain in (True, False))
    return [
        Row("1080p, 10 s", full, _frames_up_to_last(full), Target("<=", 1.3), often),
        Row("1080p, 10 s, still background", still, _frames_up_to_last(still), Target("<=", 1.8), often),
        *cheap,
        Row("1080p, 180 s", long, lambda: needed_pixels(long), Target("<=", 1.15), 2),
        Row("photograph of 12 megapixels", photo, lambda: needed_pixels(photo), Target("<=", 1.5), often),
        Row("the same without grain", smooth, lambda: needed_pixels(smooth), Target("<=", 1.5), often),
    ]


def needed_pixels(path: Path) -> int:
    """Have our decoder give every sampled frame's pixels; return the last one's index."""
    last = 0
    with open_media(path, FRAMES, Limits()) as media:
        for frame in media.frames():
            last = frame.index
    return last


def decode_up_to(path: Path, last: int) -> None:
    """Decode every frame up to number ``last`` with PyAV as fast as it goes; no pixel is converted."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        for index, _ in enumerate(container.decode(stream)):
            if index == last:
                return


def _frames_up_to_last(path: Path) -> Callable[[], object]:
    last = needed_pixels(path)
    return lambda: decode_up_to(path, last)


def _measured(row: Row, model: Model) -> list[Figure]:
    done = run_ours(row.path, model)
    sides = {"whole": lambda: run_ours(row.path, model), "decoding": row.decode}
    spent = spent_in_turns(sides, row.repeats)
    wall = {side: [one.wall for one in each] for side, each in spent.items()}
    processor = {side: [one.processor for one in each] for side, each in spent.items()}
    timings = done.analysis.timings
    return [
        ratio(f"{row.name}: whole analysis / decoding", wall["whole"], wall["decoding"], row.target),
        ratio("the same in processor time", processor["whole"], processor["decoding"]),
        typical("whole analysis", wall["whole"], "s", digits=3),
        typical("decoding", wall["decoding"], "s", digits=3),
        typical("whole analysis, processor time", processor["whole"], "s", digits=3),
        typical("decoding, processor time", processor["decoding"], "s", digits=3),
        Figure(
            "drawing heatmaps / whole analysis", 100 * timings.explainability / timings.total, "%", digits=1
        ),
    ]


if __name__ == "__main__":
    print_section(measure(parse(__doc__)))
