"""The answer for older clients: an image's faces, each called real or fake."""

from __future__ import annotations

import asyncio

from starlette.concurrency import run_in_threadpool

from deepshield.api.schemas.uploads import FacePrediction, Predictions
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.failures import known
from deepshield.domain.jobs import FINAL, State
from deepshield.domain.owner import Owner
from deepshield.jobs.lookup import find_job, find_view
from deepshield.persistence.tables import Job
from deepshield.resources import Resources
from deepshield.result import AnalysisResult

_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 0.5  # seconds between two polls of the row


async def outcome(resources: Resources, owner: Owner | None, job_id: str, wait_seconds: float) -> Predictions:
    """Wait for a job and return its faces.

    Raises `DeepShieldError`: the job's own failure, NOT_FOUND when it has been deleted, and
    SERVICE_UNAVAILABLE when it has not ended in time. The job then goes on; ``job_id`` is in the details.
    """
    job = await _ended(resources, owner, job_id, wait_seconds)
    if job.state != State.COMPLETED:
        raise _failure(job)
    view = await run_in_threadpool(find_view, resources, owner, job_id)
    assert view.result is not None, "a completed job has a result"
    return predictions(job_id, view.result)


def predictions(job_id: str, result: AnalysisResult) -> Predictions:
    """Return the faces of an image's result.

    A face is called fake at or above the threshold; this shape cannot express that evidence is too weak.
    """
    scores = result.timeline[0].scores if result.timeline else {}
    faces = [
        FacePrediction(
            prediction="Fake" if probability >= result.decision_threshold else "Real",
            probability=probability,
            box=list(face.bbox),
        )
        for track in result.tracks
        for probability in [scores.get(track.person, track.probability)]
        for face in track.faces
    ]
    return Predictions(job_id=job_id, face_detection_method=result.model.face_detector, predictions=faces)


async def _ended(resources: Resources, owner: Owner | None, job_id: str, wait_seconds: float) -> Job:
    clock = asyncio.get_running_loop().time
    end, pause = clock() + wait_seconds, _FIRST_PAUSE
    while True:
        job = await run_in_threadpool(find_job, resources, owner, job_id)
        if job.state in FINAL:
            return job
        if clock() >= end:
            raise DeepShieldError(
                Code.SERVICE_UNAVAILABLE,
                "The analysis takes longer than this request may wait. It goes on; fetch its result later.",
                job_id=job_id,
            )
        await asyncio.sleep(min(pause, max(0.0, end - clock())))
        pause = min(_LONGEST_PAUSE, pause * 1.3)


def _failure(job: Job) -> DeepShieldError:
    code = known(job.error_code or Code.CANCELLED)
    return DeepShieldError(code, job.error_message, job_id=job.id)
