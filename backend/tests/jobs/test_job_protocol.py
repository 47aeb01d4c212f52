"""The job protocol on both databases: one outcome, one charge, no job stuck."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from example_results import example
from service_parts import MakeResources
from sqlalchemy import select

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.facts import BundleFacts, StoredArtifact
from deepshield.domain.jobs import MediaKind, Stage, State
from deepshield.domain.owner import Owner
from deepshield.domain.progress import Report
from deepshield.domain.quota import Tier, usage_day
from deepshield.jobs import lease as leases
from deepshield.jobs.cancel import cancel_or_delete
from deepshield.jobs.lease import Lease
from deepshield.jobs.lookup import Filter, find_artifact, find_job, find_view, list_jobs, revisions
from deepshield.jobs.retry import retry
from deepshield.jobs.served_bundle import served_bundle
from deepshield.jobs.submit import Submission, submit
from deepshield.jobs.sweep import sweep
from deepshield.observability import metrics
from deepshield.persistence.repositories import attempts, blobs, figures, results, usage
from deepshield.persistence.repositories.results import ResultSummary
from deepshield.persistence.tables import Job, User
from deepshield.resources import Resources
from deepshield.result import AnalysisResult
from deepshield.result_provenance import (
    AiStatement,
    CredentialState,
    FileMetadata,
    Hint,
    Provenance,
    SignedRecord,
)
from deepshield.storage import BlobNotFoundError

pytestmark = [pytest.mark.integration, pytest.mark.both_databases]


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.time = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.time

    def pass_seconds(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(make_resources: MakeResources, clock: Clock) -> Resources:
    return make_resources(clock=clock, saas={"require_auth": True, "free_daily_uploads": 3})


def account(service: Resources, tier: Tier = Tier.FREE) -> Owner:
    user_id, now = str(uuid.uuid4()), service.clock()
    with service.database.write() as session:
        session.add(
            User(
                id=user_id,
                email=f"{user_id}@example.org",
                password_hash="-",
                tier=tier,
                created_at=now,
                password_changed_at=now,
            )
        )
    return Owner(user_id, tier)


def upload(service: Resources, sha256: str = "a" * 64, kind: MediaKind = MediaKind.IMAGE) -> Submission:
    key = f"uploads/{uuid.uuid4().hex}"
    with service.store.writer(key) as writer:
        writer.write(b"pixels")
        writer.commit()
    return Submission(kind, "a.jpg", "image/jpeg", 6, sha256, key)


def accepted(service: Resources, owner: Owner | None = None, **how: Any) -> Job:
    return submit(service, owner, upload(service, **how), reuse=False)[0]


def claimed(service: Resources, owner: Owner | None = None) -> Lease:
    lease = leases.claim(service, accepted(service, owner).id, "worker-1")
    assert lease is not None
    return lease


def finished(service: Resources, lease: Lease, result: AnalysisResult | None = None) -> bool:
    key = f"artifacts/{lease.job_id}/{lease.token}/moment-1-crop.png"
    with service.store.writer(key) as writer:
        writer.write(b"png")
        writer.commit()
    made = [StoredArtifact("moment-1-crop.png", key, "image/png", 3, "b" * 64)]
    found = example("no_signs") if result is None else result
    return leases.finish(service, lease, found, made, served_bundle(service).facts)


def used(service: Resources, owner: Owner) -> int:
    with service.database.read() as session:
        return usage.used(session, owner.id, usage_day(service.clock()))


def state(service: Resources, job_id: str) -> State:
    with service.database.read() as session:
        return State(session.scalars(select(Job.state).where(Job.id == job_id)).one())


def stored(service: Resources) -> set[str]:
    return {blob.key for blob in service.store.list("")}


def code_of(call: Callable[[], object]) -> Code:
    with pytest.raises(DeepShieldError) as refused:
        call()
    return refused.value.code


def test_the_way_of_a_job(service: Resources) -> None:
    owner = account(service)
    job = accepted(service, owner)
    assert (job.state, job.queue) == (State.QUEUED, "images")
    assert service.announcer.announced == [(job.id, "images")]  # type: ignore[attr-defined]
    lease = leases.claim(service, job.id, "worker-1")
    assert lease is not None
    assert state(service, job.id) is State.RUNNING
    assert leases.heartbeat(service, lease, Report(Stage.INFERENCE, 10, 20, 4, 3))
    seen = find_job(service, owner, job.id)
    assert (seen.state, seen.stage, seen.progress_percent) == (State.PROCESSING, "inference", 45)
    assert (seen.frames_decoded, seen.frames_planned, seen.faces_found, seen.faces_scored) == (10, 20, 4, 3)
    assert finished(service, lease)
    view = find_view(service, owner, job.id)
    assert view.job.state == State.COMPLETED
    assert view.job.progress_percent == 100
    assert view.result is not None
    assert view.result == example("no_signs")
    assert [artifact.name for artifact in view.artifacts] == ["moment-1-crop.png"]
    assert used(service, owner) == 1


def test_every_visible_change_has_a_revision_of_its_own(service: Resources) -> None:
    job = accepted(service)
    seen = [find_job(service, None, job.id).revision]
    lease = leases.claim(service, job.id, "w")
    assert lease is not None
    seen.append(find_job(service, None, job.id).revision)
    for frames in (1, 2):
        leases.heartbeat(service, lease, Report(Stage.FACE_DETECTION, frames, 9))
        seen.append(find_job(service, None, job.id).revision)
    leases.heartbeat(service, lease)
    assert find_job(service, None, job.id).revision == seen[-1], "a heartbeat alone is not news"
    finished(service, lease)
    seen.append(revisions(service, [job.id])[job.id].revision)
    assert seen == sorted(set(seen))


def test_one_message_delivered_many_times_is_one_execution(service: Resources) -> None:
    owner = account(service)
    job = accepted(service, owner)
    with ThreadPoolExecutor(4) as workers:
        won = [w for w in workers.map(lambda n: leases.claim(service, job.id, f"w{n}"), range(10)) if w]
    assert len(won) == 1
    assert finished(service, won[0])
    assert leases.claim(service, job.id, "late") is None
    assert used(service, owner) == 1


def test_a_worker_past_its_lease_changes_nothing(service: Resources, clock: Clock) -> None:
    late = claimed(service)
    clock.pass_seconds(service.settings.job.lease_seconds + 1)
    assert not leases.heartbeat(service, late), "the lease has run out even before it is given to another"
    sweep(service)
    second = leases.claim(service, late.job_id, "worker-2")
    assert second is not None
    assert second.number == 2
    assert not leases.heartbeat(service, late, Report(Stage.INFERENCE, 1, 1))
    leases.fail(service, late, Code.INTERNAL_ERROR, "late")
    leases.crashed(service, late)
    leases.release(service, late)
    assert not finished(service, late)
    assert state(service, late.job_id) is State.RUNNING
    assert finished(service, second)
    assert not finished(service, second), "an outcome is recorded once"


def test_a_silent_workers_job_is_given_to_another(service: Resources, clock: Clock) -> None:
    lease = claimed(service)
    for _ in range(3):
        clock.pass_seconds(service.settings.job.heartbeat_timeout_seconds - 1)
        assert leases.heartbeat(service, lease)
        assert sweep(service).requeued == 0
    clock.pass_seconds(service.settings.job.heartbeat_timeout_seconds + 1)
    report = sweep(service)
    assert (report.requeued, report.announced) == (1, 1)
    assert state(service, lease.job_id) is State.QUEUED


def test_a_job_that_loses_every_worker_fails_and_costs_nothing(service: Resources, clock: Clock) -> None:
    owner = account(service)
    job = accepted(service, owner)
    for _ in range(service.settings.job.max_attempts):
        assert leases.claim(service, job.id, "w") is not None
        clock.pass_seconds(service.settings.job.heartbeat_timeout_seconds + 1)
        sweep(service)
    failed = find_job(service, owner, job.id)
    assert (failed.state, failed.error_code) == (State.FAILED, Code.WORKER_LOST)
    assert used(service, owner) == 0
    assert sweep(service).failed == 0
    with service.database.read() as session:
        assert [one.outcome for one in attempts.of(session, job.id)] == [Code.WORKER_LOST] * 3
        known = figures.count(session)
    assert b"deepshield_lost_attempts 3.0" in metrics.exposition(known, (), service.clock())


def test_a_process_that_dies_of_a_file_is_not_fed_it_for_ever(service: Resources) -> None:
    owner = account(service)
    lease = claimed(service, owner)
    leases.crashed(service, lease)
    assert state(service, lease.job_id) is State.QUEUED
    again = leases.claim(service, lease.job_id, "w")
    assert again is not None
    leases.crashed(service, again)
    failed = find_job(service, owner, lease.job_id)
    assert (failed.state, failed.error_code) == (State.FAILED, Code.ANALYSIS_CRASHED)
    assert used(service, owner) == 0


@pytest.mark.parametrize(("code", "charged"), [("VIDEO_DECODE_ERROR", 1), ("INTERNAL_ERROR", 0), ("NEW", 0)])
def test_only_a_failure_of_ours_is_refunded_and_that_once(
    service: Resources, code: str, charged: int
) -> None:
    owner = account(service)
    lease = claimed(service, owner)
    leases.fail(service, lease, code, "why", {"frame": 3})
    leases.fail(service, lease, code, "again")
    assert used(service, owner) == charged
    failed = find_job(service, owner, lease.job_id)
    assert (failed.error_code, failed.error_message, failed.error_details) == (code, "why", {"frame": 3})


def test_a_failure_that_may_pass_is_tried_again_but_not_for_ever(service: Resources) -> None:
    lease: Lease | None = claimed(service)
    for _ in range(service.settings.job.max_attempts):
        assert lease is not None
        leases.fail(service, lease, Code.SERVICE_UNAVAILABLE, "storage is away", retriable=True)
        lease = leases.claim(service, lease.job_id, "w")
    assert lease is None


def test_a_job_given_back_by_a_stopping_worker_has_lost_no_try(service: Resources) -> None:
    lease = claimed(service)
    leases.release(service, lease)
    again = leases.claim(service, lease.job_id, "w2")
    assert again is not None
    assert again.number == 1


def test_what_was_never_announced_is_announced_by_the_sweep(service: Resources) -> None:
    service.announcer.away = True  # type: ignore[attr-defined]
    jobs = [accepted(service) for _ in range(3)]
    assert sweep(service).announced == 0
    service.announcer.away = False  # type: ignore[attr-defined]
    assert sweep(service).announced == 3
    assert {job_id for job_id, _ in service.announcer.announced} == {job.id for job in jobs}  # type: ignore[attr-defined]


def test_what_the_broker_lost_is_announced_again_oldest_first(service: Resources, clock: Clock) -> None:
    jobs = []
    for _ in range(60):
        jobs.append(accepted(service).id)
        clock.pass_seconds(0.001)
    service.announcer.announced.clear()  # type: ignore[attr-defined]
    assert sweep(service).announced == 0, "not at once"
    clock.pass_seconds(service.settings.job.resend_seconds)
    assert sweep(service).announced == 50
    assert {job_id for job_id, _ in service.announcer.announced} == set(jobs[:50])  # type: ignore[attr-defined]


def test_a_job_killed_between_commit_and_announcement_starts_within_30_seconds(
    service: Resources, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> bool:
        raise KeyboardInterrupt

    monkeypatch.setattr(type(service.announcer), "announce", killed)
    for _ in range(100):
        with pytest.raises(KeyboardInterrupt):
            accepted(service)
    monkeypatch.undo()
    started, seconds = 0, 0.0
    while seconds < 30:
        clock.pass_seconds(service.settings.job.sweep_seconds)
        seconds += service.settings.job.sweep_seconds
        sweep(service)
        for job_id, _ in service.announcer.announced:  # type: ignore[attr-defined]
            started += leases.claim(service, job_id, "w") is not None
        service.announcer.announced.clear()  # type: ignore[attr-defined]
    assert started == 100


def test_the_daily_limit_holds_and_comes_back_the_next_day(service: Resources, clock: Clock) -> None:
    owner = account(service)
    for _ in range(3):
        accepted(service, owner)
    submission = upload(service, sha256="d" * 64)
    with pytest.raises(DeepShieldError) as refused:
        submit(service, owner, submission)
    assert refused.value.code is Code.QUOTA_EXCEEDED
    assert refused.value.details == {"limit": 3, "resets_at": "2026-05-05T00:00:00+00:00"}
    assert list_jobs(service, owner, Filter()).total == 3
    clock.pass_seconds(24 * 3600)
    accepted(service, owner)
    accepted(service, account(service, Tier.PRO))


def test_the_same_bytes_are_answered_from_the_earlier_result(service: Resources) -> None:
    owner, other = account(service), account(service)
    lease = claimed(service, owner)
    finished(service, lease)
    assert [job.id for job, reused in [submit(service, owner, upload(service))] if reused] == [lease.job_id]
    assert used(service, owner) == 1
    assert not submit(service, owner, upload(service), reuse=False)[1]
    assert not submit(service, owner, upload(service, sha256="c" * 64))[1]
    assert not submit(service, other, upload(service))[1], "never another account's"
    assert not submit(service, None, upload(service))[1], "and nothing for those without one"


def test_another_threshold_or_bundle_is_another_result(
    make_resources: MakeResources, service: Resources
) -> None:
    owner = account(service)
    finished(service, claimed(service, owner))
    strict = make_resources(clock=service.clock, infer={"fake_decision_threshold": 0.95})
    assert not submit(strict, owner, upload(strict))[1]


def test_nothing_is_accepted_without_a_model(make_resources: MakeResources, tmp_path: Any) -> None:
    service = make_resources(infer={"model_weights_path": tmp_path / "nowhere"})
    owner = account(service)
    assert code_of(lambda: submit(service, owner, upload(service))) is Code.MODEL_NOT_AVAILABLE
    assert used(service, owner) == 0


def test_cancelling_ends_a_job_at_once_and_leaves_nothing(service: Resources) -> None:
    owner = account(service)
    lease = claimed(service, owner)
    assert cancel_or_delete(service, owner, lease.job_id) == "cancelled"
    assert state(service, lease.job_id) is State.CANCELLED
    assert not leases.heartbeat(service, lease)
    assert not finished(service, lease)
    assert not {key for key in stored(service) if key.startswith("uploads/")}
    assert code_of(lambda: retry(service, owner, lease.job_id)) is Code.CONFLICT
    assert cancel_or_delete(service, owner, lease.job_id) == "deleted"
    assert code_of(lambda: find_job(service, owner, lease.job_id)) is Code.NOT_FOUND


def test_deleting_a_finished_job_takes_its_files(service: Resources) -> None:
    owner = account(service)
    lease = claimed(service, owner)
    finished(service, lease)
    assert len(stored(service)) == 2
    assert cancel_or_delete(service, owner, lease.job_id) == "deleted"
    assert stored(service) == set()


def test_files_that_could_not_be_deleted_go_with_a_later_sweep(
    service: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    lease = claimed(service)
    finished(service, lease)

    def broken(*_: object) -> None:
        raise BlobNotFoundError

    monkeypatch.setattr(type(service.store), "delete", broken)
    cancel_or_delete(service, None, lease.job_id)
    assert len(stored(service)) == 2
    monkeypatch.undo()
    assert sweep(service).files_deleted == 2
    assert stored(service) == set()
    with service.database.read() as session:
        assert not blobs.pending_deletions(session, 10)


def test_a_failed_job_can_be_started_again(service: Resources) -> None:
    owner = account(service)
    lease = claimed(service, owner)
    leases.fail(service, lease, Code.INTERNAL_ERROR, "ours")
    assert used(service, owner) == 0
    assert retry(service, owner, lease.job_id).state == State.QUEUED
    assert used(service, owner) == 1, "the charge that was given back is taken again"
    assert code_of(lambda: retry(service, owner, lease.job_id)) is Code.CONFLICT
    again = leases.claim(service, lease.job_id, "w")
    assert again is not None
    leases.fail(service, again, "VIDEO_DECODE_ERROR", "theirs")
    retry(service, owner, lease.job_id)
    assert used(service, owner) == 2, "after a fault of the file each try is charged"


def test_somebody_elses_job_is_an_unknown_job(service: Resources) -> None:
    owner, other = account(service), account(service)
    job = accepted(service, owner)
    unknown = str(uuid.uuid4())
    for call in (find_job, find_view, cancel_or_delete, retry):
        for who in (other, None):
            assert code_of(lambda call=call, who=who: call(service, who, job.id)) is Code.NOT_FOUND
        assert code_of(lambda call=call: call(service, owner, unknown)) is Code.NOT_FOUND
    assert list_jobs(service, other, Filter()).total == 0
    assert list_jobs(service, None, Filter()).total == 0


def test_a_list_is_filtered_searched_and_paged(service: Resources, clock: Clock) -> None:
    owner = account(service, Tier.PRO)
    names = ["b.jpg", "100%.jpg", "B2.jpg"]
    for name in names:
        submission = upload(service, kind=MediaKind.VIDEO if name == "100%.jpg" else MediaKind.IMAGE)
        submit(service, owner, Submission(**{**_fields(submission), "filename": name}), reuse=False)
        clock.pass_seconds(1)
    found = list_jobs(service, owner, Filter(), limit=2)
    assert ([job.original_filename for job in found.jobs], found.total) == (["B2.jpg", "100%.jpg"], 3)
    assert [j.original_filename for j in list_jobs(service, owner, Filter(), offset=2).jobs] == ["b.jpg"]
    assert list_jobs(service, owner, Filter(search="B")).total == 2
    assert list_jobs(service, owner, Filter(search="%")).total == 1
    assert list_jobs(service, owner, Filter(media_type="video")).total == 1
    assert list_jobs(service, owner, Filter(states=(State.COMPLETED,))).total == 0


def test_a_list_tells_the_gist_of_each_result(service: Resources) -> None:
    owner = account(service)
    finished(service, claimed(service, owner))
    waiting = accepted(service, owner, sha256="c" * 64)
    page = list_jobs(service, owner, Filter())
    done = next(job for job in page.jobs if job.id != waiting.id)
    assert set(page.summaries) == {done.id}
    result = example("no_signs")
    assert page.summaries[done.id] == ResultSummary(
        verdict="no_signs",
        final_score=result.final_score,
        thumbnail="moment-1-crop.png",
        interval=result.interval,
        threshold=pytest.approx(result.decision_threshold),
        persons=1,
        reasons=("below_threshold",),
        bundle=result.model.bundle,
        version=result.model.version,
        signed_record="none",
        faces=result.faces,
        bundle_sha256=served_bundle(service).facts.sha256,
    )
    assert find_artifact(service, owner, done.id, "moment-1-crop.png").size_bytes == 3
    assert code_of(lambda: find_artifact(service, owner, done.id, "other.png")) is Code.NOT_FOUND
    assert code_of(lambda: find_artifact(service, None, done.id, "moment-1-crop.png")) is Code.NOT_FOUND


def test_a_list_tells_what_files_say_of_themselves_and_only_trusted_records_of_ai(
    make_resources: MakeResources, clock: Clock
) -> None:
    service = make_resources(clock=clock, saas={"require_auth": True, "free_daily_uploads": 9})
    owner = account(service)
    nobody = {"signer": None, "issuer": None, "signed_at": None}
    ai = AiStatement(use="made", source_type="x", state="trusted", trust_list="signers", **nobody)
    found = {"rule": "comfyui", "kind": "ai_generated", "generator": "g", "strength": "strong"}
    hint = Hint(**found, source="text", name="n", value="v")
    unknown = ai.model_copy(update={"state": CredentialState.UNKNOWN_SIGNER})
    for state, statement in (("trusted", ai), ("trusted", unknown), ("unknown_signer", ai), ("none", None)):
        said = Provenance(
            credentials=SignedRecord(state=state, ai=statement), metadata=FileMetadata(), hints=[hint]
        )
        result = example("no_signs").model_copy(update={"provenance": said})
        finished(service, claimed(service, owner), result)
    finished(service, claimed(service, owner), example("earlier"))
    told = list_jobs(service, owner, Filter()).summaries.values()
    assert sorted((one.signed_record or "", one.signed_ai or "", one.trace or "") for one in told) == [
        ("", "", ""),
        ("none", "", "comfyui"),
        ("trusted", "", "comfyui"),
        ("trusted", "made", "comfyui"),
        ("unknown_signer", "", "comfyui"),
    ]


def test_files_and_rows_go_when_their_time_is_over(make_resources: MakeResources, clock: Clock) -> None:
    service = make_resources(
        clock=clock, retention={"upload_hours": 1.0, "artifact_hours": 2.0, "job_days": 1.0}
    )
    owner = account(service)
    lease = claimed(service, owner)
    finished(service, lease)
    waiting = accepted(service, owner, sha256="c" * 64)
    clock.pass_seconds(3601)
    sweep(service)
    assert len(stored(service)) == 2, "the upload of the finished job is gone, the waiting one's is not"
    assert find_view(service, owner, lease.job_id).artifacts
    clock.pass_seconds(3601)
    sweep(service)
    view = find_view(service, owner, lease.job_id)
    assert (list(view.artifacts), view.job.purged_at is not None) == ([], True)
    assert view.result is not None, "the summary remains"
    clock.pass_seconds(24 * 3600)
    sweep(service)
    assert code_of(lambda: find_job(service, owner, lease.job_id)) is Code.NOT_FOUND
    assert find_job(service, owner, waiting.id).state == State.QUEUED


def test_a_bundle_is_known_once(service: Resources) -> None:
    now = service.clock()
    for _ in range(2):
        with service.database.write() as session:
            results.add_bundle(session, BundleFacts("d" * 64, "name", "1"), now)


def _fields(submission: Submission) -> dict[str, Any]:
    return {name: getattr(submission, name) for name in Submission.__dataclass_fields__}
