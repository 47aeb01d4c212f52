"""Where a frame's time goes: finding and scoring faces by parts, in processor time of one thread.

    python -m benchmarks.parts [--quick]

The sampled frames of a clip are decoded beforehand, then seen and scored as `analyze` does with networks of
one thread. What is left of finding faces is copies, crops of candidates and overlaps.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks import clips
from benchmarks.options import Settings, parse
from benchmarks.report import Figure, Section, print_section
from benchmarks.speed import FRAMES
from detector.bundle import read_bundle
from detector.contracts import CropSpec, Floats, Frame, Limits
from detector.faces.mtcnn import Mtcnn
from detector.media import open_media
from detector.networks import CascadeNetworks, Network
from detector.runtimes.onnx import OnnxRuntime
from detector.score import score_crops
from detector.see import see_frames
from detector.stopwatch import Stopwatch


@dataclass(slots=True)
class Meter:
    """Processor seconds and inputs by part."""

    seconds: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    inputs: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    @contextmanager
    def measuring(self, part: str, inputs: int = 0) -> Iterator[None]:
        """Add the block's processor time to a part."""
        started = time.process_time()
        yield
        self.seconds[part] += time.process_time() - started
        self.inputs[part] += inputs


@dataclass(frozen=True, slots=True)
class Metered:
    """A network whose runs are measured."""

    network: Network
    part: str
    meter: Meter

    def run(self, batch: Floats) -> tuple[Floats, ...]:
        """See `networks.Network.run`."""
        with self.meter.measuring(self.part, len(batch)):
            return self.network.run(batch)


def measure(settings: Settings) -> Section:
    """Measure all of this module's figures."""
    bundle = read_bundle(settings.model)
    runtime = OnnxRuntime(threads=1)
    scorer, crop = runtime.scorer(settings.model, bundle.manifest.architecture), bundle.manifest.crop
    figures: list[Figure] = []
    for clip in (clips.SHORT[360],) if settings.quick else (clips.SHORT[1080], clips.STILL, clips.SHORT[360]):
        frames = decoded(clips.make_clip(clip, settings.folder))
        seen_and_scored(frames[:8], runtime.cascade(), scorer, crop)  # warms up
        meter = seen_and_scored(frames, runtime.cascade(), scorer, crop)
        name = f"{clip.height}p{', still background' if clip.still else ''}"
        figures += figures_of(name, meter, len(frames))
    return Section("Finding and scoring faces by parts, processor time per frame", tuple(figures))


def decoded(path: Path) -> list[Frame]:
    """Return a file's sampled frames."""
    with open_media(path, FRAMES, Limits()) as media:
        return list(media.frames())


def seen_and_scored(frames: list[Frame], cascade: CascadeNetworks, scorer: Network, crop: CropSpec) -> Meter:
    """See and score frames of a video."""
    meter = Meter()
    metered = CascadeNetworks(
        Metered(cascade.proposal, "P-Net", meter),
        Metered(cascade.refine, "R-Net", meter),
        Metered(cascade.output, "O-Net", meter),
    )
    watch = Stopwatch(time.process_time_ns)
    crops = [
        one for seen in see_frames(iter(frames), "video", Mtcnn(metered), crop, watch) for one in seen.crops
    ]
    with meter.measuring("scoring", len(crops)):
        score_crops(scorer, crops, crop)
    networks = sum(meter.seconds[part] for part in ("P-Net", "R-Net", "O-Net"))
    meter.seconds["the rest of finding"] = watch.milliseconds("face_detection") / 1000.0 - networks
    meter.seconds["cropping"] = watch.milliseconds("inference") / 1000.0
    return meter


def figures_of(name: str, meter: Meter, frames: int) -> list[Figure]:
    """Return each part's milliseconds per frame, and the networks' inputs."""
    figures = []
    for part, seconds in meter.seconds.items():
        given = f" ({meter.inputs[part] / frames:.0f} inputs)" if meter.inputs[part] else ""
        figures.append(Figure(f"{name}: {part}{given}", 1000.0 * seconds / frames, "ms", digits=1))
    return figures


if __name__ == "__main__":
    print_section(measure(parse(__doc__)))
