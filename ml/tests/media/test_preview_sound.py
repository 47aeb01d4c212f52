"""The sound of previews: there where the file has some, and at the time of its pictures."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from detector.contracts import Limits
from detector.media.preview import make_preview

RATE = 48_000
SECONDS, EVENT = 4, 2.0  # of the clip, and when it flashes and beeps
IN_SYNC = 0.05


@dataclass(frozen=True)
class Beeping:
    """A clip that turns white when a tone begins."""

    video: str = "libx264"
    audio: str | None = "aac"
    rate: int = RATE
    layout: str = "stereo"
    bit_rate: int = 96_000
    video_late: float = 0.0  # seconds by which all pictures are late
    audio_late: float = 0.0  # seconds for which there is no sound at first
    audio_until: float = SECONDS

    def write(self, path: Path) -> Path:
        with av.open(str(path), "w") as container:
            pictures: Any = container.add_stream(self.video, rate=25)
            pictures.width, pictures.height, pictures.pix_fmt = 96, 64, "yuv420p"
            sound: Any = None
            if self.audio is not None:
                sound = container.add_stream(self.audio, rate=self.rate)
                sound.layout = self.layout
                sound.bit_rate = self.bit_rate
            packets: list[av.Packet[Any]] = []
            for number in range(25 * SECONDS):
                white = number >= round(EVENT * 25)
                frame = av.VideoFrame.from_ndarray(
                    np.full((64, 96, 3), 255 * white, np.uint8), format="rgb24"
                )
                frame.pts, frame.time_base = number + round(25 * self.video_late), Fraction(1, 25)
                packets += pictures.encode(frame)
            packets += pictures.encode(None)
            if sound is not None:
                packets += [*sound.encode(self._tone(sound)), *sound.encode(None)]
            for packet in sorted(packets, key=lambda one: float((one.dts or 0) * one.time_base)):
                container.mux(packet)
        return path

    def _tone(self, sound: Any) -> av.AudioFrame:
        times = np.arange(round(self.audio_late * self.rate), round(self.audio_until * self.rate)) / self.rate
        wave = 0.5 * np.sin(2 * np.pi * 1000 * times) * (times >= EVENT + self.video_late)
        planes = np.repeat(wave[None].astype(np.float32), sound.layout.nb_channels, 0)
        frame = av.AudioFrame.from_ndarray(planes, format="fltp", layout=self.layout)
        frame.sample_rate, frame.time_base = self.rate, Fraction(1, self.rate)
        frame.pts = round(self.audio_late * self.rate)
        return frame


def preview_of(path: Path, most_bytes: int = 2**26) -> tuple[Path, bool]:
    target = path.with_name("preview.mp4")
    return target, make_preview(path, target, Limits(), 60.0, most_bytes, lambda: None)


def flash_at(path: Path) -> float:
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            if frame.to_ndarray(format="gray").mean() > 128:
                assert frame.time is not None
                return float(frame.time)
    raise AssertionError("no flash")


def heard(path: Path) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the times of all samples, and how loud they are."""
    times, levels = [], []
    with av.open(str(path)) as container:
        for frame in container.decode(audio=0):
            level = np.abs(frame.to_ndarray()).reshape(-1, frame.samples).max(0)
            assert frame.time is not None
            times.append(frame.time + np.arange(frame.samples) / frame.sample_rate)
            levels.append(level)
    return np.concatenate(times), np.concatenate(levels)


def beep_at(path: Path) -> float:
    times, levels = heard(path)
    return float(times[np.argmax(levels > 0.25)])


def sound_packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


CLIPS = {
    "H.264 and AAC, as phones make it": ("clip.mp4", Beeping()),
    "H.264 and MP3": ("clip.mp4", Beeping(audio="libmp3lame")),
    "AAC whose bit rate its container does not name": ("clip.mkv", Beeping()),
    "Opus": ("clip.webm", Beeping(video="libvpx-vp9", audio="libopus")),
    "FLAC": ("clip.mkv", Beeping(audio="flac", rate=44_100)),
    "PCM, mono": ("clip.mov", Beeping(audio="pcm_s16le", layout="mono", rate=22_050)),
    "5.1": ("clip.mp4", Beeping(layout="5.1", bit_rate=384_000)),
    "AVI": ("clip.avi", Beeping(video="mpeg4", audio="libmp3lame")),
    "pictures encoded anew": ("clip.mp4", Beeping(video="libx265")),
    "pictures that begin late": ("clip.mkv", Beeping(video_late=1.0)),
    "pictures that begin late, sound copied": ("clip.mp4", Beeping(video_late=1.0)),
    "sound that begins late": ("clip.mkv", Beeping(audio_late=1.5)),
    "sound that begins late, copied": ("clip.mp4", Beeping(audio_late=1.5)),
    "sound that ends early": ("clip.mp4", Beeping(audio_until=2.5)),
}


@pytest.mark.parametrize(("name", "clip"), CLIPS.values(), ids=CLIPS)
def test_a_beep_comes_with_its_flash(name: str, clip: Beeping, tmp_path: Path) -> None:
    path = clip.write(tmp_path / name)
    preview, sounds = preview_of(path)
    assert sounds
    flash = flash_at(preview)
    assert flash == pytest.approx(flash_at(path) - clip.video_late, abs=0.001)
    assert beep_at(preview) == pytest.approx(flash, abs=IN_SYNC)
    times, _ = heard(preview)
    assert times[-1] < SECONDS + IN_SYNC


def test_sound_goes_on_with_its_pictures_where_the_clock_starts_again(tmp_path: Path) -> None:
    path = Beeping().write(tmp_path / "clip.ts")
    path.write_bytes(2 * path.read_bytes())
    preview, _ = preview_of(path)
    times, levels = heard(preview)
    assert times[-1] == pytest.approx(2 * SECONDS, abs=4 * IN_SYNC)
    first = times[np.argmax(levels > 0.25)]
    quiet = times[np.argmax((times > first + 0.5) & (levels < 0.05))]
    second = times[np.argmax((times > SECONDS + 0.5) & (levels > 0.25))]
    assert first == pytest.approx(flash_at(preview), abs=IN_SYNC)
    assert first < quiet < second == pytest.approx(SECONDS + EVENT, abs=2 * IN_SYNC)


@pytest.mark.parametrize("audio", ["aac", "libmp3lame"])
def test_what_every_browser_plays_is_copied(audio: str, tmp_path: Path) -> None:
    path = Beeping(audio=audio).write(tmp_path / "clip.mp4")
    preview, _ = preview_of(path)
    copied = sound_packets(preview)
    assert len(copied) > 100
    assert set(copied) <= set(sound_packets(path))


@pytest.mark.parametrize("name", ["Opus", "FLAC", "PCM, mono", "5.1"])
def test_other_sound_becomes_aac_of_at_most_two_channels(name: str, tmp_path: Path) -> None:
    file, clip = CLIPS[name]
    preview, _ = preview_of(clip.write(tmp_path / file))
    with av.open(str(preview)) as container:
        (stream,) = container.streams.audio
        assert stream.codec_context.name == "aac"
        assert stream.codec_context.channels <= 2


def test_a_silent_file_has_a_silent_preview(tmp_path: Path) -> None:
    preview, sounds = preview_of(Beeping(audio=None).write(tmp_path / "clip.mp4"))
    assert not sounds
    with av.open(str(preview)) as container:
        assert not container.streams.audio


def test_sound_that_cannot_be_decoded_costs_no_pictures(tmp_path: Path) -> None:
    path = Beeping(audio="pcm_s16le").write(tmp_path / "clip.mov")
    data = path.read_bytes()
    broken = tmp_path / "broken.mov"
    broken.write_bytes(data.replace(b"sowt", b"QDM2", 1))
    assert broken.read_bytes() != data
    preview, sounds = preview_of(broken)
    assert not sounds
    assert flash_at(preview) == pytest.approx(EVENT, abs=0.001)
    with av.open(str(preview)) as container:
        assert not container.streams.audio


def test_what_outgrows_a_copy_by_its_sound_is_encoded_anew(tmp_path: Path) -> None:
    path = Beeping(audio="libopus").write(tmp_path / "clip.mkv")
    assert path.stat().st_size < 100_000
    preview, sounds = preview_of(path, 2**20 + path.stat().st_size + 10_000)
    assert sounds
    with av.open(str(preview)) as container:
        keys = [packet for packet in container.demux(video=0) if packet.size and packet.is_keyframe]
    assert len(keys) >= SECONDS, "a key frame a second: encoded for previews"
