"""One statement of a file's metadata, as every reader of them gives it."""

from __future__ import annotations

from dataclasses import dataclass, field

from deepshield.domain.personal import is_personal, says_coordinates
from deepshield.provenance.text import excerpt, line
from deepshield.result_provenance import MOST_FIELDS, Location, MetadataField, MetadataSource

_BEGINNING, _END = 2_000, 1_000  # characters of a longer value: a prompt's parameters are at its end
LONGEST = _BEGINNING + _END + len(" … ")
"""Characters of a value that rules look at."""

_MOST = 2_000  # statements of a file


@dataclass(frozen=True, slots=True)
class Statement:
    """A name and what the file says of it; of a value longer than `LONGEST` the middle is left out."""

    source: MetadataSource
    name: str
    value: str


@dataclass(slots=True)
class Statements:
    """All that was read of a file's metadata, and what could not be read."""

    all: list[Statement] = field(default_factory=list)
    unreadable: list[MetadataSource] = field(default_factory=list)
    location: Location | None = None

    def add(self, source: MetadataSource, name: object, value: object) -> None:
        """Add a statement unless it says nothing."""
        if len(self.all) >= _MOST:
            return
        if isinstance(value, str) and len(value) > LONGEST:
            value = f"{value[:_BEGINNING]} … {value[-_END:]}"
        text = line(value, LONGEST)
        named = line(name)
        if text and named:
            self.all.append(Statement(source, named, text))

    def failed(self, source: MetadataSource) -> None:
        """Note that a source could not be read."""
        if source not in self.unreadable:
            self.unreadable.append(source)

    def first(self, source: MetadataSource, *names: str) -> str | None:
        """Return the first of the named statements that there is, as one line."""
        said = {one.name: one.value for one in reversed(self.all) if one.source is source}
        return next((line(said[name]) for name in names if name in said), None)

    def fields(self) -> tuple[list[MetadataField], int]:
        """Return the statements to show, those of coordinates left out, and how many more there are."""
        shown = list(dict.fromkeys(one for one in self.all if not says_coordinates(one.name)))
        listed = [
            MetadataField(
                source=one.source,
                name=one.name,
                value=excerpt(one.value) or "…",
                personal=is_personal(one.name),
            )
            for one in shown[:MOST_FIELDS]
        ]
        return listed, len(shown) - len(listed)
