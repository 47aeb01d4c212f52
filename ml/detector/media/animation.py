"""When the pictures of an animated PNG, WebP or GIF are shown, read from its chunks: no pixel is decoded."""

from __future__ import annotations

from dataclasses import dataclass

from detector.media.pieces import png_chunks
from detector.media.sniff import Kind
from detector.media.source import Source

_DEFAULT_MS = 100.0  # what browsers show for a picture that names no duration
_SHORTEST_GIF_MS = 20.0  # below it browsers take a GIF's duration for a mistake


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
    elif kind == "gif":
        durations = _gif(source, most)
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
    while len(durations) <= most and len(head := source.read(8)) == 8 and any(head):
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
    for name, _, _ in png_chunks(source):
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


def _gif(source: Source, most: int) -> list[float]:
    # GIF89a: blocks after the screen descriptor and its table; a graphic control (0xF9) times what follows.
    durations: list[float] = []
    delay = 0.0
    source.seek(10)
    source.seek(13 + _table(source.read(1)))
    while len(durations) <= most and (block := source.read(1)) in (b"!", b","):
        if block == b",":
            durations.append(delay if delay >= _SHORTEST_GIF_MS else 0.0)
            delay = 0.0
            table = _table(source.read(9)[8:])
            source.seek(source.tell() + table + 1)
        elif source.read(1) == b"\xf9":
            control = source.read(5)
            delay = 10.0 * int.from_bytes(control[2:4], "little")
        while length := source.read(1)[:1]:
            if length == b"\0":
                break
            source.seek(source.tell() + length[0])
    return durations


def _table(packed: bytes) -> int:
    """Return the bytes of the colour table that a descriptor's packed field announces."""
    return 3 << ((packed[0] & 7) + 1) if packed and packed[0] & 0x80 else 0
