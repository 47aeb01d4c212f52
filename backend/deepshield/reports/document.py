"""An analysis as the result that is stored and served, and as the JSON that the command line writes."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from deepshield import result
from deepshield.domain import strength, wording
from deepshield.domain.failures import known
from deepshield.domain.jobs import MediaKind
from deepshield.domain.jobs import Verdict as DomainVerdict
from deepshield.domain.wording import Label, Trace
from deepshield.reports.sound import sound_part
from deepshield.result import AnalysisResult, Failure, ReasonCode, Unanalysed
from deepshield.result_provenance import Provenance
from detector.calibrate import SENTENCES, DecisionRule
from detector.conclude import Rules
from detector.contracts import (
    Analysis,
    Box,
    Decision,
    FaceScore,
    MediaError,
    MediaInfo,
    Moment,
    Reason,
    Step,
    Timings,
    Track,
    Verdict,
)
from detector.model import Model

PIPELINE_VERSION = "2"  # changes when the same file and bundle give other numbers

_OF_ONE_PERSON = {
    Reason.ABOVE_THRESHOLD: "This person scores above the threshold.",
    Reason.BELOW_THRESHOLD: "This person scores below the threshold; that does not make the file authentic.",
}

_NO_FACE_HERE = {
    Reason.NO_FACE: SENTENCES[Reason.NO_FACE]
    + " Further video streams, which may show some, were not looked at."
}
"""Where the file has others than the one that was analysed."""

PHOTO = "photo.jpg"
"""A still, or the frame of a mark, with nothing drawn on it and none of the file's metadata."""

Files = Mapping[str, str]
"""Artifact names (see `artifact_name`) and where each can be fetched."""


def result_document(
    analysis: Analysis, model: Model, files: Files | None = None, provenance: Provenance | None = None
) -> AnalysisResult:
    """Describe one analysed file; addresses of artifacts that are not in ``files`` are null.

    ``provenance`` is what the file says of itself, where that was read already.
    """
    files = files or {}
    decision, rules = analysis.decision, model.rules.decision
    row = _label(decision, rules)
    decided = {Verdict.MANIPULATED: True, Verdict.NO_SIGNS: False}.get(decision.verdict)
    trace = _deciding_trace(analysis)
    estimate = None if decided is None else decision.probability
    marked = _mark(analysis)
    sentences = SENTENCES if marked is None else SENTENCES | _OF_ONE_PERSON
    if analysis.media.other_streams:
        sentences = sentences | _NO_FACE_HERE
    reasons = _reasons(decision.reasons, sentences, trace)
    digits = wording.digits([estimate, rules.abstain_low, rules.threshold, rules.abstain_high])
    said = wording.sentence(row, decision.probability, decision.interval, digits)
    return AnalysisResult(
        result_version=result.RESULT_VERSION,
        sha256=analysis.media.sha256,
        media=_media(analysis.media),
        verdict=DomainVerdict(decision.verdict.value),
        final_score=_optional(decision.probability),
        raw_logit=_optional(analysis.raw_logit),
        interval=_interval(decision.interval),
        strength=_strength(decision, model),
        decision_threshold=rules.threshold,
        abstain_band=(rules.abstain_low, rules.abstain_high),
        none_below=rules.none_below,
        predicted_manipulation=decided,
        low_confidence=decided is None,
        low_confidence_reason=reasons[0].code if decided is None else None,
        confidence_label=row,
        score_interpretation=said if marked is None else wording.of_mark(said),
        advice=wording.second_line(row, trace),
        reasons=reasons,
        deciding_person=decision.person,
        trace=trace,
        frames_sampled=len(analysis.sample_times_ms),
        frames_with_face=analysis.frames_with_face,
        frames_used_for_score=_frames_used(analysis),
        faces=sum(len(track.scores) for track in analysis.tracks),
        faces_left_out=analysis.faces_left_out,
        smallest_face_px=_rounded(analysis.smallest_face_px) if marked is None else None,
        damaged_packets=analysis.damaged_packets,
        aggregation_method=model.rules.aggregation.method,
        aggregation_steps=[_step(step) for step in analysis.steps],
        tracks=[_person(track, model, files) for track in analysis.tracks],
        timeline=_timeline(analysis, model),
        top_k_suspicious=[_moment(moment, files) for moment in analysis.moments],
        model=_scorer(model),
        model_version=model.manifest.version if model.manifest else None,
        pipeline_version=PIPELINE_VERSION,
        timings_ms=_timings(analysis.timings),
        preview_url=files.get(PHOTO),
        marked=marked,
        provenance=provenance,
        sound=sound_part(analysis.sound),
    )


def unanalysed(error: MediaError) -> Unanalysed:
    """Describe why a file could not be analysed."""
    return Unanalysed(
        error=Failure(error_code=known(error.code.value), message=error.message, details=error.details)
    )


def file_json(path: Path, outcome: AnalysisResult | Unanalysed, indent: int | None = None) -> str:
    """Return the outcome of the file at ``path`` as JSON in ASCII, so that any path can be written."""
    body = outcome.model_dump(mode="json", exclude_defaults=isinstance(outcome, Unanalysed))
    return json.dumps({"path": os.fspath(path), **body}, indent=indent)


def artifact_name(moment: Moment, kind: str) -> str:
    """Name a moment's picture; ``kind`` is "crop", "overlay", "frame", or, undrawn, "face" or "picture".

    What the network saw, and the map over it, is stored without loss.
    """
    return f"moment-{moment.rank}-{kind}.{'png' if kind in ('crop', 'overlay') else 'jpg'}"


def thumbnail_name(track: Track) -> str:
    """Name a person's picture."""
    return f"person-{track.person.lower()}.png"


def _mark(analysis: Analysis) -> result.Mark | None:
    mark = analysis.mark
    if mark is None:
        return None
    time, index = mark.instant.timestamp_ms, mark.instant.frame_index
    return result.Mark(box=_box(mark.box), timestamp_ms=_rounded(time or 0.0), frame_index=index or 0)


def _label(decision: Decision, rules: DecisionRule) -> Label:
    return wording.label(
        decision.verdict.value,
        decision.probability,
        decision.interval,
        rules.threshold,
        rules.none_below,
    )


def _reasons(
    reasons: Sequence[Reason], sentences: Mapping[Reason, str], trace: Trace | None
) -> list[result.Reason]:
    """Return the reasons with their sentences; that of a verdict "manipulated" says what was traced."""
    above = sentences[Reason.ABOVE_THRESHOLD].removesuffix(".")
    if trace is not None:
        sentences = {**sentences, Reason.ABOVE_THRESHOLD: f"{above}: {wording.TRACES[trace]}."}
    return [result.Reason(code=ReasonCode(reason.value), message=sentences[reason]) for reason in reasons]


def _media(media: MediaInfo) -> result.Media:
    return result.Media(
        type=MediaKind(media.media_type),
        format=media.format,
        codec=media.codec,
        width=media.width,
        height=media.height,
        duration_ms=_rounded(media.duration_ms),
        frame_count=media.frame_count,
        size_bytes=media.size_bytes,
        other_streams=media.other_streams,
    )


def _step(step: Step) -> result.Step:
    return result.Step(
        kind=result.StepKind(step.kind.value),
        person=step.person,
        inputs=list(step.inputs),
        weights=list(step.weights),
        output=step.output,
        parameters=step.parameters,
        trace=None if step.trace is None else Trace(step.trace.value),
    )


def _person(track: Track, model: Model, files: Files) -> result.Person:
    decision, rules = track.decision, model.rules
    trace = Trace(track.trace.value)
    return result.Person(
        person=track.person,
        verdict=DomainVerdict(decision.verdict.value),
        confidence_label=_label(decision, rules.decision),
        final_score=_optional(decision.probability),
        interval=_interval(decision.interval),
        reasons=_reasons(decision.reasons, SENTENCES | _OF_ONE_PERSON, trace),
        probability=_rounded(track.probability),
        logit=_rounded(track.logit),
        trace=trace,
        traces=[
            result.TraceEstimate(
                trace=Trace(one.value),
                logit=_rounded(logit),
                probability=_rounded(rules.calibration.probability(logit)),
            )
            for one, logit in zip(rules.traces, track.logits, strict=True)
        ],
        seconds_on_screen=_rounded(track.seconds_on_screen),
        frames=len(track.scores),
        thumbnail_url=files.get(thumbnail_name(track)),
        faces=[_face(score, rules) for score in track.scores],
    )


def _face(score: FaceScore, rules: Rules) -> result.FaceSeen:
    face = score.face
    return result.FaceSeen(
        frame_index=face.frame_index,
        timestamp_ms=_rounded(face.timestamp_ms),
        bbox=_box(face.box),
        size_px=_rounded(face.size_px),
        sharpness=_rounded(face.sharpness),
        detection_confidence=_rounded(face.confidence),
        landmarks=None
        if face.landmarks is None
        else [(_rounded(x), _rounded(y)) for x, y in face.landmarks.tolist()],
        logit=_rounded(score.logit),
        traces={
            Trace(trace.value): _rounded(logit)
            for trace, logit in zip(rules.traces, score.logits, strict=True)
        },
    )


def _timeline(analysis: Analysis, model: Model) -> list[result.Instant]:
    """Return one entry per sampled frame; a person who is not seen in it is absent from ``scores``."""
    scores: list[dict[str, float]] = [{} for _ in analysis.sample_times_ms]
    for track in analysis.tracks:
        for score in track.scores:
            probability = model.rules.calibration.probability(score.logit)
            scores[score.face.sample][track.person] = _rounded(probability)
    return [
        result.Instant(timestamp_ms=_rounded(time), scores=found)
        for time, found in zip(analysis.sample_times_ms, scores, strict=True)
    ]


def _moment(moment: Moment, files: Files) -> result.Moment:
    face = moment.score.face
    return result.Moment(
        rank=moment.rank,
        person=moment.person,
        frame_index=face.frame_index,
        timestamp_ms=_rounded(face.timestamp_ms),
        p_fake=_rounded(moment.probability),
        face_bbox=_box(face.box),
        heatmap_overlay_url=files.get(artifact_name(moment, "overlay")),
        frame_overlay_url=files.get(artifact_name(moment, "frame")),
        crop_url=files.get(artifact_name(moment, "crop")),
        face_url=files.get(artifact_name(moment, "face")),
        frame_url=files.get(artifact_name(moment, "picture")),
        crop_area=[(_rounded(x), _rounded(y)) for x, y in moment.area],
        map=[[_rounded(value) for value in line] for line in moment.score.cam.tolist()],
        trace=Trace(moment.trace.value),
    )


def _scorer(model: Model) -> result.Scorer:
    manifest, calibration = model.manifest, model.rules.calibration
    return result.Scorer(
        bundle=manifest.name if manifest else None,
        version=manifest.version if manifest else None,
        architecture=manifest.architecture if manifest else None,
        sha256=model.bundle_sha256,
        traces=[Trace(trace.value) for trace in model.rules.traces],
        base_rate=calibration.base_rate,
        calibration=result.Calibration(
            slope=calibration.slope, intercept=calibration.intercept, floor=calibration.floor
        ),
        reliability=list(manifest.metrics.reliability) if manifest else [],
        reliability_intervals=list(manifest.metrics.reliability_intervals) if manifest else [],
        runtime=model.runtime,
        device=model.device,
        face_detector=model.detector.name,
    )


def _strength(decision: Decision, model: Model) -> result.Strength | None:
    """Return the estimate as a likelihood ratio; None without a verdict or without a test set's size.

    It is capped as the bundle says, by the independent cases of its test set; by its files where the bundle
    is of before and says nothing.
    """
    decided = decision.verdict in (Verdict.MANIPULATED, Verdict.NO_SIGNS)
    if not decided or decision.probability is None or model.manifest is None:
        return None
    cap = model.rules.calibration.llr_cap
    if cap is None:
        sets = model.manifest.metrics.datasets
        cap = strength.most(min(sum(one.real for one in sets), sum(one.fake for one in sets)))

    def ratio(probability: float) -> float:
        found = strength.log10_ratio(probability, model.rules.calibration.base_rate)
        return _rounded(strength.capped(found, cap))

    value = ratio(decision.probability)
    ends = decision.interval
    return result.Strength(
        log10_ratio=value,
        interval=None if ends is None else (ratio(ends[0]), ratio(ends[1])),
        cap=_rounded(cap),
        support=strength.support(value),
    )


def _timings(timings: Timings) -> result.Timings:
    return result.Timings(
        open=round(timings.open, 3),
        waiting_for_frames=round(timings.waiting_for_frames, 3),
        face_detection=round(timings.face_detection, 3),
        inference=round(timings.inference, 3),
        aggregation=round(timings.aggregation, 3),
        explainability=round(timings.explainability, 3),
        sound=round(timings.sound, 3),
        decoding=round(timings.decoding, 3),
        total=round(timings.total, 3),
    )


def _frames_used(analysis: Analysis) -> int:
    return next((len(t.scores) for t in analysis.tracks if t.person == analysis.decision.person), 0)


def _deciding_trace(analysis: Analysis) -> Trace | None:
    of_person = {track.person: Trace(track.trace.value) for track in analysis.tracks}
    return of_person.get(analysis.decision.person or "")


def _box(box: Box) -> result.Box:
    x0, y0, x1, y1 = box
    return _rounded(x0), _rounded(y0), _rounded(x1), _rounded(y1)


def _interval(interval: tuple[float, float] | None) -> result.Interval | None:
    return None if interval is None else (_rounded(interval[0]), _rounded(interval[1]))


def _optional(value: float | None) -> float | None:
    return None if value is None else _rounded(value)


def _rounded(value: float) -> float:
    """Round to 7 significant digits: what float32 carries, so that equal runs print equal results."""
    return float(f"{value:.7g}")
