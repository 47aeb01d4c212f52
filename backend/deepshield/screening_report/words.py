"""The report's words, from a file per language; those of verdicts are the web app's."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from importlib.resources import files

from deepshield.domain import wording
from deepshield.screening_report.shape import Language

Say = Callable[..., str]
"""Returns the text of a key with its values; for a ``count`` of 1 that of ``KEY.one``, where there is one."""
# Values that are times in a clip or percentages, as `wording` writes them.
_POINTED = frozenset({"time", "duration", "estimate", "range", "threshold", "low", "high", "seconds"})


def words(language: Language) -> Say:
    """Return what says a key in that language; a key that is not there raises KeyError."""
    table = texts(language)

    def say(key: str, **values: object) -> str:
        written = {name: pointed(values[name], language) for name in _POINTED.intersection(values)}
        text = table.get(f"{key}.one", table[key]) if values.get("count") == 1 else table[key]
        return text.format(**values | written)

    return say


@cache
def texts(language: Language) -> dict[str, str]:
    """Return every text of a language by its key."""
    file = files("deepshield.screening_report").joinpath("texts", f"{language.value}.json")
    table: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return table


def known(key: str) -> bool:
    """Return whether there is a text of that key."""
    return key in texts(Language.EN)


def pointed(text: object, language: Language) -> str:
    """Write a time in a clip or a percentage with the language's point: "0:12.4", in German "0:12,4"."""
    return str(text).replace(".", ",") if language is Language.DE else str(text)


def number(value: float, language: Language) -> str:
    """Write a number with one digit behind the point: "0.7", in German "0,7"; never "-0.0"."""
    return pointed(wording.tenths(value), language)


def count(value: int, language: Language) -> str:
    """Write a whole number with separators: "12,345", in German "12.345"."""
    text = f"{value:,}"
    return text.replace(",", ".") if language is Language.DE else text
