"""The sound of an analysis as part of its result."""

from __future__ import annotations

from deepshield import result_sound as result
from detector.contracts import Sound, Span
from detector.sound.splices import SHOWN_BY_AUTHENTIC


def sound_part(sound: Sound | None) -> result.Sound | None:
    """Describe a sound track; None without one."""
    if sound is None:
        return None
    return result.Sound(
        codec=sound.codec,
        sample_rate=sound.sample_rate,
        channels=sound.channels,
        tracks=sound.tracks,
        ending=result.SoundEnding(sound.ending.value),
        duration_ms=round(sound.duration_ms, 1),
        declared_ms=_rounded(sound.declared_ms),
        offset_ms=_rounded(sound.offset_ms),
        bit_rate=_rounded(sound.bit_rate, 0),
        damaged_packets=sound.damaged_packets,
        invalid_samples=sound.invalid_samples,
        format_changes=sound.format_changes,
        ceiling_hz=sound.ceiling_hz,
        loudness_lufs=_rounded(sound.loudness_lufs),
        peak_dbfs=_rounded(sound.peak_dbfs),
        silence_share=_rounded(sound.silence_share, 4),
        silences=[_span(one) for one in sound.silences],
        splices=[
            result.SpliceCandidate(
                timestamp_ms=round(one.time_ms, 1),
                sign=result.SpliceSign(one.sign.value),
                strength=round(one.strength, 1),
            )
            for one in sound.splices
        ],
        splice_rates=[
            result.SignRate(sign=result.SpliceSign(sign.value), shown=shown, clips=clips)
            for sign, (shown, clips) in SHOWN_BY_AUTHENTIC.items()
        ],
        level=None
        if sound.level is None
        else result.LevelCurve(
            step_ms=round(sound.level.step_ms, 3), dbfs=[_rounded(one) for one in sound.level.dbfs]
        ),
        speech=None if sound.speech is None else [_span(one) for one in sound.speech],
        speech_share=_rounded(sound.speech_share, 4),
    )


def _span(span: Span) -> result.SoundSpan:
    return result.SoundSpan(start_ms=round(span.start_ms, 1), end_ms=round(span.end_ms, 1))


def _rounded(value: float | None, digits: int = 1) -> float | None:
    return None if value is None else round(value, digits) + 0.0
