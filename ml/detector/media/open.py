"""A path becomes `Media`: checked, hashed, named by its content, ready to give frames."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, cast

from detector.contracts import Frame, Instant, Limits, MediaInfo
from detector.media.budget import DecodeBudget, TimedSteps
from detector.media.sniff import SNIFF_BYTES, STILLS, Kind, is_sequence, sniff
from detector.media.source import Source
from detector.media.stills import StillDecoder
from detector.media.survey import Survey, survey
from detector.media.video import VideoDecoder
from detector.media.waves import Waves

_LEAST_SOUND_SECONDS = 1.0  # also where the pictures took all the time


class _Decoder(Protocol):
    planned: int

    @property
    def damaged(self) -> int: ...

    @property
    def incomplete(self) -> bool: ...

    def frames(self) -> Generator[Frame, None, None]: ...


@dataclass(slots=True)
class Media:
    """An opened file. Use it as a context manager; `frames` can be gone through once, and not after it.

    Another thread may go through `frames`; leaving the context ends them at the next one.
    """

    info: MediaInfo
    planned: int  # frames that will be given out if nothing is damaged
    budget: DecodeBudget
    _source: Source
    _decoder: _Decoder
    _frames: TimedSteps[Frame]
    sounds: int = 0  # tracks with sound
    _open_waves: Callable[[], Waves] | None = None

    def __enter__(self) -> Media:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._frames.close()
        self._source.close()

    def frames(self) -> Iterator[Frame]:
        """Return the sampled frames in order of time.

        None are left of a video that is all damage. The iterator raises `MediaError` when nothing decodes.
        """
        return self._frames

    def waves(self) -> Waves | None:
        """Open the sound; None without a track. Only after the last of `frames`, since both read the file.

        Raises `MediaError` where the container cannot be opened again.
        """
        return None if self._open_waves is None else self._open_waves()

    @property
    def damaged(self) -> int:
        """Packets or frames that could not be decoded so far."""
        return self._decoder.damaged

    @property
    def incomplete(self) -> bool:
        """Whether pixels of a still are missing or wrong; known after the last of `frames`."""
        return self._decoder.incomplete


def open_media(path: Path, wanted: int | Instant, limits: Limits) -> Media:
    """Open an image or a video and plan the frames that are ``wanted``.

    A number (1 or more) are spread evenly over the duration; an instant is one frame.

    Raises `MediaError` with FILE_NOT_FOUND, FILE_UNREADABLE, EMPTY_FILE, FILE_TOO_LARGE,
    INVALID_MAGIC_BYTES, a decode error or a crossed limit. Nothing but the file itself is opened.
    """
    budget = DecodeBudget(limits.decode_seconds)
    with budget:
        source = Source(path, limits, budget)
        try:
            info, decoder, found = _decoder(source, wanted, limits, budget)
        except BaseException:
            source.close()
            raise
    media = Media(info, decoder.planned, budget, source, decoder, TimedSteps(decoder.frames(), budget))
    if found is not None and found.sounds:
        kind, first_ms = cast(Kind, info.format), found.first_ms
        media.sounds = found.sounds

        def waves() -> Waves:
            left = max(_LEAST_SOUND_SECONDS, limits.decode_seconds - budget.spent)
            return Waves(source, kind, first_ms, limits, min(limits.sound_seconds, left))

        media._open_waves = waves
    return media


def _decoder(
    source: Source, wanted: int | Instant, limits: Limits, budget: DecodeBudget
) -> tuple[MediaInfo, _Decoder, Survey | None]:
    head = source.read(SNIFF_BYTES)
    source.check()
    kind, digest = sniff(head), source.sha256()
    if kind in STILLS and not is_sequence(head):
        still = StillDecoder(source, kind, wanted, limits, budget)
        pictures = still.pictures
        info = MediaInfo(
            "video" if pictures.animated else "image",
            kind,
            kind,
            still.width,
            still.height,
            pictures.end if pictures.animated else 0.0,
            len(pictures.starts),
            source.size,
            digest,
        )
        return info, still, None
    found = survey(source, kind, limits)
    video = VideoDecoder(source, kind, found, wanted, limits, budget)
    info = MediaInfo(
        "video",
        kind,
        found.codec,
        found.width,
        found.height,
        found.duration_ms,
        len(found.frames),
        source.size,
        digest,
        found.others,
    )
    return info, video, found
