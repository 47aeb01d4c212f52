"""Erasing what was written beside a data set, and versions that are retired, whose manifests go with them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from deepshield.datasets.reading import DatasetView, VersionView, found, version_in, view_of
from deepshield.domain.chain import Erasable
from deepshield.domain.datasets import DatasetText, VersionText, nameless
from deepshield.domain.erasure import erased_too
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.roles import May
from deepshield.persistence.repositories import audit, audit_texts, datasets, evaluations
from deepshield.resources import Resources

_OF_EACH = 200


def redact_dataset(
    resources: Resources, owner: Owner, dataset_id: str, texts: Collection[DatasetText]
) -> DatasetView:
    """Erase texts of a data set, in the activity too, and return it; a name is replaced by one of its id.

    Manifests of versions have neither. Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING.
    """
    owner.need(May.DELETE)
    now = resources.clock()
    with resources.database.write() as session:
        row = found(datasets.find(session, owner.workspace_id, dataset_id))
        datasets.lock(session, row.id)
        names = sorted(one.value for one in texts)
        if DatasetText.NAME in texts:
            evaluations.rename_in_rechecks(session, row.workspace_id, row.name, nameless(row.id))
            row.name = nameless(row.id)
            about = [row.id, *evaluations.ids_of(session, row.id)]
            audit_texts.erase_said(session, about, [DatasetText.NAME.value])
        if DatasetText.DESCRIPTION in texts:
            row.description = None
        row.redacted = erased_too(row.redacted, names)
        details: dict[str, Any] = {"texts": names}
        audit.record(session, "dataset.redacted", now, actor=owner.id, subject=row.id, details=details)
        session.flush()
        return DatasetView(row, datasets.versions(session, [row.id], _OF_EACH))


def redact_version(
    resources: Resources, owner: Owner, dataset_id: str, number: int, texts: Collection[VersionText]
) -> VersionView:
    """Erase texts of a version, and return it; its manifest, files and splits stay as they were frozen.

    Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING.
    """
    owner.need(May.DELETE)
    now = resources.clock()
    with resources.database.write() as session:
        dataset, row = version_in(session, owner.workspace_id, dataset_id, number)
        names = sorted(one.value for one in texts)
        datasets.redact_version(session, row.id, names, erased_too(row.redacted, names))
        details = {"number": number, "texts": names}
        audit.record(session, "dataset.redacted", now, actor=owner.id, subject=dataset.id, details=details)
        session.refresh(row)
        return view_of(session, dataset, row)


def delete_version(resources: Resources, owner: Owner, dataset_id: str, number: int) -> DatasetView:
    """Delete a retired version with its manifest and what was measured on it; return its data set.

    The number is given to no other version. Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, CONFLICT for a
    version that is in use.
    """
    owner.need(May.DELETE)
    now = resources.clock()
    with resources.database.write() as session:
        dataset, row = version_in(session, owner.workspace_id, dataset_id, number)
        datasets.lock(session, dataset.id)
        if row.retired_at is None:
            message = f"Version {number} is in use. Retire it first, then delete it."
            raise DeepShieldError(Code.CONFLICT, message)
        details = {
            "name": Erasable(dataset.name),
            "number": number,
            "manifest_sha256": row.manifest_sha256,
        }
        audit.record(
            session, "dataset.version_deleted", now, actor=owner.id, subject=dataset.id, details=details
        )
        audit_texts.erase_about(session, evaluations.ids_of(session, dataset.id, number))
        datasets.remove_version(session, dataset, row)
        return DatasetView(dataset, datasets.versions(session, [dataset.id], _OF_EACH))
