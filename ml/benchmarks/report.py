"""Figures with their targets, as tables on a terminal and as JSON."""

from __future__ import annotations

import json
import operator
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from rich.console import Console
from rich.table import Table

RESULTS = "results-{}.json"  # by table
_COMPARE: dict[str, Callable[[float, float], bool]] = {">=": operator.ge, "<=": operator.le, "<": operator.lt}


@dataclass(frozen=True, slots=True)
class Target:
    """The bound that a figure should keep."""

    sign: Literal[">=", "<=", "<"]
    bound: float


@dataclass(frozen=True, slots=True)
class Figure:
    """A measured value; ``spread`` is its smallest and largest single measurement.

    Without ``target`` the figure is for information. ``digits`` are those shown after the point.
    """

    name: str
    value: float
    unit: str = ""
    spread: tuple[float, float] | None = None
    target: Target | None = None
    digits: int = 2

    @property
    def met(self) -> bool | None:
        """Return whether the bound is kept; None without one."""
        return _COMPARE[self.target.sign](self.value, self.target.bound) if self.target else None


@dataclass(frozen=True, slots=True)
class Section:
    """The figures of one command, or the reason why there are none."""

    title: str
    figures: tuple[Figure, ...] = ()
    notes: tuple[str, ...] = field(default=())


def table(section: Section) -> Table:
    """Lay out a section's figures: figure, measured, target, met."""
    laid = Table(title=section.title, title_justify="left", title_style="bold")
    laid.add_column("figure", overflow="fold")
    laid.add_column("measured", justify="right", no_wrap=True)
    laid.add_column("target", justify="right", no_wrap=True)
    laid.add_column("met", no_wrap=True)
    for figure in section.figures:
        target = f"{figure.target.sign} {figure.target.bound:g}" if figure.target else ""
        met = {None: "", True: "yes", False: "NO"}[figure.met]
        laid.add_row(
            figure.name, measured(figure), target, met, style="bold red" if figure.met is False else ""
        )
    return laid


def measured(figure: Figure) -> str:
    """Write a figure's value with its unit and, in brackets, its spread."""
    shown = f"{figure.value:.{figure.digits}f}{' ' if figure.unit else ''}{figure.unit}"
    if figure.spread is None:
        return shown
    low, high = figure.spread
    return f"{shown} ({low:.{figure.digits}f} to {high:.{figure.digits}f})"


def print_section(section: Section, console: Console | None = None) -> None:
    """Print a section's table, if it has figures, and its notes."""
    console = console or Console(width=None if Console().is_terminal else 120)
    if section.figures:
        console.print(table(section))
    else:
        console.print(section.title, style="bold")
    for note in section.notes:
        console.print(f"  {note}", highlight=False)
    console.print()


def write_json(sections: Sequence[Section], facts: dict[str, Any], path: Path) -> None:
    """Write every figure and ``facts`` about the machine to ``path``."""
    document = {
        **facts,
        "sections": [
            {
                "title": section.title,
                "notes": section.notes,
                "figures": [{**asdict(figure), "met": figure.met} for figure in section.figures],
            }
            for section in sections
        ],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
