"""A workspace with labelled files, of which the bytes are kept."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable
from typing import Any

import api_world as world
import pytest
from sqlalchemy import update
from two_people import ada, resources  # noqa: F401
from workspace_world import Person

from deepshield.domain.jobs import MediaKind
from deepshield.jobs.submit import Submission, submit
from deepshield.persistence.tables import Job
from deepshield.persistence.workbench import Label, Medium, MediumTag
from deepshield.resources import Resources

Put = Callable[..., str]


@pytest.fixture
def put(resources: Resources, ada: Person) -> Put:  # noqa: F811 - the fixtures
    """Hand in a file and let the example's verdict be found; return its medium's id."""

    def put_one(
        label: str | None = "authentic",
        *,
        kind: str | None = None,
        group: str | None = None,
        tags: tuple[str, ...] = (),
        consent: bool = True,
        name: str = "Ada at home.JPG",
        content: bytes | None = None,
        analysed: bool = True,
        **outcome: Any,
    ) -> str:
        owner, data = ada.owner, content or uuid.uuid4().bytes
        key = f"uploads/{uuid.uuid4().hex}"
        with resources.store.writer(key) as writer:
            writer.write(data)
            writer.commit()
        sha256 = hashlib.sha256(data).hexdigest()
        facts = Submission(MediaKind.IMAGE, name, "image/jpeg", len(data), sha256, key)
        job_id = submit(resources, owner, facts)[0].id
        if analysed:
            lease = world.leases.claim(resources, job_id, "worker-1")
            assert lease is not None
            world.report(resources, lease, 1)
            world.finish(resources, lease, **outcome)
        with resources.database.write() as session:
            job = session.get(Job, job_id)
            assert job is not None
            assert job.media_id is not None
            medium_id = job.media_id
            given = {"by": owner.id, "at": "2026-05-01T00:00:00Z", "text_version": "1"}
            values: dict[str, Any] = {"research_consent": given if consent else None}
            if label is not None:
                session.add(
                    Label(
                        media_id=medium_id, revision=1, workspace_id=owner.workspace_id, value=label,
                        kind=kind, grade="double", group_key=group, reviews=[], decided_by=None,
                        at=resources.clock(),
                    )
                )  # fmt: skip
                values |= {"label": label, "label_kind": kind, "label_grade": "double", "label_revision": 1}
            session.execute(update(Medium).where(Medium.id == medium_id).values(**values))
            for tag in tags:
                session.add(
                    MediumTag(
                        media_id=medium_id, tag=tag, workspace_id=owner.workspace_id, tagged_by=owner.id,
                        tagged_at=resources.clock(),
                    )
                )  # fmt: skip
        return medium_id

    return put_one


@pytest.fixture
def dataset(ada: Person) -> str:  # noqa: F811 - the fixture
    answer = ada.ask("POST", "/datasets", json={"name": "newsroom"})
    assert answer.status_code == 200, answer.text
    made: str = answer.json()["id"]
    return made
