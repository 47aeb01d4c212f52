"""Measures the sound of a file: one pass over its blocks, in memory that hardly grows with the duration."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from detector.contracts import MediaError, Sound, SoundEnd
from detector.media import Media
from detector.media.survey import FAULTS
from detector.media.waves import Block, Waves
from detector.sound.levels import LevelMeter, LoudnessMeter, decibels
from detector.sound.spectrum import CeilingMeter
from detector.sound.speech import SpeechMeter, SpeechNetwork
from detector.sound.splices import HumMeter, splices

_TOGETHER_MS = 0.5  # by which a block that follows another may begin beside its end


class _Meter(Protocol):
    def take(self, block: Block, follows: bool) -> None: ...


def hear(
    media: Media, speech: SpeechNetwork | None = None, pulse: Callable[[], object] = lambda: None
) -> Sound | None:
    """Return what the sound of ``media`` is like; None without a track. After the last of its frames.

    Without a network for it, speech is not looked for.
    ``pulse`` is called between blocks, and what it raises is passed on. What is wrong with the sound raises
    nothing: it ends there.
    """
    try:
        waves = media.waves()
    except MediaError:
        return Sound(None, 0, 0, media.sounds, SoundEnd.UNDECODABLE, None)
    return None if waves is None else _measured(waves, media.info.duration_ms, speech, pulse)


def _measured(
    waves: Waves, duration_ms: float, network: SpeechNetwork | None, pulse: Callable[[], object]
) -> Sound:
    level, loudness, ceiling, hum = LevelMeter(), LoudnessMeter(), CeilingMeter(), HumMeter()
    speech = None if network is None else SpeechMeter(network)
    meters: list[_Meter] = [level, loudness, ceiling, hum, *([] if speech is None else [speech])]
    before: Block | None = None
    seconds: dict[tuple[int, int], float] = {}  # by sample rate and channels
    for block in waves.blocks():
        pulse()
        try:
            with waves.budget:
                follows = before is not None and _continues(before, block)
                for meter in meters:
                    meter.take(block, follows)
        except FAULTS:  # of the resampler
            waves.ending = SoundEnd.UNDECODABLE
            break
        form = (block.rate, len(block.names))
        seconds[form] = seconds.get(form, 0.0) + block.end_ms - block.start_ms
        before = block
    windows = level.windows()
    share, silences = windows.silence()
    spoken = speech.spans() if speech is not None and seconds else None
    return Sound(
        codec=waves.codec,
        sample_rate=max(seconds, key=lambda form: seconds[form])[0] if seconds else waves.sample_rate,
        channels=waves.channels,
        tracks=waves.tracks,
        ending=waves.ending,
        declared_ms=waves.declared_ms,
        duration_ms=waves.given_ms,
        offset_ms=waves.start_ms,
        bit_rate=waves.bit_rate,
        damaged_packets=waves.damaged,
        invalid_samples=waves.invalid,
        format_changes=waves.changes,
        ceiling_hz=ceiling.ceiling(),
        loudness_lufs=loudness.integrated(),
        peak_dbfs=decibels(level.peak**2) if level.peak else None,
        silence_share=share,
        silences=silences,
        splices=splices(windows, hum),
        level=windows.curve(duration_ms) if seconds else None,
        speech=spoken,
        speech_share=None
        if spoken is None
        else min(1.0, sum(one.end_ms - one.start_ms for one in spoken) / waves.given_ms),
    )


def _continues(before: Block, block: Block) -> bool:
    same = before.rate == block.rate and before.names == block.names
    return same and abs(block.start_ms - before.end_ms) <= _TOGETHER_MS
