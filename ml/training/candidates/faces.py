"""The faces that a candidate learns from: of files of the split `train`, as the serving path finds them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from rich.progress import track

from detector.contracts import CropSpec, Detector, Face, Floats, Image, Limits, MediaError
from detector.faces import tracks
from detector.media import open_media
from detector.see import see
from training.candidates.version import File, VersionError
from training.labelled.manifest import CROP_SIDE
from training.labelled.pack import LabelledPack, pack_labelled
from training.labelled.sampler import SamplerConfig
from training.labelled.split import Split

_FRAMES = 6  # of a clip
_SIDE = 216  # pixels of a stored crop at most
_SPEC = CropSpec(size=_SIDE, margin=(CROP_SIDE - 1.0) / 2.0)
_EVERYTHING = Split((), frozenset(), frozenset())
_SIZES, _REDUCTION = (44, *SamplerConfig().sizes), SamplerConfig().reduction
_FOUND, _PACK = "found.jsonl", "pack"


def pack_faces(folder: Path, files: Sequence[File], detector: Detector, out: Path) -> LabelledPack:
    """Pack the faces of ``files``, whose paths start from ``folder``; faces found before are used again.

    Label and group are always those of ``files``. Of a file with several people the one whose faces are
    largest is taken, since a fake of one person says nothing of another. Raises `VersionError` when a class
    shows no face.
    """
    out.mkdir(parents=True, exist_ok=True)
    log = out / _FOUND
    done = _whole_rows(log)
    with log.open("a") as found:
        for file in track([one for one in files if one.sha256 not in done], "faces to learn from"):
            crops = _stored(file, _crops(folder / file.entry.file, detector), out)
            found.write(json.dumps({"sha256": file.sha256, "crops": crops}) + "\n")
            found.flush()
            done[file.sha256] = crops
    rows = [_row(file, done[file.sha256]) for file in files]
    if {row["label"] for row in rows if row["crops"]} != {"real", "fake"}:
        raise VersionError("the split train shows faces of one class alone: nothing can be learned from them")
    manifest = out / "manifest.jsonl"
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows if row["crops"]))
    pack_labelled([manifest], _EVERYTHING, out / _PACK)
    return LabelledPack(out / _PACK)


def sampling(pack: LabelledPack) -> SamplerConfig:
    """Return draws that a pack can give: of kinds with both classes, at sizes that all sides have.

    A kind is drawn as often as it has fakes, but for a fifth at least where both have some. Raises
    `VersionError` where no kind, or no size, is shared by both classes.
    """
    records = pack.records
    usable = [np.flatnonzero(records["video"] == video) for video in (False, True)]
    usable = [rows if len(set(records["fake"][rows].tolist())) == 2 else rows[:0] for rows in usable]
    fakes = [int(records["fake"][rows].sum()) for rows in usable]
    if not sum(fakes):
        raise VersionError("no kind of media, stills or clips, has faces of both classes in the split train")
    clips = fakes[1] / sum(fakes)
    clips = min(max(clips, 0.2), 0.8) if all(fakes) else clips
    blended = [
        float((records["trace"][rows] == "blending").sum() / count) if count else 0.0
        for rows, count in zip(usable, fakes, strict=True)
    ]
    sides = [
        rows[records["trace"][rows] == trace]
        for rows in usable
        for trace in np.unique(records["trace"][rows])
    ]
    sizes = tuple(
        size for size in _SIZES if all(pack.can_show(side, size, _REDUCTION).any() for side in sides)
    )
    if not sizes:
        raise VersionError(
            f"all faces of some class are under {_SIZES[0] * _REDUCTION:.0f} px: too small to learn from"
        )
    return SamplerConfig(clips, blended[0], blended[1], sizes, _REDUCTION)


def _crops(path: Path, detector: Detector) -> list[tuple[Image, float]]:
    """Return the stored crops of a file's largest person, and the longer side of each face in pixels."""
    faces: list[Face] = []
    crops: list[Image] = []
    longer: list[float] = []
    signatures: list[Floats] = []
    try:
        with open_media(path, _FRAMES, Limits()) as media, closing(see(media, detector, _SPEC)) as frames:
            for seen in frames:
                signatures.append(tracks.signature(seen.frame.rgb))
                faces.extend(seen.faces)
                crops.extend(seen.crops)
                longer.extend(_longer_side(face, seen.frame.scale) for face in seen.faces)
    except MediaError:
        return []
    if not faces:
        return []
    largest = max(tracks.link(faces, signatures), key=lambda rows: sum(longer[row] for row in rows))
    return [(_reduced(crops[row], longer[row]), longer[row]) for row in largest]


def _longer_side(face: Face, scale: tuple[float, float]) -> float:
    x0, y0, x1, y1 = face.box
    return max((x1 - x0) / scale[0], (y1 - y0) / scale[1])


def _reduced(crop: Image, face_px: float) -> Image:
    """Return the crop at no more pixels than its frame had."""
    side = max(8, min(_SIDE, round(CROP_SIDE * face_px)))
    return np.asarray(cv2.resize(crop, (side, side), interpolation=cv2.INTER_AREA), np.uint8)


def _stored(file: File, crops: Sequence[tuple[Image, float]], out: Path) -> list[dict[str, Any]]:
    """Write a file's crops below ``out`` and return their names with the longer side of each face."""
    named = []
    for number, (crop, face_px) in enumerate(crops):
        name = f"{file.sha256[:32]}-{number}.png"
        cv2.imwrite(str(out / name), cv2.cvtColor(crop, cv2.COLOR_RGB2BGR))
        named.append({"crop": name, "face_px": face_px})
    return named


def _row(file: File, crops: list[dict[str, Any]]) -> dict[str, Any]:
    """Return what is learned of a file: what the version says of it now, and its faces."""
    entry = file.entry
    return {
        "sha256": file.sha256,
        "label": entry.label,
        "kind": entry.kind,
        "dataset": file.source,
        "group": entry.group,
        "made_by": entry.manipulation,
        "trace": file.trace,
        "crops": crops,
    }


def _whole_rows(log: Path) -> dict[str, list[dict[str, Any]]]:
    """Return the faces that an earlier call found, by hash; a last line that it was killed in is dropped."""
    if not log.exists():
        return {}
    text = log.read_text()
    whole = text[: text.rfind("\n") + 1]
    if whole != text:
        log.write_text(whole)
    return {row["sha256"]: row["crops"] for row in map(json.loads, whole.splitlines())}
