"""The fields of a query of the library: what each takes, its condition, and the index that serves it.

Without an index of its own a field is a filter on the files of the workspace, which come in the index of the
order that is asked for.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Select,
    and_,
    exists,
    false,
    func,
    literal,
    not_,
    or_,
    select,
    true,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import InstrumentedAttribute, Session, aliased

from deepshield.domain.custody import SourceKind
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import MediaKind, Verdict
from deepshield.domain.labels import POSITIVE, Grade, Kind, Value
from deepshield.domain.queries import Group, Item, Not, Query, Term, Text
from deepshield.domain.reviews import Reason, TaskState
from deepshield.persistence.measurement import Policy
from deepshield.persistence.repositories import datasets
from deepshield.persistence.tables import User
from deepshield.persistence.workbench import Medium, MediumTag, ReviewTask
from deepshield.result import ReasonCode
from deepshield.result_provenance import CredentialState

_ANY, _NONE = "any", "none"
_BY_ORDER = "that of the order"
_RARE = 10_000  # names: of a text that more have, a page and its bounded count are soon found
Condition = ColumnElement[bool]


@dataclass(frozen=True, slots=True)
class Asking:
    """In which workspace a query is asked, by whom, when, and on which database."""

    workspace_id: str
    user_id: str
    now: datetime
    on_postgres: bool
    near: Mapping[str, Collection[str]] = field(default_factory=dict)  # by the id of ``near:``, media
    rare: Collection[str] = ()  # texts that few names have, as of `rare_texts`
    hidden: Collection[str] = ()  # media that are not found by what the machine or people said of them


class UnknownValueError(ValueError):
    """A field does not take this value; says which it takes."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field that a query may name."""

    values: str  # that it takes, as an answer says them
    condition: Callable[[Term, Asking], Condition]  # raises UnknownValueError
    index: str = _BY_ORDER


def _word(term: Term, allowed: Collection[str]) -> str:
    value = term.value.lower()
    if term.operator != ":" or value not in allowed:
        raise UnknownValueError
    return value


def _choice(column: InstrumentedAttribute[Any], kinds: type[StrEnum], *, optional: bool = True) -> Field:
    """Return a field that takes one of some words, or any and none where it may be empty."""
    words = [one.value for one in kinds]
    allowed = [*words, _ANY, _NONE] if optional else words

    def condition(term: Term, _: Asking) -> Condition:
        word = _word(term, allowed)
        if optional and word == _ANY:
            return column.is_not(None)
        return column.is_(None) if optional and word == _NONE else column == word

    return Field(", ".join(allowed), condition)


def _number(column: InstrumentedAttribute[Any], values: str, index: str = _BY_ORDER) -> Field:
    """Return a field that takes a number, a range of two, or a comparison."""

    def condition(term: Term, _: Asking) -> Condition:
        if term.operator != ":":
            bound = _float(term.value)
            compared = {
                ">": column > bound, "<": column < bound, ">=": column >= bound, "<=": column <= bound
            }  # fmt: skip
            return compared[term.operator]
        if term.value == _NONE:
            return column.is_(None)
        low, dots, high = term.value.partition("..")
        if not dots:
            return column == _float(low)
        ends = []
        if low:
            ends.append(column >= _float(low))
        if high:
            ends.append(column <= _float(high))
        if not ends:
            raise UnknownValueError
        return and_(*ends)

    return Field(values, condition, index)


def _float(text: str) -> float:
    if not re.fullmatch(r"-?\d{1,9}(?:\.\d{1,9})?", text):
        raise UnknownValueError
    return float(text)


def _yes_or_no(met: Callable[[Asking], Condition]) -> Field:
    def condition(term: Term, asking: Asking) -> Condition:
        wanted = met(asking)
        return wanted if _word(term, ("yes", "no")) == "yes" else _otherwise(wanted)

    return Field("yes, no", condition)


def _text(values: str, make: Callable[[str, Asking], Condition], index: str = _BY_ORDER) -> Field:
    def condition(term: Term, asking: Asking) -> Condition:
        if term.operator != ":" or not term.value:
            raise UnknownValueError
        return make(term.value, asking)

    return Field(values, condition, index)


def _otherwise(condition: Condition) -> Condition:
    """Return the contrary, which files meet as well of which the thing is not known."""
    return not_(func.coalesce(condition, false(), type_=Boolean()))


def _label(term: Term, _: Asking) -> Condition:
    kinds = {one.value for one in Kind}
    word = _word(term, [one.value for one in Value] + [*kinds, _ANY, _NONE])
    if word in (_ANY, _NONE):
        return Medium.label.is_not(None) if word == _ANY else Medium.label.is_(None)
    return Medium.label_kind == word if word in kinds else Medium.label == word


def _agree(term: Term, _: Asking) -> Condition:
    positive = Medium.label.in_([one.value for one in POSITIVE])
    signs, clean = Medium.verdict == Verdict.MANIPULATED, Medium.verdict == Verdict.NO_SIGNS
    authentic = Medium.label == Value.AUTHENTIC
    if _word(term, ("yes", "no")) == "yes":
        return or_(and_(positive, signs), and_(authentic, clean))
    return or_(and_(positive, clean), and_(authentic, signs))


def _reason(word: str, asking: Asking) -> Condition:
    if word not in {one.value for one in ReasonCode}:
        raise UnknownValueError
    if asking.on_postgres:
        return type_coerce(Medium.reasons, JSONB).contains([word])
    each = func.json_each(Medium.reasons).table_valued("value")
    return exists(select(literal(1)).select_from(each).where(each.c.value == word))


def _bundle(value: str, _: Asking) -> Condition:
    same = or_(Medium.bundle_version == value, Medium.bundle == value)
    return (
        or_(same, Medium.bundle_sha256.startswith(value.lower(), autoescape=True))
        if len(value) >= 8
        else same
    )


def _tag(value: str, asking: Asking) -> Condition:
    here = select(MediumTag.media_id).where(MediumTag.workspace_id == asking.workspace_id)
    if value in (_ANY, _NONE):
        tagged = exists().where(MediumTag.media_id == Medium.id)
        return tagged if value == _ANY else ~tagged
    return Medium.id.in_(here.where(MediumTag.tag == value.lower()))


def _host(value: str, _: Asking) -> Condition:
    host = value.lower()
    return or_(Medium.host == host, Medium.host.endswith(f".{host}", autoescape=True))


def _generator(value: str, _: Asking) -> Condition:
    if value in (_ANY, _NONE):
        return Medium.generator.is_not(None) if value == _ANY else Medium.generator.is_(None)
    return Medium.generator == value


def _owner(value: str, asking: Asking) -> Condition:
    if value == "me":
        return Medium.sent_by == asking.user_id
    if "@" not in value:
        raise UnknownValueError
    return Medium.sent_by.in_(select(User.id).where(User.email == value.lower()))


def _near(value: str, asking: Asking) -> Condition:
    return Medium.id.in_(list(asking.near.get(value, ())))


def _task(term: Term, _: Asking) -> Condition:
    word = _word(term, [*(one.value for one in Reason), _ANY, _NONE])
    open_ones = (ReviewTask.media_id == Medium.id, ReviewTask.state != TaskState.CLOSED)
    if word in (_ANY, _NONE):
        return exists().where(*open_ones) if word == _ANY else ~exists().where(*open_ones)
    return exists().where(*open_ones, ReviewTask.reason == word)


def _policy(value: str, asking: Asking) -> Condition:
    if value in (_ANY, _NONE):
        return Medium.policy_id.is_not(None) if value == _ANY else Medium.policy_id.is_(None)
    if not re.fullmatch(r"[1-9]\d{0,8}", value):
        raise UnknownValueError
    numbered = (Policy.workspace_id == asking.workspace_id, Policy.number == int(value))
    return Medium.policy_id.in_(select(Policy.id).where(*numbered))


def _since(term: Term, asking: Asking) -> Condition:
    if term.operator != ":":
        raise UnknownValueError
    return Medium.seen_at >= _period(term.value, asking.now)[0]


def _until(term: Term, asking: Asking) -> Condition:
    if term.operator != ":":
        raise UnknownValueError
    return Medium.seen_at < _period(term.value, asking.now)[1]


_AGO = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1), "m": timedelta(days=30)}
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?")


def _period(text: str, now: datetime) -> tuple[datetime, datetime]:
    """Return the beginning and the end, in UTC, of a year, a month or a day, or a moment some time ago."""
    ago = re.fullmatch(r"(\d{1,4})([hdwm])", text)
    if ago is not None:
        moment = now - int(ago[1]) * _AGO[ago[2]]
        return moment, moment
    try:
        date = _DATE.fullmatch(text)
        if date is None:
            moment = datetime.fromisoformat(text)
            moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
            return moment, moment
        year, month, day = int(date[1]), int(date[2] or 1), int(date[3] or 1)
        first = datetime(year, month, day, tzinfo=UTC)
        if date[3]:
            return first, first + timedelta(days=1)
        after = datetime(year + (month == 12 or not date[2]), month % 12 + 1 if date[2] else 1, 1, tzinfo=UTC)
        return first, after
    except (ValueError, OverflowError) as error:
        raise UnknownValueError from error


_DATES = "a year, month or day such as 2026-11, or a time ago such as 7d, 12h, 2w, 3m"
_NUMBERS = "a number, a range such as 2..5, or a comparison such as {}>1"


def _in_dataset(value: str, asking: Asking) -> Condition:
    name, at, number = value.partition("@")
    if at and not re.fullmatch(r"[1-9]\d{0,8}", number):
        raise UnknownValueError
    return datasets.holds(name.lower(), int(number) if at else None, asking.workspace_id)


FIELDS: dict[str, Field] = {
    "verdict": _choice(Medium.verdict, Verdict),
    "score": _number(
        Medium.score, "0 to 1, a range such as 0.4..0.6, or none", "ix_media_workspace_id_score"
    ),
    "label": Field(", ".join([*Value, *Kind, _ANY, _NONE]), _label, "ix_media_workspace_id_label_seen_at"),
    "human": Field(", ".join([*Value, *Kind, _ANY, _NONE]), _label, "ix_media_workspace_id_label_seen_at"),
    "grade": _choice(Medium.label_grade, Grade),
    "agree": Field("yes, no", _agree),
    "dataset": _text("a data set's name, and @ with a version's number: newsroom@3", _in_dataset),
    "kind": _choice(Medium.kind, MediaKind, optional=False),
    "type": _text(
        "a content type such as image/png, or its beginning",
        lambda value, _: Medium.content_type.startswith(value.lower(), autoescape=True),
    ),
    "bundle": _text("a model's version, name, or hash from 8 characters on", _bundle),
    "policy": _text("the number of the policy that the file was judged by, any, none", _policy),
    "reason": _text(", ".join(ReasonCode), _reason),
    "people": _number(Medium.people, _NUMBERS.format("people")),
    "person": _number(Medium.people, _NUMBERS.format("person")),
    "faces": _number(Medium.faces, _NUMBERS.format("faces")),
    "tag": _text("a tag, any, none", _tag, "ix_media_tags_workspace_id_tag"),
    "source": _choice(Medium.source_kind, SourceKind),
    "host": _text("a host such as example.org, with those below it", _host),
    "generator": _text("the rule of a trace, any, none", _generator),
    "c2pa": _choice(Medium.c2pa, CredentialState),
    "owner": _text("me, or a member's e-mail address", _owner),
    "held": _yes_or_no(lambda _: Medium.held_at.is_not(None)),
    "deleted": _yes_or_no(lambda _: Medium.deleted_at.is_not(None)),
    "sensitive": _yes_or_no(lambda _: Medium.sensitivity.is_not(None)),
    "consent": _yes_or_no(lambda _: Medium.research_consent.is_not(None)),
    "near": _text("the id of a file or of an analysis", _near, "primary key"),
    "disputed": _yes_or_no(
        lambda _: exists().where(ReviewTask.media_id == Medium.id, ReviewTask.state == TaskState.DISPUTED)
    ),
    "task": Field(", ".join([*Reason, _ANY, _NONE]), _task, "ix_review_tasks_media_id"),
    "since": Field(_DATES, _since, "ix_media_workspace_id_seen_at"),
    "until": Field(_DATES, _until, "ix_media_workspace_id_seen_at"),
    "sha256": _text(
        "a hash, or its beginning from 8 characters on",
        lambda value, _: _hash(value),
        "uq_media_workspace_id_sha256",
    ),
}


def _hash(value: str) -> Condition:
    if not re.fullmatch("[0-9a-fA-F]{8,64}", value):
        raise UnknownValueError
    return Medium.sha256.between(value.lower(), value.lower().ljust(64, "f"))


def rare_texts(session: Session, workspace_id: str, query: Query) -> list[str]:
    """Return those words of a query that few names of a workspace have, on SQLite.

    It reads the whole row of each file in the index of an order. For words that are rare it would read every
    file; the index of names finds them 15 times faster. PostgreSQL chooses by itself.
    """
    if session.get_bind().dialect.name != "sqlite":
        return []
    return [one.text for one in query.texts() if _count(session, workspace_id, one.text) <= _RARE]


def _count(session: Session, workspace_id: str, text: str) -> int:
    some = _named(workspace_id, text).limit(_RARE + 1).subquery()
    number: int | None = session.scalar(select(func.count()).select_from(some))
    return number or 0


def _named(workspace_id: str, text: str) -> Select[str]:
    named = aliased(Medium)
    wanted = (named.workspace_id == workspace_id, named.name.icontains(text, autoescape=True))
    return select(named.id).where(*wanted)


# Fields that ask for nothing that a machine or a reader has said of a file. Whoever reads a file blind does
# not find it by any other field, whatever the field is asked for.
_PLAIN: Final = frozenset(
    {
        "kind", "type", "tag", "source", "host", "owner", "held", "deleted", "sensitive", "consent", "near",
        "since", "until", "sha256",
    }
)  # fmt: skip


def asks_what_was_said(query: Query) -> bool:
    """Return whether a query chooses files by what the machine or people have said of them."""
    return any(term.field not in _PLAIN for term in query.terms())


def without(hidden: Collection[str]) -> Condition:
    """Return the condition that a file is none of ``hidden``."""
    return Medium.id.not_in(list(hidden))


def compiled(query: Query, asking: Asking) -> list[Condition]:
    """Return the conditions of a query, all of which a file has to meet.

    Files that were deleted are left out unless the query says ``deleted``; hidden ones where it asks for what
    was said of files. Raises `DeepShieldError`
    QUERY_INVALID with the ``position`` of an unknown field or value, and the ``known`` ones.
    """
    conditions = [_condition(item, asking) for item in query.items]
    if not any(term.field == "deleted" for term in query.terms()):
        conditions.append(Medium.deleted_at.is_(None))
    if asking.hidden and asks_what_was_said(query):
        conditions.append(without(asking.hidden))
    return conditions


def _condition(item: Item, asking: Asking) -> Condition:
    if isinstance(item, Not):
        return _otherwise(_condition(item.item, asking))
    if isinstance(item, Text):
        if item.text not in asking.rare:
            return Medium.name.icontains(item.text, autoescape=True)
        return Medium.id.in_(_named(asking.workspace_id, item.text))
    if isinstance(item, Group):
        return or_(
            *(and_(true(), *(_condition(one, asking) for one in part.items)) for part in item.alternatives)
        )
    return _term(item, asking)


def _term(term: Term, asking: Asking) -> Condition:
    known = FIELDS.get(term.field)
    if known is None:
        raise DeepShieldError(
            Code.QUERY_INVALID,
            f'There is no field "{term.field}". Put the text in quotation marks to search names for it.',
            position=term.position,
            known=sorted(FIELDS),
        )
    try:
        return known.condition(term, asking)
    except UnknownValueError as error:
        raise DeepShieldError(
            Code.QUERY_INVALID,
            f'The field "{term.field}" does not take "{term.operator.lstrip(":")}{term.value}". '
            f"It takes: {known.values}.",
            position=term.value_position,
            known=known.values.split(", "),
        ) from error
