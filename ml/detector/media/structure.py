"""Whether a Matroska, ASF, AVI or Ogg file is all there, and a packet of pictures.

FFmpeg reads over what is missing of them without an error.
"""

from __future__ import annotations

import re
import struct
import zlib
from typing import SupportsBytes

from detector.media.heads import ELEMENT_HEAD, element_head
from detector.media.sniff import Kind
from detector.media.source import Source

# Matroska's elements (RFC 9559) that hold those which are gone through one by one, and usual ones in these.
_SEGMENT, _CLUSTER = 0x18538067, 0x1F43B675
_MASTERS = frozenset({0x1A45DFA3, _SEGMENT, _CLUSTER})
_USUAL = frozenset({0xA0, 0xA3, 0xA7, 0xAB, 0xBF, 0xE7, 0xEC})
_USUAL |= {0x1043A770, 0x114D9B74, 0x1254C367, 0x1549A966, 0x1654AE6B, 0x1941A469, 0x1C53BB6B}
_MOST_STEPS = 1 << 18  # elements or packets looked at: twice those of the longest recordings
_LONGEST_NAME = 4  # bytes

_ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_FILE = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
_ASF_MOST_HEADER = 1 << 22  # bytes
_ASF_BROADCAST = 1  # the flag of a file whose length was not known when it was begun
_ASF_DATA_HEAD = 50  # bytes of the data object before its packets


_AVI_MASTERS = (b"movi", b"rec ")
_AVI_LIVE = 0  # the stated size of a part whose end was never recorded
_AVI_ODD = 16  # bytes by which programs that change a file leave its stated size too large

_OGG_PAGE = b"OggS"
_OGG_HEAD = 27  # bytes of a page before the sizes of its segments
_OGG_ENDS = 4  # the flag of a stream's last page
_OGG_MOST = 65307  # bytes of a page
_MIRRORED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))

# Zeros in a row that no encoder writes: H.264 and HEVC have no more than two but for padding, and where
# numbers are coded as intervals so many would be as many guesses that all came true.
_HOLES = {"h264": 16, "hevc": 16, "vp8": 256, "vp9": 256, "av1": 256}
_IN_UNITS = frozenset({"h264", "hevc"})  # each may begin with zeros and a one
_NOT_ZERO = re.compile(rb"[^\0]")


def breaks(source: Source, kind: Kind) -> list[int]:
    """Return where the file is broken: its size, if it is shorter than it says; else where no part begins.

    Only Matroska, ASF, AVI and Ogg are looked at, of all but Ogg for the first place; of a file without a
    stated size, its last part tells. Ogg has checksums, and a mark at the end.
    """
    if kind == "ogg":
        return _of_ogg(source)
    look = {"matroska": _of_matroska, "asf": _of_asf, "avi": _of_avi}.get(kind)
    place = look(source) if look else None
    return [] if place is None else [place]


def has_hole(packet: SupportsBytes, codec: str) -> bool:
    """Return whether zeros stand in place of a piece of a packet, as where part of a file never arrived.

    Zeros at its end, or before the mark with which a unit of H.264 or HEVC begins, are padding.
    """
    if (least := _HOLES.get(codec)) is None:
        return False
    zeros, content, at = bytes(least), bytes(packet), 0
    while (at := content.find(zeros, at)) >= 0:
        behind = _NOT_ZERO.search(content, at + least)
        if behind is None:
            return False
        if behind.group() != b"\x01" or codec not in _IN_UNITS:
            return True
        at = behind.end()
    return False


def _of_matroska(source: Source) -> int | None:
    at, end, short = 0, source.size, False
    for _ in range(_MOST_STEPS):
        if at >= end:
            break
        source.seek(at)
        content = source.read(ELEMENT_HEAD)
        if len(content) < 2:
            break
        head = element_head(content)
        if head is None or len(head.name) > _LONGEST_NAME:
            return at
        name, start = int.from_bytes(head.name, "big"), at + head.length
        size = None if head.unknown else head.size
        if size is not None and start + size > source.size:
            if name not in _MASTERS:
                return source.size if name in _USUAL else at
            short = True
        elif name == _SEGMENT and size is not None:
            end = start + size  # what follows is no part of it
        at = start if name in _MASTERS or size is None else start + size
    return source.size if short else None


def _of_asf(source: Source) -> int | None:
    source.seek(0)
    head = source.read(30)
    if len(head) < 30 or not head.startswith(_ASF_HEADER):
        return None
    size = int.from_bytes(head[16:24], "little")
    if size > source.size:
        return source.size
    source.seek(0)
    header = source.read(min(size, _ASF_MOST_HEADER))
    at = header.find(_ASF_FILE)
    if at < 0 or len(header) < at + 104:
        return None
    flags, least, most = struct.unpack_from("<III", header, at + 88)
    source.seek(size)
    data = source.read(_ASF_DATA_HEAD)
    if flags & _ASF_BROADCAST or least != most or not least or not data.startswith(_ASF_DATA):
        return None
    # The file's stated size is not looked at: programs that change tags leave it as it was.
    packets, start = int.from_bytes(data[40:48], "little"), size + _ASF_DATA_HEAD
    if start + packets * least > source.size:
        return source.size
    for number in range(min(packets, _MOST_STEPS)):
        source.seek(start + number * least)
        if not any(source.read(16)):  # a packet begins with flags
            return start + int(number * least)
    return None


def _of_avi(source: Source) -> int | None:
    at, end, short = 0, source.size, False
    for _ in range(_MOST_STEPS):
        source.seek(at)
        head = source.read(12)
        if len(head) < 8 or at >= end:
            break
        name, size, form = head[:4], int.from_bytes(head[4:8], "little"), head[8:12]
        if not all(0x20 <= byte < 0x7F for byte in name):
            return at
        if name == b"RIFF" or (name == b"LIST" and form in _AVI_MASTERS):
            short = short or (size != _AVI_LIVE and at + 8 + size > source.size + _AVI_ODD)
            if name == b"RIFF" and size != _AVI_LIVE:
                end = min(end, at + 8 + size + size % 2)  # what follows is no part of it
            at += 12
        else:
            at += 8 + size + size % 2
            if at > source.size + 1 and name != b"idx1":
                return source.size
    return source.size if short else None


def _of_ogg(source: Source) -> list[int]:
    """Look at the checksum and the number of each page, and at the last one's mark (RFC 3533, 6)."""
    found: list[int] = []
    at, flags = 0, 0
    numbers: dict[bytes, int] = {}
    for _ in range(_MOST_STEPS):
        source.seek(at)
        page = source.read(_OGG_HEAD + 255)
        if not page:
            break
        end = _OGG_HEAD + page[26] if len(page) >= _OGG_HEAD else len(page) + 1
        end += sum(page[_OGG_HEAD:end])
        page += source.read(max(0, end - len(page)))
        if not page.startswith(_OGG_PAGE) or end > len(page):
            found.append(at)
            page += source.read(_OGG_MOST)
            following = page.find(_OGG_PAGE, 1)
            at += following if following > 0 else len(page)
            flags = 0
            continue
        flags, stream = page[5], page[14:18]
        number, checksum = struct.unpack_from("<II", page, 18)
        if number != numbers.get(stream, number) or checksum != _ogg_checksum(page[:end]):
            found.append(at)
        numbers[stream] = (number + 1) & 0xFFFFFFFF
        at += end
    return found if flags & _OGG_ENDS else [*found, source.size]


def _ogg_checksum(page: bytes) -> int:
    """Return the CRC of a page with its own field as zeros: zlib's polynomial, bits in the other order."""
    mirrored = (page[:22] + bytes(4) + page[26:]).translate(_MIRRORED)
    begun_at_zero = zlib.crc32(mirrored, 0xFFFFFFFF) ^ 0xFFFFFFFF
    return int(f"{begun_at_zero:032b}"[::-1], 2)
