"""A folder of photographs: how near screening it comes to what the engine's parts do in batches.

    python -m benchmarks.folder [--repeat N] [--quick]

The folder is analysed as `deepshield analyze` does, several files side by side, from the paths to the
files of the heatmaps. The batch rate is that of the parts alone, eight photographs at a time: decoded on all
cores, searched together, their crops scored together; nothing is concluded or drawn.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from benchmarks import clips
from benchmarks.options import Settings, parse
from benchmarks.report import Section, Target, print_section
from benchmarks.speed import encoded
from benchmarks.timing import ratio, spent_in_turns, typical
from deepshield.cli.side_by_side import analyses
from detector.analyze import Options
from detector.contracts import Image, Limits
from detector.faces.crop import crop_face
from detector.media import open_media
from detector.model import Model, load_model
from detector.score import score_crops

_PHOTOS, _TOGETHER = 60, 8
_RATE = Target(">=", 0.95)


def measure(settings: Settings) -> Section:
    """Measure all of this module's figures."""
    album = clips.make_album(settings.folder, 8 if settings.quick else _PHOTOS)
    model = load_model(settings.model, "onnx")
    sides = {"folder": lambda: screen(album, model), "batch": lambda: batch(album, model)}
    spent = spent_in_turns(sides, settings.repeats)
    rates = {side: [len(album) / one.wall for one in each] for side, each in spent.items()}
    processor = {side: [one.processor / len(album) for one in each] for side, each in spent.items()}
    return Section(
        f"A folder of {len(album)} photographs of 1280 x 720, {settings.threads} threads",
        (
            ratio("images per second, folder / engine in batches", rates["folder"], rates["batch"], _RATE),
            typical("folder", rates["folder"], "images/s", digits=1),
            typical("engine in batches", rates["batch"], "images/s", digits=1),
            typical("folder, processor time per image", processor["folder"], "ms", 1000.0, digits=0),
            typical("in batches, processor time per image", processor["batch"], "ms", 1000.0, digits=0),
        ),
    )


def screen(album: Sequence[Path], model: Model) -> int:
    """Analyse a folder's files and encode their heatmaps; return how many moments they show."""
    done = (analysis() for _, analysis in analyses(list(album), model, Options(), lambda _: lambda _: None))
    return sum(len(encoded(one)) for one in done)


def batch(album: Sequence[Path], model: Model) -> int:
    """Decode, search and score the photographs in groups; return how many faces they show."""
    faces = 0
    with ThreadPoolExecutor(len(os.sched_getaffinity(0))) as pool:
        for start in range(0, len(album), _TOGETHER):
            pictures = list(pool.map(_decoded, album[start : start + _TOGETHER]))
            found = model.detector.detect(pictures)
            crops = [
                crop_face(picture, face.box, face.landmarks, model.rules.crop)
                for picture, each in zip(pictures, found, strict=True)
                for face in each
            ]
            score_crops(model.scorer, crops, model.rules.crop)
            faces += len(crops)
    return faces


def _decoded(path: Path) -> Image:
    with open_media(path, 1, Limits()) as media:
        return next(iter(media.frames())).rgb


if __name__ == "__main__":
    print_section(measure(parse(__doc__)))
