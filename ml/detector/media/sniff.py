"""What a file is, from its first bytes alone: names and declared types do not count."""

from __future__ import annotations

from typing import Literal

from detector.contracts import ErrorCode, MediaError

SNIFF_BYTES = 64

Kind = Literal["jpeg", "png", "webp", "mov", "matroska", "avi"]
STILLS: frozenset[Kind] = frozenset({"jpeg", "png", "webp"})

# Extensions under which people keep media; in a folder, other files that are no media are passed over.
MEDIA_EXTENSIONS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif", ".heic", ".avif", ".bmp", ".tif"}
    | {".tiff", ".mp4", ".m4v", ".mov", ".3gp", ".webm", ".mkv", ".avi"}
)

# Brands of ISO files that hold stills; without them a file of that family is taken for video.
_STILL_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis", b"crx ")

_KNOWN_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", "a GIF, whose 256 colours erase the traces that are looked for"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"#EXTM3U", "a playlist, which names other files"),
    (b"ffconcat", "a playlist, which names other files"),
    (b"BM", "a BMP image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"OggS", "an Ogg file"),
    (b"FLV", "a Flash video"),
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
    if head.startswith(b"\xff\xd8\xff"):
        return "jpeg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "webp"
    if head.startswith(b"RIFF") and head[8:12] == b"AVI ":
        return "avi"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    if (
        head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
        and head[8:12] not in _STILL_BRANDS
    ):
        return "mov"
    raise MediaError(
        ErrorCode.INVALID_MAGIC_BYTES,
        f"This is {_describe(head)}; use MP4, MOV, WebM, MKV, AVI, JPEG, PNG or WebP.",
    )


def _describe(head: bytes) -> str:
    if head[4:8] == b"ftyp":
        return "a HEIC, AVIF or camera raw image"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, name in _KNOWN_OTHERS:
        if text.startswith(magic):
            return name
    if all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in head):
        return "a text file"
    return "no image or video that is known here"
