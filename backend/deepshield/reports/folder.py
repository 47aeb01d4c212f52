"""Writing an analysed file's folder: ``analysis.json``, pictures of moments and persons, the timeline."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deepshield.reports.document import PHOTO, artifact_name, file_json, result_document, thumbnail_name
from deepshield.reports.jpeg import jpeg
from deepshield.reports.png import png
from deepshield.reports.timeline import timeline_png
from deepshield.result import AnalysisResult
from deepshield.result_provenance import Provenance
from detector.contracts import Analysis, Image, Track
from detector.model import Model

_Encoder = Callable[[Image], bytes]

DOCUMENT = "analysis.json"
_ENCODERS = 2  # threads: encoding leaves the interpreter to others
_MOST_PERSONS = 12  # with a picture each


def write_folder(
    analysis: Analysis, model: Model, path: Path, folder: Path, provenance: Provenance | None = None
) -> AnalysisResult:
    """Write everything about one file into ``folder`` and return the result; see `result_document`.

    The folder appears whole or not at all; an earlier analysis in it is replaced. Raises OSError.
    """
    pictures = {
        artifact_name(moment, kind): image
        for moment in analysis.moments
        for kind, image in (("crop", moment.crop), ("overlay", moment.overlay))
    } | {thumbnail_name(track): _thumbnail(track) for track in analysis.tracks[:_MOST_PERSONS]}
    photographs = {
        artifact_name(moment, kind): image
        for moment in analysis.moments
        for kind, image in (
            ("face", moment.face_picture),
            ("frame", moment.frame_overlay),
            ("picture", moment.picture),
        )
    }
    if analysis.picture is not None:
        photographs[PHOTO] = analysis.picture
    names = {name: name for name in (*pictures, *photographs)}
    result = result_document(analysis, model, names, provenance)
    folder.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder.parent))
    try:
        _write_pictures(partial, ((png, pictures), (jpeg, photographs)))
        if analysis.media.media_type == "video" and analysis.tracks and analysis.mark is None:
            (partial / "timeline.png").write_bytes(timeline_png(result))
        (partial / DOCUMENT).write_text(file_json(path, result, indent=1) + "\n", encoding="ascii")
        partial.chmod(0o755)
        _replace(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return result


def _write_pictures(folder: Path, wanted: Sequence[tuple[_Encoder, Mapping[str, Image]]]) -> None:
    """Write the pictures under their names, each encoded once: a still's moments share their picture."""
    jobs: dict[tuple[_Encoder, int], tuple[Image, list[str]]] = {}
    for encoder, images in wanted:
        for name, image in images.items():
            jobs.setdefault((encoder, id(image)), (image, []))[1].append(name)
    with ThreadPoolExecutor(_ENCODERS) as pool:
        files = pool.map(lambda job: job[0][0](job[1][0]), jobs.items())
        for (_, names), encoded in zip(jobs.values(), files, strict=True):
            for name in names:
                (folder / name).write_bytes(encoded)


def folder_name(path: Path, taken: set[str]) -> str:
    """Return a file's name made safe for a folder, with a number where it is already in ``taken``."""
    readable = os.fspath(path.name).encode("utf-8", "replace").decode()
    safe = re.sub(r"[^\w.\- ()+@]", "_", readable).strip(" .")[:150] or "file"
    name, number = safe, 2
    while name.casefold() in taken:
        name = f"{safe} ({number})"
        number += 1
    taken.add(name.casefold())
    return name


def _thumbnail(track: Track) -> Image:
    """Return the person's face with the largest product of size and sharpness."""
    faces = [score.face for score in track.scores]
    best = max(faces, key=lambda face: face.size_px * face.sharpness)
    return best.thumbnail if best.portrait is None else best.portrait


def _replace(partial: Path, folder: Path) -> None:
    if folder.exists():
        if not (folder / DOCUMENT).exists() and any(folder.iterdir()):
            raise FileExistsError(f"{folder} contains something else than an analysis")
        shutil.rmtree(folder)
    partial.rename(folder)
