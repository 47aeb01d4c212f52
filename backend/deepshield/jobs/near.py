"""Whether a workspace has a file already, or one that shows the same. It moves no score."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.fingerprints import Compare, Compared, Match, wanted_keys
from deepshield.domain.jobs import State
from deepshield.domain.owner import Owner
from deepshield.jobs.lookup import job_in
from deepshield.persistence.repositories import fingerprints, jobs, results
from deepshield.persistence.repositories.results import ResultSummary
from deepshield.persistence.tables import Job
from deepshield.resources import Resources
from deepshield.workspaces.blindness import read_blind

MOST_LISTED = 20
_MOST_COMPARED = 32  # files whose frames are compared one by one


@dataclass(frozen=True, slots=True)
class NearCopy:
    """Another analysis in the workspace; without a match it is of the same bytes."""

    job: Job
    match: Match | None
    outcome: ResultSummary | None
    withheld: bool = False  # from who reads it blind


@dataclass(frozen=True, slots=True)
class Near:
    """The same bytes first, then those that differ least."""

    compared: Compared
    copies: Sequence[NearCopy]


def near_copies(resources: Resources, owner: Owner | None, job_id: str) -> Near:
    """Return the workspace's other analyses of a job's file and of its near copies.

    Raises as `lookup.find_job`.
    """
    with resources.database.read() as session:
        job, hidden = job_in(session, resources, owner, job_id), read_blind(session, owner)
        if job.state == State.COMPLETED and job.media_id in hidden:
            raise DeepShieldError(Code.READING_BLIND)
        return near_copies_in(session, job, hidden)


def near_copies_of(resources: Resources, job: Job, owner: Owner | None) -> Near:
    """Return the near copies of a job that has been found, for an account; a visitor's has none."""
    with resources.database.read() as session:
        return near_copies_in(session, job, read_blind(session, owner))


def near_copies_in(session: Session, job: Job, hidden: Collection[str] = ()) -> Near:
    """Return the same, read in an open session, with nothing told of ``hidden`` media."""
    home = fingerprints.home_of(job)
    if home is None:
        return Near(Compared.NOTHING, ())
    same = fingerprints.same_file(session, job, MOST_LISTED)
    prints = fingerprints.of_job(session, job.id)
    found: dict[str, Match] = {}
    if prints:
        keys = wanted_keys(home, prints)
        chosen = fingerprints.candidates(session, keys, job, _MOST_COMPARED)
        others = fingerprints.hashes(session, chosen)
        compare = Compare(prints)
        matches = {one: compare.with_file(frames) for one, frames in others.items()}
        found = {one: matched for one, matched in matches.items() if matched is not None}
    equal = {one.id for one in same}
    rest = [one for one in jobs.by_ids(session, found) if one.id not in equal]
    rest.sort(key=lambda one: (-found[one.id].share, found[one.id].bits, -one.created_at.timestamp()))
    listed = [*same, *rest][:MOST_LISTED]
    outcomes = results.summaries(session, [one.id for one in listed if one.media_id not in hidden])
    copies = [
        NearCopy(
            one,
            None if one.id in equal else found[one.id],
            outcomes.get(one.id),
            one.media_id in hidden,
        )
        for one in listed
    ]
    return Near(Compared.ALL if prints else Compared.SAME_BYTES, copies)
