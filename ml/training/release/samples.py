"""The sample files that the web app offers to try.

All are made of NASA's portrait of the astronaut Eileen Collins (public domain, it comes with scikit-image):
the portrait, the portrait with its face edited, a clip of it whose face is edited after an eighth of it, and
the portrait with eyes and mouth enlarged alone, which the released model misses.
The same versions of the libraries write the same bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
from av.video.stream import VideoStream
from PIL import Image as Pictures
from skimage import data

from detector.contracts import Floats, Image
from detector.faces.mtcnn import Mtcnn
from detector.runtimes.choice import open_runtime
from training.photographs.landmarks import FaceMesh
from training.photographs.masks import hull_mask

CREDIT = "NASA, public domain"
_SAMPLES = {"portrait.jpg": "image", "edited.jpg": "image", "clip.mp4": "video", "missed.jpg": "image"}
_EYES = ((33, 133), (362, 263))  # corners of each, vertices of MediaPipe's mesh
_MOUTH = (61, 291)
_LARGER = 0.3  # how much larger the middles of eyes and mouth are drawn
_PIXELS_KEPT = 0.45  # per side, of the re-rendered region: what an autoencoder of 64 px leaves of such a face
_EDGE_PX = 1.5
_TONE = (8.0, -2.0, -8.0)  # added to red, green and blue
_QUALITY = 92
_FPS, _SECONDS, _SIZE = 25, 6, (640, 360)
_WINDOW = (400.0, 320.0)  # pixels of the portrait that the clip shows across, at its start and end


def write_samples(out: Path) -> None:
    """Write the sample files and the list of them."""
    out.mkdir(parents=True, exist_ok=True)
    portrait = np.ascontiguousarray(data.astronaut(), np.uint8)  # type: ignore[no-untyped-call]
    mesh = face_mesh(portrait)
    enlarged = enlarge(portrait, mesh)
    edited = render(enlarged, mesh)
    Pictures.fromarray(portrait).save(out / "portrait.jpg", quality=_QUALITY)
    Pictures.fromarray(edited).save(out / "edited.jpg", quality=_QUALITY)
    Pictures.fromarray(enlarged).save(out / "missed.jpg", quality=_QUALITY)
    _write_clip(portrait, edited, out / "clip.mp4")
    entries = [
        {"file": file, "kind": kind, "title_key": Path(file).stem, "credit": CREDIT}
        for file, kind in _SAMPLES.items()
    ]
    (out / "manifest.json").write_text(json.dumps(entries, indent=2) + "\n")


def edit(portrait: Image) -> Image:
    """Return the portrait with larger eyes and mouth, the face rendered from few pixels in another tone."""
    mesh = face_mesh(portrait)
    return render(enlarge(portrait, mesh), mesh)


def enlarge(portrait: Image, mesh: Floats) -> Image:
    """Return the portrait with larger eyes and mouth: moved pixels alone, without a seam."""
    picture = portrait
    for corners in (*_EYES, _MOUTH):
        ends = mesh[list(corners)]
        width = float(np.linalg.norm(ends[0] - ends[1]))
        picture = _magnified(picture, ends.mean(axis=0), (0.75 if corners == _MOUTH else 1.1) * width)
    return picture


def render(picture: Image, mesh: Floats) -> Image:
    """Return the picture with the inner face rendered from few pixels in another tone."""
    size = (picture.shape[1], picture.shape[0])
    small = cv2.resize(picture, None, fx=_PIXELS_KEPT, fy=_PIXELS_KEPT, interpolation=cv2.INTER_AREA)
    source = cv2.resize(small, size, interpolation=cv2.INTER_CUBIC) + np.asarray(_TONE, np.float32)
    mask = hull_mask(mesh, picture.shape, "inner").astype(np.float32) / 255.0
    weight = cv2.GaussianBlur(mask, (0, 0), _EDGE_PX)[..., None]
    return np.clip(np.round(picture + weight * (source - picture)), 0, 255).astype(np.uint8)


def face_mesh(portrait: Image) -> Floats:
    """Return the mesh ``(468, 2)`` of the largest face."""
    faces = Mtcnn(open_runtime("onnx").cascade()).detect([portrait])[0]
    face = max(faces, key=lambda found: found.box[2] - found.box[0])
    if face.landmarks is None:
        raise ValueError("the portrait's face has no landmarks")
    return FaceMesh().locate(portrait, face.box, face.landmarks[:2])[0]


def _magnified(image: Image, centre: Floats, radius: float) -> Image:
    """Enlarge what is around ``centre``, less and less up to ``radius`` pixels from it."""
    y, x = np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32)
    dx, dy = x - centre[0], y - centre[1]
    distance = (dx * dx + dy * dy) / np.float32(radius * radius)
    shrunk = np.where(distance < 1, 1 - _LARGER * (1 - distance) ** 2, 1).astype(np.float32)
    return np.asarray(
        cv2.remap(image, centre[0] + dx * shrunk, centre[1] + dy * shrunk, cv2.INTER_CUBIC), np.uint8
    )


def _write_clip(portrait: Image, edited: Image, path: Path) -> None:
    with av.open(str(path), "w", options={"movflags": "faststart"}) as container:
        options = {"crf": "24", "preset": "slow", "threads": "1"}
        stream = container.add_stream("libx264", rate=_FPS, options=options)
        assert isinstance(stream, VideoStream)
        (stream.width, stream.height), stream.pix_fmt = _SIZE, "yuv420p"
        for frame in _frames(portrait, edited):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode(None))


def _frames(portrait: Image, edited: Image) -> Iterator[Image]:
    """Pan and zoom over the portrait, from an eighth of the clip on over the edited one."""
    count = _FPS * _SECONDS
    for index in range(count):
        share = index / (count - 1)
        eased = share * share * (3.0 - 2.0 * share)
        across = _WINDOW[0] + eased * (_WINDOW[1] - _WINDOW[0])
        centre = (210.0 + 24.0 * eased, 126.0 - 6.0 * eased)
        scale = _SIZE[0] / across
        move = np.array(
            [[scale, 0, _SIZE[0] / 2 - scale * centre[0]], [0, scale, _SIZE[1] / 2 - scale * centre[1]]]
        )
        source = portrait if index < count // 8 else edited
        yield np.asarray(
            cv2.warpAffine(source, move, _SIZE, flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE),
            np.uint8,
        )
