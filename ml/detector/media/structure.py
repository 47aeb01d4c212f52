"""Whether a Matroska or ASF file is all there: FFmpeg reads over what is missing of one without an error."""

from __future__ import annotations

import struct

from detector.media.sniff import Kind
from detector.media.source import Source

# Matroska's elements (RFC 9559) that hold those which are gone through one by one.
_MASTERS = frozenset({0x1A45DFA3, 0x18538067, 0x1F43B675})
_SEGMENT = 0x18538067
_MOST_STEPS = 1 << 18  # elements or packets looked at: twice those of the longest recordings
_LONGEST_HEAD = 12  # bytes of an element's name and size

_ASF_HEADER = bytes.fromhex("3026b2758e66cf11a6d900aa0062ce6c")
_ASF_FILE = bytes.fromhex("a1dcab8c47a9cf118ee400c00c205365")
_ASF_DATA = bytes.fromhex("3626b2758e66cf11a6d900aa0062ce6c")
_ASF_MOST_HEADER = 1 << 22  # bytes
_ASF_BROADCAST = 1  # the flag of a file whose length was not known when it was begun
_ASF_DATA_HEAD = 50  # bytes of the data object before its packets


def is_broken(source: Source, kind: Kind) -> bool:
    """Return whether the file is shorter than it says, or zeros stand where something else has to.

    Only Matroska's and ASF's are looked at; of a file without a stated size, its last element tells.
    """
    if kind == "matroska":
        return _is_matroska_broken(source)
    return kind == "asf" and _is_asf_broken(source)


def _is_matroska_broken(source: Source) -> bool:
    at, end = 0, source.size
    for _ in range(_MOST_STEPS):
        if at >= end:
            break
        source.seek(at)
        head = source.read(_LONGEST_HEAD)
        if len(head) < 2:
            return False
        wide = 9 - head[0].bit_length()
        if wide > 4:  # no name begins so, and zeros do
            return True
        long = 9 - head[wide : wide + 1].rjust(1, b"\0")[0].bit_length()
        if long > 8 or wide + long > len(head):
            return True
        name = int.from_bytes(head[:wide], "big")
        size: int | None = int.from_bytes(head[wide : wide + long], "big") & ((1 << 7 * long) - 1)
        if size == (1 << 7 * long) - 1:
            size = None  # unknown: of what is recorded live
        start = at + wide + long
        if size is not None and start + size > source.size:
            return True
        if name == _SEGMENT and size is not None:
            end = start + size  # what follows is no part of it
        at = start if name in _MASTERS or size is None else start + size
    return False


def _is_asf_broken(source: Source) -> bool:
    source.seek(0)
    head = source.read(30)
    if len(head) < 30 or not head.startswith(_ASF_HEADER):
        return False
    size = int.from_bytes(head[16:24], "little")
    if size > source.size:
        return True
    source.seek(0)
    header = source.read(min(size, _ASF_MOST_HEADER))
    at = header.find(_ASF_FILE)
    if at < 0 or len(header) < at + 104:
        return False
    flags, least, most = struct.unpack_from("<III", header, at + 88)
    source.seek(size)
    data = source.read(_ASF_DATA_HEAD)
    if flags & _ASF_BROADCAST or least != most or not least or not data.startswith(_ASF_DATA):
        return False
    # The file's stated size is not looked at: programs that change tags leave it as it was.
    packets, start = int.from_bytes(data[40:48], "little"), size + _ASF_DATA_HEAD
    if start + packets * least > source.size:
        return True
    for number in range(min(packets, _MOST_STEPS)):
        source.seek(start + number * least)
        if not any(source.read(16)):  # a packet begins with flags
            return True
    return False
