"""Files of a demo, made of the samples that come with the web app: cut, turned, saved again, shortened.

All show one public-domain portrait, so that copies of each other are among them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import av
from av.video.stream import VideoStream
from PIL import Image, ImageOps

from deepshield.demo.folder import DemoError
from deepshield.domain.labels import Kind, Value

_CHECKOUT = Path(__file__).parents[3] / "frontend"
SAMPLES = (_CHECKOUT / "public" / "samples", _CHECKOUT / "out" / "samples")
"""Where a checkout has the samples; the first of these folders that is there."""
DISPUTED = "press-photo.jpg"
"""A file that the model misses, and of which readers say different things."""

_Make = Callable[[Path, Path], None]
"""Writes what is made of the first path to the second."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A file to make, and what is known of it."""

    name: str
    sample: str
    make: _Make
    truth: Value | None = None
    """None of a file that no reader has judged when the demo begins."""
    kind: Kind | None = None
    readers: int = 1
    """Who are asked to read it; 0 leaves it unread."""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MadeFile:
    """A file that was made."""

    path: Path
    recipe: Recipe


def _copied(sample: Path, out: Path) -> None:
    shutil.copyfile(sample, out)


def _still(sample: Path, out: Path, change: Callable[[Image.Image], Image.Image], quality: int = 90) -> None:
    with Image.open(sample) as opened:
        change(opened.convert("RGB")).save(out, quality=quality)


def _cut(box: tuple[int, int, int, int]) -> _Make:
    """Return what cuts a still to left, top, right and bottom, in pixels."""
    return partial(_still, change=lambda picture: picture.crop(box))


def _small(side: int) -> _Make:
    return partial(_still, change=lambda picture: picture.resize((side, side), Image.Resampling.LANCZOS))


def _shortened(sample: Path, out: Path, start: float = 1.0, seconds: float = 2.5) -> None:
    """Encode a part of a clip again."""
    with av.open(str(sample)) as source, av.open(str(out), "w", options={"movflags": "faststart"}) as target:
        shown = source.streams.video[0]
        rate = shown.average_rate or 25
        made = target.add_stream("libx264", rate=rate, options={"crf": "26", "threads": "1"})
        assert isinstance(made, VideoStream)
        made.width, made.height, made.pix_fmt = shown.width, shown.height, "yuv420p"
        for frame in source.decode(shown):
            if frame.time is None or not start <= frame.time < start + seconds:
                continue
            frame.pts = None
            target.mux(made.encode(frame))
        target.mux(made.encode(None))


_mirrored = partial(_still, change=ImageOps.mirror)
_worn = partial(_still, change=ImageOps.exif_transpose, quality=30)
_HEAD = (96, 0, 352, 256)
_ROCKET = (330, 0, 512, 280)  # a model of one, beside the person
_TRUE, _FALSE = Value.AUTHENTIC, Value.MANIPULATED
_CHANGED = Kind.RETOUCHED

RECIPES = (
    Recipe("portrait.jpg", "portrait.jpg", _copied, _TRUE, readers=2, tags=("nasa", "original")),
    Recipe("edited.jpg", "edited.jpg", _copied, _FALSE, _CHANGED, readers=2, tags=("nasa",)),
    Recipe(DISPUTED, "missed.jpg", _copied, _FALSE, _CHANGED, readers=2, tags=("nasa", "to-discuss")),
    Recipe("from-a-reader.jpg", "edited.jpg", _worn, tags=("sent-in",)),
    Recipe("clip.mp4", "clip.mp4", _copied, _FALSE, _CHANGED, readers=2, tags=("nasa",)),
    Recipe("clip-short.mp4", "clip.mp4", _shortened, _FALSE, _CHANGED, tags=("nasa", "copy")),
    Recipe("portrait-cut.jpg", "portrait.jpg", _cut(_HEAD), _TRUE, tags=("nasa", "copy")),
    Recipe("portrait-mirrored.jpg", "portrait.jpg", _mirrored, _TRUE, tags=("nasa", "copy")),
    Recipe("edited-cut.jpg", "edited.jpg", _cut(_HEAD), _FALSE, _CHANGED, tags=("nasa", "copy")),
    Recipe("edited-mirrored.jpg", "edited.jpg", _mirrored, _FALSE, _CHANGED, tags=("nasa", "copy")),
    Recipe("thumbnail.jpg", "portrait.jpg", _small(160), tags=("sent-in",)),
    Recipe("rocket.jpg", "portrait.jpg", _cut(_ROCKET), readers=0, tags=("nasa",)),
)
"""The files of a demo, the most telling first; some are not read, and wait in the queue of reviews."""


def find_samples() -> Path:
    """Return the folder with the web app's samples; raises `DemoError` where there is none."""
    for folder in SAMPLES:
        if folder.is_dir():
            return folder
    raise DemoError("The samples of the web app are missing. Run `make demo` in a checkout of DeepShield.")


def make_media(out: Path, number: int = len(RECIPES)) -> list[MadeFile]:
    """Write the first ``number`` files into ``out``; raises `DemoError` without the samples."""
    samples = find_samples()
    out.mkdir(parents=True, exist_ok=True)
    made = []
    for recipe in RECIPES[:number]:
        path = out / recipe.name
        recipe.make(samples / recipe.sample, path)
        made.append(MadeFile(path, recipe))
    return made
