"""Bursts in a folder: one ``.npz`` per clip with what the network and the track give, no pixels."""

from __future__ import annotations

import hashlib
import json
import time
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import av
import numpy as np

from detector.contracts import CropSpec, Detector, Floats
from detector.faces.crop import crop_face
from detector.networks import Network
from detector.score import score_crops
from training.labelled.manifest import read_lines
from training.sequence.bursts import BURSTS, Burst, Region, read_bursts
from training.sequence.pseudo import AUTHENTIC, FAKES, near

_CHANGES = {**FAKES, **AUTHENTIC}


@dataclass(frozen=True, slots=True)
class Row:
    """A labelled clip of a manifest; ``method`` is "" where it is authentic."""

    file: str
    fake: bool
    dataset: str
    group: str
    method: str
    region: Region | None = None

    @property
    def name(self) -> str:
        """A name for the clip: several rows of one file differ in their region."""
        return hashlib.sha256(f"{self.file} {self.region}".encode()).hexdigest()[:24]


@dataclass(frozen=True, slots=True)
class Track:
    """One burst of T frames: as it is (``kind`` is ""), or changed in a way that `pseudo` names."""

    kind: str
    features: Floats  # (T, C): pooled, of crops that one box cuts
    logits: Floats  # (T, traces): of the same crops
    served: Floats  # (T, traces): of crops as serving cuts them; (0, traces) where not asked for
    boxes: Floats  # (T, 4)
    landmarks: Floats  # (T, 5, 2)
    seconds: Floats  # (T,)

    @property
    def fake(self) -> bool:
        """Whether it was made a fake of an authentic burst."""
        return self.kind in FAKES


@dataclass(frozen=True, slots=True)
class Clip:
    """A clip with its bursts; none where no face could be followed."""

    row: Row
    rate: float  # frames per second
    tracks: tuple[Track, ...]


class Extractor:
    """Makes clips of files with the networks of a bundle."""

    def __init__(
        self,
        detector: Detector,
        network: Network,
        spec: CropSpec,
        pseudo: bool = False,
        served: bool = False,
        most: int = BURSTS,
    ) -> None:
        """Prepare for at most so many bursts of a clip.

        ``pseudo`` asks for changed bursts of authentic clips, ``served`` for logits as served.
        """
        self._detector, self._network, self._spec = detector, network, spec
        self._pseudo, self._served, self._most = pseudo, served, most

    def clip(self, data: Path, row: Row) -> Clip:
        """Return the clip of ``data / row.file``; changes are drawn by the clip's name alone."""
        rate, bursts = read_bursts(data / row.file, row.region, self._detector, self._most)
        tracks = [self._track("", burst, self._served) for burst in bursts]
        if self._pseudo and not row.fake:
            tracks += self._changed([near(burst) for burst in bursts], zlib.crc32(row.name.encode()))
        return Clip(row, rate, tuple(tracks))

    def _changed(self, bursts: Sequence[Burst], seed: int) -> Iterator[Track]:
        """Yield a pseudo-fake of every burst, and an authentic change of every second one."""
        rng = np.random.default_rng(seed)
        kinds = rng.permutation(list(FAKES)).tolist()
        for place, burst in enumerate(bursts):
            other = bursts[(place + 1) % len(bursts)]
            for kind in (kinds[place % len(kinds)], *(AUTHENTIC if place % 2 == 0 else ())):
                yield self._track(kind, _CHANGES[kind](burst, other, rng), served=False)

    def _track(self, kind: str, burst: Burst, served: bool) -> Track:
        steady = [crop_face(picture, burst.place, None, self._spec) for picture in burst.pictures]
        scores = score_crops(self._network, steady, self._spec)
        logits = scores.logits[:0]
        if served:
            boxes = [(float(a), float(b), float(c), float(d)) for a, b, c, d in burst.boxes]
            seen = zip(burst.pictures, boxes, burst.landmarks, strict=True)
            crops = [crop_face(picture, box, marks, self._spec) for picture, box, marks in seen]
            logits = score_crops(self._network, crops, self._spec).logits
        return Track(
            kind, scores.features, scores.logits, logits, burst.boxes, burst.landmarks, burst.seconds
        )


def read_rows(manifest: Path) -> list[Row]:
    """Return the clips of a manifest in an order that mixes sources and labels, the same for the same files.

    Lines need file, kind and label; dataset, group, the method (``made_by`` or ``manipulation``) and region
    are optional. Raises ValueError with the line's number for a line that is not valid.
    """
    rows = (row for row in read_lines(manifest, lambda given, _: _clip_row(given)) if row is not None)
    return sorted(rows, key=lambda row: row.name)


def _clip_row(given: dict[str, Any]) -> Row | None:
    """Return the row of a clip, None for a still."""
    if given["kind"] != "video":
        return None
    fake, region = given["label"] == "fake", given.get("region")
    return Row(
        given["file"],
        fake,
        given.get("dataset") or Path(given["file"]).parent.name,
        given.get("group") or given["file"],
        (given.get("made_by") or given.get("manipulation") or "unknown") if fake else "",
        None if region is None else (region[0], region[1], region[2], region[3]),
    )


def keep(
    extractor: Extractor,
    rows: Sequence[Row],
    data: Path,
    folder: Path,
    minutes: float | None,
    tell: Callable[[str], None],
) -> bool:
    """Add the clips that ``folder`` lacks, or has under another label; return whether all are there in time.

    It ends after ``minutes``. A clip that cannot be decoded is kept without bursts, and told.
    """
    folder.mkdir(parents=True, exist_ok=True)
    end = None if minutes is None else time.monotonic() + 60.0 * minutes
    done = 0
    for row in rows:
        file = folder / f"{row.name}.npz"
        if file.exists() and _row_of(file) == row:
            continue
        if end is not None and time.monotonic() > end:
            return False
        try:
            clip = extractor.clip(data, row)
        except av.FFmpegError as error:
            tell(f"{row.file}: {error}")
            clip = Clip(row, 0.0, ())
        _write(clip, file)
        done += 1
        if done % 25 == 0:
            tell(f"{done} clips")
    return True


def read_kept(folder: Path) -> list[Clip]:
    """Read all clips that have a burst; raises FileNotFoundError for a folder without any."""
    clips = [clip for file in sorted(folder.glob("*.npz")) if (clip := _read(file)).tracks]
    if not clips:
        raise FileNotFoundError(f"{folder} has no clips; make them with `sequence-bursts`")
    return clips


_ARRAYS = ("features", "logits", "served", "boxes", "landmarks", "seconds")


def _write(clip: Clip, file: Path) -> None:
    about = {"row": asdict(clip.row), "rate": clip.rate, "kinds": [track.kind for track in clip.tracks]}
    arrays: dict[str, Any] = {"about": np.asarray(json.dumps(about))}
    for place, track in enumerate(clip.tracks):
        for name in _ARRAYS:
            values = np.asarray(getattr(track, name))
            arrays[f"{place}.{name}"] = values.astype(np.float16 if name == "features" else np.float32)
    partial = file.with_suffix(".partial.npz")
    np.savez(partial, **arrays)
    partial.replace(file)


def _read(file: Path) -> Clip:
    with np.load(file, allow_pickle=False) as arrays:
        about = json.loads(str(arrays["about"]))
        return Clip(_row(about["row"]), about["rate"], tuple(_tracks(arrays, about["kinds"])))


def _row_of(file: Path) -> Row:
    with np.load(file, allow_pickle=False) as arrays:
        return _row(json.loads(str(arrays["about"]))["row"])


def _row(values: dict[str, Any]) -> Row:
    return Row(**{**values, "region": tuple(values["region"]) if values["region"] else None})


def _tracks(arrays: Any, kinds: Sequence[str]) -> Iterator[Track]:
    for place, kind in enumerate(kinds):
        yield Track(kind, *(arrays[f"{place}.{name}"].astype(np.float32) for name in _ARRAYS))
