"""Accesses to a job's file, report and artifacts, in the audit log."""

from __future__ import annotations

from datetime import timedelta

from deepshield.domain.custody import Sender
from deepshield.domain.owner import Owner
from deepshield.persistence.repositories import audit
from deepshield.resources import Resources

_ONCE_IN = timedelta(hours=1)


def note_access(
    resources: Resources,
    job_id: str,
    action: str,
    owner: Owner | None,
    *,
    by_link: bool = False,
    item: str = "",
) -> None:
    """Record that somebody has read ``item`` of a job; once an hour for each reader and item.

    Those who come by one link, and visitors, are one reader: the service cannot tell them apart.
    """
    now, actor = resources.clock(), owner.id if owner and not by_link else None
    sender = Sender.LINK if by_link else Sender.VISITOR if owner is None else Sender.ACCOUNT
    details = {"by": sender.value, **({"item": item} if item else {})}
    with resources.database.write() as session:
        audit.record_once(session, action, now, within=_ONCE_IN, actor=actor, subject=job_id, details=details)
