"""Conditional requests (RFC 9110, section 13) for what has a strong ETag and no time of its last change."""

from __future__ import annotations


def is_known(if_none_match: str | None, tag: str) -> bool:
    """Return whether the client has what ``tag`` names, so that it is answered with 304."""
    names = (name.strip().removeprefix("W/") for name in (if_none_match or "").split(","))
    return not {tag, "*"}.isdisjoint(names)


def is_unchanged(if_range: str | None, tag: str) -> bool:
    """Return whether a range is of what ``tag`` names; a date is of nothing, as no answer has one."""
    return if_range is None or if_range.strip() == tag
