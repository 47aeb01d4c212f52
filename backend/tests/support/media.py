"""Small real media with a face in them, made on the spot."""

from __future__ import annotations

from pathlib import Path


def small_photo(path: Path, size: int = 256) -> Path:
    """Write a square photograph of one person."""
    from PIL import Image
    from skimage import data

    Image.fromarray(data.astronaut()[:256, 96:352]).resize((size, size)).save(path, quality=90)
    return path


def small_clip(path: Path, frames: int = 30, rate: int = 25) -> Path:
    """Write a clip of one person who drifts sideways."""
    import av
    import numpy as np
    from skimage import data

    picture = np.ascontiguousarray(data.astronaut()[:256, 96:352], np.uint8)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = 256, 256, "yuv420p"
        for shift in range(frames):
            shifted = np.ascontiguousarray(np.roll(picture, shift % 40, axis=1))
            container.mux(stream.encode(av.VideoFrame.from_ndarray(shifted, format="rgb24")))
        container.mux(stream.encode(None))
    return path
