"""The media of the tests: ``python e2e/media.py OUT``. Nothing is made again that is there already.

Everything is drawn here or made of NASA's portrait of Eileen Collins (public domain, `public/samples`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

Picture = NDArray[np.uint8]  # (H, W, 3), RGB

SAMPLES = Path(__file__).parents[1] / "public/samples"
TOO_MANY_BYTES = 201 * 1024 * 1024  # one more megabyte than the server takes
TOO_LONG_SECONDS = 190  # ten more than the server takes
RATE = 25
SOUND_RATE = 16_000  # Hz


def sample(name: str) -> Picture:
    """Read one of the committed samples."""
    return np.asarray(cv2.cvtColor(cv2.imread(str(SAMPLES / name)), cv2.COLOR_BGR2RGB), np.uint8)


def head(name: str, side: int) -> Picture:
    """Cut the head and shoulders out of a sample, ``side`` pixels square."""
    return np.asarray(cv2.resize(sample(name)[10:280, 90:360], (side, side)), np.uint8)


def landscape(width: int = 640, height: int = 360) -> Picture:
    """Draw hills under a sky: no face in it."""
    y, x = np.mgrid[:height, :width].astype(np.float32)
    hills = height * (0.6 + 0.08 * np.sin(x / 70) + 0.05 * np.sin(x / 23 + 1))
    sky = np.stack([150 + y / 6, 180 + y / 8, 220 + y / 20], axis=2)
    land = np.stack([70 + 30 * np.sin(x / 9 + y / 5), 110 + 0 * x, 60 + 0 * x], axis=2)
    return np.clip(np.where((y > hills)[..., None], land, sky), 0, 255).astype(np.uint8)


def two_people() -> Picture:
    """Stand the portrait beside its edited copy."""
    return np.ascontiguousarray(np.hstack([head("portrait.jpg", 360), head("edited.jpg", 360)[:, ::-1]]))


def photo(picture: Callable[[], Picture]) -> Callable[[Path], None]:
    """Return what writes a still."""

    def write(path: Path) -> None:
        cv2.imwrite(str(path), cv2.cvtColor(picture(), cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, 92])

    return write


def blurred() -> Picture:
    """Blur the portrait beyond judging."""
    return np.asarray(cv2.GaussianBlur(head("portrait.jpg", 360), (0, 0), 7), np.uint8)


def meeting(seconds: float = 6.0) -> Iterator[Picture]:
    """Show two people; the second one is away in the third and fourth of six parts."""
    both, hills = two_people(), landscape(720, 360)
    count = int(seconds * RATE)
    for index in range(count):
        frame = both.copy()
        if count // 3 <= index < 2 * count // 3:
            frame[:, 360:] = hills[:, 360:]
        yield np.roll(frame, index % 5, axis=0)


def walk(seconds: float) -> Callable[[], Iterator[Picture]]:
    """Return frames of one person who drifts sideways."""

    def frames() -> Iterator[Picture]:
        hills = landscape(140, 360)
        person = np.ascontiguousarray(np.hstack([hills, head("portrait.jpg", 360), hills]))
        for index in range(int(seconds * RATE)):
            yield np.ascontiguousarray(np.roll(person, 2 * (index % 60), axis=1))

    return frames


def voice() -> NDArray[np.float32]:
    """Return 6 s of vowels in syllables, with a pause from 2.4 to 3.4 s and digital silence at 4.5 s."""
    times = np.arange(6 * SOUND_RATE) / SOUND_RATE
    pitch = 120 * (1 + 0.08 * np.sin(2 * np.pi * 0.7 * times))  # Hz
    phase = 2 * np.pi * np.cumsum(pitch) / SOUND_RATE
    vowels = np.array([(730, 1090, 2440), (270, 2290, 3010), (530, 1840, 2480), (300, 870, 2240)])  # Hz
    formants = vowels[(times * 4).astype(int) % len(vowels)].T
    wave = np.zeros_like(times)
    for harmonic in range(1, 30):
        heard = sum(1 / (1 + ((harmonic * pitch - one) / 90) ** 2) for one in formants)
        wave += np.sin(harmonic * phase) * heard / harmonic**0.5
    wave *= 0.15 * np.abs(np.sin(4 * np.pi * times)) * ((times < 2.4) | (times > 3.4))
    wave += 0.001 * np.random.default_rng(3).standard_normal(len(times))
    wave[int(4.5 * SOUND_RATE) : int(4.6 * SOUND_RATE)] = 0
    return wave.astype(np.float32)


def scenery() -> Iterator[Picture]:
    """Pan over hills."""
    wide = landscape(960, 360)
    for index in range(3 * RATE):
        yield np.ascontiguousarray(wide[:, 3 * index : 3 * index + 640])


def clip(
    frames: Callable[[], Iterator[Picture]],
    codec: str = "libx264",
    rate: int = RATE,
    sound: Callable[[], NDArray[np.float32]] | None = None,
) -> Callable[[Path], None]:
    """Return what writes a video in the container that the name tells; ``sound`` is of one channel."""
    options = {"libx264": {"crf": "20", "preset": "veryfast"}, "libx265": {"x265-params": "log-level=none"}}

    def write(path: Path) -> None:
        with av.open(str(path), "w") as container:
            stream = container.add_stream(codec, rate=rate, options=options.get(codec, {}))
            assert isinstance(stream, VideoStream)
            stream.pix_fmt = "yuv420p"
            heard: Any = None
            if sound is not None:
                heard = container.add_stream("aac", rate=SOUND_RATE, layout="mono")
            for index, picture in enumerate(frames()):
                if index == 0:
                    stream.height, stream.width = picture.shape[:2]
                container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
            container.mux(stream.encode(None))
            if sound is not None:
                frame = av.AudioFrame.from_ndarray(sound()[None], format="fltp", layout="mono")
                frame.sample_rate, frame.time_base, frame.pts = SOUND_RATE, Fraction(1, SOUND_RATE), 0
                container.mux([*heard.encode(frame), *heard.encode(None)])

    return write


def still_for_long() -> Iterator[Picture]:
    """Show one small frame per second for longer than the server takes."""
    picture = landscape(64, 48)
    for _ in range(TOO_LONG_SECONDS):
        yield picture


def huge(path: Path) -> None:
    """Write a JPEG's first bytes and then nothing, for longer than the server takes."""
    with path.open("wb") as file:
        file.write((SAMPLES / "portrait.jpg").read_bytes())
        file.truncate(TOO_MANY_BYTES)


def broken_photo(path: Path) -> None:
    """Write a JPEG's beginning followed by noise."""
    noise = np.random.default_rng(5).integers(0, 255, 4000, np.uint8).tobytes()
    path.write_bytes((SAMPLES / "portrait.jpg").read_bytes()[:300] + noise)


def broken_clip(path: Path) -> None:
    """Write the sample clip with its pictures overwritten by zeros."""
    data = bytearray((SAMPLES / "clip.mp4").read_bytes())
    at = data.find(b"mdat") + 4
    data[at:] = bytes(len(data) - at)
    path.write_bytes(data)


def words(path: Path) -> None:
    """Write text."""
    path.write_text("This is no picture, whatever its name says.\n" * 20)


MEDIA: dict[str, Callable[[Path], None]] = {
    "people.jpg": photo(two_people),
    "landscape.jpg": photo(landscape),
    "blurred.jpg": photo(blurred),
    "words.jpg": words,
    "broken.jpg": broken_photo,
    "broken.mp4": broken_clip,
    "huge.jpg": huge,
    "meeting.mp4": clip(meeting, sound=voice),
    "walk.mp4": clip(walk(4)),
    "walk.avi": clip(walk(3), "mpeg4"),
    "walk-hevc.mp4": clip(walk(3), "libx265"),
    "scenery.mp4": clip(scenery),
    "long.mp4": clip(still_for_long, rate=1),
    "long.avi": clip(still_for_long, "mpeg4", rate=1),
}


def main() -> None:
    """Write what is missing."""
    out = Path(sys.argv[1])
    out.mkdir(parents=True, exist_ok=True)
    for name, write in MEDIA.items():
        if not (out / name).exists():
            partial = out / f"part-{name}"
            write(partial)
            partial.rename(out / name)


if __name__ == "__main__":
    main()
