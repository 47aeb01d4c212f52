"""The most suspicious moments of an analysis, drawn."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence

from detector import explain
from detector.conclude import Rules
from detector.contracts import Decision, Moment, Track, Verdict
from detector.faces.crop import crop_corners
from detector.gallery import Gallery, Kept

_MOST_PEOPLE = 8  # with a moment each


def show(
    gallery: Gallery,
    persons: Sequence[Track],
    followed: str | None,
    rules: Rules,
    most: int,
    *,
    one_frame: bool,
) -> tuple[Moment, ...]:
    """Draw up to ``most`` moments, and more where there are more persons, so that up to 8 of them have one.

    Those of the person whom the verdict follows come first. Where a person's estimate is withheld, no score
    of that person is written: it would pass for one. ``one_frame`` says that a face's score is the estimate.
    """
    letters = {score.index: person.person for person in persons for score in person.scores}
    count = max(most, min(len(persons), _MOST_PEOPLE))
    given = {one.person for one in persons if _are_scores_given(one.decision, one_frame)}
    return tuple(
        _moment(rank, kept, position, letters[kept.scores[position].index], given, rules)
        for rank, (kept, position) in enumerate(gallery.pick(letters, followed, count), start=1)
    )


def _are_scores_given(decision: Decision, one_frame: bool) -> bool:
    if decision.verdict in (Verdict.MANIPULATED, Verdict.NO_SIGNS):
        return True
    return not one_frame and decision.probability is not None


def _moment(
    rank: int, kept: Kept, position: int, person: str, given: Collection[str], rules: Rules
) -> Moment:
    score, crop = kept.scores[position], kept.crops[position]
    probability = rules.calibration.probability(score.logit)
    face = score.face
    return Moment(
        rank,
        person,
        score,
        rules.traces[score.strongest],
        probability,
        crop,
        explain.overlay_crop(crop, score.cam),
        explain.overlay_frame(
            kept.picture,
            kept.scale,
            face.box,
            face.landmarks,
            score.cam,
            rules.crop,
            label(person, probability if person in given else None),
        ),
        kept.faces[position],
        kept.picture,
        crop_corners(face.box, face.landmarks, rules.crop),
    )


def label(person: str, probability: float | None) -> str:
    """Return what is written at a face's box: "A  84 %", without a score "A".

    Halves are rounded up. Never 0 % or 100 %, which no estimate is.
    """
    if probability is None:
        return person
    if probability < 0.01:
        return f"{person}  <1 %"
    if probability > 0.99:
        return f"{person}  >99 %"
    return f"{person}  {math.floor(100 * probability + 0.5)} %"
