"""Announcing queued jobs to workers, by messages through the broker."""

from __future__ import annotations

from collections.abc import Sequence

from deepshield.domain.jobs import FETCHES, PREVIEWS
from deepshield.persistence.repositories import jobs
from deepshield.resources import Resources


def announce(resources: Resources, queued: Sequence[tuple[str, str]]) -> int:
    """Announce jobs by id and queue, in order, and return how many messages were sent.

    Files to be fetched are left to the scheduler, and previews to workers without other work. When the broker
    does not answer, the rest are marked as unsent, and the next sweep announces them.
    """
    queued = [(job_id, queue) for job_id, queue in queued if queue not in (FETCHES, PREVIEWS)]
    for place, (job_id, queue) in enumerate(queued):
        if not resources.announcer.announce(job_id, queue):
            with resources.database.write() as session:
                for unsent, _ in queued[place:]:
                    jobs.mark_unsent(session, unsent)
            return place
    return len(queued)
