"""What is known of rechecks: counts, the time that is left, and the files with their verdicts."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from deepshield.domain.owner import Owner
from deepshield.domain.rechecks import Change, FileState, RecheckState, Tally
from deepshield.persistence.repositories import rechecks, users
from deepshield.persistence.repositories.rechecks import Line
from deepshield.persistence.workbench import Recheck
from deepshield.rechecks.asking import expected
from deepshield.rechecks.changing import find_recheck
from deepshield.rechecks.choosing import chosen_by_what_was_said
from deepshield.resources import Resources
from deepshield.workspaces.blindness import read_blind

_GOING_ON = (RecheckState.RUNNING, RecheckState.PREPARING)


@dataclass(frozen=True, slots=True)
class Progress:
    """A recheck with its counts, an estimate of the seconds that it still takes, and who asked for it."""

    recheck: Recheck
    tally: Tally
    seconds_left: float | None
    asked_by: str | None  # an e-mail address


@dataclass(frozen=True, slots=True)
class Shown:
    """A file of a recheck as a member is shown it."""

    line: Line
    withheld: bool  # its verdicts, from who reads it blind


def progress_of(resources: Resources, owner: Owner, recheck_id: str) -> Progress:
    """Return a recheck as it is now; raises as `find_recheck`."""
    recheck = find_recheck(resources, owner, recheck_id)
    with resources.database.read() as session:
        return _progress(session, resources, [recheck], read_blind(session, owner))[0]


def just_asked(recheck: Recheck) -> Progress:
    """Return a recheck that is being made, of which nothing is counted yet."""
    return Progress(recheck, Tally(), None, None)


def list_rechecks(resources: Resources, owner: Owner, cursor: str | None, limit: int) -> Sequence[Progress]:
    """Return the workspace's rechecks, the newest first."""
    with resources.database.read() as session:
        found = rechecks.page(session, owner.workspace_id, cursor, limit)
        return _progress(session, resources, found, read_blind(session, owner))


def items_of(
    resources: Resources,
    owner: Owner,
    recheck_id: str,
    *,
    after: str = "",
    limit: int = 50,
    states: Collection[FileState] = (),
    changes: Collection[Change] = (),
) -> Sequence[Shown]:
    """Return files of a recheck beyond a medium's id: all, or in some states or with some changes.

    Files that the account reads blind come without verdicts; not at all where the recheck's query asks for
    what was said of files, since it would tell of them. Raises as `find_recheck`.
    """
    recheck = find_recheck(resources, owner, recheck_id)
    with resources.database.read() as session:
        hidden = read_blind(session, owner)
        left_out = hidden if chosen_by_what_was_said(recheck.query) else ()
        lines = rechecks.lines(session, recheck.id, after, limit, states, changes, hidden, left_out)
    return [Shown(line, line.medium.id in hidden) for line in lines]


def _progress(
    session: Session, resources: Resources, found: Sequence[Recheck], hidden: Collection[str]
) -> list[Progress]:
    tallies = rechecks.tallies(session, found, hidden)
    people = users.emails(session, {recheck.asked_by for recheck in found})
    return [
        Progress(
            recheck,
            tallies[recheck.id],
            _left(session, resources, recheck, tallies[recheck.id]),
            people.get(recheck.asked_by or ""),
        )
        for recheck in found
    ]


def _left(session: Session, resources: Resources, recheck: Recheck, tally: Tally) -> float | None:
    if recheck.finished_at is not None:
        return 0.0
    if recheck.state not in _GOING_ON:
        return None
    return expected(session, resources, rechecks.left(session, recheck.id, tally.items - tally.ended))
