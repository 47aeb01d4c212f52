"""The clips that are measured on: a portrait moving over photographs, made once and kept.

    python -m benchmarks.clips work/bench

The portrait and the photographs come with scikit-image and are in the public domain or CC0. Each clip has one
face that moves, grows, shrinks and tilts over a background that pans, or that is still and costs a decoder
next to nothing. The motion repeats after ten seconds, so a longer clip is the same ten coded seconds again
and again under later timestamps, which costs its decoder as much as any clip of that length. H.264 as libx264
makes it by default (preset medium, a key frame every 250 frames, B-frames).
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from skimage import data

from detector.contracts import Floats, Image

FOLDER = Path("work/bench")
_VERSION = 2  # part of the files' names: a clip made by older code is not taken for one of these
_RATE = 30
_PERIOD = 10  # seconds after which the motion repeats
_FACE = (222.0, 112.0)  # the middle of the portrait's face, pixels
_THREADS = "1"  # with two, on a busy machine, libx264 once gave other bytes
_PHOTO_SIDE = 1024
_GRAIN = np.float32(5.0)  # of 255: deviation of the noise at mid-grey


@dataclass(frozen=True, slots=True, order=True)
class Clip:
    """What a clip is; its pixels follow from this alone."""

    width: int
    height: int
    seconds: int
    still: bool = False  # whether the background stays as it is

    @property
    def name(self) -> str:
        """The clip's file name."""
        still = "-still" if self.still else ""
        return f"portrait-{self.width}x{self.height}-{self.seconds}s{still}-v{_VERSION}.mp4"


SHORT = {height: Clip(width, height, 10) for width, height in ((640, 360), (1280, 720), (1920, 1080))}
STILL = Clip(1920, 1080, 10, still=True)
LONG = {height: Clip(clip.width, clip.height, 180) for height, clip in SHORT.items()}


def make_clip(clip: Clip, folder: Path) -> Path:
    """Return the clip's path in ``folder``; the file is made if it is not there, whole or not at all."""
    path = folder / clip.name
    if path.exists():
        return path
    if clip.seconds <= _PERIOD:
        with _whole(path) as partial:
            _encode(clip, partial)
        return path
    once = make_clip(replace(clip, seconds=_PERIOD), folder)
    with _whole(path) as partial:
        _repeat(once, partial, clip.seconds // _PERIOD)
    return path


def make_photo(folder: Path) -> Path:
    """Return the path of a JPEG photograph of 1024 x 1024 pixels with one face."""
    size = (_PHOTO_SIDE, _PHOTO_SIDE)
    return _kept(
        folder / f"portrait-{_PHOTO_SIDE}-v{_VERSION}.jpg",
        lambda: np.asarray(cv2.resize(_photo("astronaut"), size, interpolation=cv2.INTER_CUBIC), np.uint8),
    )


def make_large_photo(folder: Path, grain: bool = True) -> Path:
    """Return the path of a JPEG photograph of 12 megapixels: a clip's first frame, 4000 x 3000 pixels.

    ``grain`` gives it a sensor's noise, with which it has 1.8 bits a pixel, as a phone's photographs do; a
    picture that was enlarged has .8, and costs a decoder half.
    """
    name = f"portrait-12-megapixels{'-grain' if grain else ''}-v{_VERSION}.jpg"
    return _kept(folder / name, lambda: _large_photo(grain))


def _large_photo(grain: bool) -> Image:
    picture = draw_frame(Clip(4000, 3000, 10), 0)
    return _grained(picture) if grain else picture


def _grained(picture: Image) -> Image:
    """Return the picture with shot noise: its deviation, 5 of 255 at mid-grey, grows as the root of light."""
    noise = np.random.default_rng(0).standard_normal(picture.shape, dtype=np.float32)
    noise *= _GRAIN * np.sqrt(picture / np.float32(128.0) + np.float32(0.1))
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


def make_album(folder: Path, count: int) -> list[Path]:
    """Return the paths of ``count`` JPEG photographs of 1280 x 720 pixels in a folder of their own."""
    clip, album = SHORT[720], folder / f"album-{count}-v{_VERSION}"
    step = _RATE * _PERIOD / count
    return [
        _kept(album / f"{i:04d}.jpg", lambda i=i: draw_frame(clip, round(i * step)))  # type: ignore[misc]
        for i in range(count)
    ]


def _kept(path: Path, draw: Callable[[], Image]) -> Path:
    """Return ``path``; the JPEG is made if it is not there, whole or not at all."""
    if not path.exists():
        bgr = cv2.cvtColor(draw(), cv2.COLOR_RGB2BGR)
        done, encoded = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, 92])
        if not done:
            raise OSError("the photograph could not be encoded")
        with _whole(path) as partial:
            partial.write_bytes(bytes(encoded))
    return path


def draw_frame(clip: Clip, index: int) -> Image:
    """Return frame ``index`` of a clip, ``(height, width, 3) uint8`` RGB."""
    turn = 2.0 * np.pi * index / (_RATE * _PERIOD)
    frame = _background(clip.width, clip.height, 0.0 if clip.still else turn)
    portrait, opacity = _portrait()
    # The face's middle stays within the frame at every size; the shoulders may leave it.
    scale = clip.height / 512.0 * (1.0 + 0.35 * np.sin(turn))
    x = clip.width * (0.5 + 0.28 * np.sin(2.0 * turn + 0.4))
    y = clip.height * (0.38 + 0.08 * np.cos(3.0 * turn))
    matrix = cv2.getRotationMatrix2D(_FACE, 8.0 * np.sin(turn + 1.0), scale)
    matrix[:, 2] += (x - _FACE[0], y - _FACE[1])
    size = (clip.width, clip.height)
    face = cv2.warpAffine(portrait, matrix, size, flags=cv2.INTER_LINEAR)
    mask = cv2.warpAffine(opacity, matrix, size, flags=cv2.INTER_LINEAR)
    return np.asarray(cv2.blendLinear(face, frame, mask, 1.0 - mask), np.uint8)


@cache
def _photo(name: str) -> Image:
    """Return one of scikit-image's photographs."""
    return np.asarray(getattr(data, name)(), np.uint8)


@cache
def _portrait() -> tuple[Image, Floats]:
    """Return the portrait and its opacity ``(512, 512)``, which fades out towards the picture's edges."""
    picture = _photo("astronaut")
    ramp = np.clip(np.minimum(np.arange(512), np.arange(511, -1, -1)) / 40.0, 0.0, 1.0).astype(np.float32)
    return picture, ramp[:, None] * ramp[None, :]


@cache
def _wall(height: int) -> Image:
    """Return a wall of photographs, two rows of ``0.8 * height`` pixels each, that joins on at its sides."""
    rows = [("rocket", "coffee", "chelsea"), ("coffee", "chelsea", "rocket")]
    tall = round(0.8 * height)
    size = (tall * 3 // 2, tall)
    resized = [
        [cv2.resize(_photo(name), size, interpolation=cv2.INTER_CUBIC) for name in row] for row in rows
    ]
    wall = np.concatenate([np.concatenate(row, axis=1) for row in resized])
    return np.asarray(np.concatenate([wall, wall], axis=1), np.uint8)


def _background(width: int, height: int, turn: float) -> Image:
    wall = _wall(height)
    left = (wall.shape[1] // 2 - 1) * turn / (2.0 * np.pi) / 3.0
    top = (wall.shape[0] - height - 1) * (0.5 + 0.4 * np.sin(turn))
    # A third of the wall passes by and comes back: the pan has no jump where the motion repeats.
    left = left if turn < np.pi else (wall.shape[1] // 2 - 1) / 3.0 - left
    shift = np.asarray([[1.0, 0.0, left], [0.0, 1.0, top]])
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(
        cv2.warpAffine(wall, shift, (width, height), flags=flags, borderMode=cv2.BORDER_REFLECT), np.uint8
    )


def _encode(clip: Clip, path: Path) -> None:
    with av.open(str(path), "w", format="mp4") as container:
        stream = container.add_stream("libx264", rate=_RATE)
        stream.width, stream.height, stream.pix_fmt = clip.width, clip.height, "yuv420p"
        stream.codec_context.options = {"threads": _THREADS}
        for index in range(clip.seconds * _RATE):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(draw_frame(clip, index), format="rgb24")))
        container.mux(stream.encode(None))


def _repeat(source: Path, path: Path, times: int) -> None:
    """Write the packets of ``source`` again and again, ``times`` times, under ever later timestamps."""
    with av.open(str(path), "w", format="mp4") as target:
        out: VideoStream | None = None
        for turn in range(times):
            with av.open(str(source)) as container:
                stream = container.streams.video[0]
                out = out or target.add_stream_from_template(stream)
                shift = round(Fraction(turn * _PERIOD) / Fraction(stream.time_base or Fraction(1, 90_000)))
                for packet in container.demux(stream):
                    if packet.pts is None or packet.dts is None:
                        continue
                    packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, out
                    target.mux(packet)


@contextmanager
def _whole(path: Path) -> Iterator[Path]:
    """Give a path to write to, and move it to ``path`` when the block has ended well."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=".partial-", suffix=path.suffix, dir=path.parent)
    os.close(handle)
    partial = Path(name)
    partial.chmod(0o644)
    try:
        yield partial
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def main() -> None:
    """Make every clip."""
    parser = argparse.ArgumentParser(description="Make the clips that are measured on.")
    parser.add_argument("folder", type=Path, nargs="?", default=FOLDER)
    folder = parser.parse_args().folder
    for clip in (*SHORT.values(), STILL, *LONG.values()):
        print(make_clip(clip, folder))
    print(make_photo(folder))
    for grain in (True, False):
        print(make_large_photo(folder, grain))


if __name__ == "__main__":
    main()
