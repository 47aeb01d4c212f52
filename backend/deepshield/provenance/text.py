"""Text from a file, made safe to store and to show."""

from __future__ import annotations

import unicodedata

from deepshield.result_provenance import EXCERPT, LINE

# Controls, formats (which turn the direction of writing or hide letters), surrogates, private, unassigned.
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn")


def line(value: object, longest: int = LINE) -> str | None:
    """Return a value as one line of at most ``longest`` characters; None for nothing but white space.

    What is no letter, mark, number, sign or space is left out; a cut is marked by an ellipsis.
    """
    if value is None or isinstance(value, (dict, list, tuple)):
        return None
    raw = str(value)[: 8 * longest]
    kept = (
        raw
        if raw.isprintable()
        else "".join(
            " " if character.isspace() else character
            for character in raw
            if character.isspace() or unicodedata.category(character) not in _HIDDEN
        )
    )
    text = " ".join(kept.split())
    if not text:
        return None
    return text if len(text) <= longest and len(raw) == len(str(value)) else text[: longest - 1] + "…"


def excerpt(value: object) -> str | None:
    """Return a value as `line` does, of the length of an excerpt."""
    return line(value, EXCERPT)
