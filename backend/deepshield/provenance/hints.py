"""Traces of generators and editors in unsigned metadata, by rules that are data."""

from __future__ import annotations

import functools
import json
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

from deepshield.provenance.statements import Statement
from deepshield.provenance.text import excerpt, line
from deepshield.result_provenance import MOST_HINTS, Hint, HintKind, HintStrength

SECONDS = 1.0
"""Of processor time that the rules may take; usual files take a few milliseconds."""

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


def hints_in(statements: Sequence[Statement], seconds: float = SECONDS) -> tuple[list[Hint], bool]:
    """Return what the rules find, and whether there was time for all of the statements.

    Each rule is returned once: generators before editors, strong traces first.
    """
    until = time.thread_time() + seconds
    found: dict[str, Hint] = {}
    complete = True
    for said in statements:
        if time.thread_time() > until:
            complete = False
            break
        for hint in _matches(said):
            found.setdefault(hint.rule, hint)
    order, strengths = list(HintKind), list(HintStrength)
    ranked = sorted(found.values(), key=lambda one: (order.index(one.kind), strengths.index(one.strength)))
    return ranked[:MOST_HINTS], complete


def _matches(said: Statement) -> Iterator[Hint]:
    for rule in _rules_of(said.name):
        if (match := rule.pattern.search(said.value)) is not None:
            yield Hint(
                rule=rule.id,
                kind=rule.kind,
                generator=rule.generator,
                strength=rule.strength,
                source=said.source,
                name=line(said.name) or "…",
                value=excerpt(said.value[max(0, match.start() - _AROUND) : match.end() + _AROUND]) or "…",
            )


@functools.lru_cache(maxsize=512)
def _rules_of(name: str) -> tuple[Rule, ...]:
    return tuple(rule for rule in rules() if rule.field.search(name))
