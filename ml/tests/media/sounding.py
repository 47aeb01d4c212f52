"""Small videos with sound made of arrays."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from detector.contracts import Limits, Sound
from detector.media import open_media
from detector.sound.hear import hear
from detector.sound.speech import SpeechNetwork

RATE = 48_000
_FRAME = 1024  # samples
Wave = NDArray[np.float32]


def tone(hertz: float, seconds: float, amplitude: float = 0.5, rate: int = RATE) -> Wave:
    """Return a sine."""
    times = np.arange(round(seconds * rate)) / rate
    return (amplitude * np.sin(2 * np.pi * hertz * times)).astype(np.float32)


def hiss(seconds: float, amplitude: float, seed: int = 1, rate: int = RATE) -> Wave:
    """Return white noise of that standard deviation."""
    drawn = np.random.default_rng(seed).standard_normal(round(seconds * rate))
    return (amplitude * drawn).astype(np.float32)


def write(
    path: Path,
    *tracks: Wave,
    rate: int = RATE,
    codec: str = "pcm_f32le",
    layout: str = "mono",
    seconds: float = 2.0,
    late: float = 0.0,
) -> Path:
    """Write a grey video of ``seconds`` with the tracks, each ``(n,)`` or ``(C, n)``, ``late`` by that."""
    with av.open(str(path), "w") as container:
        pictures: Any = container.add_stream("mpeg4", rate=25)
        pictures.width, pictures.height, pictures.pix_fmt = 96, 64, "yuv420p"
        made = [_stream(container, codec, rate, layout) for _ in tracks]
        packets: list[Any] = []
        for number in range(round(25 * seconds)):
            frame = av.VideoFrame.from_ndarray(np.full((64, 96, 3), 90, np.uint8), format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            packets += pictures.encode(frame)
        packets += pictures.encode(None)
        for stream, track in zip(made, tracks, strict=True):
            packets += _encoded(stream, np.atleast_2d(track), rate, layout, late)
        for packet in sorted(packets, key=lambda one: float((one.dts or 0) * one.time_base)):
            container.mux(packet)
    return path


def _stream(container: Any, codec: str, rate: int, layout: str) -> Any:
    stream = container.add_stream(codec, rate=rate)
    stream.layout = layout
    return stream


def _encoded(stream: Any, track: Wave, rate: int, layout: str, late: float) -> Sequence[Any]:
    wanted = stream.codec_context.format.name
    form = wanted if wanted in ("flt", "fltp") else "fltp"
    packets: list[Any] = []
    for at in range(0, track.shape[1], _FRAME):
        part = np.ascontiguousarray(track[:, at : at + _FRAME], np.float32)
        planes = part if form == "fltp" else np.ascontiguousarray(part.T).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(planes, format=form, layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = rate, Fraction(1, rate), at + round(late * rate)
        packets += stream.encode(frame)
    return [*packets, *stream.encode(None)]


def heard(path: Path, speech: SpeechNetwork | None = None, **limits: Any) -> Sound | None:
    """Return what the engine says of a file's sound."""
    with open_media(path, 2, Limits(**limits)) as media:
        assert len(list(media.frames())) == 2, "the pictures are not touched by the sound"
        return hear(media, speech)
