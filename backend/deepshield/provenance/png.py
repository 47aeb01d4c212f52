"""Text and Exif data of a PNG, before and after its pixels, within limits and each by itself."""

from __future__ import annotations

from typing import Any, BinaryIO, cast

from PIL.PngImagePlugin import MAX_TEXT_MEMORY, PngImageFile, PngStream

from deepshield.provenance.statements import Statements
from deepshield.result_provenance import MetadataSource
from detector.media.pieces import PngPictures, png_chunks

_SOURCES = {
    b"tEXt": MetadataSource.TEXT,
    b"zTXt": MetadataSource.TEXT,
    b"iTXt": MetadataSource.TEXT,
    b"eXIf": MetadataSource.EXIF,
}
_LARGEST = 8 * 2**20  # bytes of a chunk; what is packed in it is unpacked up to 1 MiB
_FAULTS = (ValueError, SyntaxError, LookupError)


def open_png(file: BinaryIO, into: Statements) -> PngImageFile:
    """Open a PNG without decoding it; its ``info`` has all texts, also those after the pixels.

    Pillow alone would read the later ones by decoding the picture, and refuse the file for one text that is
    damaged or too large; here that one is left out and noted. Raises what Pillow does for a damaged header.
    """
    image = PngImageFile(cast("BinaryIO", PngPictures(cast("Any", file))))
    stream = PngStream(file)
    try:
        for name, place, length in png_chunks(cast("Any", file)):
            if name not in _SOURCES:
                continue
            try:
                if length > _LARGEST:
                    raise ValueError("too large")
                stream.call(name, place + 8, length)
            except _FAULTS:
                into.failed(_SOURCES[name])
                if stream.text_memory > MAX_TEXT_MEMORY:
                    break
    except OSError:  # the file ends, or the time is over
        into.failed(MetadataSource.TEXT)
    image.info.update(stream.im_info)
    return image
