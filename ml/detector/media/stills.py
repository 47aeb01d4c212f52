"""Stills and animated stills by Pillow, with an allow-list of formats."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from math import ceil, sqrt
from typing import Any, BinaryIO, cast

from PIL import Image as Pillow
from PIL import ImageFile as PillowFile
from PIL.AvifImagePlugin import AvifImageFile
from PIL.ExifTags import Base
from PIL.GifImagePlugin import GifImageFile
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile
from PIL.WebPImagePlugin import WebPImageFile
from pillow_heif.as_plugin import HeifImageFile

from detector.contracts import ErrorCode, Frame, Image, Instant, Limits, MediaError
from detector.media import orientation
from detector.media.animation import Pictures, read_pictures
from detector.media.apng import ApngFile
from detector.media.budget import DecodeBudget
from detector.media.colour import still_to_rgb
from detector.media.ends import Ended, EndedJpeg, WholeChunks, ZeroEnded
from detector.media.heif import coding, deep_pixels, is_deep
from detector.media.memory import require_memory, server_limit, still_bytes
from detector.media.pieces import PngPictures, png_coding, png_gamma
from detector.media.sampling import at, choose
from detector.media.scans import are_scans_sound, lacks_detail, unread_coding
from detector.media.sniff import Kind
from detector.media.source import Source
from detector.media.tone import brightened, mapped, needs_mapping, stated

# The formats by name, not through `Image.open`, which would try every plugin and apply a limit of its own.
_FORMATS: dict[Kind, Callable[[BinaryIO], ImageFile]] = {
    "jpeg": JpegImageFile,
    "png": ApngFile,
    "webp": WebPImageFile,
    "gif": GifImageFile,
    "heif": HeifImageFile,
    "avif": AvifImageFile,
}
_IN_ROWS = ("png", "gif")
# Bytes of a progressive JPEG between two looks at the time: a few may make the decoder go over all blocks.
_SCANS_BLOCK = 1 << 10
# Blocks of 16 MiB that Pillow keeps for the next picture: clean memory from the system costs a large still a
# tenth of its analysis.
_KEPT_BLOCKS = 2
Pillow.core.set_blocks_max(_KEPT_BLOCKS)  # type: ignore[attr-defined]  # documented, but for stubs
_BOXED_KINDS = ("heif", "avif")  # which state their colours in a box
_UPRIGHT_KIND = "heif"  # whose decoder turns the picture itself; AVIF's gives the turn as Exif data do
_XMP = ("xmp", "XML:com.adobe.xmp")
_FILLED = 128  # each of red, green and blue
PICTURE_FAULTS = (
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    RuntimeError,
    struct.error,
    zlib.error,
)
"""What Pillow\'s parsers raise for damaged files."""


class StillDecoder:
    """Decodes a still, or the planned pictures of an animation.

    ``damaged`` counts what could not be decoded, ``incomplete`` says that pixels of a still are missing.
    """

    def __init__(
        self, source: Source, kind: Kind, wanted: int | Instant, limits: Limits, budget: DecodeBudget
    ) -> None:
        """Raise `MediaError` IMAGE_DECODE_ERROR, a limit's code or SERVER_LIMIT."""
        self._source, self._kind, self._budget = source, kind, budget
        self.damaged = 0
        self.incomplete = False
        self.pictures = _pictures(source, kind, limits)
        self._ended = _ended(source, kind, self.pictures.animated)
        self._image = self._guarded(lambda: self._opened(kind, limits))
        self._coding = _coding(source, kind)
        self._gamma = png_gamma(source) if kind == "png" else None
        self._deep = kind == "heif" and is_deep(self._image) and needs_mapping(*(self._coding or (0, 0)))
        self._orientation = orientation.UPRIGHT if kind == _UPRIGHT_KIND else _orientation(self._image)
        width, height = self._stored
        swapped = orientation.swaps_axes(self._orientation)
        self.width, self.height = (height, width) if swapped else (width, height)
        self._wanted = (
            choose([round(start) for start in self.pictures.starts], [], wanted)
            if isinstance(wanted, int)
            else [at(wanted, self.pictures.starts)]
        )
        self.planned = len(self._wanted)
        # Of an animation that breaks off, the first picture that is not whole.
        shown = len(self.pictures.starts)
        whole = self._ended.pictures if isinstance(self._ended, WholeChunks) else shown
        self._cut = whole if whole < shown else None

    def _opened(self, kind: Kind, limits: Limits) -> ImageFile:
        """Read the header, and the pixels of a format that gives the rows above damage when allowed to."""
        if kind not in _IN_ROWS or self.pictures.animated:
            return self._open(kind, limits)
        try:
            image = self._open(kind, limits)
            image.load()  # the Exif data of a PNG may come after the pixels
        except PICTURE_FAULTS:
            self._source.check()
            with _incomplete_allowed():
                image = self._open(kind, limits)
                interlaced = _is_interlaced(image)
                image.load()
            # The rows of the first passes over an interlaced picture are no part of it that can be judged.
            if interlaced or image.getbbox() is None:
                raise
            self.damaged, self.incomplete = 1, True
        return image

    def _open(self, kind: Kind, limits: Limits) -> ImageFile:
        """Read the header, hold it against the limits, and have a large still reduced."""
        self._source.seek(0)
        readable: Any = self._ended or (PngPictures(self._source) if kind == "png" else self._source)
        image = _FORMATS[kind](cast("BinaryIO", readable))
        if isinstance(self._ended, EndedJpeg):
            self._ended.supply()
        self._stored = width, height = image.size
        _refuse_pixels(
            width, height, limits.max_pixels if self.pictures.animated else limits.max_still_pixels
        )
        self._factor = 1
        while ceil(width / self._factor) * ceil(height / self._factor) > limits.max_pixels:
            self._factor += 1
        self._reduced = self._factor > 1
        require_memory(still_bytes(image, kind, self._factor, self.pictures.animated), limits)
        if kind == "jpeg" and self._reduced:
            # The decoder leaves out the finest of each block's frequencies; what it cannot do is done later.
            image.draft(None, (width // self._factor, height // self._factor))
            self._factor = ceil(sqrt(max(1.0, image.width * image.height / limits.max_pixels)))
        self._progressive = bool(image.info.get("progressive"))
        if self._progressive:
            image.decodermaxblock = _SCANS_BLOCK
        return image

    def frames(self) -> Generator[Frame, None, None]:
        """Yield the planned pictures in order of time; after a damaged one, nothing more can be decoded.

        A still whose end is missing, or that is damaged below its first rows, is given as far as it goes, and
        counted in `damaged`. Raises `MediaError` IMAGE_DECODE_ERROR when not even the first of them decodes.
        """
        # Each picture is drawn over the one before, so all up to the last wanted one are decoded.
        last, wanted = self._wanted[-1], set(self._wanted)
        for index in range(last + 1):
            self._budget.check()
            if index == self._cut:
                self.damaged += 1
                break
            try:
                self._guarded(lambda index=index: self._load(index))  # type: ignore[misc]
                if index not in wanted:
                    continue
                rgb = self._guarded(self._rgb)
            except MediaError as error:
                if index <= self._wanted[0] or error.code is not ErrorCode.IMAGE_DECODE_ERROR:
                    raise
                self.damaged += 1
                break
            if index == last:
                self._image.close()  # frees its pixels before the networks need memory
            scale = (self.width / rgb.shape[1], self.height / rgb.shape[0])
            yield Frame(index, self.pictures.starts[index], rgb, scale)

    def _load(self, index: int) -> None:
        if self.pictures.animated or self.pictures.first:
            self._image.seek(index + self.pictures.first)
        if not self._deep:
            self._image.load()
        if self._ended:
            self._source.check()
            self.damaged = 0 if self._cut is not None or self._ended.is_whole() else 1
            with_pixels = isinstance(self._ended, ZeroEnded) and not self._ended.lacks_pixels()
            self.incomplete = bool(self.damaged) and not self.pictures.animated and not with_pixels
            self._source.check()
            if self._kind == "jpeg":
                self._examine()

    def _examine(self) -> None:
        """Count a JPEG whose pixels are damaged, unless the decoder of faults would need much memory."""
        if self._reduced and self._progressive:
            return
        corner = self._image.getpixel((self._image.width - 1, self._image.height - 1))
        # What libjpeg fills in where the coded pixels end too early.
        filled = corner in (_FILLED, (_FILLED,) * 3)
        sound = are_scans_sound(self._source, doubtful=filled or bool(self.damaged))
        if sound is not None:
            self.incomplete = not sound  # one that lacks only its end lacks no pixel
            self.damaged = max(self.damaged, int(not sound))
        if self._progressive and lacks_detail(self._source):
            self.damaged, self.incomplete = 1, True

    def _rgb(self) -> Image:
        if self._coding is None or not needs_mapping(*self._coding):
            rgb = still_to_rgb(self._image, self._orientation, self._factor)
            return rgb if self._gamma is None else brightened(rgb, self._gamma)
        if self._deep:
            return mapped(deep_pixels(self._ended, self._factor), *self._coding)
        self._image.info.pop("icc_profile", None)  # which describes the same colours for older programs
        return mapped(still_to_rgb(self._image, self._orientation, self._factor), *self._coding)

    def _guarded(self, step: Callable[[], Any]) -> Any:
        try:
            return step()
        except MediaError:
            raise
        except Pillow.DecompressionBombError as error:  # which a WebP's size raises before there is a canvas
            raise MediaError(ErrorCode.TOO_MANY_PIXELS, "The picture has too many pixels.") from error
        except MemoryError as error:
            raise server_limit() from error
        except PICTURE_FAULTS as error:
            self._source.check()
            unread = unread_coding(self._source) if self._kind == "jpeg" else None
            message = "The picture is damaged and cannot be decoded."
            if unread:
                message = (
                    f"The picture is {unread}, which is not read here; save it as an ordinary JPEG or PNG."
                )
            raise MediaError(ErrorCode.IMAGE_DECODE_ERROR, message, cause=str(error)[:200]) from error


def _coding(source: Source, kind: Kind) -> tuple[int, int] | None:
    """Return transfer and primaries that the file states (ISO/IEC 23091-2)."""
    if kind == "png":
        return png_coding(source)
    coded = coding(source) if kind in _BOXED_KINDS else None
    return coded and stated(*coded)


def _ended(source: Source, kind: Kind, animated: bool) -> Ended | None:
    """Return what supplies the end of a file of a kind whose decoder makes something of it."""
    if kind == "jpeg":
        return EndedJpeg(source)
    ended = ZeroEnded(source, kind) if kind in ("webp", "heif", "avif") else None
    cut = ended is not None and kind == "webp" and animated and not ended.is_whole()
    found = WholeChunks(source, ended.sound) if ended is not None and cut else ended
    source.check()
    return found


def _is_interlaced(image: ImageFile) -> bool:
    """Return whether a PNG or GIF, which is not loaded, gives its rows in several passes."""
    if isinstance(image, GifImageFile):
        arguments: Any = image.tile[0].args  # bits, whether interlaced, transparent colour
        return bool(arguments[1])
    return bool(image.info.get("interlace"))


@contextmanager
def _incomplete_allowed() -> Iterator[None]:
    """Let Pillow keep the rows that it has decoded when data are damaged or end; for the whole process."""
    allowed = PillowFile.LOAD_TRUNCATED_IMAGES
    PillowFile.LOAD_TRUNCATED_IMAGES = True
    try:
        yield
    finally:
        PillowFile.LOAD_TRUNCATED_IMAGES = allowed


def _refuse_pixels(width: int, height: int, most: int) -> None:
    if width * height > most:
        raise MediaError(
            ErrorCode.TOO_MANY_PIXELS,
            f"The picture is {width} x {height} pixels; the limit is {most / 1e6:g} megapixels.",
            width=width,
            height=height,
        )


def _pictures(source: Source, kind: Kind, limits: Limits) -> Pictures:
    pictures = read_pictures(source, kind, limits.max_frames)
    source.check()
    if len(pictures.starts) > limits.max_frames:
        raise MediaError(
            ErrorCode.TOO_MANY_FRAMES, f"The animation has more than {limits.max_frames} frames."
        )
    if pictures.end > limits.max_seconds * 1000.0:
        raise MediaError(
            ErrorCode.VIDEO_TOO_LONG,
            f"The animation lasts {pictures.end / 1000:.0f} s; the limit is {limits.max_seconds:g} s.",
            duration_seconds=round(pictures.end / 1000, 1),
        )
    return pictures


def _orientation(image: Pillow.Image) -> int:
    for name in _XMP:  # Pillow follows it where there are no Exif data, and no browser does
        image.info.pop(name, None)
    try:
        value = image.getexif().get(Base.Orientation, orientation.UPRIGHT)
    except PICTURE_FAULTS:
        return orientation.UPRIGHT  # Damaged Exif data says nothing about the pixels.
    return value if isinstance(value, int) else orientation.UPRIGHT
