"""From scored faces, grouped by person, to the file's verdict: the same for serving and for evaluation."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from statistics import median

from detector import aggregate, calibrate
from detector.calibrate import Support
from detector.contracts import (
    CropSpec,
    Decision,
    FaceScore,
    Floats,
    MediaInfo,
    MediaType,
    PersonConclusion,
    Reason,
    Step,
    Trace,
    Track,
)
from detector.faces.tracks import letter, link


@dataclass(frozen=True, slots=True)
class Rules:
    """The part of a bundle that an analysis computes with."""

    crop: CropSpec
    aggregation: aggregate.AggregationRule
    calibration: calibrate.Calibration
    decision: calibrate.DecisionRule
    traces: tuple[Trace, ...]  # in the order of the network's logits


@dataclass(frozen=True, slots=True)
class FaceEvidence:
    """What a conclusion uses of a scored face: its logit of each trace, and what weighs them."""

    logits: tuple[float, ...]
    size_px: float
    sharpness: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Conclusion:
    """The decision about the file, its logit, each person's conclusion in the order given, and the steps.

    A person's decision is by that person's faces alone, corrected for the number of people as the file's is.
    """

    decision: Decision
    logit: float | None
    persons: tuple[PersonConclusion, ...]
    steps: tuple[Step, ...]

    @property
    def deciding(self) -> int | None:
        """Which of the persons the verdict on the file follows; None where there is nobody."""
        letters = [one.person for one in self.persons]
        return None if self.decision.person is None else letters.index(self.decision.person)


def conclude(
    persons: Sequence[Sequence[FaceEvidence]],
    sampled: int,
    planned: int,
    media_type: MediaType,
    rules: Rules,
    *,
    incomplete: bool = False,
) -> Conclusion:
    """Aggregate, correct for the number of people, calibrate and decide, about the file and each person.

    Persons are lettered in the order given. ``sampled`` frames were decoded of ``planned`` ones. No person
    gives the verdict "no face" and no logit, but of an ``incomplete`` still, whose missing pixels may have
    shown somebody. The calibration step is there where there is an estimate.
    """
    damage = 1.0 - sampled / planned if planned else 0.0
    if incomplete and not persons:
        damage = 1.0
    scored = _scored(persons, sampled, rules)
    steps = [step for person in scored for step in person.steps]
    supports = [_support(letter(i), *of, sampled) for i, of in enumerate(zip(persons, scored, strict=True))]
    may = calibrate.deciding(supports, media_type, rules.decision)
    people = sum(may)
    judged = [
        replace(one, logit=aggregate.corrected(one.logit, people, rules.aggregation)) for one in supports
    ]

    def decided(about: Sequence[Support]) -> Decision:
        return calibrate.decide(about, media_type, damage, rules.calibration, rules.decision)

    decision = decided([one for one, counts in zip(judged, may, strict=True) if counts])
    if not supports:
        return Conclusion(decision, None, (), ())
    highest = aggregate.score_file([one.logit for one in supports], may)
    final = [highest]
    if people > 1:
        final.append(aggregate.number_step(highest.output, people, rules.aggregation))
    steps += final
    if decision.probability is not None:
        followed = judged[highest.weights.index(1.0)]
        steps.append(calibrate.calibration_step(followed, rules.calibration))
    alone = tuple(
        PersonConclusion(
            of_file.person, one.logit, one.trace, one.logits, _beside(decided([of_file]), counts)
        )
        for one, of_file, counts in zip(scored, judged, may, strict=True)
    )
    return Conclusion(decision, final[-1].output, alone, tuple(steps))


def conclude_scores(
    scores: Sequence[FaceScore],
    signatures: Sequence[Floats],
    planned: int,
    media: MediaInfo,
    rules: Rules,
    *,
    incomplete: bool = False,
) -> tuple[tuple[Track, ...], Conclusion]:
    """Link a file's faces to persons and conclude; the persons come most suspicious first.

    ``signatures[s]`` is `faces.tracks.signature` of sampled frame ``s``.
    """
    sampled = len(signatures)
    persons = [[scores[i] for i in group] for group in link([one.face for one in scores], signatures)]
    evidence = [
        [FaceEvidence(one.logits, one.face.size_px, one.face.sharpness, one.face.confidence) for one in faces]
        for faces in persons
    ]
    conclusion = conclude(evidence, sampled, planned, media.media_type, rules, incomplete=incomplete)
    found = [
        Track(
            person.person,
            tuple(faces),
            person.logit,
            person.trace,
            person.logits,
            rules.calibration.probability(person.logit),
            person.decision,
            media.duration_ms / 1000.0 * len(faces) / sampled,
        )
        for faces, person in zip(persons, conclusion.persons, strict=True)
    ]
    return tuple(sorted(found, key=lambda track: -track.logit)), conclusion


def _beside(decision: Decision, counts: bool) -> Decision:
    """Add to a person's reasons that the file's verdict may not follow them, where that is so."""
    return decision if counts else replace(decision, reasons=(*decision.reasons, Reason.SEEN_TOO_LITTLE))


def _scored(
    persons: Sequence[Sequence[FaceEvidence]], sampled: int, rules: Rules
) -> list[aggregate.PersonScore]:
    return [
        aggregate.score_person(
            [face.logits for face in faces],
            [aggregate.face_weight(face.size_px, face.sharpness, face.confidence) for face in faces],
            sampled,
            rules.aggregation,
            rules.calibration.frame_spread,
            rules.traces,
            letter(position),
        )
        for position, faces in enumerate(persons)
    ]


def _support(
    person: str, faces: Sequence[FaceEvidence], scored: aggregate.PersonScore, sampled: int
) -> Support:
    return Support(
        person,
        scored.logit,
        scored.standard_error,
        median(face.size_px for face in faces),
        median(face.sharpness for face in faces),
        len(faces),
        sampled,
        max(face.confidence for face in faces),
    )
