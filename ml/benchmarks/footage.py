"""Frames of real videos to measure on: the videos of a labelled folder, where there is one.

The folder holds ``dev-eval/manifest.jsonl``, one line per file with at least ``file``, ``kind`` and
``group``; files of one group show the same people.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np

from detector.contracts import Image

MANIFEST = "dev-eval/manifest.jsonl"
BESIDE_SECONDS = 0.1  # from a moment to the frames before and after it


class NoFootageError(Exception):
    """There are no videos to measure on; the message says where they were looked for."""


@dataclass(frozen=True, slots=True)
class Video:
    """A video file and the group of files that show the same people."""

    path: Path
    group: str
    dataset: str


def find_videos(data: Path) -> list[Video]:
    """Return the videos under ``data``, in the manifest's order; raises `NoFootageError`."""
    manifest = data / MANIFEST
    try:
        records = [json.loads(line) for line in manifest.read_text().splitlines()]
    except OSError as error:
        raise NoFootageError(f"skipped: {manifest} cannot be read") from error
    # A manifest's paths start either at its own folder or at the one above it.
    roots = (data, manifest.parent)
    found = [
        Video(next(path for path in places if path.is_file()), record["group"], record.get("dataset", ""))
        for record in records
        if record["kind"] == "video"
        and any((places := [root / record["file"] for root in roots])[i].is_file() for i in range(len(roots)))
    ]
    if not found:
        raise NoFootageError(f"skipped: none of the videos named by {manifest} is there")
    return found


def find_stills(data: Path, most: int, label: str | None = None) -> list[Path]:
    """Return a random choice of the stills under ``data``, of one label or any; raises `NoFootageError`."""
    manifest = data / MANIFEST
    try:
        records = [json.loads(line) for line in manifest.read_text().splitlines()]
    except OSError as error:
        raise NoFootageError(f"skipped: {manifest} cannot be read") from error
    stills = [r["file"] for r in records if r["kind"] == "image" and label in (None, r["label"])]
    paths = [
        next((path for path in (data / file, manifest.parent / file) if path.is_file()), None)
        for file in np.random.default_rng(5).permutation(stills).tolist()
    ]
    return [path for path in paths if path is not None][:most]


def read_still(path: Path) -> Image:
    """Return a picture as RGB; raises `NoFootageError` where it cannot be read."""
    picture = cv2.imread(str(path))
    if picture is None:
        raise NoFootageError(f"skipped: {path} cannot be read")
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2RGB), np.uint8)


def triples(path: Path, count: int) -> Iterator[list[Image]]:
    """Yield ``count`` moments spread over a video, each as three frames a tenth of a second apart.

    A clip too short for a moment's neighbours gives fewer moments.
    """
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        stream.thread_type = "AUTO"
        rate = float(stream.average_rate or 25)
        total = stream.frames or round(rate * float(container.duration or 0) / av.time_base)
        step = max(1, round(BESIDE_SECONDS * rate))
        middles = np.linspace(step, total - 1 - step, count + 2)[1:-1].round().astype(int).tolist()
        wanted = {middle + offset for middle in middles for offset in (-step, 0, step)}
        kept: dict[int, Image] = {}
        for index, picture in enumerate(container.decode(stream)):
            if index in wanted:
                kept[index] = np.asarray(picture.to_ndarray(format="rgb24"), np.uint8)
            if index >= max(wanted):
                break
    for middle in sorted(set(middles)):
        if all(middle + offset in kept for offset in (-step, 0, step)):
            yield [kept[middle + offset] for offset in (-step, 0, step)]
