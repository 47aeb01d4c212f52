"""Stills and animated stills by Pillow, with an allow-list of formats."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from PIL import Image as Pillow
from PIL import UnidentifiedImageError

from detector.contracts import ErrorCode, Frame, Limits, MediaError
from detector.media.budget import DecodeBudget
from detector.media.colour import still_to_rgb
from detector.media.sampling import choose
from detector.media.sniff import Kind

# `open_still` checks every picture against the caller's own limit before any pixel is decoded.
Pillow.MAX_IMAGE_PIXELS = None

_FORMATS: dict[Kind, tuple[str, ...]] = {"jpeg": ("JPEG", "MPO"), "png": ("PNG",), "webp": ("WEBP",)}
_DEFAULT_FRAME_MS = 100.0  # what browsers show for an animation that names no duration
_DECODE_FAULTS = (
    OSError,
    UnidentifiedImageError,
    ValueError,
    SyntaxError,
    EOFError,
    IndexError,
    TypeError,
    KeyError,
)


def open_still(file: BinaryIO, kind: Kind, limits: Limits) -> Pillow.Image:
    """Open without decoding; raises `MediaError` IMAGE_DECODE_ERROR or TOO_MANY_PIXELS."""
    try:
        image = Pillow.open(file, formats=_FORMATS[kind])
    except _DECODE_FAULTS as error:
        raise _damaged(error) from error
    width, height = image.size
    if width * height > limits.max_pixels:
        raise MediaError(
            ErrorCode.TOO_MANY_PIXELS,
            f"The picture is {width} x {height} pixels; the limit is {limits.max_pixels / 1e6:g} megapixels.",
            width=width,
            height=height,
        )
    return image


def frame_times(image: Pillow.Image, limits: Limits, budget: DecodeBudget) -> list[float]:
    """Return the start of each picture in milliseconds, and the end; one picture for a plain still.

    Raises TOO_MANY_FRAMES and VIDEO_TOO_LONG: an animation is a video.
    """
    count = getattr(image, "n_frames", 1) if image.format in ("PNG", "WEBP") else 1
    if count > limits.max_frames:
        raise MediaError(
            ErrorCode.TOO_MANY_FRAMES, f"The animation has {count} frames; the limit is {limits.max_frames}."
        )
    if count == 1:
        return [0.0, 0.0]
    times = [0.0]
    try:
        for index in range(count):
            budget.check()
            image.seek(index)
            if image.format == "WEBP":
                image.load()  # its durations are known only after decoding
            times.append(times[-1] + (float(image.info.get("duration") or 0.0) or _DEFAULT_FRAME_MS))
    except _DECODE_FAULTS as error:
        if len(times) < 2:
            raise _damaged(error) from error
    if times[-1] > limits.max_seconds * 1000.0:
        raise MediaError(
            ErrorCode.VIDEO_TOO_LONG,
            f"The animation lasts {times[-1] / 1000:.0f} s; the limit is {limits.max_seconds:g} s.",
        )
    return times


def decode_stills(
    image: Pillow.Image, times: list[float], count: int, budget: DecodeBudget
) -> Iterator[Frame]:
    """Yield up to ``count`` pictures, evenly spread; a plain still gives its one."""
    starts = [round(t) for t in times[:-1]]
    wanted = choose(starts, [], count)
    for index in wanted:
        with budget:
            budget.check()
            try:
                if len(starts) > 1:
                    image.seek(index)
                image.load()
                rgb = still_to_rgb(image)
            except (*_DECODE_FAULTS, MemoryError) as error:
                if index == 0:
                    raise _damaged(error) from error
                return
        yield Frame(index=index, timestamp_ms=times[index], rgb=rgb)


def _damaged(error: BaseException) -> MediaError:
    return MediaError(
        ErrorCode.IMAGE_DECODE_ERROR, "The picture is damaged and cannot be decoded.", cause=str(error)[:200]
    )
