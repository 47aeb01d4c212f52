"""Metadata of stills: EXIF, XMP, IPTC, texts, and the parameters that image generators write."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, BinaryIO

from PIL.AvifImagePlugin import AvifImageFile
from PIL.GifImagePlugin import GifImageFile
from PIL.Image import DecompressionBombError
from PIL.ImageFile import ImageFile
from PIL.IptcImagePlugin import getiptcinfo
from PIL.JpegImagePlugin import JpegImageFile
from PIL.PngImagePlugin import PngImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif.as_plugin import HeifImageFile
from sd_parsers import ParserManager
from sd_parsers.extractors import Eagerness

from deepshield.provenance.exif import read_exif
from deepshield.provenance.statements import Statements
from deepshield.provenance.xmp import read_xmp
from deepshield.result_provenance import MetadataSource
from detector.media.stills import PICTURE_FAULTS

FORMATS: dict[str, Callable[[BinaryIO], ImageFile]] = {
    "jpeg": JpegImageFile,
    "png": PngImageFile,  # see `png.open_png`
    "webp": WebPImageFile,
    "gif": GifImageFile,
    "heif": HeifImageFile,
    "avif": AvifImageFile,
}
"""Opens a still by the name of its format, without decoding it."""

FAULTS = (*PICTURE_FAULTS, DecompressionBombError)
"""What reading damaged pictures raises: of too many pixels the detector says so."""

_XMP_KEYS = ("xmp", "XML:com.adobe.xmp")
_NO_TEXT = {*_XMP_KEYS, "exif", "icc_profile", "Raw profile type exif", "Raw profile type iptc"}
# https://www.iptc.org/std/IIM/4.2/specification/IIMV4.2.pdf
_IPTC = {
    (2, 5): "ObjectName",
    (2, 25): "Keywords",
    (2, 40): "SpecialInstructions",
    (2, 55): "DateCreated",
    (2, 65): "OriginatingProgram",
    (2, 80): "By-line",
    (2, 90): "City",
    (2, 101): "Country",
    (2, 110): "Credit",
    (2, 115): "Source",
    (2, 116): "CopyrightNotice",
    (2, 120): "Caption",
}


def read_picture(image: ImageFile, into: Statements) -> None:
    """Add what a still says of itself; each source that is damaged is noted and harms no other."""
    _guarded(MetadataSource.EXIF, into, lambda: read_exif(image, into))
    _guarded(MetadataSource.XMP, into, lambda: _read_xmp(image, into))
    _guarded(MetadataSource.IPTC, into, lambda: _read_iptc(image, into))
    _guarded(MetadataSource.TEXT, into, lambda: _read_texts(image, into))
    _guarded(MetadataSource.TEXT, into, lambda: _read_parameters(image, into))


def _guarded(source: MetadataSource, into: Statements, read: Callable[[], None]) -> None:
    try:
        read()
    except FAULTS:
        into.failed(source)


def _read_xmp(image: ImageFile, into: Statements) -> None:
    packet = next((image.info[key] for key in _XMP_KEYS if image.info.get(key)), None)
    if isinstance(packet, (bytes, str)):
        read_xmp(packet, into)


def _read_iptc(image: ImageFile, into: Statements) -> None:
    for key, value in (getiptcinfo(image) or {}).items():
        for one in value if isinstance(value, list) else [value]:
            if key in _IPTC:
                into.add(MetadataSource.IPTC, _IPTC[key], one.decode("utf-8", "replace"))


def _read_texts(image: ImageFile, into: Statements) -> None:
    for key, value in image.info.items():
        if key in _NO_TEXT or not isinstance(key, str):
            continue
        if isinstance(value, str):
            into.add(MetadataSource.TEXT, key, value)
        elif key == "comment" and isinstance(value, bytes):
            into.add(MetadataSource.TEXT, key, value.decode("utf-8", "replace"))


def _read_parameters(image: ImageFile, into: Statements) -> None:
    """Add prompt and models where the parameters of a generator of the Stable Diffusion family are read."""
    found: Any = ParserManager(eagerness=Eagerness.FAST).parse(image)
    if found is None:
        return
    into.add(MetadataSource.TEXT, "parameters of", found.generator.value)
    into.add(MetadataSource.TEXT, "prompt of the parameters", found.full_prompt)
    into.add(
        MetadataSource.TEXT, "models of the parameters", ", ".join(str(one.name) for one in found.models)
    )
