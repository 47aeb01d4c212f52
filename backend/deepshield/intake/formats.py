"""Recognising a file's format by its first bytes, and the names and types that are accepted for it.

The engine has its own table (`detector.media.sniff`), which the API must not import. A test checks that the
two agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import MediaKind

HEAD_BYTES = 64


@dataclass(frozen=True, slots=True)
class Format:
    """A container format: its name, its kind of media, and its usual extension."""

    name: str
    kind: MediaKind
    extension: str


_JPEG = Format("jpeg", MediaKind.IMAGE, ".jpg")
_PNG = Format("png", MediaKind.IMAGE, ".png")
_WEBP = Format("webp", MediaKind.IMAGE, ".webp")
_MOV = Format("mov", MediaKind.VIDEO, ".mp4")
_MATROSKA = Format("matroska", MediaKind.VIDEO, ".mkv")
_AVI = Format("avi", MediaKind.VIDEO, ".avi")

EXTENSIONS: Mapping[MediaKind, frozenset[str]] = {
    MediaKind.IMAGE: frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp"}),
    MediaKind.VIDEO: frozenset({".mp4", ".m4v", ".mov", ".3gp", ".webm", ".mkv", ".avi"}),
}
MIME_TYPES: Mapping[MediaKind, frozenset[str]] = {
    MediaKind.IMAGE: frozenset(
        {"image/jpeg", "image/jpg", "image/pjpeg", "image/png", "image/x-png", "image/apng", "image/webp"}
    ),
    MediaKind.VIDEO: frozenset(
        {"video/mp4", "application/mp4", "video/x-m4v", "video/quicktime", "video/3gpp", "video/webm"}
        | {"video/matroska", "video/x-matroska", "video/avi", "video/msvideo", "video/x-msvideo"}
        | {"video/vnd.avi"}
    ),
}
# What a client declares when it does not know the type; the content decides in any case.
UNDECLARED = frozenset({"", "application/octet-stream", "binary/octet-stream"})

_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")  # that QuickTime and MP4 files begin with
_STILL_BRANDS = (b"heic", b"heix", b"hevc", b"mif1", b"msf1", b"avif", b"avis", b"crx ")
_OTHERS: tuple[tuple[bytes, str], ...] = (
    (b"GIF8", "a GIF"),
    (b"%PDF", "a PDF document"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
    (b"#!", "a script"),
    (b"#EXTM3U", "a playlist"),
    (b"ffconcat", "a playlist"),
    (b"BM", "a BMP image"),
    (b"II*\x00", "a TIFF image"),
    (b"MM\x00*", "a TIFF image"),
    (b"OggS", "an Ogg file"),
    (b"FLV", "a Flash video"),
    (b"ID3", "an audio file"),
    (b"fLaC", "an audio file"),
    (b"<", "a text document such as HTML or SVG"),
)
WORDS: Mapping[MediaKind, str] = {
    MediaKind.IMAGE: "JPEG, PNG or WebP",
    MediaKind.VIDEO: "MP4, MOV, WebM, MKV or AVI",
}


def sniff(head: bytes) -> Format | None:
    """Return the format of a file that begins with ``head`` (`HEAD_BYTES`, or all of it); None: unknown."""
    if head.startswith(b"\xff\xd8\xff"):
        return _JPEG
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return _PNG
    if head.startswith(b"RIFF"):
        return {b"WEBP": _WEBP, b"AVI ": _AVI}.get(head[8:12])
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _MATROSKA
    if head[4:8] in _ATOMS and head[8:12] not in _STILL_BRANDS:
        return _MOV
    return None


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
        return "a HEIC, AVIF or camera raw image"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, name in _OTHERS:
        if text.startswith(magic):
            return name
    if all(byte in b"\t\n\r" or 32 <= byte < 127 for byte in head):
        return "a text file"
    return "in none of the formats that are read here"
