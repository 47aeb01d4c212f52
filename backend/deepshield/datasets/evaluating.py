"""Measuring the served model on a version of a data set, from the verdicts that its analyses gave.

An evaluation is a row that a worker claims. The figures need libraries that the service's processes do not
load, so that a process of its own computes them (`deepshield.evaluation.measuring`).
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from deepshield.datasets.reading import version_in
from deepshield.domain.chain import Erasable
from deepshield.domain.datasets import Entry, Split, Use
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.evaluations import Comparison, EvaluationState, Outcome, compared, recheck_reason
from deepshield.domain.owner import Owner
from deepshield.domain.policies import Yardstick
from deepshield.domain.rechecks import RecheckState
from deepshield.domain.roles import May
from deepshield.jobs.rule_in_use import rule_in_use
from deepshield.jobs.served_bundle import ServedBundle, served_bundle
from deepshield.persistence.measurement import Dataset, DatasetVersion, Evaluation, Policy
from deepshield.persistence.repositories import audit, datasets, evaluations, policies
from deepshield.persistence.repositories.evaluations import Analysis
from deepshield.rechecks import asking
from deepshield.resources import Resources
from deepshield.workspaces.blindness import read_blind

COMMAND = (sys.executable, "-P", "-m", "deepshield.evaluation.measuring")
_SECONDS = 240.0
_LEASE = timedelta(seconds=_SECONDS + 60)
_MOST_ATTEMPTS = 3
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")
_SIDES = ((480, "under 480 px"), (1080, "480 to 1079 px"), (None, "1080 px and more"))

_RECHECK_ENDED = (RecheckState.FINISHED.value, RecheckState.STOPPED.value)
_NOTHING = "The model has analysed none of these files: their files are not kept any more, or failed."

_log = logging.getLogger(__name__)


class MeasuringError(RuntimeError):
    """The report could not be computed; the message is for the log."""


@dataclass(frozen=True, slots=True)
class EvaluationView:
    """An evaluation with what it is of."""

    row: Evaluation
    dataset: Dataset
    version: DatasetVersion
    policy: Policy | None
    """By which the files were judged; None for the operator's or the bundle's rule."""
    hidden: Collection[str] = ()  # media that who asks reads blind

    @property
    def withheld(self) -> bool:
        """Whether who asks reads one of the files blind; beside the figures a list of others tells of it."""
        return any(one.media_id in self.hidden for one in outcomes_of(self.row))


def ask(
    resources: Resources,
    owner: Owner,
    dataset_id: str,
    number: int,
    split: Split | None = None,
    *,
    recheck: bool = False,
    within: Callable[[Session, EvaluationView], None] | None = None,
) -> EvaluationView:
    """Have the served model measured on a version, or one split of it, by the rule in use.

    Only files count that it has analysed; the view says how many it has not. With ``recheck`` the first
    thousand of those are analysed before, behind everything else, and nobody is charged. ``within`` is called
    with the view before the transaction commits. Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING,
    MODEL_NOT_AVAILABLE, CONFLICT when it has analysed none and is not to.
    """
    owner.need(May.DATASETS)
    bundle, now = served_bundle(resources), resources.clock()
    asked = _ask_recheck(resources, owner, dataset_id, number, split, bundle) if recheck else None
    with resources.database.write() as session:
        in_use = rule_in_use(session, bundle, owner.workspace_id)
        policy = in_use.policy
        dataset, version = version_in(session, owner.workspace_id, dataset_id, number)
        entries = datasets.entries(session, version.id, split)
        known = evaluations.analyses(session, media_of(entries), in_use.yardstick)
        missing = len(entries) - len(known)
        if not known and asked is None:
            raise DeepShieldError(
                Code.CONFLICT,
                "The model in use has analysed none of these files. Have them checked again, then measure.",
                files=len(entries),
                missing=missing,
            )
        row = Evaluation(
            id=str(uuid.uuid4()),
            workspace_id=owner.workspace_id,
            version_id=version.id,
            split=None if split is None else split.value,
            bundle_sha256=bundle.facts.sha256,
            bundle=bundle.facts.name,
            bundle_version=bundle.facts.version,
            state=(EvaluationState.QUEUED if asked is None else EvaluationState.WAITING).value,
            recheck_id=asked,
            asked_by=owner.id,
            created_at=now,
            updated_at=now,
            attempts=0,
            files=len(entries),
            missing=missing,
            threshold=in_use.rule.threshold,
            policy_id=None if policy is None else policy.id,
        )
        evaluations.add(session, row)
        datasets.note_use(session, version.id, Use.EVALUATION.value)
        details = {"name": Erasable(dataset.name), "number": number, "bundle": bundle.facts.name}
        audit.record(session, "evaluation.asked", now, actor=owner.id, subject=row.id, details=details)
        view = EvaluationView(row, dataset, version, policy)
        if within is not None:
            within(session, view)
    return view


def _ask_recheck(
    resources: Resources,
    owner: Owner,
    dataset_id: str,
    number: int,
    split: Split | None,
    bundle: ServedBundle,
) -> str | None:
    """Ask for analyses of the files that the model has not analysed; None where there are none to be made."""
    with resources.database.read() as session:
        dataset, version = version_in(session, owner.workspace_id, dataset_id, number)
        media = media_of(datasets.entries(session, version.id, split))
        yardstick = rule_in_use(session, bundle, owner.workspace_id).yardstick
        known = evaluations.analyses(session, media, yardstick)
    missing = tuple(media_id for sha256, media_id in media.items() if sha256 not in known)
    if not missing:
        return None
    reason = recheck_reason(dataset.name, number)
    return asking.ask(resources, owner, asking.Wanted(ids=missing[: asking.MOST_BY_HAND]), reason=reason).id


def list_evaluations(
    resources: Resources, owner: Owner, dataset_id: str | None, cursor: str | None, limit: int
) -> list[EvaluationView]:
    """Return the workspace's evaluations without reports, the newest first; raises ROLE_MISSING."""
    owner.need(May.READ)
    with resources.database.read() as session:
        found = evaluations.page(session, owner.workspace_id, dataset_id, cursor, limit)
    return [EvaluationView(*one) for one in found]


def find_evaluation(resources: Resources, owner: Owner, evaluation_id: str) -> EvaluationView:
    """Return an evaluation; raises `DeepShieldError` NOT_FOUND, ROLE_MISSING."""
    owner.need(May.READ)
    with resources.database.read() as session:
        found = evaluations.find(session, owner.workspace_id, evaluation_id)
        hidden = read_blind(session, owner)
    if found is None:
        raise DeepShieldError(Code.NOT_FOUND, "There is no such evaluation in this workspace.")
    return EvaluationView(*found, hidden)


def compare(
    resources: Resources, owner: Owner, a: str, b: str
) -> tuple[EvaluationView, EvaluationView, Comparison]:
    """Compare two evaluations on the files that both have.

    Raises as `find_evaluation`, and CONFLICT for one that is not done.
    """
    views = [find_evaluation(resources, owner, one) for one in (a, b)]
    for view in views:
        if view.row.state != EvaluationState.DONE:
            raise DeepShieldError(Code.CONFLICT, "One of these evaluations is not done. Wait for its report.")
    first, second = views
    return first, second, compared(outcomes_of(first.row), outcomes_of(second.row))


def outcomes_of(row: Evaluation) -> list[Outcome]:
    """Return what was said of each file of an evaluation that is done."""
    return [Outcome(**one) for one in row.outcomes or ()]


def media_of(entries: Sequence[Entry]) -> dict[str, str]:
    """Return the medium of each file, by hash."""
    return {one.sha256: one.media_id for one in entries}


def measure_next(resources: Resources, command: Sequence[str] = COMMAND) -> bool:
    """Measure the evaluation that has waited longest; False when none waits."""
    token, now = str(uuid.uuid4()), resources.clock()
    with resources.database.write() as session:
        evaluations.end_waiting(session, _RECHECK_ENDED, now)
        claimed = evaluations.claim(session, token, now, now + _LEASE)
        row = None if claimed is None else session.get(Evaluation, claimed, populate_existing=True)
        if row is None:
            return False
        version = session.get(DatasetVersion, row.version_id)
        dataset = None if version is None else session.get(Dataset, version.dataset_id)
        assert version is not None
        assert dataset is not None
        entries = datasets.entries(session, row.version_id, None if row.split is None else Split(row.split))
        known = evaluations.analyses(session, media_of(entries), _yardstick(session, row))
    measured = [one for one in entries if one.sha256 in known]
    if not measured:
        _end(resources, row.id, token, state=EvaluationState.FAILED, error=_NOTHING, missing=len(entries))
        return True
    try:
        if row.attempts > _MOST_ATTEMPTS:
            raise MeasuringError("every process that measured it was lost")
        values = _measured(f"{dataset.name}@{version.number}", row, measured, known, command)
        values |= {"state": EvaluationState.DONE.value, "missing": len(entries) - len(measured)}
    except Exception as error:  # noqa: BLE001 - the others are measured all the same, and this one is tried again
        _log.error("an evaluation could not be measured: %s: %s", type(error).__name__, error)
        if row.attempts < _MOST_ATTEMPTS:
            values = {"state": EvaluationState.QUEUED.value}
        else:
            message = "The figures could not be computed. Ask whoever runs the server to look at the log."
            values = {"state": EvaluationState.FAILED.value, "error": message}
    _end(resources, row.id, token, **values)
    return True


def _yardstick(session: Session, row: Evaluation) -> Yardstick:
    """Return the rule that was in use when an evaluation was asked for."""
    policy = None if row.policy_id is None else policies.get(session, row.policy_id)
    alike = frozenset[str]() if policy is None else policies.alike(session, policy)
    return Yardstick(row.bundle_sha256, row.threshold or 0.0, alike)


def _end(resources: Resources, evaluation_id: str, token: str, **values: Any) -> None:
    now = resources.clock()
    ended = None if values["state"] == EvaluationState.QUEUED else now
    with resources.database.write() as session:
        evaluations.end(session, evaluation_id, token, updated_at=now, finished_at=ended, **values)


def _measured(
    name: str,
    row: Evaluation,
    entries: Sequence[Entry],
    known: Mapping[str, Analysis],
    command: Sequence[str],
) -> dict[str, Any]:
    scales = [one for one in known.values() if one.calibration is not None]
    if not scales:
        raise MeasuringError("no analysis says how its estimates are calibrated")
    one = scales[-1]
    document = {
        "name": name,
        "judge": {
            "bundle": row.bundle,
            "version": row.bundle_version,
            "sha256": row.bundle_sha256,
            "face_detector": one.face_detector,
            "threshold": one.threshold,
            "abstain_band": list(one.abstain_band),
            "calibration": one.calibration,
        },
        "files": [_file(entry, known[entry.sha256]) for entry in entries],
    }
    report = _run(document, command)
    estimates = report.pop("estimates")
    return {
        "report": report,
        "auc": report["datasets"][0]["auc"],
        "outcomes": [
            {
                "sha256": entry.sha256,
                "fake": entry.fake,
                "group": entry.group,
                "verdict": known[entry.sha256].verdict,
                "logit": known[entry.sha256].logit,
                "estimate": estimate,
                "job_id": known[entry.sha256].job_id,
                "media_id": entry.media_id,
            }
            for entry, estimate in zip(entries, estimates, strict=True)
        ],
    }


def _file(entry: Entry, analysis: Analysis) -> dict[str, Any]:
    side = min(analysis.width, analysis.height)
    return {
        "sha256": entry.sha256,
        "fake": entry.fake,
        "group": entry.group,
        "kind": (entry.kind or entry.label) if entry.fake else None,
        "source": entry.source,
        "generator": entry.generator,
        "size": next(name for least, name in _SIDES if least is None or side < least),
        "media_type": entry.media_type,
        "verdict": analysis.verdict,
        "logit": analysis.logit,
        "frames": analysis.frames,
        "frames_with_face": analysis.frames_with_face,
    }


def _run(document: Mapping[str, Any], command: Sequence[str]) -> dict[str, Any]:
    try:
        done = subprocess.run(  # noqa: S603 - our own program
            list(command),
            input=json.dumps(document).encode(),
            capture_output=True,
            timeout=_SECONDS,
            check=False,
            env=_environment(),
        )
        if done.returncode != 0:
            raise MeasuringError(f"status {done.returncode}: {done.stderr[-1000:].decode(errors='replace')}")
        report: dict[str, Any] = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, OSError, ValueError) as error:
        raise MeasuringError(f"{type(error).__name__}: {error}") from error
    return report


def _environment() -> dict[str, str]:
    """Pass nothing on that is a secret of the service; a thread for each core is no faster here."""
    passed = {
        name: value for name, value in os.environ.items() if name in _PASSED_ON or name.startswith("PYTHON")
    }
    return {**passed, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
