"""Speed of a whole analysis against the usual way of doing it.

    python -m benchmarks.speed [--repeat N] [--quick]

What an analysis takes beside decoding is in `benchmarks.decoding`. Every figure comes from one process, with
the sides in turns on the same clips and with the same number of threads. A side's time runs from the path to
the scores and the files of its heatmaps; models are loaded and warm. Ours draws each heatmap on the crop
and on the whole frame, the reference on the crop.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from benchmarks import clips
from benchmarks.options import Settings, parse
from benchmarks.reference import Reference
from benchmarks.report import Figure, Section, Target, print_section
from benchmarks.timing import alternate, ratio, typical
from deepshield.reports.jpeg import jpeg
from deepshield.reports.png import png
from detector.analyze import Options, analyze
from detector.bundle import read_bundle
from detector.contracts import Analysis
from detector.model import Model, load_model

FRAMES = 32
_FASTER = {1080: Target(">=", 12.0), 720: Target(">=", 8.0), 360: Target(">=", 8.0)}
_SAME = Target("<=", 1e-6)


@dataclass(frozen=True, slots=True)
class Done:
    """A finished analysis and its heatmaps as files."""

    analysis: Analysis
    pictures: tuple[bytes, ...]


def run_ours(path: Path, model: Model) -> Done:
    """Analyse a file and encode its heatmaps."""
    analysis = analyze(path, model, Options(frames=FRAMES))
    return Done(analysis, encoded(analysis))


def encoded(analysis: Analysis) -> tuple[bytes, ...]:
    """Return an analysis' heatmaps as files: PNG of the crops, JPEG of the whole frames."""
    moments = analysis.moments
    drawn = [(png, one.overlay) for one in moments] + [(jpeg, one.frame_overlay) for one in moments]
    with ThreadPoolExecutor(2) as pool:
        return tuple(pool.map(lambda job: job[0](job[1]), drawn))


def measure(settings: Settings) -> Section:
    """Measure all of this module's figures."""
    bundle = read_bundle(settings.model)
    model = load_model(settings.model, "onnx")
    reference = Reference(settings.model, bundle.manifest, settings.threads)
    heights = (360,) if settings.quick else (1080, 720, 360)
    paths = {height: clips.make_clip(clips.SHORT[height], settings.folder) for height in heights}
    figures = [
        figure
        for height in heights
        for figure in _against_reference(paths[height], height, model, reference, settings)
    ]
    figures.append(_same_twice(paths[heights[0]], model))
    what = f"{bundle.manifest.architecture} at {bundle.manifest.crop.size} px"
    return Section(
        f"Speed: {FRAMES} frames of a 10 s clip, {settings.threads} threads, {what}",
        tuple(figures),
        ("reference: OpenCV, facenet-pytorch MTCNN, timm in torch, Grad-CAM by hooks; medians (min to max)",),
    )


def _against_reference(
    path: Path, height: int, model: Model, reference: Reference, settings: Settings
) -> list[Figure]:
    sides = {
        "ours": lambda: run_ours(path, model),
        "reference": lambda: reference.analyse(path, FRAMES),
    }
    seconds = alternate(sides, settings.repeats)
    rates = {side: [FRAMES / value for value in values] for side, values in seconds.items()}
    size = f"{clips.SHORT[height].width}x{height}"
    return [
        ratio(
            f"{size}: frames per second, ours / reference", rates["ours"], rates["reference"], _FASTER[height]
        ),
        typical(f"{size}: ours", rates["ours"], "frames/s", digits=1),
        typical(f"{size}: reference", rates["reference"], "frames/s", digits=1),
    ]


def _same_twice(path: Path, model: Model) -> Figure:
    first, second = (run_ours(path, model).analysis.raw_logit for _ in range(2))
    if first is None or second is None:
        raise RuntimeError(f"no face was found in {path}")
    return Figure("same file twice: difference of the score", abs(first - second), target=_SAME, digits=9)


if __name__ == "__main__":
    print_section(measure(parse(__doc__)))
