"""What the file says of itself, in the report's words; places and persons are left out before."""

from __future__ import annotations

from collections.abc import Iterator

from deepshield.result_provenance import (
    CredentialState,
    FileMetadata,
    Hint,
    HintStrength,
    Provenance,
    SignedRecord,
    TrustListKind,
)
from deepshield.screening_report.letters import printable
from deepshield.screening_report.words import Say

_MOST_HINTS, _MOST_PROBLEMS = 3, 3


def statements(said: Provenance, say: Say) -> Iterator[tuple[str, str]]:
    """Yield names and values: the signed record, traces of software, the camera, and a place if any."""
    yield say("record"), _record(said.credentials, say)
    if said.hints:
        shown = "; ".join(_hint(one, say) for one in said.hints[:_MOST_HINTS])
        yield say("traces"), shown
    else:
        yield say("traces"), say("noTraces")
    if camera := _camera(said.metadata):
        yield say("camera"), printable(camera)
    if said.encoding is not None and said.encoding.compressed_before:
        yield say("encoding"), say("compressedBefore")
    if (place := said.metadata.location) is not None:
        yield say("place"), f"{place.latitude:.5f}, {place.longitude:.5f}"


def _record(record: SignedRecord, say: Say) -> str:
    text = say(f"record.{_state(record)}")
    if record.state in (CredentialState.TRUSTED, CredentialState.UNKNOWN_SIGNER):
        names = dict.fromkeys(name for name in (record.issuer, record.signer, record.signed_at) if name)
        text = say("recordBy", text=text, by=printable(", ".join(names)))
        if record.ai is not None:
            text = f"{text} {say(f'recordAi.{record.ai.use.value}')}"
    elif record.problems:
        text = say("recordBy", text=text, by=printable(", ".join(record.problems[:_MOST_PROBLEMS])))
    return text


def _state(record: SignedRecord) -> str:
    interim = record.state is CredentialState.TRUSTED and record.trust_list is TrustListKind.INTERIM
    return "interim" if interim else record.state.value


def _hint(hint: Hint, say: Say) -> str:
    weak = say("traceWeak") if hint.strength is HintStrength.WEAK else ""
    return say(f"traceOf.{hint.kind.value}", generator=printable(hint.generator)) + weak


def _camera(metadata: FileMetadata) -> str:
    camera = metadata.camera
    return ", ".join(filter(None, (camera.make, camera.model, camera.taken_at))) if camera else ""
