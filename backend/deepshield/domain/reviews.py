"""The rules of review: why a file is put up for it, who reads it a second time, and what answers decide."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from deepshield.domain.jobs import Verdict
from deepshield.domain.labels import POSITIVE, Grade, Kind, Value
from deepshield.domain.wording import Trace


class Reason(StrEnum):
    """Why a file is put up for review, in the order in which tasks are taken."""

    DISPUTE = "dispute"
    """Readers differ."""
    ASKED = "asked"
    """A colleague asked for it."""
    FLIPPED = "flipped"
    """A recheck changed the verdict."""
    USER_FEEDBACK = "user_feedback"
    """Somebody answered that the verdict was wrong."""
    IN_BAND = "in_band"
    """The machine came to no verdict."""
    DETECTORS_DISAGREE = "detectors_disagree"
    UNLIKE_TEST_MEDIA = "unlike_test_media"
    """The evidence is too weak or too damaged to be like the media that the machine was tested with."""
    SAMPLED_NEGATIVE = "sampled_negative"
    """Drawn from those without signs; without them misses cannot be estimated."""
    SAMPLED_POSITIVE = "sampled_positive"


PRIORITY: Final = {reason: 10 * place for place, reason in enumerate(Reason)}
"""Of a task with the reason; smaller comes first."""

SAMPLED_WITH: Final = {Reason.SAMPLED_NEGATIVE: 0.01, Reason.SAMPLED_POSITIVE: 0.10}
"""The probability of being drawn; of positives, which are few, a larger one."""

SECOND_SHARE: Final = 0.10
"""Of tasks that no rule gives a second reader, the share that has one all the same."""

LEASE: Final = timedelta(minutes=15)
"""For how long a task is a reader's without a sign of life."""


class TaskState(StrEnum):
    """A task's state. OPEN and ANSWERED wait for a reader; CLAIMED has one; DISPUTED waits for a lead."""

    OPEN = "open"
    CLAIMED = "claimed"
    ANSWERED = "answered"
    """Somebody has answered, and another reader is needed."""
    DISPUTED = "disputed"
    CLOSED = "closed"


WAITING: Final = frozenset({TaskState.OPEN, TaskState.ANSWERED})
"""States in which a task can be claimed."""
UNREAD: Final = frozenset({TaskState.OPEN, TaskState.CLAIMED, TaskState.ANSWERED})
"""States of a task that readers have not done with; one per file and reason."""


class Basis(StrEnum):
    """What a reader's answer stands on."""

    FOUND_ORIGINAL = "found_original"
    VISIBLE = "visible"
    """Signs that can be seen or heard."""
    OWN_RECORD = "own_record"
    """The reader, or somebody known, made the record or was there."""
    CONTEXT = "context"


ADJUDICATION: Final = 3
"""The round of a lead's review; 1 is the first reading, 2 the second."""

# Reasons of a result that say how little the evidence is worth: `result.ReasonCode`, and what a later release
# says of media unlike those of its test.
_UNLIKE: Final = frozenset(
    {
        "faces_too_small",
        "too_blurred",
        "too_few_frames",
        "damaged_media",
        "seen_too_little",
        "unlike_test_media",
    }
)


def traces_disagree(traces: Sequence[dict[Trace, float]], threshold: float, base_rate: float) -> bool:
    """Return whether of some person's traces one alone would be flagged, and the other speaks for nothing.

    ``traces`` are each person's calibrated probabilities by trace; one at or under the base rate is no
    evidence of manipulation.
    """
    return any(
        len(of) > 1 and max(of.values()) >= threshold and min(of.values()) <= base_rate for of in traces
    )


def doubt(verdict: Verdict, reasons: Collection[str], disagree: bool) -> Reason | None:
    """Return the one reason for which a new result itself is put up for review; None for most.

    A result without a verdict is UNLIKE_TEST_MEDIA when its ``reasons`` name weak or damaged evidence and
    IN_BAND otherwise. Of results with a verdict those are put up whose traces ``disagree``, and those whose
    reasons say that the file is unlike the media of the test. Where no face was found there is nothing to
    review.
    """
    if verdict is Verdict.NO_FACE:
        return None
    if verdict is Verdict.INCONCLUSIVE:
        weak = _UNLIKE & set(reasons) and "in_abstain_band" not in reasons
        return Reason.UNLIKE_TEST_MEDIA if weak else Reason.IN_BAND
    if disagree:
        return Reason.DETECTORS_DISAGREE
    return Reason.UNLIKE_TEST_MEDIA if "unlike_test_media" in reasons else None


def sample_of(verdict: Verdict) -> Reason | None:
    """Return as what a result with this verdict may be drawn, whatever else it is put up for."""
    return {Verdict.NO_SIGNS: Reason.SAMPLED_NEGATIVE, Verdict.MANIPULATED: Reason.SAMPLED_POSITIVE}.get(
        verdict
    )


def drawn(subject: str, purpose: str, probability: float) -> bool:
    """Return whether a random id is drawn for a purpose with a probability.

    The same id gives the same answer, so that a transaction that is repeated draws the same; over random ids
    the draws are independent of each other and of other purposes.
    """
    number = int.from_bytes(hashlib.sha256(f"{purpose} {subject}".encode()).digest()[:8])
    return number < probability * 2.0**64


def is_read_twice(task_id: str, answer: Value, *, flagged: bool, leaves: bool, others: int) -> bool:
    """Return whether a task that has its first answer needs a second reader, who is blind to the first.

    Positives that leave the house are read twice: the answer is positive or the machine ``flagged`` the file,
    and somebody outside can see the result. Of the rest a tenth is drawn. Whether reader and machine differ
    plays no part: reading those alone twice would bend the figures of the machine in its favour. Where there
    are no ``others`` who could read, nobody waits for them.
    """
    if others < 1:
        return False
    return (leaves and (flagged or answer in POSITIVE)) or drawn(task_id, "second reading", SECOND_SHARE)


@dataclass(frozen=True, slots=True)
class Given:
    """A reader's answer with what it stands on; plain JSON values in what has no rule here."""

    answer: Value
    kinds: tuple[Kind, ...] = ()
    per_person: Mapping[str, Value] = field(default_factory=dict)
    """By letter."""
    spans: tuple[dict[str, Any], ...] = ()
    """Of each ``start`` and ``end`` in seconds, and a ``note``."""
    regions: tuple[dict[str, Any], ...] = ()
    """Of each a W3C fragment ``selector`` in shares of the picture, and a ``note``."""
    basis: tuple[Basis, ...] = ()
    links: tuple[str, ...] = ()
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """A review as far as it decides."""

    id: str
    round: int
    answer: Value
    kinds: tuple[Kind, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What a file is held to be from now on, and the reviews that this stands on."""

    value: Value
    kind: Kind | None
    grade: Grade
    reviews: tuple[str, ...]


def decide(readings: Sequence[Reading]) -> Decision | None:
    """Return what the present reviews of a task decide; None where readers differ and no lead has decided.

    Of a review that was corrected only its correction is given. A lead's is the last word. The kind is the
    first that all name. Raises ValueError without reviews.
    """
    if not readings:
        raise ValueError("a decision stands on reviews")
    ordered = sorted(readings, key=lambda one: one.round)
    ids = tuple(one.id for one in ordered)
    if ordered[-1].round >= ADJUDICATION:
        last = ordered[-1]
        return Decision(last.answer, _kind([last]), Grade.ADJUDICATED, ids)
    if len({one.answer for one in ordered}) > 1:
        return None
    grade = Grade.SINGLE if len(ordered) == 1 else Grade.DOUBLE
    return Decision(ordered[0].answer, _kind(ordered), grade, ids)


def _kind(readings: Sequence[Reading]) -> Kind | None:
    shared = set.intersection(*(set(one.kinds) for one in readings))
    return next((kind for kind in readings[0].kinds if kind in shared), None)
