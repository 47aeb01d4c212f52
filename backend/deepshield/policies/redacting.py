"""Erasing what was written beside a policy's rule; the rule itself stays as it was approved."""

from __future__ import annotations

from collections.abc import Collection

from deepshield.domain.erasure import erased_too
from deepshield.domain.owner import Owner
from deepshield.domain.policies import PolicyText
from deepshield.domain.roles import May
from deepshield.persistence.repositories import audit, audit_texts, policies
from deepshield.policies.drafting import PolicyView, found, view_of
from deepshield.resources import Resources
from deepshield.workspaces.standing import locked


def redact(resources: Resources, owner: Owner, number: int, texts: Collection[PolicyText]) -> PolicyView:
    """Erase texts of a policy, in the activity too, and return the policy.

    Results that name it keep the name: their hash is in the audit log. Raises `DeepShieldError` NOT_FOUND,
    ROLE_MISSING.
    """
    owner.need(May.POLICIES)
    now = resources.clock()
    with resources.database.write() as session:
        _, present = locked(session, owner, owner.workspace_id, May.POLICIES)
        row = found(policies.find(session, owner.workspace_id, number), number)
        names = sorted(one.value for one in texts)
        policies.redact(session, row.id, texts, erased_too(row.redacted, names))
        audit_texts.erase_said(session, [row.id], names)
        details = {"number": number, "texts": names}
        audit.record(session, "policy.redacted", now, actor=owner.id, subject=row.id, details=details)
        session.refresh(row)
        return view_of(session, present, row)
