"""What becomes of the webhooks of somebody who is no admin of their workspace any more."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy.orm import Session

from deepshield.domain.webhooks import WhyDisabled
from deepshield.persistence.repositories import audit, webhooks, workspaces


def hand_over_webhooks(
    session: Session, workspace_id: str, user_id: str, now: datetime, actor: str | None = None
) -> int:
    """Disable an account's webhooks of a locked workspace; return how many were enabled.

    The admin of longest standing becomes responsible for them: who knows the address may enable them again.
    """
    others = [one for one in workspaces.admins(session, workspace_id) if one != user_id]
    to = others[0] if others else None
    disabled = webhooks.hand_over(session, workspace_id, user_id, to, now)
    details = {"why": WhyDisabled.LEFT.value}
    for endpoint_id in disabled:
        audit.record(
            session, "webhook.disabled", now, actor=actor, subject=endpoint_id, details=details,
            workspace_id=workspace_id,
        )  # fmt: skip
    return len(disabled)
