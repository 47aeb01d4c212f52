"""A path becomes `Media`: checked, hashed, named by its content, ready to give frames."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

from PIL import Image as Pillow

from detector.contracts import ErrorCode, Frame, Limits, MediaError, MediaInfo
from detector.media.budget import DecodeBudget
from detector.media.sniff import SNIFF_BYTES, STILLS, Kind, sniff
from detector.media.stills import decode_stills, frame_times, open_still
from detector.media.video import VideoDecoder, survey


@dataclass(slots=True)
class Media:
    """An opened file. Use it as a context manager; `frames` can be gone through once."""

    info: MediaInfo
    planned: int
    budget: DecodeBudget
    _file: BinaryIO
    _frames: Iterator[Frame]
    _decoder: VideoDecoder | None

    def __enter__(self) -> Media:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def frames(self) -> Iterator[Frame]:
        """Yield the sampled frames in order of time; raises `MediaError` when the file is damaged."""
        return self._frames

    @property
    def damaged(self) -> int:
        """Packets or frames that could not be decoded so far."""
        return self._decoder.damaged if self._decoder else 0


def open_media(path: Path, count: int, limits: Limits) -> Media:
    """Open an image or a video and plan ``count`` frames spread evenly over its duration.

    Raises `MediaError` with FILE_NOT_FOUND, FILE_UNREADABLE, EMPTY_FILE, FILE_TOO_LARGE,
    INVALID_MAGIC_BYTES, a decode error or a crossed limit. Nothing but the file itself is opened.
    """
    file = _open(path, limits)
    try:
        kind = sniff(file.read(SNIFF_BYTES))
        budget = DecodeBudget(limits.decode_seconds)
        size, digest = _hash(file)
        if kind in STILLS:
            return _open_still(file, kind, count, limits, budget, size, digest)
        found = survey(file, kind, limits, budget)
        decoder = VideoDecoder(file, kind, found, count, limits, budget)
        info = MediaInfo(
            "video",
            kind,
            found.codec,
            found.width,
            found.height,
            found.duration_ms,
            len(found.frames),
            size,
            digest,
        )
        return Media(info, decoder.planned, budget, file, decoder.frames(), decoder)
    except BaseException:
        file.close()
        raise


def _open(path: Path, limits: Limits) -> BinaryIO:
    try:
        if path.is_dir():
            raise MediaError(ErrorCode.FILE_UNREADABLE, "This is a folder, not a file.")
        if path.exists() and not path.is_file():
            raise MediaError(ErrorCode.FILE_UNREADABLE, "This is not a regular file.")
        size = path.stat().st_size
        if size > limits.max_bytes:
            raise MediaError(
                ErrorCode.FILE_TOO_LARGE,
                f"The file has {size / 2**20:.1f} MB; the limit is {limits.max_bytes / 2**20:.0f} MB.",
                size_bytes=size,
            )
        return path.open("rb")
    except FileNotFoundError as error:
        raise MediaError(ErrorCode.FILE_NOT_FOUND, "There is no such file.") from error
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise MediaError(ErrorCode.FILE_UNREADABLE, f"The file cannot be read: {reason}.") from error


def _hash(file: BinaryIO) -> tuple[int, str]:
    file.seek(0)
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    return file.tell(), digest


def _open_still(
    file: BinaryIO, kind: Kind, count: int, limits: Limits, budget: DecodeBudget, size: int, digest: str
) -> Media:
    with budget:
        image = open_still(file, kind, limits)
        times = frame_times(image, limits, budget)
    pictures = len(times) - 1
    width, height = _display_size(image)
    info = MediaInfo(
        "video" if pictures > 1 else "image",
        kind,
        kind,
        width,
        height,
        times[-1] if pictures > 1 else 0.0,
        pictures,
        size,
        digest,
    )
    return Media(info, min(count, pictures), budget, file, decode_stills(image, times, count, budget), None)


def _display_size(image: Pillow.Image) -> tuple[int, int]:
    # EXIF orientations 5 to 8 swap the axes (Exif 2.32, tag 0x0112).
    swapped = image.getexif().get(0x0112, 1) in (5, 6, 7, 8)
    return (image.height, image.width) if swapped else (image.width, image.height)
