"""What the sound track is like, in the report's words."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from deepshield.domain import wording
from deepshield.result_sound import Sound, SoundEnding, SpliceCandidate, SpliceSign
from deepshield.screening_report.letters import printable
from deepshield.screening_report.shape import Language
from deepshield.screening_report.words import Say, number

_MOST_SPLICES = 3
_UNITS = {SpliceSign.NOISE_FLOOR: " dB", SpliceSign.HUM_PHASE: "°", SpliceSign.DIGITAL_SILENCE: " ms"}
_APART_MS = 40.0  # by which pictures and sound may begin without a word about it: a frame of most videos


def sound_facts(sound: Sound, language: Language, say: Say) -> Iterator[tuple[str, str]]:
    """Yield names and values of what was measured."""
    yield say("soundTrack"), _track(sound, language, say)
    if sound.ending is not SoundEnding.COMPLETE:
        yield say("soundMeasured"), say(f"soundEnd.{sound.ending.value}")
    if sound.ending is SoundEnding.UNDECODABLE:
        return
    yield say("soundLength"), _length(sound, language, say)
    yield (
        say("soundLevel"),
        say("nothing")
        if sound.loudness_lufs is None or sound.peak_dbfs is None
        else say(
            "soundLoudness",
            loudness=number(sound.loudness_lufs, language),
            peak=number(sound.peak_dbfs, language),
        ),
    )
    if sound.silence_share is not None:
        yield say("soundSilence"), _share(sound.silence_share, say)
    if sound.speech_share is not None:
        yield say("soundSpeech"), _share(sound.speech_share, say)
    yield (
        say("soundCeiling"),
        say("soundNoCeiling")
        if sound.ceiling_hz is None
        else say("soundAbove", frequency=number(sound.ceiling_hz / 1000, language)),
    )
    yield say("soundSplices"), _splices(sound, say)


def _track(sound: Sound, language: Language, say: Say) -> str:
    said = say(
        "soundFormat",
        codec=printable((sound.codec or say("nothing")).upper()),
        rate=number(sound.sample_rate / 1000, language),
        channels=say("soundChannel") if sound.channels == 1 else say("soundChannels", count=sound.channels),
    )
    if sound.bit_rate is not None:
        said = f"{said}, {round(sound.bit_rate / 1000)} kbit/s"
    return said if sound.tracks <= 1 else say("soundTracks", track=said, count=sound.tracks)


def _share(share: float, say: Say) -> str:
    return say("soundShare", share=math.floor(100 * share + 0.5))


def _length(sound: Sound, language: Language, say: Say) -> str:
    said = f"{number(sound.duration_ms / 1000, language)} s"
    offset = sound.offset_ms or 0.0
    if abs(offset) < _APART_MS:
        return said
    key = "soundLater" if offset > 0 else "soundEarlier"
    return say(key, length=said, offset=round(abs(offset)))


def _splices(sound: Sound, say: Say) -> str:
    strongest = _strongest(sound.splices)[:_MOST_SPLICES]
    in_time = sorted(strongest, key=lambda one: one.timestamp_ms)
    shown = [_splice(one, sound, say) for one in in_time]
    if not shown:
        return say("soundNoSplices")
    more = len(sound.splices) - len(shown)
    return "; ".join([*shown, *([say("soundMoreSplices", count=more)] if more else [])])


def _strongest(found: Sequence[SpliceCandidate]) -> list[SpliceCandidate]:
    """Return the strongest candidate of each sign, then the second ones and so on: units differ by sign."""
    ranked = []
    for sign in {one.sign for one in found}:
        of_sign = sorted((one for one in found if one.sign is sign), key=lambda one: -one.strength)
        ranked += [(place, one.timestamp_ms, one) for place, one in enumerate(of_sign)]
    return [one for *_, one in sorted(ranked, key=lambda entry: entry[:2])]


def _splice(one: SpliceCandidate, sound: Sound, say: Say) -> str:
    rate = next((rate for rate in sound.splice_rates if rate.sign is one.sign), None)
    said = say(
        f"soundSign.{one.sign.value}",
        time=wording.clock(max(0.0, one.timestamp_ms)),
        strength=f"{round(one.strength)}{_UNITS[one.sign]}",
    )
    return said if rate is None else say("soundSignRate", sign=said, shown=rate.shown, clips=rate.clips)
