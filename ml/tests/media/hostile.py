"""Files that lie, break off, or point elsewhere; made from sound ones of the factory."""

from __future__ import annotations

import io
import random
import struct
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import numpy as np
from media_factory import Clip, grey_frame, numbered, packet_places, png, png_chunk
from PIL import Image as Pillow
from pillow_heif import from_pillow

TEXTS: dict[str, bytes] = {
    "text": b"Just some words, no media.\n" * 20,
    "text beyond ASCII": "Gr\u00fc\u00dfe, \u4f60\u597d\n".encode() * 20,
    "html": b"<!DOCTYPE html><html><body><video src='http://127.0.0.1/x.mp4'></video></body></html>",
    "svg": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><image href='file:///etc/passwd'/></svg>",
    "playlist": b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://127.0.0.1/x.ts\n#EXT-X-ENDLIST\n",
    "concat script": b"ffconcat version 1.0\nfile clip.mp4\n",
    "plain concat script": b"file 'clip.mp4'\nfile '/etc/passwd'\n",
    "session description": b"v=0\no=- 0 0 IN IP4 127.0.0.1\nc=IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n",
    "dash manifest": b"<?xml version='1.0'?><MPD><Period><BaseURL>http://127.0.0.1/</BaseURL></Period></MPD>",
    "pdf": b"%PDF-1.7\n1 0 obj<</Type/Catalog>>endobj\n",
    "bmp": b"BM" + bytes(100),
    "text like a box": b"Get free samples of everything, now and for ever.",
    "zeros": bytes(5000),
    "one byte": b"\xff",
    "byte order mark and playlist": b"\xef\xbb\xbf#EXTM3U\nclip.mp4\n",
}
"""Content that is no media of the accepted kinds, whatever it is called."""


def zip_archive() -> bytes:
    """Build an archive that holds a picture."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("picture.png", png(1, 1))
    return buffer.getvalue()


# ---- pictures whose headers lie


def jpeg_header(width: int, height: int) -> bytes:
    """Build the start of a JPEG of that size: quantisation, frame and scan headers, no pixels."""
    frame = struct.pack(">BHHB", 8, height, width, 1) + bytes([1, 0x11, 0])
    table = bytes([0]) + bytes([16] * 64)
    scan = bytes([1, 1, 0, 0, 63, 0])
    parts = [(0xDB, table), (0xC0, frame), (0xDA, scan)]
    body = b"".join(b"\xff" + bytes([mark]) + struct.pack(">H", len(data) + 2) + data for mark, data in parts)
    return b"\xff\xd8" + body + bytes(200) + b"\xff\xd9"


def webp_header(width: int, height: int) -> bytes:
    """Build an extended WebP of that canvas with a small picture in it."""
    buffer = io.BytesIO()
    Pillow.new("RGB", (8, 8)).save(buffer, "WEBP", lossless=True)
    picture = buffer.getvalue()[12:]
    canvas = bytes(4) + (width - 1).to_bytes(3, "little") + (height - 1).to_bytes(3, "little")
    body = b"WEBP" + b"VP8X" + (10).to_bytes(4, "little") + canvas + picture
    return b"RIFF" + len(body).to_bytes(4, "little") + body


def flat_png(width: int, height: int) -> bytes:
    """Build a real RGB PNG of one colour; large ones stay small and quick."""
    import zlib

    packer = zlib.compressobj(1)
    row = b"\0" + bytes((90, 120, 150)) * width
    data = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    return png(width, height, png_chunk(b"IDAT", data))


# ---- MP4 boxes


def box(name: bytes, content: bytes) -> bytes:
    """Build one ISO box."""
    return struct.pack(">I", len(content) + 8) + name + content


def rebuilt(data: bytes, names: Sequence[bytes], change: Callable[[bytes], bytes]) -> bytes:
    """Change the content of the box at that path of names; sizes of the boxes around it follow."""
    if not names:
        return change(data)
    made, at = b"", 0
    while at + 8 <= len(data):
        size = int.from_bytes(data[at : at + 4], "big")
        name, content = data[at + 4 : at + 8], data[at + 8 : at + size]
        made += box(name, rebuilt(content, names[1:], change)) if name == names[0] else data[at : at + size]
        at += size
    return made


def with_items(data: bytes, count: int) -> bytes:
    """Add so many metadata items to an MP4's movie."""
    numbers = range(count)
    names = b"".join(box(b"mdta", b"k%06d" % number) for number in numbers)
    value = box(b"data", struct.pack(">II", 1, 0) + b"v")
    items = b"".join(box((number + 1).to_bytes(4, "big"), value) for number in numbers)
    handler = box(b"hdlr", bytes(8) + b"mdta" + bytes(13))
    keys = box(b"keys", struct.pack(">II", 0, count) + names)
    return rebuilt(data, (b"moov",), lambda moov: moov + box(b"meta", handler + keys + box(b"ilst", items)))


def with_named_items(data: bytes, count: int) -> bytes:
    """Add so many items with names of their own to an MP4's tracks, where FFmpeg takes them too."""

    def item(number: int) -> bytes:
        parts = ((b"mean", b"m"), (b"name", b"n%06d" % number), (b"data", bytes(4) + b"v"))
        return box(b"----", b"".join(box(name, bytes(4) + text) for name, text in parts))

    items = b"".join(map(item, range(count)))
    return rebuilt(data, TRACK, lambda track: track + items)


def with_languages(data: bytes, count: int) -> bytes:
    """Say an MP4's title in so many languages."""
    said = [box(b"\xa9nam", struct.pack(">HH", 1, 0x400 + number) + b"v") for number in range(count)]
    return rebuilt(data, (b"moov",), lambda moov: moov + box(b"udta", b"".join(said)))


TRACK = (b"moov", b"trak")
MEDIA = (*TRACK, b"mdia")


def with_durations(data: bytes, duration: int) -> bytes:
    """Give an MP4's movie, track and media headers another duration."""
    new = duration.to_bytes(4, "big")
    for names, at in (((b"moov", b"mvhd"), 16), ((*MEDIA, b"mdhd"), 16), ((*TRACK, b"tkhd"), 20)):
        data = rebuilt(data, names, lambda content, at=at: content[:at] + new + content[at + 4 :])  # type: ignore[misc]
    return data


def with_data_reference(data: bytes, kind: bytes, target: str) -> bytes:
    """Let an MP4's samples lie in another file, by a URL or a Macintosh alias."""
    if kind == b"url ":
        reference = box(b"url ", bytes(4) + target.encode() + b"\0")
    else:
        path = target.encode()
        alias = bytes(10) + bytes([4]) + b"disk".ljust(27, b"\0") + bytes(12) + bytes([8])
        alias += b"clip.mp4".ljust(63, b"\0") + bytes(16) + b"\0\1\0\1" + bytes(16)
        alias += struct.pack(">HH", 2, len(path)) + path + bytes(len(path) % 2) + b"\xff\xff\0\0"
        reference = box(b"alis", bytes(4) + alias)
    content = bytes(4) + struct.pack(">I", 1) + reference
    return rebuilt(data, (*MEDIA, b"minf", b"dinf", b"dref"), lambda _: content)


def reference_movie(target: str) -> bytes:
    """Build a QuickTime movie that is only the address of another one."""
    address = target.encode() + b"\0"
    record = box(b"rdrf", bytes(4) + b"url " + struct.pack(">I", len(address)) + address)
    return box(b"ftyp", b"qt  \0\0\0\0qt  ") + box(b"moov", box(b"rmra", box(b"rmda", record)))


def huge_h264(data: bytes, width: int, height: int, header_too: bool) -> bytes:
    """Give an H.264 MP4 a sequence parameter set of that size, and the same in its track header if asked."""
    parameters = _sequence_parameters(width // 16, height // 16)

    def entry(content: bytes) -> bytes:
        head, boxes = bytearray(content[8:94]), content[94:]
        if header_too:
            head[32:36] = struct.pack(">HH", width, height)
        old = boxes[8 : int.from_bytes(boxes[:4], "big")]
        length = int.from_bytes(old[6:8], "big")
        pictures = old[8 + length :]
        new = (
            bytes([1, *parameters[1:4]])
            + old[4:6]
            + struct.pack(">H", len(parameters))
            + parameters
            + pictures
        )
        made = bytes(head) + box(b"avcC", new)
        return content[:8] + struct.pack(">I", len(made)) + made[4:]

    return rebuilt(data, (*MEDIA, b"minf", b"stbl", b"stsd"), entry)


def _sequence_parameters(columns: int, rows: int) -> bytes:
    # ITU-T H.264, 7.3.2.1.1, for the baseline profile.
    def unsigned(value: int) -> str:
        bits = f"{value + 1:b}"
        return "0" * (len(bits) - 1) + bits

    bits = f"{66:08b}{0:08b}{62:08b}" + unsigned(0) + unsigned(0) + unsigned(2) + unsigned(1) + "0"
    bits += unsigned(columns - 1) + unsigned(rows - 1) + "1" + "1" + "0" + "0" + "1"
    bits += "0" * (-len(bits) % 8)
    payload = bytes(int(bits[i : i + 8], 2) for i in range(0, len(bits), 8))
    for value in (0, 1, 2, 3):  # emulation prevention, 7.4.1
        payload = payload.replace(bytes([0, 0, value]), bytes([0, 0, 3, value]))
    return b"\x67" + payload


# ---- Matroska elements


def element(identifier: int, content: bytes) -> bytes:
    """Build one EBML element."""
    name = identifier.to_bytes((identifier.bit_length() + 7) // 8, "big")
    return name + (len(content) | 1 << 56).to_bytes(8, "big") + content


def with_tags_of_matroska(data: bytes, count: int) -> bytes:
    """Put so many tags before the rest of a Matroska file's segment."""
    tags = [element(0x45A3, b"K%06d" % number) + element(0x4487, b"v") for number in range(count)]
    tag = element(0x7373, element(0x63C0, b"") + b"".join(element(0x67C8, one) for one in tags))
    segment = data.index(b"\x18\x53\x80\x67")
    head = segment + 4 + 8
    return data[: segment + 4] + b"\x01" + b"\xff" * 7 + element(0x1254C367, tag) + data[head:]


def with_ordered_chapters(data: bytes) -> bytes:
    """Append chapters that belong to another file to a Matroska file of unknown length."""
    times = element(0x91, bytes(8)) + element(0x92, (2_000_000_000).to_bytes(8, "big"))
    chapter = element(0xB6, element(0x73C4, b"\x01") + times + element(0x6E67, bytes(range(16))))
    edition = element(0x45B9, element(0x45DD, b"\x01") + chapter)
    return data + element(0x1043A770, edition)


# ---- streams


def broken_packets(path: Path, first: int, last: int, kept: float = 0.0, noise: bool = True) -> Path:
    """Overwrite the packets from ``first`` to ``last`` but for a share of each, by noise or zeros."""
    data, dice = bytearray(path.read_bytes()), random.Random(1)
    header = 4 if path.suffix in (".mkv", ".webm") else 0  # of the block, which belongs to the container
    for place in packet_places(path)[first : last + 1]:
        start = place.position + header
        for at in range(start + int(kept * place.size), start + place.size):
            data[at] = dice.randrange(256) if noise else 0
    target = path.with_name(f"broken{path.suffix}")
    target.write_bytes(data)
    return target


def offset_numbers(start: int, size: tuple[int, int]) -> Callable[[int], av.VideoFrame]:
    """Return a painter of frames that are numbered from ``start``."""
    return lambda index: grey_frame(numbered(start + index, size))


def spliced(target: Path, clips: Sequence[Clip]) -> Path:
    """Join clips of one codec into one stream, with the parameters of the first in the container."""
    with av.open(str(target), "w") as made:
        copy: Any = None
        offset = 0
        for number, clip in enumerate(clips):
            part = clip.write(target.with_name(f"part{number}{target.suffix}"))
            with av.open(str(part)) as given:
                stream = given.streams.video[0]
                copy = copy or made.add_stream_from_template(stream)
                step = round(1 / (clip.fps * (stream.time_base or 1)))
                for packet in given.demux(stream):
                    if packet.size:
                        packet.pts = (packet.pts or 0) + offset * step
                        packet.dts = (packet.dts or 0) + offset * step
                        packet.stream = copy
                        made.mux(packet)
            offset += clip.frames
    return target


def only_audio(path: Path) -> Path:
    """Write two seconds of sound without pictures."""
    with av.open(str(path), "w") as made:
        sound: Any = made.add_stream("aac")
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 96_000), np.int16), format="s16", layout="stereo")
        frame.sample_rate = 48_000
        made.mux([*sound.encode(frame), *sound.encode(None)])
    return path


def only_cover(path: Path) -> Path:
    """Write sound with a cover picture."""
    buffer = io.BytesIO()
    Pillow.fromarray(np.repeat(numbered(7)[:, :, None], 3, 2)).save(buffer, "JPEG")
    with av.open(str(path), "w") as made:
        sound: Any = made.add_stream("aac")
        cover: Any = made.add_stream("mjpeg")
        cover.width, cover.height, cover.pix_fmt = 96, 64, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        frame = av.AudioFrame.from_ndarray(np.zeros((1, 96_000), np.int16), format="s16", layout="stereo")
        frame.sample_rate = 48_000
        made.start_encoding()
        packet = av.Packet(buffer.getvalue())
        packet.stream = cover
        made.mux(packet)
        made.mux([*sound.encode(frame), *sound.encode(None)])
    return path


def no_frames(path: Path) -> Path:
    """Write a container with a video track and not one frame."""
    with av.open(str(path), "w") as made:
        stream: Any = made.add_stream("mpeg4", rate=25)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        made.start_encoding()
    return path


def grainy_numbers(size: tuple[int, int]) -> Callable[[int], av.VideoFrame]:
    """Return a painter of numbered frames with grain, which gives every packet some weight."""

    def paint(index: int) -> av.VideoFrame:
        grain = np.random.default_rng(index).integers(-12, 13, size[::-1])
        return grey_frame((numbered(index, size) + grain).astype(np.uint8))

    return paint


def good_files(folder: Path) -> list[Path]:
    """Write one small sound file of each container and picture format."""
    clips = {
        "h264.mp4": Clip(b_frames=2, audio=True),
        "front.mp4": Clip(container_options={"movflags": "faststart"}),
        "pieces.mp4": Clip(container_options={"movflags": "frag_keyframe+empty_moov"}),
        "hevc.mkv": Clip(codec="hevc", b_frames=2, audio=True),
        "vp9.webm": Clip(codec="vp9"),
        "av1.mp4": Clip(codec="av1"),
        "mpeg4.avi": Clip(codec="mpeg4", b_frames=2, audio=True),
    }
    files = [
        clip.but(frames=40, picture=grainy_numbers((96, 64))).write(folder / name)
        for name, clip in clips.items()
    ]
    rng = np.random.default_rng(3)
    noise = Pillow.fromarray(rng.integers(0, 256, (48, 64, 3), np.uint8))
    pictures = [Pillow.fromarray(np.repeat(numbered(i)[:, :, None], 3, 2)) for i in range(8)]
    exif = Pillow.Exif()
    exif[0x0112], exif[0x010F] = 6, "camera"
    for name, options in {
        "noise.jpg": {"exif": exif, "quality": 90},
        "progressive.jpg": {"progressive": True},
        "noise.png": {"exif": exif},
        "noise.webp": {"exif": exif, "quality": 80},
        "noise.avif": {"exif": exif, "quality": 80},
        "noise.gif": {},
    }.items():
        noise.save(folder / name, **options)  # type: ignore[arg-type]
        files.append(folder / name)
    for name in ("moving.png", "moving.webp", "moving.gif"):
        pictures[0].save(folder / name, save_all=True, append_images=pictures[1:], duration=40, lossless=True)
        files.append(folder / name)
    from_pillow(noise).save(folder / "noise.heic", quality=80)
    files.append(folder / "noise.heic")
    return files
