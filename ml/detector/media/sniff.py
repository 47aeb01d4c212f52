"""What a file is, from its first bytes alone: names and declared types do not count."""

from __future__ import annotations

import re
from typing import Literal

from detector.contracts import ErrorCode, MediaError

SNIFF_BYTES = 4096

Kind = Literal[
    "jpeg", "png", "webp", "gif", "heif", "avif",
    "mov", "matroska", "avi", "mpegts", "mpeg", "mpegvideo", "asf", "flv", "ogg",
]  # fmt: skip
STILLS: frozenset[Kind] = frozenset({"jpeg", "png", "webp", "gif", "heif", "avif"})

# Extensions under which people keep media; in a folder, other files that are no media are passed over. Not
# ".ts": what is no video under it is a program's text.
MEDIA_EXTENSIONS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif", ".heic", ".heif", ".hif", ".avif"}
    | {
        ".bmp",
        ".tif",
        ".tiff",
        ".jxl",
        ".jp2",
        ".dng",
        ".cr2",
        ".cr3",
        ".nef",
        ".arw",
        ".raf",
        ".orf",
        ".rw2",
    }
    | {".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".webm", ".mkv", ".avi", ".divx", ".mts", ".m2ts"}
    | {".mpg", ".mpeg", ".m2v", ".vob", ".wmv", ".asf", ".flv", ".f4v", ".ogv", ".ogm", ".rm", ".rmvb"}
    | {".dv", ".mxf", ".m2t", ".tod", ".m1v", ".mpv", ".h264", ".264", ".h265", ".265", ".hevc"}
)

# That QuickTime and MP4 files begin with.
_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"uuid")
# ISO/IEC 23008-12 and the registry of brands: what marks a file as holding pictures, not a film.
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1"}
    | {b"mif3", b"miaf", b"1pic"}
)
_SEQUENCE_BRANDS = frozenset({b"avis", b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"})
_RAW_BRANDS = frozenset({b"crx "})
# First sync byte and distance: packets alone, camcorders' with a time, broadcast ones with a checksum.
_TS_PACKETS = ((0, 188), (4, 192), (0, 204))
_TS_STEPS = 4  # packets looked at; a file that begins within one needs as many

_PACK = re.compile(rb"\0\0\x01\xba")
# A pack's header, of MPEG-2 or MPEG-1, up to the start code that follows it.
_WHOLE_PACK = re.compile(
    rb"\0\0\x01\xba(?:[\x44-\x7f].{8}(?:\xf8|\xf9.|\xfa..|\xfb...|\xfc.{4}|\xfd.{5}|\xfe.{6}|\xff.{7})"
    rb"|[\x21-\x2f].{7})\0\0\x01[\xbb-\xff]",
    re.DOTALL,
)
# A sequence header of MPEG-1 or MPEG-2 video: size, aspect, rate, and the marker after the bit rate.
_SEQUENCE = re.compile(
    rb"\0\0\x01\xb3(?!\0\0\0)...[\x11-\xe8]..[\x20-\x3f\x60-\x7f\xa0-\xbf\xe0-\xff]", re.DOTALL
)

_CONTROL = re.compile(rb"[^\t\n\f\r\x1b -~\x80-\xff]")

_KNOWN_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"#EXTM3U", "a playlist, which names other files"),
    (b"ffconcat", "a playlist, which names other files"),
    (b"BM", "a BMP image"),
    (b"II*\x00", "a TIFF image or a camera's raw file"),
    (b"MM\x00*", "a TIFF image or a camera's raw file"),
    (b"\xff\x0a", "a JPEG XL image"),
    (b"\x00\x00\x00\x0cJXL ", "a JPEG XL image"),
    (b"\x00\x00\x00\x0cjP  ", "a JPEG 2000 image"),
    (b".RMF", "a RealMedia video"),
    (b"\x00\x00\x00\x01\x67", "a raw H.264 stream, which has to be put into MP4 or MKV"),
    (b"\x00\x00\x00\x01\x27", "a raw H.264 stream, which has to be put into MP4 or MKV"),
    (b"\x00\x00\x00\x01\x40\x01", "a raw HEVC stream, which has to be put into MP4 or MKV"),
    (b"\x06\x0e\x2b\x34", "an MXF video"),
    (b"ID3", "an audio file"),
    (b"fLaC", "an audio file"),
    (b"<", "a text document such as HTML or SVG"),
)


def sniff(head: bytes) -> Kind:
    """Name the format of a file that starts with ``head`` (`SNIFF_BYTES` or all of it).

    Raises `MediaError` EMPTY_FILE or INVALID_MAGIC_BYTES; the message says what the file seems to be.
    """
    if not head:
        raise MediaError(ErrorCode.EMPTY_FILE, "The file is empty.")
    kind = _by_signature(head) or _of_boxes(head) or _of_packets(head)
    if kind is None:
        raise MediaError(
            ErrorCode.INVALID_MAGIC_BYTES,
            f"This is {_describe(head)}; use JPEG, PNG, WebP, HEIC, AVIF or GIF, or a video such as MP4, "
            "MOV, WebM, MKV, AVI, MTS, MPG, WMV, FLV or OGV.",
        )
    return kind


def is_sequence(head: bytes) -> bool:
    """Return whether a HEIF or AVIF file says first of all that it is a sequence of pictures over time."""
    return head[4:8] == b"ftyp" and head[8:12] in _SEQUENCE_BRANDS


_SIGNATURES: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", "jpeg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"GIF87a", "gif"),
    (b"GIF89a", "gif"),
    (b"\x1a\x45\xdf\xa3", "matroska"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (b"FLV\x01", "flv"),
    (b"OggS", "ogg"),
)
_RIFF: dict[bytes, Kind] = {b"WEBP": "webp", b"AVI ": "avi"}
_WORDS = (b"RIFF", b"GIF8", b"OggS")  # signatures that a text may begin with


def _by_signature(head: bytes) -> Kind | None:
    if head.startswith(_WORDS) and _is_text(head):
        return None
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    return next((kind for magic, kind in _SIGNATURES if head.startswith(magic)), None)


def _of_boxes(head: bytes) -> Kind | None:
    """Tell stills from films by their brands; words in a text that read like a box are none."""
    if head[4:8] not in _ATOMS or _is_text(head):
        return None
    if head[4:8] != b"ftyp":
        return "mov"
    size = min(int.from_bytes(head[:4], "big"), len(head))
    major, brands = head[8:12], {head[i : i + 4] for i in (8, *range(16, size - 3, 4))}
    if major in _RAW_BRANDS:
        return None
    if major in _AVIF_BRANDS:
        return "avif"
    if major in _HEIF_BRANDS:
        # The general brands of HEIF say nothing about the codec, the compatible ones do.
        coded = brands - {b"mif1", b"mif2", b"mif3", b"miaf", b"1pic", b"msf1"}
        return "avif" if coded & _AVIF_BRANDS and not coded & _HEIF_BRANDS else "heif"
    return "mov"


def _of_packets(head: bytes) -> Kind | None:
    """Tell MPEG's streams (ISO/IEC 13818-1 and -2): a recording that was cut may begin within a packet."""
    if _is_text(head):
        return None
    for usual, distance in _TS_PACKETS:
        for first in range(min(distance, len(head))):
            synced = head[first : first + _TS_STEPS * distance : distance]
            least = 2 if first == usual else _TS_STEPS
            if len(synced) >= least and not synced.strip(b"G"):
                return "mpegts"
    if _PACK.match(head) or _WHOLE_PACK.search(head):
        return "mpeg"
    return "mpegvideo" if _SEQUENCE.match(head) else None


def _describe(head: bytes) -> str:
    if head[4:8] == b"ftyp":
        return "a camera raw image"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, name in _KNOWN_OTHERS:
        if text.startswith(magic):
            return name
    return "a text file" if _is_text(head) else "no image or video that is known here"


def _is_text(head: bytes) -> bool:
    """Return whether there is no control character but those of texts: bytes from 128 up are letters."""
    return _CONTROL.search(head) is None
