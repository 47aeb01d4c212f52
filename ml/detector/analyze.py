"""The whole story: a file and a model become an analysis. A still is a one-frame video."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import chain, count, islice
from pathlib import Path

from detector import explain
from detector.conclude import Conclusion, Rules, Sighting, conclude
from detector.contracts import (
    Analysis,
    CropSpec,
    Decision,
    Face,
    FaceScore,
    Floats,
    Frame,
    Image,
    Limits,
    Moment,
    Progress,
    ProgressCallback,
    Timings,
    Track,
)
from detector.faces import tracks
from detector.faces.crop import crop_face, make_face
from detector.gallery import Gallery
from detector.media import Media, open_media
from detector.model import Model
from detector.prefetch import prefetched
from detector.score import score_crops
from detector.stopwatch import Stopwatch

_BATCH_PIXELS = 16_000_000  # pixels of the frames that go through the detector together
_BATCH_FRAMES = 8
_AHEAD = 2  # frames decoded ahead


@dataclass(frozen=True, slots=True)
class Options:
    """What a caller may choose per analysis."""

    frames: int = 32  # moments sampled from a video
    moments: int = 5  # suspicious frames shown with their heatmaps
    limits: Limits = field(default_factory=Limits)


def analyze(
    path: Path, model: Model, options: Options | None = None, progress: ProgressCallback | None = None
) -> Analysis:
    """Analyse one file. Raises `MediaError` when the file is at fault, and whatever ``progress`` raises."""
    options = options or Options()
    report = progress or (lambda _: None)
    watch = Stopwatch()
    report(Progress("validating"))
    with watch("open"):
        media = open_media(path, options.frames, options.limits)
    opening = media.budget.spent
    with media:
        seen = _look(media, model, watch, report)
    report(seen.progress("aggregation"))
    with watch("aggregation"):
        groups = tracks.link([score.face for score in seen.scores], seen.signatures)
        persons, conclusion = _persons(seen, media, groups, model.rules)
    report(seen.progress("explainability"))
    with watch("explainability"):
        moments = _moments(seen, persons, conclusion.decision, model.rules, options.moments)
    return Analysis(
        media=media.info,
        decision=conclusion.decision,
        raw_logit=conclusion.logit,
        tracks=persons,
        moments=moments,
        steps=conclusion.steps,
        sample_times_ms=tuple(seen.times),
        frames_with_face=len({score.face.sample for score in seen.scores}),
        damaged_packets=media.damaged,
        timings=Timings(
            open=watch.milliseconds("open"),
            waiting_for_frames=watch.milliseconds("waiting_for_frames"),
            face_detection=watch.milliseconds("face_detection"),
            inference=watch.milliseconds("inference"),
            aggregation=watch.milliseconds("aggregation"),
            explainability=watch.milliseconds("explainability"),
            decoding=1000.0 * (media.budget.spent - opening),
            total=watch.total,
        ),
    )


@dataclass(slots=True)
class _Seen:
    """What has been gathered from the frames so far."""

    planned: int
    gallery: Gallery
    times: list[float] = field(default_factory=list)
    signatures: list[Floats] = field(default_factory=list)
    scores: list[FaceScore] = field(default_factory=list)
    indexes: Iterator[int] = field(default_factory=count)
    faces_found: int = 0

    def progress(self, stage: str) -> Progress:
        return Progress(stage, len(self.times), self.planned, self.faces_found, len(self.scores))


def _look(media: Media, model: Model, watch: Stopwatch, report: ProgressCallback) -> _Seen:
    """Decode, detect, crop and score, batch by batch, in memory that does not grow with the duration."""
    seen = _Seen(media.planned, Gallery(media.info.duration_ms))
    report(seen.progress("frame_extraction"))
    frames_ahead = prefetched(media.frames(), _AHEAD)
    for frames in _batches(watch.waiting("waiting_for_frames", frames_ahead)):
        with watch("face_detection"):
            detections = model.detector.detect([frame.rgb for frame in frames])
        faces = [
            [make_face(frame, len(seen.times) + i, next(seen.indexes), detection) for detection in found]
            for i, (frame, found) in enumerate(zip(frames, detections, strict=True))
        ]
        seen.times.extend(frame.timestamp_ms for frame in frames)
        seen.signatures.extend(tracks.signature(frame.rgb) for frame in frames)
        seen.faces_found += sum(len(found) for found in faces)
        report(seen.progress("face_detection"))
        with watch("inference"):
            crops = [
                _crops(frame, found, model.rules.crop) for frame, found in zip(frames, faces, strict=True)
            ]
            logits, cams = score_crops(model.scorer, list(chain.from_iterable(crops)), model.rules.crop)
        scored = map(FaceScore, chain.from_iterable(faces), logits.tolist(), cams)
        for frame, cut in zip(frames, crops, strict=True):
            scores = list(islice(scored, len(cut)))
            seen.gallery.offer(frame, scores, cut)
            seen.scores.extend(scores)
        report(seen.progress("inference"))
    return seen


def _crops(frame: Frame, faces: list[Face], spec: CropSpec) -> list[Image]:
    return [crop_face(frame.rgb, face.box, face.landmarks, spec) for face in faces]


def _batches(frames: Iterator[Frame]) -> Iterator[list[Frame]]:
    """Group frames so that a batch's pixels stay bounded."""
    for first in frames:
        height, width = first.rgb.shape[:2]
        together = max(1, min(_BATCH_FRAMES, _BATCH_PIXELS // (height * width)))
        yield [first, *islice(frames, together - 1)]


def _persons(
    seen: _Seen, media: Media, groups: list[list[int]], rules: Rules
) -> tuple[tuple[Track, ...], Conclusion]:
    """Conclude about the persons that tracking found; they are returned most suspicious first."""
    scores = [[seen.scores[i] for i in group] for group in groups]
    sightings = [
        [Sighting(one.logit, one.face.size_px, one.face.sharpness, one.face.confidence) for one in faces]
        for faces in scores
    ]
    sampled = len(seen.times)
    conclusion = conclude(sightings, sampled, media.planned, media.info.media_type, rules)
    persons = [
        Track(
            person.person,
            tuple(faces),
            person.logit,
            rules.calibration.probability(person.logit),
            person.decision,
            media.info.duration_ms / 1000.0 * len(faces) / sampled,
        )
        for faces, person in zip(scores, conclusion.persons, strict=True)
    ]
    return tuple(sorted(persons, key=lambda person: -person.logit)), conclusion


def _moments(
    seen: _Seen, persons: tuple[Track, ...], decision: Decision, rules: Rules, most: int
) -> tuple[Moment, ...]:
    """Draw the most suspicious moments of the person whom the verdict follows, then of others."""
    letters = {score.index: person.person for person in persons for score in person.scores}
    followed = frozenset(index for index, letter in letters.items() if letter == decision.person)
    moments = []
    for rank, (kept, position) in enumerate(seen.gallery.pick(followed, most), start=1):
        score, crop = kept.scores[position], kept.crops[position]
        face, person = score.face, letters[score.index]
        probability = rules.calibration.probability(score.logit)
        label = f"{person}  {100 * probability:.0f} %"
        moments.append(
            Moment(
                rank,
                person,
                score,
                probability,
                crop,
                explain.overlay_crop(crop, score.cam),
                explain.overlay_frame(
                    kept.picture, kept.scale, face.box, face.landmarks, score.cam, rules.crop, label
                ),
            )
        )
    return tuple(moments)
