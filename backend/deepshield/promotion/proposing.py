"""Proposing a bundle: verified, stored where all machines reach it, and put up for approval."""

from __future__ import annotations

import json
import tempfile
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError

from deepshield.deletion import delete_unused
from deepshield.domain.bundles import BundleState, person
from deepshield.domain.chain import Erasable
from deepshield.domain.datasets import Use
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.persistence.measurement import ProposedBundle
from deepshield.persistence.repositories import audit, bundles, datasets
from deepshield.promotion.archive import ArchiveError, Whole, pack, sha256_of, verified
from deepshield.promotion.golden import GoldenTestError, golden_test
from deepshield.resources import Resources


def propose(
    resources: Resources, folder: Path, by: str, test: Callable[[Path | None], str] = golden_test
) -> ProposedBundle:
    """Store the bundle in a folder and let it wait for approval; return its row.

    The versions of data sets that it was trained on say so from then on. Raises `DeepShieldError`
    VALIDATION_ERROR for a bundle that is not whole or fails its golden test, CONFLICT for one that was
    proposed before, and StorageError.
    """
    who = known_person(by)
    try:
        whole = verified(folder)
        test(folder)
    except (ArchiveError, GoldenTestError) as error:
        raise DeepShieldError(Code.VALIDATION_ERROR, f"This bundle is not taken: {error}") from error
    with resources.database.read() as session:
        before = bundles.by_sha256(session, whole.facts.sha256)
    if before is not None:
        raise _proposed_before(before)
    row = _row(whole, who, resources)
    with tempfile.TemporaryDirectory() as scratch:
        archive = Path(scratch) / "bundle.zip"
        pack(folder, archive)
        row.archive_sha256 = sha256_of(archive)
        row.size_bytes = archive.stat().st_size
        resources.store.put_file(row.key, archive)
    try:
        with resources.database.write() as session:
            bundles.add(session, row)
            if row.manifest_sha256 is not None:
                datasets.note_use_of(session, row.manifest_sha256, Use.TRAINING.value)
            details = {
                "by": Erasable(who),
                "bundle": f"{row.name} {row.version}",
                "sha256": row.sha256,
                "dataset": row.dataset,
            }
            audit.record(session, "bundle.proposed", row.proposed_at, subject=row.id, details=details)
    except IntegrityError as error:
        delete_unused(resources, row.key, row.proposed_at)
        message = "This bundle was proposed at the same moment. `deepshield bundle list` shows it."
        raise DeepShieldError(Code.CONFLICT, message) from error
    return row


def known_person(name: str) -> str:
    """Return a name as it is recorded; raises `DeepShieldError` VALIDATION_ERROR."""
    try:
        return person(name)
    except ValueError as error:
        raise DeepShieldError(Code.VALIDATION_ERROR, f"Say who does this with --by: {error}.") from error


def _row(whole: Whole, by: str, resources: Resources) -> ProposedBundle:
    facts, candidate = whole.facts, whole.candidate or {}
    base, dataset = candidate.get("derived_from") or {}, candidate.get("dataset") or {}
    row_id = str(uuid.uuid4())
    return ProposedBundle(
        id=row_id,
        sha256=facts.sha256,
        name=facts.name,
        version=facts.version,
        state=BundleState.CANDIDATE.value,
        manifest=whole.manifest,
        key=f"bundles/{row_id}.zip",
        derived_from=base.get("sha256"),
        dataset=f"{dataset['name']}@{dataset['number']}" if dataset else None,
        manifest_sha256=dataset.get("manifest_sha256"),
        figures=_figures(candidate),
        proposed_by=by,
        proposed_at=resources.clock(),
    )


def _figures(candidate: dict[str, Any]) -> dict[str, Any] | None:
    """Return the measurement beside the bundle that it was made of, if it was made here."""
    found: dict[str, Any] | None = candidate.get("test")
    return None if found is None else json.loads(json.dumps(found, allow_nan=False))


def _proposed_before(row: ProposedBundle) -> DeepShieldError:
    return DeepShieldError(
        Code.CONFLICT,
        f"This bundle was proposed on {row.proposed_at.date()} by {row.proposed_by} and is {row.state}. "
        f"`deepshield bundle show {row.sha256[:12]}` says more.",
    )
