"""Facts about sound: known tones and silences give the right figures."""

from __future__ import annotations

import hashlib
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from scipy.signal import resample_poly
from sounding import RATE, heard, hiss, tone, write

from detector.contracts import Floats, Sound, SoundEnd, SpliceSign
from detector.media.waves import Block
from detector.sound import speech
from detector.sound.levels import k_weighting
from detector.sound.speech import NETWORK, SpeechMeter, SpeechNetwork

_PCM = "clip.mkv"


def of(path: Path, network: SpeechNetwork | None = None) -> Sound:
    found = heard(path, network)
    assert found is not None
    return found


def test_the_tone_by_which_loudness_is_calibrated(tmp_path: Path) -> None:
    # ITU-R BS.1770-4: a sine of 997 Hz at 0 dBFS in one front channel has -3.01 LKFS.
    left = np.stack((tone(997, 3.0, 0.1), np.zeros(3 * RATE, np.float32)))
    found = of(write(tmp_path / _PCM, left, layout="stereo", seconds=3.0))
    assert (found.codec, found.sample_rate, found.channels, found.tracks) == ("pcm_f32le", RATE, 2, 1)
    assert found.ending is SoundEnd.COMPLETE
    assert found.loudness_lufs == pytest.approx(-23.01, abs=0.05)
    assert found.peak_dbfs == pytest.approx(-20.0, abs=0.01)
    assert found.bit_rate == pytest.approx(2 * 32 * RATE, rel=0.001)
    assert (found.duration_ms, found.offset_ms) == pytest.approx((3000.0, 0.0), abs=1.0)
    assert found.silence_share == 0.0
    assert not found.splices


def test_the_weighting_at_48_khz_is_the_recommendations() -> None:
    shelf, high_pass = k_weighting(48_000)
    above = (1.53512485958697, -2.69169618940638, 1.19839281085285)
    assert shelf == pytest.approx((*above, 1.0, -1.69065929318241, 0.73248077421585), abs=1e-7)
    assert high_pass == pytest.approx((1.0, -2.0, 1.0, 1.0, -1.99004745483398, 0.99007225036621), abs=1e-7)


def test_quiet_passages_do_not_count_and_surrounds_weigh_more(tmp_path: Path) -> None:
    loud, quiet = tone(997, 2.0, 0.1), tone(997, 2.0, 0.001)
    found = of(write(tmp_path / _PCM, np.concatenate((loud, quiet)), seconds=4.0))
    assert found.loudness_lufs == pytest.approx(-23.01, abs=0.4)  # blocks that overlap the end take part
    wide = np.zeros((6, 2 * RATE), np.float32)
    wide[3], wide[4] = tone(997, 2.0, 0.5), loud  # the low-frequency channel does not count
    other = of(write(tmp_path / "wide.mkv", wide, layout="5.1"))
    assert other.loudness_lufs == pytest.approx(-23.01 + 10 * np.log10(1.41), abs=0.05)


def test_silence_is_told_in_the_times_of_the_pictures(tmp_path: Path) -> None:
    parts = (tone(440, 1.0), np.zeros(RATE // 2, np.float32), tone(440, 0.5))
    found = of(write(tmp_path / _PCM, np.concatenate(parts), late=0.5, seconds=3.0))
    assert found.offset_ms == pytest.approx(500.0, abs=1.5)
    assert found.silence_share == pytest.approx(0.25, abs=0.01)
    (silence,) = found.silences
    assert (silence.start_ms, silence.end_ms) == pytest.approx((1500.0, 2000.0), abs=11.0)
    (splice,) = found.splices
    assert (splice.sign, splice.time_ms) == (SpliceSign.DIGITAL_SILENCE, pytest.approx(1500.0, abs=11.0))
    assert splice.strength == pytest.approx(500.0, abs=20.0)
    curve = found.level
    assert curve is not None
    assert curve.step_ms * len(curve.dbfs) == pytest.approx(3000.0)
    assert curve.dbfs[0] is None
    at = {time: curve.dbfs[int(time / curve.step_ms)] for time in (1000, 1700, 2900)}
    assert at[1000] == pytest.approx(-9.03, abs=0.1)
    assert at[1700] == -120.0
    assert at[2900] is None


@pytest.mark.parametrize("codec", ["pcm_f32le", "aac"])
def test_telephone_sound_at_a_high_rate_has_a_ceiling(codec: str, tmp_path: Path) -> None:
    narrow = hiss(3.0, 0.1, rate=8_000)
    wide = resample_poly(narrow, 6, 1).astype(np.float32)
    found = of(write(tmp_path / "narrow.mkv", wide, codec=codec, seconds=3.0))
    assert found.ceiling_hz == pytest.approx(4_300, abs=400)


def test_sound_up_to_half_the_rate_has_no_ceiling(tmp_path: Path) -> None:
    steep = np.cumsum(hiss(2.0, 0.01)).astype(np.float32)
    for number, wave in enumerate((hiss(2.0, 0.1), steep - steep.mean())):
        path = write(tmp_path / f"{number}.mkv", np.clip(wave, -1, 1))
        assert of(path).ceiling_hz is None


def test_another_noise_floor_from_a_moment_on(tmp_path: Path) -> None:
    def recorded(room: float, seed: int) -> np.ndarray:
        # Words with pauses, in which the room is heard.
        words = np.repeat(np.resize([1.0, 1.0, 0.0], 12), RATE // 4)
        return hiss(3.0, room, seed) + words * hiss(3.0, 0.1, seed + 1)

    quiet, loud = recorded(0.0005, 3), recorded(0.01, 5)
    found = of(write(tmp_path / _PCM, np.concatenate((quiet, loud)), seconds=6.0))
    (splice,) = found.splices
    assert splice.sign is SpliceSign.NOISE_FLOOR
    assert splice.time_ms == pytest.approx(3000.0, abs=120.0)
    assert splice.strength == pytest.approx(26.0, abs=4.0)
    assert not of(write(tmp_path / "one.mkv", np.concatenate((quiet, quiet)), seconds=6.0)).splices


def test_mains_hum_whose_phase_jumps(tmp_path: Path) -> None:
    # Cut out 5 ms: a quarter of a period of 50 Hz.
    hum = tone(50.02, 8.0, 0.01)
    whole = hum + hiss(8.0, 0.002)
    cut = np.concatenate((whole[: 4 * RATE], whole[4 * RATE + RATE // 200 :]))
    found = of(write(tmp_path / _PCM, cut, seconds=8.0))
    (splice,) = found.splices
    assert splice.sign is SpliceSign.HUM_PHASE
    assert splice.time_ms == pytest.approx(4000.0, abs=150.0)
    assert splice.strength == pytest.approx(90.0, abs=15.0)
    assert not of(write(tmp_path / "whole.mkv", whole, seconds=8.0)).splices


def test_the_default_of_several_tracks_and_none(tmp_path: Path) -> None:
    found = of(write(tmp_path / "two.mkv", tone(440, 2.0, 0.1), tone(440, 2.0, 0.5)))
    assert found.tracks == 2
    assert found.peak_dbfs == pytest.approx(-20.0, abs=0.1)
    assert heard(write(tmp_path / "none.mkv")) is None


def test_the_speech_network_is_the_one_that_its_notice_names() -> None:
    digest = hashlib.sha256(NETWORK.read_bytes()).hexdigest()
    assert f"SHA-256 {digest}" in (NETWORK.parent / "NOTICE").read_text()


def test_tones_and_noise_are_no_speech(tmp_path: Path) -> None:
    parts = (hiss(1.0, 0.1, rate=22_050), tone(440, 1.0, rate=22_050), np.zeros(22_050, np.float32))
    found = of(write(tmp_path / _PCM, np.concatenate(parts), rate=22_050, seconds=3.0), SpeechNetwork())
    assert (found.speech, found.speech_share) == ((), 0.0)


def test_a_clip_of_somebody_who_speaks(shared_data: Path) -> None:
    # No speech can be made here, and no recorded one is committed.
    clip = shared_data / "dev-eval/wav2lip-inputs-driving-footage/real/d20f3b9b73ef.mp4"
    found = of(clip, SpeechNetwork())
    assert found.speech_share is not None
    assert found.speech_share > 0.7


@pytest.mark.parametrize("pieces", [1, 7])
def test_spans_are_those_of_the_probabilities_whatever_the_blocks(
    pieces: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech, "_TOGETHER", 5)  # frames in a call

    class Prepared(SpeechNetwork):
        """Takes the first sample of a frame for its probability, and checks the context."""

        def __init__(self) -> None:
            self.latest = np.zeros(64, np.float32)

        def run(self, frames: Floats, hidden: Floats, cell: Floats) -> tuple[Floats, Floats, Floats]:
            for frame in frames:
                assert np.array_equal(frame[:64], self.latest)
                self.latest = frame[-64:]
            return frames[:, 64], hidden, cell

    # Four quiet frames are no pause, five are one; seven frames (224 ms) are too few for speech.
    likely = [0, 0, *[1] * 10, *[0.2] * 4, 1, *[0.4] * 5, 1, *[0] * 5, *[1] * 7, *[0] * 9, *[0.6] * 9]
    wave = np.repeat(np.array(likely, np.float32), 512)[None, :-200]
    meter = SpeechMeter(Prepared())
    cuts = np.linspace(0, wave.shape[1], pieces + 1).astype(int)
    for first, last in pairwise(cuts):
        meter.take(Block(1000 + first / 16, 16_000, wave[:, first:last], ("FC",)), follows=first > 0)
    spans = [(span.start_ms, span.end_ms) for span in meter.spans()]
    end = 1000 + wave.shape[1] / 16
    assert spans == [(1000 + 2 * 32 - 30, 1000 + 23 * 32 + 30), (1000 + 44 * 32 - 30, end)]
