"""How a file was last written: hints at copies and at the software that made them."""

from __future__ import annotations

import functools
import json
from importlib.resources import files

from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile

from deepshield.provenance.recompression import compressed_before
from deepshield.provenance.statements import Statements
from deepshield.provenance.text import line
from deepshield.result_provenance import Encoding, JpegTables, MetadataSource
from detector.media.stills import PICTURE_FAULTS

# ITU-T T.81, K.1, in rows
_LUMINANCE = (
    16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55,
    14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62,
    18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92,
    49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99,
)  # fmt: skip
_ENCODERS = ("encoder in the stream", "encoder", "encoding_tool", "com.apple.quicktime.software", "software")


def encoding_of(image: ImageFile | None, said: Statements) -> Encoding | None:
    """Return what a file shows of its last writing; None for nothing. ``image`` is None for a video."""
    found = Encoding(encoder=said.first(MetadataSource.CONTAINER, *_ENCODERS, "stream 0: encoder"))
    if isinstance(image, JpegImageFile):
        tables = list(image.quantization.values())
        quality = _quality(tuple(tables[0])) if tables else None
        camera = said.first(MetadataSource.EXIF, "Make", "Model")
        found = found.model_copy(
            update={
                "jpeg_tables": JpegTables.OWN if quality is None else JpegTables.STANDARD,
                "jpeg_quality": quality,
                "jpeg_app": _app(image),
                "like_app": None if quality is None or camera else _sides().get(max(image.size)),
                "compressed_before": _before(image),
            }
        )
    return found if found.model_dump(exclude_none=True) else None


def _before(image: JpegImageFile) -> bool | None:
    try:
        return compressed_before(image)
    except PICTURE_FAULTS:
        return None  # of damaged pictures the detector says so


@functools.cache
def _standard_tables() -> dict[tuple[int, ...], int]:
    """Return libjpeg's tables of luminance and their quality (jpeg_set_quality)."""
    tables = {}
    for quality in range(1, 101):
        scale = 5000 // quality if quality < 50 else 200 - 2 * quality
        tables[tuple(min(255, max(1, (value * scale + 50) // 100)) for value in _LUMINANCE)] = quality
    return tables


def _quality(table: tuple[int, ...]) -> int | None:
    return _standard_tables().get(table)


def _app(image: JpegImageFile) -> str | None:
    """Return the software that leaves marks of its own in JPEG's segments."""
    segments = dict(image.applist)
    if segments.get("APP12", b"").startswith(b"Ducky"):
        return "Adobe Photoshop, saved for the web"
    if segments.get("APP13", b"").startswith(b"Photoshop 3.0"):
        return "Adobe Photoshop or an editor with its resources"
    comment = line(image.info.get("comment", b"").decode("utf-8", "replace"))
    return (
        comment if comment and comment.lower().startswith(("creator: gd", "lavc", "optimized by")) else None
    )


@functools.cache
def _sides() -> dict[int, str]:
    data = json.loads((files("deepshield.provenance") / "data" / "encoders.json").read_text("utf-8"))
    return {int(side): name for side, name in data["sides"].items()}
