"""A hold and what deletes its file at the same moment: the first wins, the other finds what that has done."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any

import api_world as world
import pytest
from races import Act, race
from sqlalchemy import delete, select

from deepshield.accounts import closing
from deepshield.domain.errors import Code
from deepshield.domain.owner import Owner
from deepshield.jobs.cancel import cancel
from deepshield.jobs.cancel import delete as delete_job
from deepshield.jobs.sweep import sweep
from deepshield.library import changing, removal
from deepshield.persistence.repositories import users
from deepshield.persistence.tables import Job
from deepshield.persistence.workbench import Medium
from deepshield.resources import Resources
from deepshield.workspaces.changing import make_workspace
from deepshield.workspaces.removal import delete_workspace

pytestmark = [pytest.mark.integration, pytest.mark.both_databases]


def file_of(resources: Resources, owner: Owner, *, expired: bool = False) -> tuple[str, str]:
    """Return an analysis and its file; of an expired one only the file's row is left."""
    job_id = world.completed(resources, owner)
    with resources.database.write() as session:
        media_id = session.scalar(select(Job.media_id).where(Job.id == job_id))
        if expired:
            session.execute(delete(Job).where(Job.id == job_id))
    assert media_id is not None
    return job_id, media_id


def row(resources: Resources, media_id: str) -> Medium | None:
    with resources.database.read() as session:
        return session.get(Medium, media_id)


def holding(resources: Resources, there: Owner, media_id: str) -> Act:
    return lambda: changing.hold(resources, there, media_id, "Evidence.")


@pytest.fixture
def close(resources: Resources, monkeypatch: pytest.MonkeyPatch) -> Callable[[Owner], None]:
    """Close an account, which has confirmed that it wants this."""

    def close_one(owner: Owner) -> None:
        with resources.database.read() as session:
            user = users.get(session, owner.id)
        monkeypatch.setattr(closing, "confirm", lambda *_, **__: user)
        throttle: Any = SimpleNamespace(login_succeeded=lambda *_: None)
        login: Any = SimpleNamespace(email="", owner=owner)
        closing.close_account(resources, throttle, login, password=None, address="")

    return close_one


@pytest.mark.parametrize("hold_first", [True, False])
def test_of_a_hold_and_a_deletion_at_once_the_first_wins(
    resources: Resources, close: Callable[[Owner], None], hold_first: bool
) -> None:
    (home, _), (other, _) = world.account(resources), world.account(resources)
    spaces = [make_workspace(resources, home, "Newsroom").workspace.id for _ in range(2)]
    there, alone = (replace(home, workspace_id=one) for one in spaces)
    deletions: list[tuple[Callable[[str, str], Any], Owner, bool]] = [
        (lambda _, media_id: removal.forget_medium(resources, there, media_id, None), there, False),
        (lambda job_id, _: delete_job(resources, job_id), there, False),
        (lambda *_: delete_workspace(resources, home, alone.workspace_id), alone, True),
        (lambda *_: close(other), other, True),
    ]
    for remove, owner, expired in deletions[: 4 if hold_first else 3]:
        job_id, media_id = file_of(resources, owner, expired=expired)
        hold, act = holding(resources, owner, media_id), partial(remove, job_id, media_id)
        first, second = race(resources, *((hold, act) if hold_first else (act, hold)))
        kept = row(resources, media_id)
        assert first is None
        if hold_first:
            assert (second, kept is not None and kept.held_at is not None) == (Code.HELD, True)
        else:
            assert (second in (Code.CONFLICT, Code.NOT_FOUND), kept) == (True, None)


def test_of_a_hold_and_a_cancellation_at_once_the_file_is_kept_by_the_first(resources: Resources) -> None:
    owner, _ = world.account(resources)
    for hold_first in (True, False):
        job_id = world.queued(resources, owner)
        media_id = world.medium_of(resources, job_id)
        pair = holding(resources, owner, media_id), lambda j=job_id: cancel(resources, j)
        assert race(resources, *(pair if hold_first else pair[::-1])) == (None, None)
        sweep(resources)
        with resources.database.read() as session:
            kept = session.scalar(select(Job.upload_key).where(Job.id == job_id))
        assert (kept is not None) == hold_first
