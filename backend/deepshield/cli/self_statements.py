"""What a file says of itself, in a line or two on a terminal."""

from __future__ import annotations

from collections.abc import Iterator

from deepshield.result_provenance import (
    AiUse,
    CredentialState,
    HintStrength,
    Provenance,
    SignedRecord,
    TrustListKind,
)

_MOST_HINTS = 3
_STATES = {
    CredentialState.TRUSTED: "signed by {by}, who is on the trust list",
    CredentialState.UNKNOWN_SIGNER: "signed by {by}, who is not known here",
    CredentialState.INVALID: "its signed record is not valid ({problems})",
    CredentialState.UNREADABLE: "its signed record could not be read",
}
_USES = {AiUse.MADE: "made with AI", AiUse.EDITED: "edited with AI", AiUse.CONTAINS: "contains AI-made parts"}


def self_statements(said: Provenance) -> Iterator[str]:
    """Yield what a reader should know: the signed record, if any, then traces, which can be forged."""
    record = said.credentials
    if record.state is not CredentialState.NONE:
        by = " / ".join(dict.fromkeys(name for name in (record.issuer, record.signer) if name)) or "somebody"
        text = _STATES[record.state].format(by=by, problems=", ".join(record.problems[:3]))
        yield f"{text}: {_USES[record.ai.use]}" if record.ai is not None else text
    hints = [
        f"{one.generator}{' (weak)' if one.strength is HintStrength.WEAK else ''}"
        for one in said.hints[:_MOST_HINTS]
    ]
    if hints:
        yield f"traces of {', '.join(hints)}; not signed, so that anybody can forge them"


def signed_sentence(record: SignedRecord) -> str | None:
    """Return what may stand above the verdict: a statement on AI by signers of the trust list alone."""
    ai = record.ai
    trusted = (CredentialState.TRUSTED, TrustListKind.SIGNERS)
    if ai is None or (record.state, record.trust_list) != trusted or (ai.state, ai.trust_list) != trusted:
        return None
    by = ", ".join(filter(None, (ai.issuer or ai.signer, (ai.signed_at or "")[:10])))
    uses = {
        AiUse.MADE: "Made with AI",
        AiUse.EDITED: "Edited with AI",
        AiUse.CONTAINS: "Contains AI-made parts",
    }
    return f"{uses[ai.use]}, says its signed record ({by})."
