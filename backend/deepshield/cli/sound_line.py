"""What a file's sound is like, in a line on a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator

from deepshield.domain import wording
from deepshield.result_sound import Sound, SoundEnding

NOT_JUDGED = "The voice itself was not judged."
_ENDS = {
    SoundEnding.TOO_LONG: "measured up to the limit for videos",
    SoundEnding.OUT_OF_TIME: "measured as far as there was time",
    SoundEnding.UNDECODABLE: "it could not be decoded",
}
_MOST_SPLICES = 5


def sound_line(sound: Sound) -> str:
    """Return the facts that readers compare, and that the voice was not judged."""
    return f"{'; '.join(_facts(sound))}. {NOT_JUDGED}"


def _facts(sound: Sound) -> Iterator[str]:
    track = [sound.codec.upper() if sound.codec else "unknown codec"]
    if sound.sample_rate:
        track += [f"{sound.sample_rate / 1000:g} kHz", wording.numbered(sound.channels, "channel")]
    if sound.tracks > 1:
        track.append(f"the one of {sound.tracks} tracks that players play")
    yield ", ".join(track)
    if sound.ending in _ENDS:
        yield _ENDS[sound.ending]
    if sound.loudness_lufs is not None:
        yield f"{sound.loudness_lufs:.1f} LUFS"
    if sound.speech_share is not None:
        yield f"somebody speaks {math.floor(100 * sound.speech_share + 0.5)} % of the time"
    if sound.ceiling_hz is not None:
        yield f"nothing above {sound.ceiling_hz / 1000:.1f} kHz"
    if sound.splices:
        times = ", ".join(wording.clock(max(0.0, one.timestamp_ms)) for one in sound.splices[:_MOST_SPLICES])
        yield f"{wording.numbered(len(sound.splices), 'possible cut')} ({times})"
