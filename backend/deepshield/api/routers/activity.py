"""What has been done in a workspace, for who is signed in and may read it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from fastapi.responses import StreamingResponse

from deepshield.api import tables
from deepshield.api.auth import AuditingLogin
from deepshield.api.deps import ChainOf, ResourcesOf, refuse_cross_site
from deepshield.api.documented import ANY_ROUTE, Responses, failures
from deepshield.api.schemas.activity import Activity, ActivityEntry, ChainChecked
from deepshield.domain.failures import Code
from deepshield.persistence.repositories.audit import Wanted
from deepshield.workspaces import activity

_CODES = (
    *ANY_ROUTE,
    Code.UNAUTHORIZED,
    Code.KEY_NOT_ACCEPTED,
    Code.ROLE_MISSING,
    Code.NOT_FOUND,
    Code.VALIDATION_ERROR,
)
_CSV: Responses = {200: {"content": {"text/csv": {"schema": {"type": "string"}}}}}
_COLUMNS = ("at", "actor_email", "actor", "action", "subject", "details", "position", "hash")

router = APIRouter(
    prefix="/activity",
    tags=["workspaces"],
    dependencies=[Depends(refuse_cross_site)],
    responses=failures(*_CODES),
)


async def wanted_of(
    since: Annotated[datetime | None, Query(description="Entries from then on, with an offset.")] = None,
    actor: Annotated[str | None, Query(description="An account's id.", pattern="^[0-9a-f-]{1,36}$")] = None,
    action: Annotated[
        str | None,
        Query(description="Such as job.completed, or a kind, such as job.", pattern="^[a-z_.]{1,64}$"),
    ] = None,
    subject: Annotated[
        str | None, Query(description="The id of a job, a member, ...", pattern="^[0-9A-Za-z-]{1,36}$")
    ] = None,
) -> Wanted:
    """Return which entries a request asks for."""
    moment = since.replace(tzinfo=UTC) if since is not None and since.tzinfo is None else since
    return Wanted(moment, actor, action, subject)


WantedOf = Annotated[Wanted, Depends(wanted_of)]


@router.get("", summary="What has been done in a workspace")
def get_activity(
    owner: AuditingLogin,
    resources: ResourcesOf,
    wanted: WantedOf,
    cursor: Annotated[
        str | None, Query(description="Of the page before; with the same filters.", max_length=20)
    ] = None,
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> Activity:
    """Return the audit log's entries about the workspace, its jobs, members, keys and webhooks.

    For leads and admins. Entries of releases before name no workspace and are not listed; each job's are in
    its custody.
    """
    found = activity.list_activity(resources, owner, wanted, cursor=cursor, limit=limit)
    return Activity(entries=[_answer(one) for one in found.entries], cursor=found.cursor)


@router.get(".csv", summary="The same as a table", responses=_CSV)
def get_activity_csv(owner: AuditingLogin, resources: ResourcesOf, wanted: WantedOf) -> StreamingResponse:
    """Send all entries that are asked for as CSV, the newest first."""
    lines = _lines(activity.all_activity(resources, owner, wanted))
    headers = {"Content-Disposition": 'attachment; filename="activity.csv"'}
    return StreamingResponse(lines, media_type="text/csv; charset=utf-8", headers=headers)


@router.get("/verify", summary="Whether the log is as it was written")
def get_activity_verified(owner: AuditingLogin, chain: ChainOf) -> ChainChecked:
    """Follow the newest rows of the audit log's chain; `deepshield doctor` follows and counts all of them.

    Whether they are whole and when that was looked at is all that is said: the chain is that of all
    workspaces of the server.
    """
    return ChainChecked.model_validate(chain.latest(), from_attributes=True)


def _answer(entry: activity.Entry) -> ActivityEntry:
    row = entry.row
    return ActivityEntry(
        position=entry.place,
        at=row.at,
        actor=row.actor,
        actor_email=entry.actor_email,
        action=row.action,
        subject=row.subject,
        details=entry.said.details,
        erased=list(entry.said.erased),
        hash=row.hash,
    )


def _lines(entries: Iterable[activity.Entry]) -> Iterator[str]:
    yield tables.MARK + tables.line(_COLUMNS)
    for entry in entries:
        row = _answer(entry)
        details = {**row.details, "erased": row.erased} if row.details and row.erased else row.details
        said = None if details is None else json.dumps(details, ensure_ascii=False)
        values = (
            tables.time(row.at),
            row.actor_email,
            row.actor,
            row.action,
            row.subject,
            said,
            row.position,
            row.hash,
        )
        yield tables.line(tables.cell(value) for value in values)
