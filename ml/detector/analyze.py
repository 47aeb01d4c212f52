"""Analyses one file: see, score, hear, conclude, show. A still is a one-frame video."""

from __future__ import annotations

import math
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, field, replace
from pathlib import Path

from detector.conclude import conclude_scores
from detector.contracts import (
    SMALLEST_FACE_PX,
    Analysis,
    FaceScore,
    Floats,
    Frame,
    FramePrint,
    Image,
    Instant,
    Limits,
    Mark,
    Progress,
    ProgressCallback,
)
from detector.faces import tracks
from detector.fingerprint import fingerprint
from detector.gallery import Gallery, shown
from detector.media import Media, open_media
from detector.model import Model
from detector.score import score_faces
from detector.see import Seen, batches, see, see_mark
from detector.show import show
from detector.sound.hear import hear
from detector.stopwatch import Stopwatch

# Sampled frames whose fingerprints are taken: about one a second, of short videos about so many.
_PRINT_MS, _PRINTS = 900.0, 12
_STILL_SIDE = 2048  # pixels of the longer side of a still that is kept to be shown


@dataclass(frozen=True, slots=True)
class Options:
    """What a caller may choose per analysis."""

    frames: int = 32  # sampled from a video
    moments: int = 5  # suspicious frames shown with their heatmaps
    limits: Limits = field(default_factory=Limits)


def analyze(
    path: Path,
    model: Model,
    options: Options | None = None,
    progress: ProgressCallback | None = None,
    mark: Mark | None = None,
) -> Analysis:
    """Analyse one file. Raises `MediaError` when the file is at fault, and whatever ``progress`` raises.

    With a ``mark`` its frame alone is decoded, and judged as a still whose one face is the marked one.
    """
    options = options or Options()
    report = progress or (lambda _: None)
    watch = Stopwatch()
    report(Progress("validating"))
    with watch("open"):
        media = open_media(path, options.frames if mark is None else mark.instant, options.limits)
    opening = media.budget.spent
    with media:
        scored = _see_and_score(media, mark, model, watch, report)
        decoding = media.budget.spent - opening
        with watch("sound"):
            sound = None  # a mark is of one frame
            if mark is None:
                sound = hear(media, model.speech, lambda: report(scored.progress("inference")))
    report(scored.progress("aggregation"))
    with watch("aggregation"):
        judged = media.info if mark is None else replace(media.info, media_type="image", duration_ms=0.0)
        persons, conclusion = conclude_scores(
            scored.scores,
            scored.signatures,
            media.planned,
            judged,
            model.rules,
            incomplete=media.incomplete,
        )
    report(scored.progress("explainability"))
    with watch("explainability"):
        followed = conclusion.decision.person
        one_frame = judged.media_type == "image"
        moments = show(scored.gallery, persons, followed, model.rules, options.moments, one_frame=one_frame)
    return Analysis(
        media=media.info,
        decision=conclusion.decision,
        raw_logit=conclusion.logit,
        tracks=persons,
        moments=moments,
        steps=conclusion.steps,
        sample_times_ms=tuple(scored.times),
        frames_with_face=len({score.face.sample for score in scored.scores}),
        faces_left_out=scored.faces_left_out,
        smallest_face_px=scored.smallest_face_px,
        damaged_packets=media.damaged,
        timings=watch.timings(decoding=decoding),
        picture=scored.picture,
        mark=None if mark is None else replace(mark, instant=scored.instant),
        prints=() if mark is not None else tuple(scored.prints),
        sound=sound,
    )


@dataclass(slots=True)
class _Scored:
    """What has been gathered from the frames so far."""

    planned: int
    gallery: Gallery
    times: list[float] = field(default_factory=list)
    signatures: list[Floats] = field(default_factory=list)
    scores: list[FaceScore] = field(default_factory=list)
    faces_found: int = 0
    faces_left_out: int = 0
    smallest_face_px: float = SMALLEST_FACE_PX
    picture: Image | None = None  # of a still, or of the frame of a mark
    instant: Instant = field(default_factory=Instant)  # of the latest frame
    print_every_ms: float = 0.0
    prints: list[FramePrint] = field(default_factory=list)

    def add_frame(self, seen: Seen) -> None:
        self.times.append(seen.frame.timestamp_ms)
        self.instant = Instant(seen.frame.timestamp_ms, seen.frame.index)
        self.faces_found += len(seen.faces)
        self.faces_left_out += seen.left_out
        self.smallest_face_px = max(self.smallest_face_px, seen.smallest_px)

    def add_pictures(self, frames: Sequence[Frame], *, still: bool) -> None:
        for frame in frames:
            self.signatures.append(tracks.signature(frame.rgb))
            if not self.prints or frame.timestamp_ms - self.prints[-1].timestamp_ms >= self.print_every_ms:
                self.prints.append(FramePrint(frame.timestamp_ms, fingerprint(frame.rgb)))
            if still:
                self.picture, _ = shown(frame, _STILL_SIDE)

    def add_scores(self, batch: list[Seen], scores: list[FaceScore]) -> None:
        self.scores.extend(scores)
        of_face = {score.index: score for score in scores}
        of_frame = [[of_face[face.index] for face in seen.faces] for seen in batch]
        # The most suspicious first: frames that the gallery would replace by them are never copied.
        together = sorted(zip(batch, of_frame, strict=True), key=lambda one: -_highest(one[1]))
        for seen, mine in together:
            self.gallery.offer(seen.frame, mine, seen.crops)

    def progress(self, stage: str) -> Progress:
        return Progress(stage, len(self.times), self.planned, self.faces_found, len(self.scores))


def _see_and_score(
    media: Media, mark: Mark | None, model: Model, watch: Stopwatch, report: ProgressCallback
) -> _Scored:
    """Score the frames batch by batch; keep what the conclusion and the moments need."""
    scored = _Scored(media.planned, Gallery(media.info.duration_ms, model.rules.crop))
    scored.print_every_ms = min(_PRINT_MS, media.info.duration_ms / _PRINTS)
    still = mark is not None or media.info.media_type == "image"
    report(scored.progress("frame_extraction"))
    crop = model.rules.crop
    if mark is None:
        faces = see(media, model.detector, crop, watch)
    else:
        faces = see_mark(media, mark, model.detector, crop, watch)
    with closing(faces) as frames, ThreadPoolExecutor(1, thread_name_prefix="pictures") as beside:
        for batch in batches(frames, lambda seen: seen.pixels):
            for seen in batch:
                scored.add_frame(seen)
            # One crop keeps the scorer to one core.
            pictures = beside.submit(scored.add_pictures, [seen.frame for seen in batch], still=still)
            report(scored.progress("face_detection"))
            with watch("inference"):
                scores = _scores(batch, model)
            scored.add_scores(batch, scores)
            pictures.result()
            del pictures
            report(scored.progress("inference"))
            # Its frames would stay in memory until the next batch is complete.
            batch.clear()
            del seen
    return scored


def _highest(scores: list[FaceScore]) -> float:
    return max((score.logit for score in scores), default=-math.inf)


def _scores(batch: list[Seen], model: Model) -> list[FaceScore]:
    faces = [face for seen in batch for face in seen.faces]
    crops = [crop for seen in batch for crop in seen.crops]
    return score_faces(model.scorer, faces, crops, model.rules.crop)
