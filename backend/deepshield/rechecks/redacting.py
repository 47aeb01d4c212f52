"""Erasing what was written with a recheck; its files and verdicts stay."""

from __future__ import annotations

from collections.abc import Collection

from deepshield.domain.erasure import erased_too
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.rechecks import RecheckState, RecheckText
from deepshield.domain.roles import May
from deepshield.persistence.repositories import audit, audit_texts, rechecks, webhooks
from deepshield.rechecks.changing import find_recheck
from deepshield.resources import Resources


def redact(resources: Resources, owner: Owner, recheck_id: str, texts: Collection[RecheckText]) -> None:
    """Erase texts of a recheck, in the activity and in events too: one's own, or any for who may delete.

    Raises `DeepShieldError` NOT_FOUND, ROLE_MISSING, CONFLICT for the query of one that is being prepared by
    it.
    """
    asked = find_recheck(resources, owner, recheck_id)
    owner.need(May.ANALYSE if asked.asked_by == owner.id else May.DELETE)
    now = resources.clock()
    with resources.database.write() as session:
        row = rechecks.locked(session, recheck_id)
        if row is None:
            raise DeepShieldError(Code.NOT_FOUND, "There is no such recheck in this workspace.")
        if RecheckText.QUERY in texts and row.state == RecheckState.PREPARING:
            message = "Its files are still being listed by the query. Wait until that has ended, or stop it."
            raise DeepShieldError(Code.CONFLICT, message)
        names = sorted(one.value for one in texts)
        for name in names:
            setattr(row, name, None)
        row.redacted, row.updated_at = erased_too(row.redacted, names), now
        audit_texts.erase_said(session, [row.id], names)
        webhooks.erase_said(session, row.id, names)
        details = {"texts": names}
        audit.record(session, "recheck.redacted", now, actor=owner.id, subject=row.id, details=details)
