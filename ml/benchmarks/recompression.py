"""A second JPEG compression: how often it is found, and how often one is found that was not.

    python -m benchmarks.recompression [--data FOLDER] [--quick]

Photographs are reduced to three fifths, which leaves nothing of the JPEG files that they come from, then
saved once or twice by Pillow at drawn qualities (once: 55 to 99; twice: first 50 to 97, then 60 to 98). Half
of the pictures are single photographs, half are made of twelve. Without FOLDER those of scikit-image serve.
"""

from __future__ import annotations

import io
import random
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import skimage.data
from PIL import Image, ImageOps

from benchmarks.options import Settings, parse
from benchmarks.report import Figure, Section, Target, print_section
from deepshield.provenance.recompression import compressed_before

_PICTURES = 300
_SMALLER = 0.6
_TILE = (250, 353)
_SHIPPED = ("astronaut", "chelsea", "coffee", "rocket")


def measure(settings: Settings) -> Section:
    """Measure on drawn pictures, the same in every run."""
    drawn = random.Random(11)  # noqa: S311
    pictures = list(_pictures(settings.data, 12 if settings.quick else _PICTURES, drawn))
    seconds: list[float] = []
    once: list[bool | None] = []
    changed: list[bool | None] = []
    twice: dict[str, list[bool | None]] = {"better": [], "alike": [], "worse": []}
    for picture in pictures:
        colours = drawn.choice([0, 1, 2])  # subsampling: 4:4:4, 4:2:2, 4:2:0
        start = time.process_time()
        once.append(_found(_saved(picture, drawn.randrange(55, 100), colours)))
        seconds.append(time.process_time() - start)
        changes = (ImageOps.autocontrast(picture, cutoff=3), ImageOps.posterize(picture, 4))
        changed.extend(_found(_saved(one, drawn.randrange(55, 100), colours)) for one in changes)
        for _ in range(2):
            first, second = drawn.randrange(50, 98), drawn.randrange(60, 99)
            way = "better" if second > first + 4 else "worse" if second < first - 4 else "alike"
            again = Image.open(io.BytesIO(_saved(picture, first, colours)))
            twice[way].append(_found(_saved(again, second, colours)))
    return Section(
        f"Second JPEG compression, {len(pictures)} photographs",
        (
            _share("found in files compressed once", once, Target("<=", 0.01)),
            _share("the same, contrast stretched or few colours", changed, Target("<=", 0.01)),
            _share("found, second quality better by 5 and more", twice["better"], Target(">=", 0.9)),
            _share("found, second quality within 4 of the first", twice["alike"]),
            _share("found, second quality worse by 5 and more", twice["worse"]),
            Figure(
                "processor time for saving and looking", 1000 * sum(seconds) / len(seconds), "ms", digits=0
            ),
        ),
    )


def _share(name: str, answers: Sequence[bool | None], target: Target | None = None) -> Figure:
    looked = [answer for answer in answers if answer is not None]
    named = f"{name} ({sum(looked)} of {len(looked)})"
    return Figure(named, sum(looked) / max(1, len(looked)), digits=3, target=target)


def _found(data: bytes) -> bool | None:
    return compressed_before(Image.open(io.BytesIO(data)))  # type: ignore[arg-type]


def _saved(picture: Image.Image, quality: int, subsampling: int) -> bytes:
    made = io.BytesIO()
    picture.save(made, "JPEG", quality=quality, subsampling=subsampling)
    return made.getvalue()


def _pictures(data: Path, count: int, drawn: random.Random) -> Iterator[Image.Image]:
    files = sorted(
        path
        for folder in ("voteview", "ropensci_people")
        for path in (data / "train-real" / folder).glob("*.jpg")
    )
    drawn.shuffle(files)
    found = [_reduced(Image.open(path)) for path in files[:count]]
    if not found:
        found = [_reduced(Image.fromarray(getattr(skimage.data, name)())) for name in _SHIPPED]
    alone = found[: count // 2]
    yield from alone
    for _ in range(count - len(alone)):
        large = Image.new("RGB", (4 * _TILE[0], 3 * _TILE[1]))
        for place in range(12):
            tile = ImageOps.fit(drawn.choice(found), _TILE, Image.Resampling.LANCZOS)
            large.paste(tile, (_TILE[0] * (place % 4), _TILE[1] * (place // 4)))
        yield large


def _reduced(picture: Image.Image) -> Image.Image:
    size = (int(picture.width * _SMALLER), int(picture.height * _SMALLER))
    return picture.convert("RGB").resize(size, Image.Resampling.LANCZOS)


if __name__ == "__main__":
    print_section(measure(parse(__doc__)))
