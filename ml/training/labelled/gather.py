"""A list of labelled files in public repositories, made into crops and a manifest of them.

A list is JSON lines, one per file and part of it that counts. Required: ``label``, ``kind``, ``source_repo``
("owner/name" at GitHub), ``source_path``, ``commit``, ``blob`` (git's name of the content) and ``sha256``.
Optional: ``cut`` of a still and ``region`` of a clip, ``[x, y, width, height]`` in pixels, and whatever a
manifest says of a file (`training.labelled.manifest`). No pixels are in it: the files are read from the
repositories themselves.
"""

from __future__ import annotations

import hashlib
import json
import math
import re
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from detector.contracts import CropSpec, Detection, Detector, Image, Limits, MediaError
from detector.faces.crop import crop_face
from detector.media import open_media
from training.labelled.manifest import CROP_SIDE, read_lines

GITHUB = "https://github.com"

_SMALLEST = 60  # pixels of a face's longer side
_LARGEST = 216  # pixels of a crop's side
_QUALITY = 88  # of WebP, for both classes alike
_FRAMES = 6  # of a clip
_LIMITS = Limits(max_seconds=7200.0)

_HASH = "[0-9a-f]{40}"
_FORMS = {
    "source_repo": r"[\w-]+/[\w.-]+",
    "source_path": ".+",
    "commit": _HASH,
    "blob": _HASH,
    "sha256": "[0-9a-f]{64}",
}

Part = tuple[int, int, int, int]
"""A part of a picture, or of every frame: x, y, width and height in pixels."""


@dataclass(frozen=True, slots=True)
class ListedFile:
    """One row of a list."""

    row: dict[str, Any]  # as it stands there
    repository: str
    blob: str
    sha256: str
    part: Part | None

    @property
    def folder(self) -> str:
        """The name of the repository's folder."""
        return self.repository.replace("/", "+")

    @property
    def name(self) -> str:
        """A name for the part of the file: several rows of one file differ in it."""
        return hashlib.sha256(f"{self.sha256} {self.part}".encode()).hexdigest()[:16]


def read_list(path: Path) -> list[ListedFile]:
    """Return the files of a list; raises ValueError with the line's number for one that is not valid."""
    return list(read_lines(path, lambda row, _: _listed(row)))


def _listed(row: dict[str, Any]) -> ListedFile:
    part = row.get("cut") or row.get("region")
    if part is not None and (len(part) != 4 or min(part) < 0):
        raise ValueError(f"{part} is no part of a picture: write [x, y, width, height] in pixels")
    for name, form in _FORMS.items():
        if not re.fullmatch(form, row[name]):
            raise ValueError(f"{name} is {row[name]!r}, which is none")
    return ListedFile(
        row, row["source_repo"], row["blob"], row["sha256"], None if part is None else tuple(part)
    )


def clone_missing(files: list[ListedFile], repositories: Path, base: str = GITHUB) -> None:
    """Clone the repositories of files that have no folder yet: what is listed in them, contents as needed.

    Raises RuntimeError where git refuses, with what it says.
    """
    for repository in sorted({file.repository for file in files}):
        folder = repositories / repository.replace("/", "+") / "repo"
        if not folder.is_dir():
            folder.parent.mkdir(parents=True, exist_ok=True)
            _git("clone", "--quiet", "--bare", "--filter=blob:none", f"{base}/{repository}", str(folder))


def read_blob(file: ListedFile, repositories: Path) -> bytes:
    """Return the content of a file from ``owner+name/repo``, a git folder or a checkout.

    Raises FileNotFoundError without that folder, RuntimeError where git does not have the content, and
    ValueError for one that is not as listed.
    """
    folder = repositories / file.folder / "repo"
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is missing: clone it with --clone")
    data = _git("-C", str(folder), "cat-file", "blob", file.blob)
    if hashlib.sha256(data).hexdigest() != file.sha256:
        raise ValueError(f"{file.row['source_path']} of {file.repository} is not as listed (SHA-256)")
    return data


def find_crops(data: bytes, part: Part | None, detector: Detector) -> list[tuple[Image, float]]:
    """Return crops of the largest face of a still, or of up to six frames that are spread over a clip.

    Each with the longer side of the face in pixels. Faces of less than 60 pixels are left out, crops are
    never enlarged. Raises `MediaError` for what does not decode.
    """
    with tempfile.NamedTemporaryFile() as file:
        file.write(data)
        file.flush()
        with open_media(Path(file.name), _FRAMES, _LIMITS) as media:
            pictures = [_part(frame.rgb, part) for frame in media.frames()]
    return faces_of(pictures, detector)


def faces_of(pictures: Sequence[Image], detector: Detector) -> list[tuple[Image, float]]:
    """Return the crop of each picture's largest face, if it has 60 pixels or more, and its longer side."""
    faces = ((picture, detector.detect([picture], _SMALLEST)[0]) for picture in pictures)
    return [_crop(picture, found[0]) for picture, found in faces if found and _longer(found[0]) >= _SMALLEST]


def write_crops(found: Sequence[tuple[Image, float]], out: Path, name: str) -> list[dict[str, Any]]:
    """Write crops to ``out/crops`` under a name of their own; return what a manifest says of them."""
    crops = []
    for number, (crop, face_px) in enumerate(found):
        file = f"crops/{name}-{number}.webp"
        options = [cv2.IMWRITE_WEBP_QUALITY, _QUALITY]
        cv2.imwrite(str(out / file), cv2.cvtColor(crop, cv2.COLOR_RGB2BGR), options)
        crops.append({"crop": file, "face_px": round(face_px)})
    return crops


def gather(
    files: list[ListedFile],
    repositories: Path,
    out: Path,
    detector: Detector,
    report: Callable[[str], None],
) -> int:
    """Write the crops of files and ``manifest.jsonl`` to ``out``; return how many files have some.

    What was stopped is continued. Files without a face, and those that cannot be read, are reported.
    """
    (out / "crops").mkdir(parents=True, exist_ok=True)
    done = dict(_written(out / "kept.jsonl"))
    with (out / "kept.jsonl").open("a") as kept:
        for file in files:
            if file.name in done:
                continue
            done[file.name] = crops = _stored(file, repositories, out, detector, report)
            kept.write(json.dumps({"name": file.name, "crops": crops}) + "\n")
            kept.flush()
    rows = [{**file.row, "crops": done[file.name]} for file in files if done[file.name]]
    (out / "manifest.jsonl").write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return len(rows)


def _written(path: Path) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    for line in path.read_text().splitlines() if path.exists() else ():
        row = json.loads(line)
        yield row["name"], row["crops"]


def _stored(
    file: ListedFile, repositories: Path, out: Path, detector: Detector, report: Callable[[str], None]
) -> list[dict[str, Any]]:
    where = f"{file.repository}: {file.row['source_path']}"
    try:
        found = find_crops(read_blob(file, repositories), file.part, detector)
    except (MediaError, RuntimeError, ValueError) as error:
        report(f"{where}: {error}")
        return []
    if not found:
        report(f"{where}: no face of {_SMALLEST} pixels or more")
    return write_crops(found, out, file.name)


def _part(rgb: Image, part: Part | None) -> Image:
    if part is None:
        return rgb
    x, y, width, height = part
    return np.ascontiguousarray(rgb[y : y + height, x : x + width])


def _crop(picture: Image, face: Detection) -> tuple[Image, float]:
    side = _longer(face)
    size = min(_LARGEST, math.floor(CROP_SIDE * side))
    spec = CropSpec(size=size, margin=(CROP_SIDE - 1.0) / 2.0)
    return crop_face(picture, face.box, None, spec), side


def _longer(face: Detection) -> float:
    left, top, right, bottom = face.box
    return max(right - left, bottom - top)


def _git(*arguments: str) -> bytes:
    ran = subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S603, S607 - git's own arguments
    if ran.returncode:
        raise RuntimeError(ran.stderr.decode(errors="replace").strip())
    return ran.stdout
