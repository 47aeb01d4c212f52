"""Recognising a file's format by its first bytes, and the names and types that are accepted for it.

The engine has its own table (`detector.media.sniff`), which the API must not import. A test checks that the
two agree.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import MediaKind

HEAD_BYTES = 4096


@dataclass(frozen=True, slots=True)
class Format:
    """A container format: its name, its kind of media, and its usual extension."""

    name: str
    kind: MediaKind
    extension: str


_JPEG = Format("jpeg", MediaKind.IMAGE, ".jpg")
_PNG = Format("png", MediaKind.IMAGE, ".png")
_WEBP = Format("webp", MediaKind.IMAGE, ".webp")
_GIF = Format("gif", MediaKind.IMAGE, ".gif")
_HEIF = Format("heif", MediaKind.IMAGE, ".heic")
_AVIF = Format("avif", MediaKind.IMAGE, ".avif")
_MOV = Format("mov", MediaKind.VIDEO, ".mp4")
_MATROSKA = Format("matroska", MediaKind.VIDEO, ".mkv")
_AVI = Format("avi", MediaKind.VIDEO, ".avi")
_MPEGTS = Format("mpegts", MediaKind.VIDEO, ".mts")
_MPEG = Format("mpeg", MediaKind.VIDEO, ".mpg")
_MPEG_VIDEO = Format("mpegvideo", MediaKind.VIDEO, ".mpg")
_ASF = Format("asf", MediaKind.VIDEO, ".wmv")
_FLV = Format("flv", MediaKind.VIDEO, ".flv")
_OGG = Format("ogg", MediaKind.VIDEO, ".ogv")

# What file dialogs offer; files of any name and declared type are taken, for their content decides.
EXTENSIONS: Mapping[MediaKind, frozenset[str]] = {
    MediaKind.IMAGE: frozenset(
        {
            ".jpg",
            ".jpeg",
            ".jpe",
            ".jfif",
            ".png",
            ".apng",
            ".webp",
            ".gif",
            ".heic",
            ".heif",
            ".hif",
            ".avif",
        }
    ),
    MediaKind.VIDEO: frozenset(
        {".mp4", ".m4v", ".mov", ".3gp", ".3g2", ".webm", ".mkv", ".avi", ".mts", ".m2ts", ".mpg", ".mpeg"}
        | {".vob", ".wmv", ".asf", ".flv", ".ogv"}
    ),
}
MIME_TYPES: Mapping[MediaKind, frozenset[str]] = {
    MediaKind.IMAGE: frozenset(
        {"image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/x-png", "image/apng", "image/webp"}
        | {"image/gif", "image/heic", "image/heif", "image/avif"}
    ),
    MediaKind.VIDEO: frozenset(
        {"video/mp4", "application/mp4", "video/x-m4v", "video/quicktime", "video/3gpp", "video/3gpp2"}
        | {"video/webm", "video/matroska", "video/x-matroska", "video/avi", "video/msvideo"}
        | {"video/x-msvideo", "video/vnd.avi", "video/mp2t", "video/mpeg", "video/x-ms-wmv"}
        | {"video/x-ms-asf", "video/x-flv", "video/ogg"}
    ),
}
# What a client declares when it does not know the type.
UNDECLARED = frozenset({"", "application/octet-stream", "binary/octet-stream"})

# That QuickTime and MP4 files begin with.
_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot", b"uuid")
# ISO/IEC 23008-12 and the registry of brands: what marks a file as holding pictures, not a film.
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1"}
    | {b"mif3", b"miaf", b"1pic"}
)
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
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"#!", "a script"),
    (b"#EXTM3U", "a playlist"),
    (b"ffconcat", "a playlist"),
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
WORDS: Mapping[MediaKind, str] = {
    MediaKind.IMAGE: "JPEG, PNG, WebP, HEIC, AVIF or GIF",
    MediaKind.VIDEO: "MP4, MOV, WebM, MKV, AVI, MTS, MPG, WMV, FLV or OGV",
}
_SIGNATURES: tuple[tuple[bytes, Format], ...] = (
    (b"\xff\xd8\xff", _JPEG),
    (b"\x89PNG\r\n\x1a\n", _PNG),
    (b"GIF87a", _GIF),
    (b"GIF89a", _GIF),
    (b"\x1a\x45\xdf\xa3", _MATROSKA),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _ASF),
    (b"FLV\x01", _FLV),
    (b"OggS", _OGG),
)
_RIFF: Mapping[bytes, Format] = {b"WEBP": _WEBP, b"AVI ": _AVI}
_WORDS = (b"RIFF", b"GIF8", b"OggS")  # signatures that a text may begin with


def sniff(head: bytes) -> Format | None:
    """Name the format of a file that begins with ``head`` (`HEAD_BYTES`, or all of it); None: unknown."""
    if head.startswith(_WORDS) and _is_text(head):
        return None
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    signed = next((found for magic, found in _SIGNATURES if head.startswith(magic)), None)
    return signed or _of_boxes(head) or _of_packets(head)


def _of_boxes(head: bytes) -> Format | None:
    """Tell stills from films by their brands; words in a text that read like a box are none."""
    if head[4:8] not in _ATOMS or _is_text(head):
        return None
    if head[4:8] != b"ftyp":
        return _MOV
    size = min(int.from_bytes(head[:4], "big"), len(head))
    major, brands = head[8:12], {head[i : i + 4] for i in (8, *range(16, size - 3, 4))}
    if major in _RAW_BRANDS:
        return None
    if major in _AVIF_BRANDS:
        return _AVIF
    if major in _HEIF_BRANDS:
        # The general brands of HEIF say nothing about the codec, the compatible ones do.
        coded = brands - {b"mif1", b"mif2", b"mif3", b"miaf", b"1pic", b"msf1"}
        return _AVIF if coded & _AVIF_BRANDS and not coded & _HEIF_BRANDS else _HEIF
    return _MOV


def _of_packets(head: bytes) -> Format | None:
    """Tell MPEG's streams (ISO/IEC 13818-1 and -2): a recording that was cut may begin within a packet."""
    if _is_text(head):
        return None
    for usual, distance in _TS_PACKETS:
        for first in range(min(distance, len(head))):
            synced = head[first : first + _TS_STEPS * distance : distance]
            least = 2 if first == usual else _TS_STEPS
            if len(synced) >= least and not synced.strip(b"G"):
                return _MPEGTS
    if _PACK.match(head) or _WHOLE_PACK.search(head):
        return _MPEG
    return _MPEG_VIDEO if _SEQUENCE.match(head) else None


def identify(head: bytes, kind: MediaKind | None) -> Format:
    """Return the format of a file of the wanted kind (None: either).

    Raises `DeepShieldError` INVALID_MAGIC_BYTES, whose message says what the file seems to be.
    """
    found = sniff(head)
    if found is not None and kind in (None, found.kind):
        return found
    if found is not None:
        article = "an image" if found.kind is MediaKind.IMAGE else "a video"
        message = f"This is {article}; {WORDS[_other(found.kind)]} is expected here."
    else:
        wanted = WORDS[kind] if kind else f"{WORDS[MediaKind.IMAGE]}, {WORDS[MediaKind.VIDEO]}"
        message = f"This is {_describe(head)}; use {wanted}."
    raise DeepShieldError(Code.INVALID_MAGIC_BYTES, message)


def _other(kind: MediaKind) -> MediaKind:
    return MediaKind.VIDEO if kind is MediaKind.IMAGE else MediaKind.IMAGE


def _describe(head: bytes) -> str:
    if head[4:8] == b"ftyp":
        return "a camera raw image"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, name in _OTHERS:
        if text.startswith(magic):
            return name
    return "a text file" if _is_text(head) else "no image or video that is read here"


def _is_text(head: bytes) -> bool:
    """Return whether there is no control character but those of texts: bytes from 128 up are letters."""
    return _CONTROL.search(head) is None
