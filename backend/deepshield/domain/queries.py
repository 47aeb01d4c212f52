"""A query of the library as a tree, and as the text that it is written in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from dataclasses import field as dataclass_field

_PLAIN_TEXT = re.compile(r'[^\s()"\-][^\s()"]*')
_PLAIN_VALUE = re.compile(r'[^\s()"=][^\s()"]*')
_LIKE_A_FIELD = re.compile(r"[A-Za-z][A-Za-z0-9_]*(?::|>=|<=|>|<)")


@dataclass(frozen=True, slots=True)
class Text:
    """Words that a file's name has."""

    text: str
    position: int = dataclass_field(default=0, compare=False)  # in the query's text, from 0

    def __str__(self) -> str:
        plain = _PLAIN_TEXT.fullmatch(self.text) and not _LIKE_A_FIELD.match(self.text)
        return self.text if plain and self.text != "OR" else _quoted(self.text)


@dataclass(frozen=True, slots=True)
class Term:
    """A field with what is wanted of it: ``verdict:manipulated``, ``people>1``."""

    field: str
    operator: str  # one of : > >= < <=
    value: str
    position: int = dataclass_field(default=0, compare=False)  # of the field
    value_position: int = dataclass_field(default=0, compare=False)

    def __str__(self) -> str:
        value = self.value if _PLAIN_VALUE.fullmatch(self.value) else _quoted(self.value)
        return f"{self.field}{self.operator}{value}"


@dataclass(frozen=True, slots=True)
class Group:
    """One of several queries is to be met: ``(verdict:inconclusive OR held:yes)``."""

    alternatives: tuple[Query, ...]

    def __str__(self) -> str:
        return f"({' OR '.join(str(one) for one in self.alternatives)})"


@dataclass(frozen=True, slots=True)
class Not:
    """What is not to be met."""

    item: Text | Term | Group

    def __str__(self) -> str:
        return f"-{self.item}"


Item = Text | Term | Group | Not


@dataclass(frozen=True, slots=True)
class Query:
    """All of the items are to be met; none is every file."""

    items: tuple[Item, ...] = ()

    def __str__(self) -> str:
        return " ".join(map(str, self.items))

    def terms(self) -> Iterator[Term]:
        """Yield every field that is asked for, wherever it stands."""
        return (one for one in self._atoms() if isinstance(one, Term))

    def texts(self) -> Iterator[Text]:
        """Yield all words that names are searched for, wherever they stand."""
        return (one for one in self._atoms() if isinstance(one, Text))

    def _atoms(self) -> Iterator[Text | Term]:
        for item in self.items:
            inner = item.item if isinstance(item, Not) else item
            if isinstance(inner, Group):
                for one in inner.alternatives:
                    yield from one._atoms()
            else:
                yield inner


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
