"""With what the texts of the audit log go that people have written: one rule for each kind of entry.

A text is kept beside the log (`domain.chain`) until one of the things happens that its kind names here, or an
operator erases it. A kind without texts has none.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Final


class GoesWith(StrEnum):
    """What ends a text."""

    SUBJECT = "subject"
    """What the entry is about: a file that is forgotten, a view that is deleted, a recheck after its time."""
    ACCOUNT = "account"
    """The account whose own thing the text names, when it is closed, also where the thing is long gone."""
    WORKSPACE = "workspace"
    """The workspace that the entry is in, when it is deleted; a personal one goes with its account."""
    OPERATOR = "operator"
    """Nothing: it names who runs the service, and goes by ``deepshield admin erase-texts`` alone."""
    REDACTION = "redaction"
    """A lead who erases the text of what the entry is about."""


_NOTHING: Final = frozenset[GoesWith]()
_WORKSPACE: Final = frozenset({GoesWith.WORKSPACE})
_OF_FILE: Final = frozenset({GoesWith.SUBJECT, GoesWith.WORKSPACE})
_OWN: Final = frozenset({GoesWith.ACCOUNT, GoesWith.WORKSPACE})
_REDACTED: Final = frozenset({GoesWith.REDACTION, GoesWith.WORKSPACE})
_OPERATORS: Final = frozenset({GoesWith.OPERATOR})

WITH_TEXTS: Final[dict[str, frozenset[GoesWith]]] = {
    "bundle.approved": _OPERATORS,
    "bundle.proposed": _OPERATORS,
    "bundle.retired": _OPERATORS,
    "bundle.rolled_back": _OPERATORS,
    "dataset.created": _REDACTED,
    "dataset.exported": _REDACTED,
    "dataset.frozen": _REDACTED,
    "dataset.retired": _REDACTED,
    "dataset.version_deleted": _REDACTED,
    "evaluation.asked": _REDACTED,
    "key.created": _OWN,
    "key.revoked": _OWN,
    "media.changed": _OF_FILE,
    "media.held": _OF_FILE,
    "media.many_asked": _OF_FILE,
    "policy.drafted": _REDACTED,
    "recheck.asked": _OF_FILE | _REDACTED,
    "results.exported": _WORKSPACE,
    "view.saved": _OWN | {GoesWith.SUBJECT},
    "webhook.created": _WORKSPACE,
    "webhook.deleted": _WORKSPACE,
    "webhook.disabled": _WORKSPACE,
    "webhook.enabled": _WORKSPACE,
    "webhook.secret_changed": _WORKSPACE,
    "workspace.changed": _WORKSPACE,
    "workspace.created": _WORKSPACE,
}
"""Kinds of entries that have texts which people wrote."""

WITHOUT_TEXTS: Final = frozenset({
    "account.created", "account.deleted", "account.registered", "artifact.read", "artifacts.expired",
    "audit.sealed", "audit.texts_erased", "batch.accepted", "batch.cancelled", "batch.deleted",
    "comment.withdrawn", "dataset.redacted", "evidence.made", "feedback.given", "file.expired",
    "file.fetched", "file.read", "invitation.created", "invitation.revoked", "job.accepted", "job.cancelled",
    "job.completed", "job.deleted", "job.expired", "job.failed", "job.retried", "keys.revoked",
    "label.decided", "login.failed", "login.succeeded", "logout", "media.commented", "media.deleted",
    "media.forgotten", "media.many_ended", "media.released", "member.added", "member.changed",
    "member.joined", "member.left", "member.removed", "password.changed", "password.refused",
    "password.removed", "policy.approved", "policy.redacted", "policy.retired", "provider.linked",
    "provider.refused", "provider.unlinked", "recheck.finished", "recheck.paused", "recheck.redacted",
    "recheck.resumed", "recheck.stopped", "recovery_code.used", "recovery_codes.made", "report.made",
    "result.read", "review.adjudicated", "review.asked", "review.corrected", "review.disputed",
    "review.handed", "review.second_asked", "review.submitted", "second_factor.disabled",
    "second_factor.enabled", "second_factor.refused", "session.ended", "sessions.ended",
    "sessions.revoked", "share.created", "share.revoked", "tier.changed", "upload.reused", "view.deleted",
    "webhooks.disabled", "workspace.deleted",
})  # fmt: skip
"""Kinds of entries with ids, codes and numbers alone."""


GONE: Final = "[\u2026]"
"""Stands in place of a name that was erased where there has to be one."""


def erased_too(before: Sequence[str] | None, texts: Collection[str]) -> list[str]:
    """Return which texts of something are erased with those that are now, by their fields' names."""
    return sorted({*(before or ()), *texts})


def may_have_texts(action: str) -> bool:
    """Return whether there is a rule by which the texts of an entry are erased."""
    return action in WITH_TEXTS
