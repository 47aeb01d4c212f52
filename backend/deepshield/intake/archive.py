"""Unpacking a ZIP archive (APPNOTE 6.3) as a stream: no directory is trusted, and nothing is kept.

The local headers decide, in the order of the bytes. Every byte is unpacked once, so that overlapping entries
(Fifield 2019, "A better zip bomb") do not exist here; what unpacks to far more than it was is refused.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from struct import unpack_from
from typing import Protocol

from deepshield.domain.errors import Code, DeepShieldError

SIGNATURE = b"PK\x03\x04"
_EMPTY = b"PK\x05\x06"
_END = (b"PK\x01\x02", _EMPTY, b"PK\x06\x06", b"PK\x06\x08")  # of the entries
_DESCRIPTOR = b"PK\x07\x08"
_HEADER_BYTES = 30
_LONGEST_DESCRIPTOR = 24
_STORED, _DEFLATED = 0, 8
_ENCRYPTED, _SIZES_FOLLOW, _UTF_8 = 0x1, 0x8, 0x800
_ZIP64, _ABSENT = 0x0001, 0xFFFFFFFF
_PIECE_BYTES = 256 * 1024
_FIRST_BYTES = 512  # of an entry, then twice as many each time: its last piece may reach into the next
_FREE_BYTES = 1024 * 1024  # that any entry may unpack to
_MOST_RATIO = 100  # photographs and videos are packed already
_LEFT_OUT = frozenset({".ds_store", "thumbs.db", "desktop.ini"})


class Entries(Protocol):
    """What an archive's files are passed to, one after the other."""

    def begin(self, name: str) -> None:
        """Begin a file of this name, folders included."""

    def data(self, data: bytes) -> None:
        """Take the next bytes of the file that has begun."""

    def end(self) -> None:
        """End it."""

    def damaged(self, message: str) -> None:
        """End it in place of `end`: its bytes are not what was packed, or cannot be unpacked."""

    def leave_out(self) -> None:
        """Count a folder, or what a system has added; may raise as `Archive` does."""


@dataclass(slots=True)
class _Entry:
    wanted: bool
    method: int
    crc: int
    packed: int | None  # bytes; None while only the data show them
    descriptor: bool
    piece: int = _FIRST_BYTES  # to inflate next
    taken: int = 0
    unpacked: int = 0
    found_crc: int = 0


def unreadable(message: str) -> DeepShieldError:
    """Return the refusal of an archive."""
    return DeepShieldError(Code.ARCHIVE_UNREADABLE, message)


class Archive:
    """Unpacks what `feed` is given. Every method raises `DeepShieldError` ARCHIVE_UNREADABLE.

    ``most_bytes`` is how much all of it may unpack to. Folders and what systems add by themselves are left
    out. An archive within the archive is a file like any other, and is not unpacked.
    """

    def __init__(self, entries: Entries, most_bytes: int) -> None:
        self._entries, self._left = entries, most_bytes
        self._buffer = bytearray()
        self._entry: _Entry | None = None
        self._inflate: zlib._Decompress | None = None
        self._in_data = self._over = False

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the archive."""
        if self._over:
            return
        self._buffer += data
        while self._step():
            pass

    def finish(self) -> None:
        """Note that all bytes have come."""
        if not self._over and self._entry is not None and not self._in_data:
            self._buffer += bytes(_LONGEST_DESCRIPTOR)  # of an archive without its directory
            self._step()
        if not self._over:
            raise unreadable("The archive ends early. Pack it again, or send the files themselves.")

    def _step(self) -> bool:
        """Read one part of the buffer; False when more bytes are needed."""
        if self._over:
            return False
        if self._entry is None:
            return self._read_header()
        return self._read_data(self._entry) if self._in_data else self._read_descriptor(self._entry)

    def _read_header(self) -> bool:
        head = bytes(self._buffer[:_HEADER_BYTES])
        if head[:4] in _END:
            self._over = True
            self._buffer.clear()
            return False
        if len(head) >= 4 and head[:4] != SIGNATURE:
            raise unreadable("The archive is damaged. Pack it again, or send the files themselves.")
        if len(head) < _HEADER_BYTES:
            return False
        flags, method = unpack_from("<HH", head, 6)
        crc, packed, unpacked, name_bytes, extra_bytes = unpack_from("<IIIHH", head, 14)
        end = _HEADER_BYTES + name_bytes + extra_bytes
        if len(self._buffer) < end:
            return False
        raw = bytes(self._buffer[_HEADER_BYTES : _HEADER_BYTES + name_bytes])
        extra = bytes(self._buffer[_HEADER_BYTES + name_bytes : end])
        del self._buffer[:end]
        if flags & _ENCRYPTED:
            raise unreadable("The archive has a password. Send the files themselves.")
        follows = bool(flags & _SIZES_FOLLOW)
        size = None if follows else _packed(packed, unpacked, extra)
        if size is None and not (method == _DEFLATED or (follows and method == _STORED)):
            raise unreadable(
                "The archive cannot be unpacked as it comes. Pack it again with another program."
            )
        self._begin(_Entry(True, method, crc, size, follows), _named(raw, flags))
        return True

    def _begin(self, entry: _Entry, name: str) -> None:
        parts = [part for part in name.replace("\\", "/").split("/") if part]
        added = not parts or parts[0] == "__MACOSX" or parts[-1].lower() in _LEFT_OUT
        entry.wanted = not (name.endswith(("/", "\\")) or added)
        self._entry, self._in_data = entry, True
        self._inflate = zlib.decompressobj(-zlib.MAX_WBITS) if entry.method == _DEFLATED else None
        if entry.wanted:
            self._entries.begin(name)
        else:
            self._entries.leave_out()

    def _read_data(self, entry: _Entry) -> bool:
        if self._inflate is not None:
            return self._read_deflated(entry, self._inflate)
        if entry.packed is None:
            return self._read_stored(entry)
        piece = bytes(self._buffer[: min(_PIECE_BYTES, entry.packed - entry.taken)])
        del self._buffer[: len(piece)]
        entry.taken += len(piece)
        if entry.method == _STORED:
            self._take(entry, piece)
        if entry.taken == entry.packed:
            self._in_data = False
            return True
        return bool(piece)

    def _read_stored(self, entry: _Entry) -> bool:
        """Read bytes of which only the descriptor after them says how many they are.

        What looks like one within them has another number or hash, as in an archive within the archive.
        """
        at = self._buffer.find(_DESCRIPTOR)
        crc, hashed, ends = entry.found_crc, 0, False
        while 0 <= at <= len(self._buffer) - _LONGEST_DESCRIPTOR:
            wanted = self._hash_after(at, entry.taken + at)
            if wanted is not None:
                crc, hashed = zlib.crc32(bytes(self._buffer[hashed:at]), crc), at
                ends = crc == wanted
                if ends:
                    break
            at = self._buffer.find(_DESCRIPTOR, at + 1)
        size = at if at >= 0 else max(0, len(self._buffer) + 1 - len(_DESCRIPTOR))
        piece = bytes(self._buffer[:size])
        del self._buffer[:size]
        entry.taken += size
        self._take(entry, piece)
        self._in_data = not ends
        return ends

    def _hash_after(self, at: int, size: int) -> int | None:
        """Return the hash that a descriptor in the buffer names; None where it is not of ``size`` bytes."""
        for form in ("<III", "<IQQ"):
            crc, packed, unpacked = unpack_from(form, self._buffer, at + len(_DESCRIPTOR))
            if packed == unpacked == size:
                return int(crc)
        return None

    def _read_deflated(self, entry: _Entry, inflate: zlib._Decompress) -> bool:
        piece = left = bytes(self._buffer[: entry.piece])
        if not piece:
            return False
        entry.piece = min(2 * entry.piece, _PIECE_BYTES)
        while left and not inflate.eof:
            try:
                data = inflate.decompress(left, _PIECE_BYTES)
            except zlib.error as error:
                raise unreadable(
                    "The archive is damaged. Pack it again, or send the files themselves."
                ) from error
            before, left = left, inflate.unused_data if inflate.eof else inflate.unconsumed_tail
            entry.taken += len(before) - len(left)
            self._take(entry, data)
        del self._buffer[: len(piece) - len(left)]
        self._in_data = not inflate.eof
        return True

    def _take(self, entry: _Entry, data: bytes) -> None:
        entry.unpacked += len(data)
        entry.found_crc = zlib.crc32(data, entry.found_crc)
        self._left -= len(data)
        if self._left < 0:
            raise unreadable("The archive unpacks to more than is taken at once. Send it in parts.")
        if entry.unpacked > _FREE_BYTES and entry.unpacked > _MOST_RATIO * max(entry.taken, 1):
            raise unreadable("The archive unpacks to far more than photos and videos do.")
        if entry.wanted and data:
            self._entries.data(data)

    def _read_descriptor(self, entry: _Entry) -> bool:
        """End an entry, after whose data its hash and sizes follow where its header had none."""
        if entry.descriptor:
            if len(self._buffer) < _LONGEST_DESCRIPTOR:
                return False
            entry.crc = self._take_descriptor(entry)
        if entry.wanted:
            self._end(entry)
        self._entry = self._inflate = None
        return True

    def _take_descriptor(self, entry: _Entry) -> int:
        """Find which of its four forms a descriptor has, by the sizes that were counted."""
        with_signature = self._buffer.startswith(_DESCRIPTOR)
        start = 4 if with_signature else 0
        for form, size in (("<III", 12), ("<IQQ", 20)):
            crc, packed, unpacked = unpack_from(form, self._buffer, start)
            if (packed, unpacked) == (entry.taken, entry.unpacked):
                del self._buffer[: start + size]
                return int(crc)
        raise unreadable("The archive is damaged. Pack it again, or send the files themselves.")

    def _end(self, entry: _Entry) -> None:
        if entry.method not in (_STORED, _DEFLATED):
            self._entries.damaged("This file is packed in a way that is not read here. Send it by itself.")
        elif entry.found_crc != entry.crc or entry.packed not in (None, entry.taken):
            self._entries.damaged("This file is damaged in the archive. Send it by itself.")
        else:
            self._entries.end()


def _packed(packed: int, unpacked: int, extra: bytes) -> int | None:
    """Return an entry's bytes in the archive, of which a large one has the number in an extra field."""
    if packed != _ABSENT:
        return packed
    place = 0
    while place + 4 <= len(extra):
        tag, size = unpack_from("<HH", extra, place)
        at = place + 4 + (8 if unpacked == _ABSENT else 0)
        if tag == _ZIP64 and at + 8 <= min(place + 4 + size, len(extra)):
            return int(unpack_from("<Q", extra, at)[0])
        place += 4 + size
    return None


def _named(raw: bytes, flags: int) -> str:
    """Decode a name, which many programs write in UTF-8 without saying so."""
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode("utf-8", "replace") if flags & _UTF_8 else raw.decode("cp437")
