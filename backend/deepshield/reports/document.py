"""An analysis as the result document of the HTTP contract; the command line prints the same."""

from __future__ import annotations

import dataclasses
import math
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deepshield.domain import wording
from detector.calibrate import SENTENCES
from detector.contracts import (
    Analysis,
    Box,
    FaceScore,
    MediaError,
    Moment,
    Step,
    StepKind,
    Timings,
    Track,
    Verdict,
)
from detector.model import Model

PIPELINE_VERSION = "1"  # changes when the same file and bundle would give other numbers

Document = dict[str, Any]


def result_document(
    analysis: Analysis, model: Model, path: Path, files: Mapping[str, str] | None = None
) -> Document:
    """Describe one analysed file in JSON types.

    ``files`` maps an artifact's name (see `artifact_name`) to where it can be fetched; without it those
    fields are null. A probability that the evidence does not carry is null, never zero.
    """
    decision, rules = analysis.decision, model.rules.decision
    row = wording.label(decision.verdict.value, decision.probability, decision.interval, rules.threshold)
    decided = {Verdict.MANIPULATED: True, Verdict.NO_SIGNS: False}.get(decision.verdict)
    first = decision.reasons[0]
    return {
        "path": os.fspath(path),
        "sha256": analysis.media.sha256,
        "media": _media(analysis),
        "verdict": decision.verdict.value,
        "final_score": _rounded(decision.probability),
        "raw_logit": _rounded(analysis.raw_logit),
        "interval": _pair(decision.interval),
        "decision_threshold": rules.threshold,
        "abstain_band": [rules.abstain_low, rules.abstain_high],
        "predicted_manipulation": decided,
        "low_confidence": decided is None,
        "low_confidence_reason": first.value if decided is None else None,
        "confidence_label": row,
        "score_interpretation": wording.sentence(row, decision.probability, decision.interval),
        "advice": wording.SECOND_LINES[row],
        "reasons": [{"code": reason.value, "message": SENTENCES[reason]} for reason in decision.reasons],
        "deciding_person": decision.person,
        "frames_sampled": len(analysis.sample_times_ms),
        "frames_with_face": analysis.frames_with_face,
        "frames_used_for_score": _frames_used(analysis),
        "faces": sum(len(track.scores) for track in analysis.tracks),
        "damaged_packets": analysis.damaged_packets,
        "aggregation_method": model.rules.aggregation.method,
        "aggregation_steps": [
            _step(step) for step in analysis.steps if step.kind is not StepKind.CALIBRATION
        ],
        "tracks": [_track(track, files or {}) for track in analysis.tracks],
        "timeline": _timeline(analysis, model),
        "top_k_suspicious": [_moment(moment, files or {}) for moment in analysis.moments],
        "model": _model(model),
        "model_version": model.manifest.version if model.manifest else None,
        "pipeline_version": PIPELINE_VERSION,
        "timings_ms": _timings(analysis.timings),
    }


def error_document(path: Path, error: MediaError) -> Document:
    """Describe a file that could not be analysed."""
    body = {
        "error_code": error.code.value,
        "message": error.message,
        **({"details": error.details} if error.details else {}),
    }
    return {"path": os.fspath(path), "error": body}


def artifact_name(moment: Moment, kind: str) -> str:
    """Name a moment's picture; ``kind`` is "crop", "overlay" or "frame"."""
    return f"moment-{moment.rank}-{kind}.png"


def thumbnail_name(track: Track) -> str:
    """Name a person's picture."""
    return f"person-{track.person.lower()}.png"


def _media(analysis: Analysis) -> Document:
    media = analysis.media
    return {
        "type": media.media_type,
        "format": media.format,
        "codec": media.codec,
        "width": media.width,
        "height": media.height,
        "duration_ms": _rounded(media.duration_ms),
        "frame_count": media.frame_count,
        "size_bytes": media.size_bytes,
    }


def _track(track: Track, files: Mapping[str, str]) -> Document:
    return {
        "person": track.person,
        "probability": _rounded(track.probability),
        "logit": _rounded(track.logit),
        "seconds_on_screen": _rounded(track.seconds_on_screen),
        "frames": len(track.scores),
        "thumbnail_url": files.get(thumbnail_name(track)),
        "faces": [_face(score) for score in track.scores],
    }


def _face(score: FaceScore) -> Document:
    face = score.face
    return {
        "frame_index": face.frame_index,
        "timestamp_ms": _rounded(face.timestamp_ms),
        "bbox": _box(face.box),
        "size_px": _rounded(face.size_px),
        "sharpness": _rounded(face.sharpness),
        "detection_confidence": _rounded(face.confidence),
        "landmarks": None
        if face.landmarks is None
        else [[_rounded(v) for v in point] for point in face.landmarks.tolist()],
        "logit": _rounded(score.logit),
    }


def _timeline(analysis: Analysis, model: Model) -> list[Document]:
    """One entry per sampled frame; a person who is not seen in it is absent from ``scores``."""
    scores: list[dict[str, float | None]] = [{} for _ in analysis.sample_times_ms]
    for track in analysis.tracks:
        for score in track.scores:
            scores[score.face.sample][track.person] = _rounded(
                model.rules.calibration.probability(score.logit)
            )
    return [
        {"timestamp_ms": _rounded(time), "scores": found}
        for time, found in zip(analysis.sample_times_ms, scores, strict=True)
    ]


def _moment(moment: Moment, files: Mapping[str, str]) -> Document:
    face = moment.score.face
    return {
        "rank": moment.rank,
        "person": moment.person,
        "frame_index": face.frame_index,
        "timestamp_ms": _rounded(face.timestamp_ms),
        "p_fake": _rounded(moment.probability),
        "face_bbox": _box(face.box),
        "heatmap_overlay_url": files.get(artifact_name(moment, "overlay")),
        "frame_overlay_url": files.get(artifact_name(moment, "frame")),
        "crop_url": files.get(artifact_name(moment, "crop")),
        "map": [[_rounded(value) for value in line] for line in moment.score.cam.tolist()],
    }


def _model(model: Model) -> Document:
    manifest = model.manifest
    return {
        "bundle": manifest.name if manifest else None,
        "version": manifest.version if manifest else None,
        "architecture": manifest.architecture if manifest else None,
        "sha256": model.bundle_sha256,
        "base_rate": model.rules.calibration.base_rate,
        "reliability": [list(row) for row in manifest.metrics.reliability] if manifest else [],
        "runtime": model.runtime,
        "device": model.device,
        "face_detector": model.detector.name,
    }


def _step(step: Step) -> Document:
    name = step.kind.replace("_", " ")
    return {
        "name": name if step.person is None else f"person {step.person}: {name}",
        "kind": step.kind.value,
        "person": step.person,
        "inputs": list(step.inputs),
        "weights": list(step.weights),
        "output": step.output,
        "parameters": step.parameters,
    }


def _timings(timings: Timings) -> dict[str, float]:
    return {stage: round(value, 3) for stage, value in dataclasses.asdict(timings).items()}


def _frames_used(analysis: Analysis) -> int:
    return next((len(t.scores) for t in analysis.tracks if t.person == analysis.decision.person), 0)


def _box(box: Box) -> list[float | None]:
    return [_rounded(value) for value in box]


def _pair(interval: tuple[float, float] | None) -> list[float | None] | None:
    return None if interval is None else [_rounded(value) for value in interval]


def _rounded(value: float | None) -> float | None:
    """Round to 7 significant digits: what float32 carries, so that equal runs print equal documents."""
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.7g}")
