"""Sound: how often authentic clips show a sign of a cut, how many made cuts are found, what measuring costs.

    python -m benchmarks.sound [--data FOLDER] [--quick]

Below FOLDER lie labelled collections, each with its manifest.jsonl, or just clips, all of which are then
taken as authentic. Cuts are made of the first 4 s of two clips' sound, of one clip's with mains hum of 50 Hz
at -46 dBFS of which some ms are left out, and of one clip's with 100 ms of digital silence; all are encoded
as AAC at 128 kbit/s.
"""

from __future__ import annotations

import json
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from benchmarks.options import Settings, parse
from benchmarks.report import Figure, Section, Target, print_section
from detector.contracts import Limits, MediaError, Sound, SpliceSign
from detector.media import open_media
from detector.sound.hear import hear
from detector.sound.speech import SpeechNetwork

_SUFFIXES = frozenset({".mp4", ".mov", ".mkv", ".webm", ".avi", ".mpg"})
_RATE, _PART = 44_100, 4.0  # Hz and seconds of what is joined
_HUM = 0.007  # amplitude
_NEAR_MS = 250.0  # from a made cut
_FRAMES = 32
_TIMED = 20  # clips whose pictures are decoded as well
_CUTS = 40  # made, of each kind
# Seconds that a clip must last to show a sign.
_LEAST = {SpliceSign.NOISE_FLOOR: 4.0, SpliceSign.HUM_PHASE: 5.0, SpliceSign.DIGITAL_SILENCE: 1.1}


@dataclass(frozen=True, slots=True)
class _Heard:
    path: Path
    sound: Sound
    seconds: float  # of the sound
    decoding: float  # seconds for the pictures; 0 where they were not decoded
    measuring: float  # processor seconds
    wall: float  # seconds


def measure(settings: Settings) -> Section:
    """Measure on every authentic clip with sound; made cuts are the same in every run."""
    network = SpeechNetwork()
    clips = sorted(_authentic(settings.data))[: 12 if settings.quick else None]
    every = max(1, len(clips) // _TIMED)
    heard = [
        found
        for place, clip in enumerate(clips)
        if (found := _heard(clip, network, decode=place % every == 0)) is not None
    ]
    if not heard:
        return Section("Sound", notes=(f"No clips with sound below {settings.data}.",))
    total = sum(one.seconds for one in heard)
    return Section(
        f"Sound of {len(heard)} authentic clips, {total / 60:.0f} minutes",
        (
            *(_shown(sign, heard) for sign in SpliceSign),
            *_made_cuts(heard),
            Figure(
                "processor time for a minute of sound",
                60 * sum(one.measuring for one in heard) / total,
                "s",
                digits=2,
            ),
            Figure(
                "wall time / decoding the pictures",
                sum(one.wall for one in heard if one.decoding) / sum(one.decoding for one in heard),
                digits=2,
            ),
        ),
    )


def _authentic(folder: Path) -> Iterator[Path]:
    manifests = [*folder.glob("*/manifest.jsonl"), *folder.glob("manifest.jsonl")]
    for manifest in manifests:
        for row in map(json.loads, manifest.read_text().splitlines()):
            if row.get("kind") == "video" and row.get("label") in ("real", "authentic") and "file" in row:
                yield from (
                    path for path in (folder / row["file"], manifest.parent / row["file"]) if path.exists()
                )
    if not manifests:
        yield from (path for path in folder.rglob("*") if path.suffix.lower() in _SUFFIXES)


def _heard(path: Path, network: SpeechNetwork | None, *, decode: bool = False) -> _Heard | None:
    try:
        with open_media(path, _FRAMES, Limits()) as media:
            for _ in media.frames() if decode else ():
                pass
            decoding = media.budget.spent if decode else 0.0
            begun, spent = time.perf_counter(), time.process_time()
            sound = hear(media, network)
    except MediaError:
        return None
    wall, measuring = time.perf_counter() - begun, time.process_time() - spent
    if sound is None or not sound.duration_ms:
        return None
    return _Heard(path, sound, sound.duration_ms / 1000, decoding, measuring, wall)


def _shown(sign: SpliceSign, heard: Sequence[_Heard]) -> Figure:
    able = [one for one in heard if one.seconds >= _LEAST[sign]]
    showing = sum(any(splice.sign is sign for splice in one.sound.splices) for one in able)
    name = f"clips that show {sign.value} ({showing} of {len(able)})"
    return Figure(name, showing / max(1, len(able)), digits=3, target=Target("<=", 0.02))


def _made_cuts(heard: Sequence[_Heard]) -> Iterator[Figure]:
    drawn = random.Random(5)  # noqa: S311
    parts = [part for one in heard if (part := _first_part(one.path)) is not None]
    drawn.shuffle(parts)
    joined = [np.concatenate(pair) for pair in zip(parts[::2], parts[1::2], strict=False)]
    hum = _HUM * np.sin(2 * np.pi * 50.0 * np.arange(2 * len(parts[0])) / _RATE) if parts else np.zeros(0)
    hummed = []
    for wave in joined:
        left_out = round(drawn.uniform(0.004, 0.016) * _RATE)  # 72 to 288 degrees
        whole = np.concatenate((wave[: len(hum) // 2], np.roll(wave, 1)[: len(hum) // 2])) + hum
        hummed.append(np.concatenate((whole[: len(hum) // 2], whole[len(hum) // 2 + left_out :])))
    muted = [np.concatenate((part, np.zeros(_RATE // 10), part[::-1])) for part in parts]
    for name, waves in (
        ("joins of two clips found", joined),
        ("cuts of one with mains hum found", hummed),
        ("100 ms of digital silence found", muted),
    ):
        with tempfile.TemporaryDirectory() as folder:
            found = [_found(wave, Path(folder) / "made.mkv") for wave in waves[:_CUTS]]
        yield Figure(f"{name} ({sum(found)} of {len(found)})", sum(found) / max(1, len(found)), digits=3)


def _first_part(path: Path) -> NDArray[np.float64] | None:
    resampler = av.AudioResampler(format="flt", layout="mono", rate=_RATE)
    with av.open(str(path)) as container:
        frames = [made for frame in container.decode(audio=0) for made in resampler.resample(frame)]
    wave = np.concatenate([frame.to_ndarray().reshape(-1) for frame in frames])[: round(_PART * _RATE)]
    loud = len(wave) == round(_PART * _RATE) and float(np.square(wave[-_RATE // 10 :]).mean()) > 1e-5
    return wave.astype(np.float64) if loud else None


def _found(wave: NDArray[np.float64], path: Path) -> bool:
    _write(wave, path)
    found = _heard(path, None)
    return found is not None and any(
        abs(splice.time_ms - 1000 * _PART) <= _NEAR_MS for splice in found.sound.splices
    )


def _write(wave: NDArray[np.float64], path: Path) -> None:
    with av.open(str(path), "w") as container:
        pictures: Any = container.add_stream("mpeg4", rate=5)
        pictures.width, pictures.height, pictures.pix_fmt = 64, 64, "yuv420p"
        sound: Any = container.add_stream("aac", rate=_RATE)
        sound.layout, sound.bit_rate = "mono", 128_000
        for _ in range(5 * round(2 * _PART)):
            grey = np.full((64, 64, 3), 90, np.uint8)
            container.mux(pictures.encode(av.VideoFrame.from_ndarray(grey, format="rgb24")))
        container.mux(pictures.encode(None))
        planes = np.clip(wave, -1, 1).astype(np.float32)[None]
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout="mono")
        frame.sample_rate, frame.time_base, frame.pts = _RATE, Fraction(1, _RATE), 0
        container.mux([*sound.encode(frame), *sound.encode(None)])


if __name__ == "__main__":
    print_section(measure(parse(__doc__)))
