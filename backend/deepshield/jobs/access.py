"""Who has read a job's file, report and artifacts, in the audit log."""

from __future__ import annotations

from datetime import timedelta

from deepshield.domain.custody import Sender
from deepshield.domain.owner import Owner
from deepshield.persistence.repositories import audit
from deepshield.persistence.repositories.results import THUMBNAIL
from deepshield.persistence.tables import Artifact
from deepshield.resources import Resources

_ONCE_IN = timedelta(hours=1)


def note_access(
    resources: Resources, job_id: str, action: str, owner: Owner | None, *, by_link: bool = False
) -> None:
    """Record that somebody has read something of a job; once an hour for each reader and ``action``.

    Those who come by one link, and visitors, are one reader: the service cannot tell them apart.
    """
    now, actor = resources.clock(), owner.id if owner and not by_link else None
    sender = Sender.LINK if by_link else Sender.VISITOR if owner is None else Sender.ACCOUNT
    details = {"by": sender.value}
    with resources.database.read() as session:  # of most reads there is a row: a player asks for many parts
        if audit.is_recorded(session, action, now - _ONCE_IN, actor=actor, subject=job_id, details=details):
            return
    with resources.database.write() as session:
        audit.record_once(session, action, now, within=_ONCE_IN, actor=actor, subject=job_id, details=details)


def note_artifact(
    resources: Resources, artifact: Artifact, owner: Owner | None, *, in_own_page: bool
) -> None:
    """Record that somebody has read a file of a result, as `note_access`.

    The one small picture that the web app's lists show is left out ``in_own_page``: who looks through a list
    reads no results. Programs can say that they are such a page, and hide no more than this picture.
    """
    if not (in_own_page and artifact.name == THUMBNAIL):
        note_access(resources, artifact.job_id, "artifact.read", owner)
