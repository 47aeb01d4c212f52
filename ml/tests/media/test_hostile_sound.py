"""Sound that is damaged, endless or lies about itself ends in a fact, and the pictures are analysed."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from sounding import heard, hiss, tone, write

from detector.contracts import Sound, SoundEnd
from detector.media import waves


def of(path: Path, **limits: Any) -> Sound:
    found = heard(path, **limits)
    assert found is not None
    return found


def test_samples_that_are_no_numbers(tmp_path: Path) -> None:
    wave = tone(997, 2.0, 0.1)
    wave[1000:1200], wave[5000], wave[6000] = np.nan, np.inf, -3e38
    found = of(write(tmp_path / "nan.mkv", wave))
    assert found.invalid_samples == 201
    assert found.ending is SoundEnd.COMPLETE
    assert found.peak_dbfs == pytest.approx(20 * np.log10(8.0), abs=0.01)
    assert found.loudness_lufs is not None
    assert np.isfinite(found.loudness_lufs)
    assert found.level is not None
    assert all(one is None or np.isfinite(one) for one in found.level.dbfs)


def test_sound_that_outlasts_the_pictures(tmp_path: Path) -> None:
    path = write(tmp_path / "long.mkv", hiss(40.0, 0.1, rate=8_000), rate=8_000, codec="pcm_s16le")
    found = of(path, max_seconds=10.0)
    assert found.ending is SoundEnd.TOO_LONG
    assert found.duration_ms == pytest.approx(10_000, abs=1)
    assert of(path).duration_ms == pytest.approx(40_000, abs=10)


def test_sound_that_takes_too_long(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # So small that it is read at once: the time is up while packets are decoded.
    path = write(tmp_path / "slow.mkv", hiss(10.0, 0.1), codec="aac")
    assert of(path, sound_seconds=0.0).ending is SoundEnd.UNDECODABLE
    clock = iter(0.01 * step for step in range(10**6))
    monkeypatch.setattr("detector.media.budget.time.monotonic", lambda: next(clock))
    found = of(path, sound_seconds=2.0, decode_seconds=1e9)
    assert found.ending is SoundEnd.OUT_OF_TIME
    assert 0.0 < found.duration_ms < 9_000
    assert found.peak_dbfs is not None


def test_many_channels_at_a_high_rate(tmp_path: Path) -> None:
    path = tmp_path / "many.mkv"
    wave = np.repeat(tone(997, 0.3, 0.1, 192_000)[None], 64, 0)
    found = of(write(path, wave, rate=192_000, layout="64 channels", seconds=0.5))
    assert (found.channels, found.sample_rate, found.ending) == (64, 192_000, SoundEnd.COMPLETE)
    assert found.peak_dbfs == pytest.approx(-20.0, abs=0.1)


def test_broken_packets_are_counted(tmp_path: Path) -> None:
    path = write(tmp_path / "whole.mp4", hiss(4.0, 0.1), codec="aac", seconds=4.0)
    data, generator = bytearray(path.read_bytes()), np.random.default_rng(2)
    for position, size in _packets(path)[40:80]:
        data[position : position + size] = generator.bytes(size)
    broken = path.with_name("broken.mp4")
    broken.write_bytes(data)
    found = of(broken)
    assert found.damaged_packets > 10
    assert 2_000 < found.duration_ms < 4_100
    for position, size in _packets(path):
        data[position : position + size] = bytes(size)
    broken.write_bytes(data)
    assert of(broken).ending in (SoundEnd.UNDECODABLE, SoundEnd.COMPLETE)


def test_one_packet_with_all_of_the_sound(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "large.mkv", tone(440, 2.0))
    monkeypatch.setattr(waves, "_MOST_PACKET", 100)
    found = of(path)
    assert found.ending is SoundEnd.UNDECODABLE
    assert found.damaged_packets > 0


def test_a_rate_that_changes_on_the_way(tmp_path: Path) -> None:
    # Elementary streams of MP3 that are joined change their rate from one frame to the next.
    parts = []
    for rate, seconds in ((44_100, 3.0), (22_050, 1.0), (48_000, 1.0)):
        part = tmp_path / f"{rate}.mp3"
        with av.open(str(part), "w") as container:
            stream: Any = container.add_stream("libmp3lame", rate=rate)
            stream.layout = "mono"
            wave = tone(997, seconds, 0.1, rate)[None]
            frame = av.AudioFrame.from_ndarray(wave, format="fltp", layout="mono")
            frame.sample_rate = rate
            container.mux([*stream.encode(frame), *stream.encode(None)])
        parts.append(_bare(part))
    found = of(_with_mp3(tmp_path / "joined.mkv", parts))
    assert found.format_changes == 2
    assert found.sample_rate == 44_100
    assert found.duration_ms == pytest.approx(5_000, abs=250)
    assert found.loudness_lufs == pytest.approx(-23.0, abs=0.6)


def test_a_declared_duration_that_lies(tmp_path: Path) -> None:
    path = write(tmp_path / "lies.mov", tone(440, 2.0), codec="pcm_s16le")
    data = bytearray(path.read_bytes())
    at = data.rfind(b"mdhd")
    assert data[at + 4] == 0
    struct.pack_into(">I", data, at + 20, 0x7FFFFFFF)
    path.write_bytes(data)
    found = of(path)
    assert found.ending is SoundEnd.COMPLETE
    assert found.duration_ms == pytest.approx(2_000, abs=50)


def test_a_codec_that_is_not_known(tmp_path: Path) -> None:
    path = write(tmp_path / "unknown.mkv", tone(440, 2.0))
    data = path.read_bytes()
    assert data.count(b"A_PCM/FLOAT/IEEE") == 1
    path.write_bytes(data.replace(b"A_PCM/FLOAT/IEEE", b"A_XYZ/FLOAT/IEEE"))
    found = of(path)
    assert (found.codec, found.tracks, found.ending) == (None, 1, SoundEnd.UNDECODABLE)


def _packets(path: Path) -> list[tuple[int, int]]:
    with av.open(str(path)) as container:
        return [
            (packet.pos, packet.size)
            for packet in container.demux(container.streams.audio[0])
            if packet.size and packet.pos is not None
        ]


def _bare(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def _with_mp3(path: Path, parts: list[list[bytes]]) -> Path:
    """Write a video whose one sound track is made of the packets of several files."""
    with av.open(str(path), "w") as container:
        pictures: Any = container.add_stream("mpeg4", rate=25)
        pictures.width, pictures.height, pictures.pix_fmt = 96, 64, "yuv420p"
        sound: Any = container.add_stream("libmp3lame", rate=44_100)
        sound.layout = "mono"
        for _ in range(50):
            frame = av.VideoFrame.from_ndarray(np.full((64, 96, 3), 90, np.uint8), format="rgb24")
            container.mux(pictures.encode(frame))
        container.mux(pictures.encode(None))
        time = 0.0
        for packets, length in zip(parts, (1152 / 44_100, 576 / 22_050, 1152 / 48_000), strict=True):
            for data in packets:
                packet = av.Packet(data)
                packet.stream, packet.time_base = sound, sound.time_base or 1
                packet.pts = packet.dts = round(time / float(packet.time_base))
                time += length
                container.mux(packet)
    return path
