"""Labels for files whose truth somebody knows already, given on the server without a task."""

from __future__ import annotations

import uuid

from deepshield.domain.clock import Clock
from deepshield.domain.clock import now as present_time
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.labels import Kind, Value
from deepshield.domain.reviews import Basis, Given, Reading, decide
from deepshield.persistence.database import Database
from deepshield.persistence.repositories import labels, reviews, workspaces
from deepshield.persistence.workbench import Label
from deepshield.reviews.deciding import put


def label_file(
    database: Database,
    sha256: str,
    value: Value,
    kind: Kind | None,
    *,
    reader: str,
    workspace_id: str | None = None,
    note: str | None = None,
    clock: Clock = present_time,
) -> Label:
    """Label the file with these bytes, as a review by the account ``reader``; return the label.

    Raises `DeepShieldError` NOT_FOUND when no workspace of the account has such a file, and CONFLICT, which
    names them, when several have it and ``workspace_id`` is not given.
    """
    now = clock()
    with database.write() as session:
        found = [
            medium
            for medium in labels.by_sha256(session, sha256)
            if workspace_id in (None, medium.workspace_id)
            and workspaces.role_of(session, medium.workspace_id, reader) is not None
        ]
        if not found:
            message = "None of this account's workspaces has a file with these bytes. Have it analysed first."
            raise DeepShieldError(Code.NOT_FOUND, message)
        if len(found) > 1:
            names = ", ".join(medium.workspace_id for medium in found)
            raise DeepShieldError(Code.CONFLICT, f"Several workspaces have this file. Name one: {names}")
        medium = found[0]
        kinds = () if kind is None else (kind,)
        review = reviews.add(
            session,
            str(uuid.uuid4()),
            reader,
            Given(value, kinds, basis=(Basis.OWN_RECORD,), note=note),
            workspace_id=medium.workspace_id,
            media_id=medium.id,
            task_id=None,
            job_id=medium.job_id,
            round_=1,
            blind=False,
            started_at=now,
            now=now,
        )
        decision = decide([Reading(review.id, 1, value, kinds)])
        assert decision is not None, "one review decides"
        label = put(session, medium.id, decision, reader, now)
        assert label is not None, "the file is there"
        return label
