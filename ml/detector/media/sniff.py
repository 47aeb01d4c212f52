"""What a file is, from its first bytes alone: names and declared types do not count."""

from __future__ import annotations

from typing import Literal

from detector.contracts import ErrorCode, MediaError

SNIFF_BYTES = 512

Kind = Literal[
    "jpeg", "png", "webp", "gif", "heif", "avif",
    "mov", "matroska", "avi", "mpegts", "mpeg", "asf", "flv", "ogg",
]  # fmt: skip
STILLS: frozenset[Kind] = frozenset({"jpeg", "png", "webp", "gif", "heif", "avif"})

# Extensions under which people keep media; in a folder, other files that are no media are passed over.
MEDIA_EXTENSIONS = frozenset(
    {".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".apng", ".webp", ".gif", ".heic", ".heif", ".hif", ".avif"}
    | {".bmp", ".tif", ".tiff", ".jxl", ".jp2", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf"}
    | {".mp4", ".m4v", ".mov", ".qt", ".3gp", ".3g2", ".webm", ".mkv", ".avi", ".divx", ".mts", ".m2ts"}
    | {".mpg", ".mpeg", ".m2v", ".vob", ".wmv", ".asf", ".flv", ".f4v", ".ogv", ".ogm", ".rm", ".rmvb"}
    | {".dv", ".mxf"}
)

_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")  # that QuickTime and MP4 files begin with
# ISO/IEC 23008-12 and the registry of brands: what marks a file as holding pictures, not a film.
_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"mif2", b"msf1"}
    | {b"mif3", b"miaf", b"1pic"}
)
_SEQUENCE_BRANDS = frozenset({b"avis", b"hevc", b"hevx", b"hevm", b"hevs", b"msf1"})
_RAW_BRANDS = frozenset({b"crx "})
_TS_PACKETS = ((0, 188), (4, 192))  # first sync byte and distance: broadcast, and camcorders' with a time

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
    (b"\x00\x00\x01\xba", "mpeg"),
    (b"\x30\x26\xb2\x75\x8e\x66\xcf\x11", "asf"),
    (b"FLV\x01", "flv"),
    (b"OggS", "ogg"),
)
_RIFF: dict[bytes, Kind] = {b"WEBP": "webp", b"AVI ": "avi"}


def _by_signature(head: bytes) -> Kind | None:
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
    for first, distance in _TS_PACKETS:
        places = range(first, len(head), distance)
        if len(places) > 1 and all(head[place] == 0x47 for place in places) and not _is_text(head):
            return "mpegts"
    return None


def _describe(head: bytes) -> str:
    if head[4:8] == b"ftyp":
        return "a camera raw image"
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    for magic, name in _KNOWN_OTHERS:
        if text.startswith(magic):
            return name
    return "a text file" if _is_text(head) else "no image or video that is known here"


def _is_text(head: bytes) -> bool:
    """Return whether there is no control character: bytes from 128 up are letters of some encoding."""
    return all(byte in b"\t\n\r" or (byte >= 32 and byte != 127) for byte in head)
