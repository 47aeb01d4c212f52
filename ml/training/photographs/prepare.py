"""Photographs and a manifest to a `Pack`.

Every face is found by the serving detector, so that the boxes that training jitters are the boxes that
serving crops.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from detector.contracts import Box, CropSpec, Detection, Floats, Image
from detector.faces.crop import crop_face
from detector.faces.mtcnn import Mtcnn
from detector.runtimes.choice import open_runtime
from training.photographs.donors import DONORS, find_donors
from training.photographs.landmarks import FaceMesh
from training.photographs.pack import DERIVED, PIXELS, RECORDS, Photo

PATCH = 320  # pixels; a larger photograph is cut to a square of this side around the face
CONTEXT = 0.4  # of the box's longer side around the box, what jittered crops can reach
MESH_CONFIDENCE = 0.95
VALIDATION_SHARE = 0.05
_BATCH = 32


@dataclass(frozen=True, slots=True)
class _Found:
    entry: dict[str, Any]
    photo: Photo
    whole: bool  # the detector saw the whole face, not one cut by the photograph's border


def prepare(data: Path, out: Path, seed: int = 0, limit: int | None = None) -> Counter[str]:
    """Write ``data``'s photographs as a pack to ``out``; return how many were kept, and why others not."""
    entries = [json.loads(line) for line in (data / "manifest.jsonl").read_text().splitlines()][:limit]
    counts: Counter[str] = Counter()
    found = list(_find(data, entries, counts))
    if not found:
        raise ValueError(f"no photograph under {data} shows a face: {dict(counts)}")
    found = _complete_boxes(found)
    found = [replace(item, photo=_patch(item.photo)) for item in found]
    _write(out, found, np.random.default_rng(seed))
    counts["kept"] = len(found)
    return counts


def _find(data: Path, entries: list[dict[str, Any]], counts: Counter[str]) -> list[_Found]:
    detector, mesh = Mtcnn(open_runtime("onnx").cascade()), FaceMesh()
    found = []
    for start in range(0, len(entries), _BATCH):
        part = entries[start : start + _BATCH]
        images = [_read(data / entry["file"]) for entry in part]
        for entry, image, faces in zip(part, images, detector.detect(images), strict=True):
            face = _choose(faces, entry["face_box"])
            if face is None or face.landmarks is None:
                counts["no face"] += 1
                continue
            points, confidence = mesh.locate(image, face.box, face.landmarks[:2])
            if confidence < MESH_CONFIDENCE:
                counts["no mesh"] += 1
                continue
            found.append(
                _Found(entry, Photo(image, face.box, face.landmarks, points), _inside(face.box, image))
            )
        print(f"\r{start + len(part)}/{len(entries)} photographs, {len(found)} faces", end="", flush=True)
    print()
    return found


def _read(file: Path) -> Image:
    image = cv2.imread(str(file), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError(f"{file} is no image")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB), np.uint8)


def _choose(faces: list[Detection], face_box: list[float]) -> Detection | None:
    """Return the detection that overlaps the manifest's box (x, y, width, height) best, if any does."""
    x, y, width, height = face_box
    best = max(faces, key=lambda face: _overlap(face.box, (x, y, x + width, y + height)), default=None)
    return best if best and _overlap(best.box, (x, y, x + width, y + height)) > 0.3 else None


def _overlap(a: Box, b: Box) -> float:
    width, height = min(a[2], b[2]) - max(a[0], b[0]), min(a[3], b[3]) - max(a[1], b[1])
    shared = max(width, 0.0) * max(height, 0.0)
    return shared / ((a[2] - a[0]) * (a[3] - a[1]) + (b[2] - b[0]) * (b[3] - b[1]) - shared)


def _inside(box: Box, image: Image) -> bool:
    height, width = image.shape[:2]
    return bool(min(box[0], box[1], width - box[2], height - box[3]) >= 2.0)


def _complete_boxes(found: list[_Found]) -> list[_Found]:
    """Give faces that the photograph's border cuts the box that the detector reports for a whole face.

    Such boxes end at the border, so the face would come out larger in the crop than it does in serving.
    The shape of a whole face's box relative to the mesh is the median over the faces seen whole.
    """
    frames = [_mesh_frame(item.photo.mesh) for item in found]
    shapes = [
        (np.asarray(item.photo.box).reshape(2, 2) - centre) / side
        for item, (centre, side) in zip(found, frames, strict=True)
        if item.whole
    ]
    if not shapes:
        return found
    shape = np.median(shapes, axis=0)
    return [
        item if item.whole else replace(item, photo=replace(item.photo, box=_as_box(centre + shape * side)))
        for item, (centre, side) in zip(found, frames, strict=True)
    ]


def _mesh_frame(mesh: Floats) -> tuple[Floats, float]:
    low, high = mesh.min(axis=0), mesh.max(axis=0)
    return (low + high) / 2.0, float(high[1] - low[1])


def _as_box(corners: NDArray[np.float64]) -> Box:
    x0, y0, x1, y1 = corners.ravel().tolist()
    return x0, y0, x1, y1


def _patch(photo: Photo) -> Photo:
    """Cut the surroundings of the face out of a large photograph; a small one is kept as it is."""
    if max(photo.rgb.shape[:2]) <= PATCH:
        return photo
    x0, y0, x1, y1 = photo.box
    side = photo.size_px * (1.0 + 2.0 * CONTEXT)
    size = min(PATCH, round(side))
    rgb = crop_face(photo.rgb, photo.box, None, CropSpec(size=size, margin=CONTEXT))
    origin = np.round([(x0 + x1 - side) / 2.0, (y0 + y1 - side) / 2.0])
    scale = size / round(side)

    def moved(points: Floats) -> Floats:
        return np.asarray((points - origin) * scale, np.float32)

    box = _as_box(moved(np.asarray(photo.box, np.float32).reshape(2, 2)).astype(np.float64))
    return Photo(rgb, box, moved(photo.landmarks), moved(photo.mesh))


def _write(out: Path, found: list[_Found], rng: np.random.Generator) -> None:
    out.mkdir(parents=True, exist_ok=True)
    photos = [item.photo for item in found]
    sizes = np.asarray([photo.rgb.size for photo in photos], np.int64)
    for derived in DERIVED:
        (out / derived).unlink(missing_ok=True)  # of the photographs that were here before
    with (out / PIXELS).open("wb") as file:
        for photo in photos:
            file.write(photo.rgb.tobytes())
    # A photograph without a named identity is taken for a person of its own.
    identities = np.asarray([item.entry["identity"] or item.entry["file"] for item in found])
    names = np.unique(identities)
    held_out = rng.permutation(names)[: max(1, round(VALIDATION_SHARE * len(names)))]
    validation = np.isin(identities, held_out)
    np.savez(
        out / RECORDS,
        shape=np.asarray([photo.rgb.shape[:2] for photo in photos]),
        offset=np.cumsum(sizes) - sizes,
        box=np.asarray([photo.box for photo in photos], np.float32),
        landmarks=np.asarray([photo.landmarks for photo in photos], np.float32),
        mesh=np.asarray([photo.mesh for photo in photos], np.float32),
        identity=identities,
        validation=validation,
        donors=find_donors(photos, identities, validation, DONORS),
        name=np.asarray([item.entry["file"] for item in found]),
        source=np.asarray([item.entry["source"] for item in found]),
        licence=np.asarray([item.entry["licence"] for item in found]),
        tier=np.asarray([item.entry["tier"] for item in found]),
    )
