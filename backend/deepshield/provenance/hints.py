"""Traces of generators and editors in unsigned metadata, by rules that are data."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from importlib.resources import files

from deepshield.provenance.statements import Statement
from deepshield.provenance.text import excerpt, line
from deepshield.result_provenance import MOST_HINTS, Hint, HintKind, HintStrength

_AROUND = 120  # characters of a value before and after what was found


@dataclass(frozen=True, slots=True)
class Rule:
    """Where to look, for what, and whose trace it is; ``since`` is the year of the first files with it."""

    id: str
    kind: HintKind
    generator: str
    field: re.Pattern[str]
    pattern: re.Pattern[str]
    since: int
    strength: HintStrength


@functools.cache
def rules() -> tuple[Rule, ...]:
    """Return the rules; raises ValueError or KeyError for data that are none."""
    data = json.loads((files("deepshield.provenance") / "data" / "hints.json").read_text("utf-8"))
    return tuple(
        Rule(
            id=one["id"],
            kind=HintKind(one["kind"]),
            generator=one["generator"],
            field=re.compile(one["field"], re.IGNORECASE),
            pattern=re.compile(one["pattern"], re.IGNORECASE),
            since=int(one["since"]),
            strength=HintStrength(one["strength"]),
        )
        for one in data["rules"]
    )


def hints_in(statements: Iterable[Statement]) -> list[Hint]:
    """Return what the rules find, each rule once; generators before editors, strong traces first."""
    found = {hint.rule: hint for hint in reversed(list(_matches(statements)))}
    order, strengths = list(HintKind), list(HintStrength)
    ranked = sorted(found.values(), key=lambda one: (order.index(one.kind), strengths.index(one.strength)))
    return ranked[:MOST_HINTS]


def _matches(statements: Iterable[Statement]) -> Iterator[Hint]:
    for said in statements:
        for rule in rules():
            if not rule.field.search(said.name):
                continue
            if (match := rule.pattern.search(said.value)) is not None:
                around = said.value[max(0, match.start() - _AROUND) : match.end() + _AROUND]
                yield Hint(
                    rule=rule.id,
                    kind=rule.kind,
                    generator=rule.generator,
                    strength=rule.strength,
                    source=said.source,
                    name=line(said.name) or "…",
                    value=excerpt(around) or "…",
                )
