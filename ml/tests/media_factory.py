"""Small media made in code: clips whose frames say their own number, colour patches, stills of every kind.

Nothing here comes from `detector.media`: colours are converted by the formulas of the standards, so that a
mistake in decoding is not made twice.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any, Self

os.environ.setdefault("SVT_LOG", "0")  # the AV1 encoder writes a banner to stderr otherwise

import av
import numpy as np
from av.video.stream import VideoStream
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Size = tuple[int, int]  # width, height

_BITS = 12
_DARK, _LIGHT = 30, 220
_GRID = (4, 6)  # rows, columns: twelve bits and their twelve complements

# ITU-R BT.601, BT.709 and BT.2020: the luma weights of red and blue, and the number of the matrix in streams.
MATRICES = {"bt601": (0.299, 0.114, 6), "bt709": (0.2126, 0.0722, 1), "bt2020": (0.2627, 0.0593, 9)}

_ROWS = (
    ((235, 40, 40), (40, 200, 60), (50, 60, 220), (200, 160, 130)),
    ((128, 128, 128), (20, 20, 20), (240, 240, 240), (220, 210, 60)),
)
PATCHES = np.array(_ROWS, np.uint8).reshape(8, 3)
"""Eight colours, skin among them, that lie inside what every matrix and range can carry."""


def numbered(number: int, size: Size = (96, 64)) -> Bytes:
    """Draw a frame number as ``(H, W)`` black and light blocks that survive any compression."""
    bits = [number >> bit & 1 for bit in range(_BITS)]
    blocks = np.array([*bits, *(1 - bit for bit in bits)], np.uint8).reshape(_GRID)
    width, height = size
    rows = np.arange(height) * _GRID[0] // height
    columns = np.arange(width) * _GRID[1] // width
    return np.where(blocks[rows][:, columns] == 1, _LIGHT, _DARK).astype(np.uint8)


def number_of(rgb: Bytes) -> int | None:
    """Read the number back; None when the blocks contradict themselves, as in a damaged frame."""
    grey = rgb.astype(np.float64).mean(2)
    bits = [
        float(np.median(part))
        for row in np.array_split(grey, _GRID[0])
        for part in np.array_split(row, _GRID[1], 1)
    ]
    middle = (_DARK + _LIGHT) / 2
    read = [int(value > middle) for value in bits]
    if any(read[i] == read[i + _BITS] for i in range(_BITS)):
        return None
    return sum(bit << position for position, bit in enumerate(read[:_BITS]))


def patches(size: Size = (192, 96)) -> Bytes:
    """Draw `PATCHES` as a grid of four by two, ``(H, W, 3)``."""
    width, height = size
    rows = np.arange(height) * 2 // height
    columns = np.arange(width) * 4 // width
    return PATCHES.reshape(2, 4, 3)[rows][:, columns]


def patches_of(rgb: Bytes) -> NDArray[np.float64]:
    """Read the colours of the patches' middles back, ``(8, 3)``."""
    colours = []
    for row in np.array_split(rgb, 2):
        for part in np.array_split(row, 4, 1):
            height, width = part.shape[:2]
            middle = part[height // 4 : -height // 4, width // 4 : -width // 4]
            colours.append(middle.astype(np.float64).mean((0, 1)))
    return np.array(colours)


CORNERS = {"top left": (220, 40, 40), "top right": (40, 200, 40), "bottom left": (40, 40, 220)}
_REST = (128, 128, 128)


def cornered(size: Size = (96, 64)) -> Bytes:
    """Draw red, green and blue corners on grey: all eight ways to turn and mirror it differ."""
    width, height = size
    image = np.full((height, width, 3), _REST, np.uint8)
    image[: height // 2, : width // 2] = CORNERS["top left"]
    image[: height // 2, width // 2 :] = CORNERS["top right"]
    image[height // 2 :, : width // 2] = CORNERS["bottom left"]
    return image


def corners_of(rgb: Bytes) -> str:
    """Name the colours of the corners, from the top left clockwise, x for grey: upright is "rgxb"."""
    height, width = rgb.shape[:2]
    names = {"r": (220, 40, 40), "g": (40, 200, 40), "b": (40, 40, 220), "x": _REST}
    read = ""
    for y, x in ((0.25, 0.25), (0.25, 0.75), (0.75, 0.75), (0.75, 0.25)):
        pixel = rgb[int(height * y), int(width * x)].astype(int)
        read += min(names, key=lambda name: int(np.abs(pixel - names[name]).sum()))
    return read


def yuv_frame(
    rgb: Bytes, pixels: str = "yuv420p", matrix: str = "bt709", full_range: bool = False
) -> av.VideoFrame:
    """Convert by the standard's formulas; ``pixels`` is planar YUV of 8 or 10 bits, 4:2:0 or 4:4:4."""
    bits = 10 if "10" in pixels else 8
    red, blue, _ = MATRICES[matrix]
    r, g, b = np.moveaxis(rgb.astype(np.float64) / 255.0, 2, 0)
    luma = red * r + (1 - red - blue) * g + blue * b
    chroma = [(b - luma) / (2 * (1 - blue)), (r - luma) / (2 * (1 - red))]
    if "420" in pixels:
        chroma = [(c[::2, ::2] + c[1::2, ::2] + c[::2, 1::2] + c[1::2, 1::2]) / 4 for c in chroma]
    if full_range:
        scale, offset = 2.0**bits - 1, 0.0
        planes = [luma * scale + offset, *(c * scale + 2.0 ** (bits - 1) for c in chroma)]
    else:
        unit = 2.0 ** (bits - 8)
        planes = [(16 + 219 * luma) * unit, *((128 + 224 * c) * unit for c in chroma)]
    return _frame([np.rint(plane) for plane in planes], pixels)


def grey_frame(luma: Bytes, pixels: str = "yuv420p") -> av.VideoFrame:
    """Wrap an ``(H, W)`` luma plane (limited range) with neutral chroma."""
    height, width = luma.shape
    neutral = np.full(((height + 1) // 2, (width + 1) // 2), 128, np.uint8)
    return _frame([luma, neutral, neutral], pixels)


def _frame(planes: Sequence[NDArray[Any]], pixels: str) -> av.VideoFrame:
    height, width = planes[0].shape
    frame = av.VideoFrame(width, height, pixels)
    kind = np.dtype(np.uint16 if "10" in pixels else np.uint8)
    for plane, values in zip(frame.planes, planes, strict=True):
        padded = np.zeros((plane.height, plane.line_size // kind.itemsize), kind)
        padded[:, : plane.width] = values
        plane.update(padded.tobytes())
    return frame


ENCODERS = {"h264": "libx264", "hevc": "libx265", "vp9": "libvpx-vp9", "av1": "libsvtav1", "mpeg4": "mpeg4"}
CONTAINERS = {
    "h264": (".mp4", ".mov", ".mkv", ".avi"),
    "hevc": (".mp4", ".mov", ".mkv"),
    "vp9": (".webm", ".mkv", ".mp4"),
    "av1": (".mp4", ".webm", ".mkv"),
    "mpeg4": (".mp4", ".mov", ".mkv", ".avi"),
}
"""Which containers each codec is tried in."""


def missing_encoders() -> list[str]:
    """Name the codecs that the installed PyAV cannot create."""
    return [codec for codec, encoder in ENCODERS.items() if encoder not in av.codecs_available]


@dataclass(frozen=True, kw_only=True)
class Clip:
    """A video to be made. The default picture of frame i is `numbered` (i)."""

    codec: str = "h264"
    frames: int = 30
    size: Size = (96, 64)
    fps: Fraction = Fraction(25)
    times_ms: tuple[int, ...] | None = None  # per frame, instead of the constant rate
    gop: int = 12
    b_frames: int = 0
    open_gop: bool = False
    pixels: str = "yuv420p"
    picture: Callable[[int], av.VideoFrame] | None = None
    rotation: int = 0  # degrees counterclockwise
    mirrored: bool = False
    sample_aspect: Fraction | None = None
    matrix: int | None = None  # number of the matrix in the stream
    full_range: bool | None = None
    audio: bool = False
    encoder_options: dict[str, str] = field(default_factory=dict)
    container_options: dict[str, str] = field(default_factory=dict)

    def but(self, **changes: Any) -> Self:
        """Return the same clip with changes."""
        return replace(self, **changes)

    def write(self, path: Path) -> Path:
        """Encode into the container that the suffix names."""
        with av.open(str(path), "w", container_options=dict(self.container_options)) as container:
            stream = container.add_stream(ENCODERS[self.codec], rate=self.fps, options=self._options())
            assert isinstance(stream, VideoStream)
            self._configure(stream)
            sound: Any = container.add_stream(_SOUND.get(path.suffix, "aac")) if self.audio else None
            if sound is not None:
                sound.bit_rate = 32_000
            for index in range(self.frames):
                picture = self._picture(index)
                for packet in stream.encode(picture):
                    container.mux(packet)
            container.mux(stream.encode())
            if sound is not None:
                container.mux([*sound.encode(_silence(self.frames / self.fps)), *sound.encode(None)])
        return path

    def _picture(self, index: int) -> av.VideoFrame:
        frame = self.picture(index) if self.picture else grey_frame(numbered(index, self.size), self.pixels)
        frame.pts = index if self.times_ms is None else self.times_ms[index]
        frame.time_base = 1 / self.fps if self.times_ms is None else Fraction(1, 1000)
        return frame

    def _configure(self, stream: VideoStream) -> None:
        stream.width, stream.height = self.size
        stream.pix_fmt = self.pixels
        context = stream.codec_context
        context.gop_size = self.gop
        if self.codec == "mpeg4":
            context.max_b_frames = self.b_frames
        if self.times_ms is not None:
            context.time_base = Fraction(1, 1000)
        if self.sample_aspect is not None:
            context.sample_aspect_ratio = self.sample_aspect
        if self.matrix is not None:
            context.colorspace = self.matrix
        if self.full_range is not None:
            context.color_range = 2 if self.full_range else 1
        if self.rotation or self.mirrored:
            stream.set_display_rotation(self.rotation, hflip=self.mirrored)

    def _options(self) -> dict[str, str]:
        shape = f"keyint={self.gop}:min-keyint={self.gop}:scenecut=0:bframes={self.b_frames}:b-adapt=0"
        shape += f":open-gop={int(self.open_gop)}"
        common: dict[str, dict[str, str]] = {
            "h264": {"preset": "veryfast", "crf": "18", "x264-params": f"{shape}:log=-1"},
            "hevc": {"preset": "ultrafast", "crf": "18", "x265-params": f"{shape}:log-level=none:pools=none"},
            "vp9": {"deadline": "good", "cpu-used": "8", "crf": "15", "b": "0", "lag-in-frames": "0"},
            "av1": {"preset": "6", "crf": "8"},
            "mpeg4": {"qmin": "2", "qmax": "5"},
        }
        options = common[self.codec]
        for name, value in self.encoder_options.items():
            more = name in ("x264-params", "x265-params")
            options[name] = f"{options[name]}:{value}" if more else value
        return options


_SOUND = {".avi": "mp2", ".webm": "libopus"}


def _silence(seconds: Fraction) -> av.AudioFrame:
    samples = np.zeros((1, 2 * int(48_000 * seconds)), np.int16)
    frame = av.AudioFrame.from_ndarray(samples, format="s16", layout="stereo")
    frame.sample_rate = 48_000
    return frame


@dataclass(frozen=True)
class PacketPlace:
    """Where a packet lies in its file."""

    position: int
    size: int
    pts: int
    key: bool


def packet_places(path: Path) -> list[PacketPlace]:
    """List the video packets in decoding order."""
    with av.open(str(path)) as container:
        return [
            PacketPlace(packet.pos or 0, packet.size, packet.pts or 0, packet.is_keyframe)
            for packet in container.demux(container.streams.video[0])
            if packet.size and packet.pos is not None
        ]


def decode_all(path: Path) -> list[tuple[int, Bytes]]:
    """Decode straight through by PyAV alone: pts and grey picture of every frame, in order of time."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        frames = [(frame.pts or 0, frame.to_ndarray(format="gray")) for frame in container.decode(stream)]
    return frames  # type: ignore[return-value]


def remux(
    source: Path, target: Path, change: Callable[[list[av.Packet[Any]]], Iterable[av.Packet[Any]]]
) -> Path:
    """Write the video packets of ``source`` again after ``change``."""
    with av.open(str(source)) as given, av.open(str(target), "w") as made:
        stream = given.streams.video[0]
        copy = made.add_stream_from_template(stream)
        packets = [packet for packet in given.demux(stream) if packet.size]
        for packet in change(packets):
            packet.stream = copy
            made.mux(packet)
    return target


def png_chunk(name: bytes, data: bytes) -> bytes:
    """Build one PNG chunk with its checksum."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(width: int, height: int, *chunks: bytes, bits: int = 8, colour: int = 2) -> bytes:
    """Build a PNG from its header and the given chunks; nothing has to fit together."""
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + b"".join(chunks) + png_chunk(b"IEND", b"")


def boxes(data: bytes, *names: bytes) -> list[tuple[int, int]]:
    """Find ISO boxes by their path of names: start of the content and end of each."""
    found = [(0, len(data))]
    for name in names:
        inner: list[tuple[int, int]] = []
        for start, end in found:
            at = start
            while at + 8 <= end:
                size = int.from_bytes(data[at : at + 4], "big") or end - at
                if data[at + 4 : at + 8] == name:
                    inner.append((at + 8, min(at + size, end)))
                at += max(8, size)
        found = inner
    return found
