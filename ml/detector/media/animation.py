"""When the pictures of an animated PNG or WebP are shown, read from its chunks: no pixel is decoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from detector.media.sniff import Kind
from detector.media.source import Source

_DEFAULT_MS = 100.0  # what browsers show for a picture that names no duration


@dataclass(frozen=True, slots=True)
class Pictures:
    """The pictures of a still or animation that are shown, and when, in milliseconds."""

    starts: list[float]
    end: float
    first: int = 0  # position of the first one for the decoder; 1 where a PNG's plain picture is a stand-in

    @property
    def animated(self) -> bool:
        """Whether there is more than one picture; a single one is a still even with a duration."""
        return len(self.starts) > 1


def read_pictures(source: Source, kind: Kind, most: int) -> Pictures:
    """Read the times, of at most ``most`` + 1 pictures. A file whose chunks name none is a plain still."""
    source.seek(0)
    durations: list[float] = []
    first = 0
    if kind == "png":
        durations, first = _png(source, most)
    elif kind == "webp":
        durations = _webp(source, most)
    if len(durations) < 2:
        return Pictures([0.0], 0.0, first if durations else 0)
    starts = [0.0]
    for duration in durations:
        starts.append(starts[-1] + (duration or _DEFAULT_MS))
    return Pictures(starts[:-1], starts[-1], first)


def _webp(source: Source, most: int) -> list[float]:
    # WebP Container Specification: RIFF chunks; ANMF holds x, y, width, height and duration of 24 bits each.
    durations: list[float] = []
    source.seek(12)
    while len(durations) <= most and len(head := source.read(8)) == 8:
        size = int.from_bytes(head[4:], "little")
        following = source.tell() + size + size % 2
        if head[:4] == b"ANMF":
            durations.append(float(int.from_bytes(source.read(16)[12:15], "little")))
        source.seek(following)
    return durations


def _png(source: Source, most: int) -> tuple[list[float], int]:
    # PNG (third edition), 11.3.6: acTL before the first IDAT makes it an animation; each fcTL is a picture,
    # and the plain picture belongs to them only when an fcTL comes before it.
    durations: list[float] = []
    animated, first = False, 0
    for name in _png_chunks(source):
        if name == b"acTL" and not first and not durations:
            animated = True
        elif name == b"IDAT" and not durations:
            first = 1
        elif name == b"fcTL":
            frame = source.read(26)
            denominator = int.from_bytes(frame[22:24], "big") or 100
            durations.append(1000.0 * int.from_bytes(frame[20:22], "big") / denominator)
        if len(durations) > most or (name == b"IDAT" and not animated):
            break
    return (durations, first) if animated else ([], 0)


def _png_chunks(source: Source) -> Iterator[bytes]:
    position = 8
    source.seek(position)
    while len(head := source.read(8)) == 8:
        yield head[4:]
        position += 12 + int.from_bytes(head[:4], "big")
        source.seek(position)
