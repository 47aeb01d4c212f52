"""The media of the example results, made in code from public-domain pictures."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

Picture = NDArray[np.uint8]  # (H, W, 3), RGB

_EDITED = Path(__file__).parents[3] / "frontend/public/samples/edited.jpg"
_SIDE = 256
_FRAMES, _RATE = 75, 25
_SOUND_RATE = 16_000  # Hz


def portrait() -> Picture:
    """Return NASA's portrait of Eileen Collins (public domain), cut to head and shoulders."""
    return _resized(data.astronaut()[:256, 96:352])


def edited() -> Picture:
    """Return the committed edited copy of the same portrait, mirrored."""
    picture = cv2.cvtColor(cv2.imread(str(_EDITED)), cv2.COLOR_BGR2RGB)
    return _resized(picture[10:280, 90:360][:, ::-1])


def landscape() -> Picture:
    """Draw hills under a sky: no face in it."""
    y, x = np.mgrid[:_SIDE, :_SIDE].astype(np.float32)
    hills = _SIDE * (0.6 + 0.08 * np.sin(x / 70) + 0.05 * np.sin(x / 23 + 1))
    sky = np.stack([150 + y / 6, 180 + y / 8, 220 + y / 20], axis=2)
    land = np.stack([70 + 30 * np.sin(x / 9 + y / 5), 110 + 0 * x, 60 + 0 * x], axis=2)
    return np.clip(np.where((y > hills)[..., None], land, sky), 0, 255).astype(np.uint8)


def blurred() -> Picture:
    """Blur the portrait beyond judging."""
    return np.asarray(cv2.GaussianBlur(portrait(), (0, 0), 6), np.uint8)


def meeting() -> Iterator[Picture]:
    """Show the edited portrait beside the portrait, who is away in the second of three parts."""
    for index in range(_FRAMES):
        away = _FRAMES // 3 <= index < 2 * _FRAMES // 3
        yield np.hstack([np.roll(edited(), index % 5, axis=0), landscape() if away else portrait()])


def write_still(make: Callable[[], Picture], path: Path) -> Path:
    """Write a picture as JPEG."""
    cv2.imwrite(str(path), cv2.cvtColor(make(), cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])
    return path


def tones() -> NDArray[np.float32]:
    """Return 3 s of sound at 16 kHz: notes with pauses in a hissing room, and digital silence at 2 s."""
    times = np.arange(3 * _SOUND_RATE) / _SOUND_RATE
    notes = sum(np.sin(2 * np.pi * 220 * n * times) / n for n in (1, 2, 3))
    hiss = np.repeat(np.random.default_rng(7).standard_normal(len(times) // 2), 2)
    wave = 0.15 * notes * (times % 0.5 < 0.3) + 0.002 * hiss
    wave[2 * _SOUND_RATE : 2 * _SOUND_RATE + _SOUND_RATE // 10] = 0
    return wave.astype(np.float32)


def write_clip(frames: Iterator[Picture], path: Path, sound: NDArray[np.float32] | None = None) -> Path:
    """Write frames as fine H.264; one thread, so that the same frames give the same bytes.

    ``sound`` is of one channel at 16 kHz and begins 80 ms late.
    """
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=_RATE, options={"threads": "1", "crf": "14"})
        stream.width, stream.height, stream.pix_fmt = 2 * _SIDE, _SIDE, "yuv420p"
        if sound is not None:
            _add_sound(container, sound)
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode(None))
    return path


def _add_sound(container: Any, sound: NDArray[np.float32]) -> None:
    stream = container.add_stream("flac", rate=_SOUND_RATE)
    stream.layout, stream.format = "mono", "s16"
    samples = np.round(32_767 * np.clip(sound, -1, 1)).astype(np.int16)
    frame = av.AudioFrame.from_ndarray(samples[None], format="s16", layout="mono")
    frame.sample_rate, frame.time_base = _SOUND_RATE, Fraction(1, _SOUND_RATE)
    frame.pts = round(0.08 * _SOUND_RATE)
    container.mux([*stream.encode(frame), *stream.encode(None)])


def _resized(picture: Picture) -> Picture:
    return np.asarray(cv2.resize(np.ascontiguousarray(picture), (_SIDE, _SIDE)), np.uint8)
