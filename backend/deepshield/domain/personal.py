"""Which statements of a file's metadata say where it was taken or name somebody, by the names of the fields.

What people write at will (titles, descriptions, comments, prompts) counts as such: it may say either.
"""

from __future__ import annotations

import re

_COORDINATES = re.compile(
    r"gps|latitude|longitude|altitude|iso6709|\bxyz\b|\blocation(-\w+)?$", re.IGNORECASE
)
_PLACES = (
    r"location|city|province|state|country|street|region|address|adr(city|ext|ctry|pcode)|post(al)?_?code"
    r"|\bzip\b|district|venue|landmark"
)
_PERSONS = (
    r"owner|artist|author|creator(?!tool)|by-?line|writer|person|contact|copyright|credit|rights|licens"
    r"|\bsource$|e-?mail|phone|citel|ciurl|user_?name|login"
    r"|contributor|publisher|composer|performer|director(?!y|ies)|producer"
)
_DEVICES = r"serial|unique_?id|document_?id|instance_?id|hostcomputer|device_?(id|name)"
_TEXTS = (
    r"comment|description|caption|abstract|title|objectname|headline|keyword|subject$|tags_?list|instructions"
    r"|transmission|prompt|^parameters$|workflow|\bevent$|album|lyrics|synopsis"
)
_PERSONAL = re.compile("|".join((_COORDINATES.pattern, _PLACES, _PERSONS, _DEVICES, _TEXTS)), re.IGNORECASE)


def says_coordinates(name: str) -> bool:
    """Return whether a field has coordinates, which are read as the file's place."""
    return _COORDINATES.search(name) is not None


def is_personal(name: str) -> bool:
    """Return whether a field says a place, a person or one device, or is free text: not for everybody."""
    return _PERSONAL.search(name) is not None
