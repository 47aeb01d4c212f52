"""Which labelled files are validated on, and what gives each fake away: one TOML file per collection."""

from __future__ import annotations

import dataclasses
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from detector.contracts import Trace
from training.labelled.manifest import LabelledFile


@dataclass(frozen=True, slots=True)
class HeldOut:
    """One kind of media that is validated on and never trained on."""

    name: str
    sources: frozenset[str]
    methods: frozenset[str]  # of fakes, in whatever source


@dataclass(frozen=True, slots=True)
class Split:
    """What is held out, in turn by name, and which methods blend."""

    held_out: tuple[HeldOut, ...]
    blended: frozenset[str]
    skipped: frozenset[str]  # sources that neither side uses

    def only(self, names: Iterable[str], files: Iterable[LabelledFile]) -> Split:
        """Return the split that holds out some kinds and trains on the others, to leave out one at a time.

        Kinds of which no file of ``files`` is a fake are held out in any case: others are validated against
        their authentic media. Raises ValueError for a name that no kind has.
        """
        chosen, there = set(names), {kind.name for kind in self.held_out}
        if unknown := sorted(chosen - there):
            raise ValueError(f"no kind is called {unknown}; there are {sorted(there)}")
        faked = {self.kind_of(file) for file in files if file.fake}
        kept = tuple(kind for kind in self.held_out if kind.name in chosen or kind.name not in faked)
        return dataclasses.replace(self, held_out=kept)

    def trace(self, file: LabelledFile) -> Trace | None:
        """Return what gives a fake away, None for an authentic file."""
        if not file.fake:
            return None
        if file.trace is not None:
            return file.trace
        return Trace.BLENDING if file.method in self.blended else Trace.GENERATION

    def kind_of(self, file: LabelledFile) -> str | None:
        """Return the name of the held-out kind that a file belongs to, None for one to train on.

        A source is held out as a whole, whatever made its files; a method is in every source.
        """
        for kind in self.held_out:
            if file.source in kind.sources:
                return kind.name
        for kind in self.held_out:
            if file.method in kind.methods:
                return kind.name
        return None


def load_split(file: Path) -> Split:
    """Read a TOML file of held-out kinds; raises ValueError for keys that it does not know."""
    document = tomllib.loads(file.read_text())
    if unknown := set(document) - {"blended", "skipped", "held_out"}:
        raise ValueError(f"{file.name} has no {sorted(unknown)}")
    kinds = []
    for name, entry in document.get("held_out", {}).items():
        if unknown := set(entry) - {"sources", "methods"}:
            raise ValueError(f"{file.name}: held_out.{name} has no {sorted(unknown)}")
        kinds.append(HeldOut(name, frozenset(entry.get("sources", ())), frozenset(entry.get("methods", ()))))
    return Split(tuple(kinds), frozenset(document.get("blended", ())), frozenset(document.get("skipped", ())))


def unknown_names(split: Split, files: Iterable[LabelledFile]) -> list[str]:
    """Return names in the split that no file bears: most are misspelt."""
    files = list(files)
    sources, methods = {file.source for file in files}, {file.method for file in files}
    named = [(kind.sources, sources) for kind in split.held_out]
    named += [(kind.methods, methods) for kind in split.held_out]
    named += [(split.blended, methods), (split.skipped, sources)]
    return sorted({name for wanted, there in named for name in wanted - there})
