"""How alike one person's faces look, and two people's: what the thresholds of `faces.tracks` rest on.

    python -m benchmarks.appearance [--data FOLDER] [--quick]

Pairs of one person are two faces of one video in which every sampled frame shows exactly one face; pairs of
two people are faces of two such videos from different groups.
"""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import numpy as np

from benchmarks.footage import NoFootageError, find_videos
from benchmarks.options import Settings, parse
from benchmarks.report import Figure, Section, Target, print_section
from detector.contracts import Floats, Limits, MediaError
from detector.faces.crop import make_face
from detector.faces.mtcnn import Mtcnn
from detector.faces.tracks import LOOSE, STRICT, appearance, distance
from detector.media import open_media
from detector.runtimes.choice import open_runtime

_FRAMES = 8
_SHARE = Target(">=", 95.0)
_PERCENTILES = (1, 5, 50, 95, 99)


def measure(settings: Settings) -> Section:
    """Measure all of this module's figures."""
    title = "Appearance: distances of faces"
    try:
        videos = find_videos(settings.data)
    except NoFootageError as reason:
        return Section(title, notes=(str(reason),))
    finder = Mtcnn(open_runtime("onnx").cascade())
    people = [
        (video.group, looks_in(video.path, finder)) for video in (videos[::10] if settings.quick else videos)
    ]
    people = [(group, looks) for group, looks in people if len(looks) > 1]
    same = np.asarray([distance(a, b) for _, looks in people for a, b in combinations(looks, 2)])
    # Two faces per video are enough here: there are as many pairs of videos as half their number squared.
    different = np.asarray(
        [
            distance(a, b)
            for (one, here), (other, there) in combinations(people, 2)
            if one != other
            for a in here[:: len(here) - 1]
            for b in there[:: len(there) - 1]
        ]
    )
    return Section(title, figures_of(same, different), (f"{len(people)} videos that show one person",))


def figures_of(same: Floats, different: Floats) -> tuple[Figure, ...]:
    """Turn the distances of pairs into figures."""
    return (
        Figure(
            f"pairs of one person up to STRICT, {STRICT:g}", percent(same <= STRICT), "%", None, _SHARE, 1
        ),
        Figure(
            f"pairs of two people above STRICT, {STRICT:g}", percent(different > STRICT), "%", None, _SHARE, 1
        ),
        Figure(f"pairs of one person up to LOOSE, {LOOSE:g}", percent(same <= LOOSE), "%", digits=1),
        Figure(f"pairs of two people above LOOSE, {LOOSE:g}", percent(different > LOOSE), "%", digits=1),
        *_percentiles("one person", same),
        *_percentiles("two people", different),
    )


def looks_in(path: Path, finder: Mtcnn) -> list[Floats]:
    """Return the face's appearance in each sampled frame; none unless every frame shows exactly one face."""
    looks = []
    try:
        with open_media(path, _FRAMES, Limits()) as media:
            for sample, frame in enumerate(media.frames()):
                found = finder.detect([frame.rgb])[0]
                if len(found) != 1:
                    return []
                looks.append(appearance(make_face(frame, sample, sample, found[0]).thumbnail))
    except MediaError:
        return []
    return looks


def percent(hits: np.ndarray[tuple[int, ...], np.dtype[np.bool_]]) -> float:
    """Return the share of true entries in percent; 0 of none."""
    return 100.0 * float(hits.mean()) if hits.size else 0.0


def _percentiles(who: str, distances: Floats) -> list[Figure]:
    if not distances.size:
        return []
    values = np.percentile(distances, _PERCENTILES).tolist()
    return [
        Figure(f"{who}: percentile {rank} of {distances.size} pairs", value, digits=3)
        for rank, value in zip(_PERCENTILES, values, strict=True)
    ]


if __name__ == "__main__":
    print_section(measure(parse(__doc__)))
