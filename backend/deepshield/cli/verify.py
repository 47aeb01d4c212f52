"""`deepshield verify`: whether a report agrees with the figures that are attached to it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from deepshield.cli.summary import printable
from deepshield.domain import wording
from deepshield.screening_report.checking import Checked, UnreadableReportError, check_report

EXIT_DISAGREES, EXIT_USAGE = 1, 2


def verify(
    report: Annotated[Path, typer.Argument(metavar="REPORT.pdf", help="A report of this service.")],
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="The file that the report should be about.")
    ] = None,
) -> None:
    """Compute a report's figures again and compare them with what it prints.

    Who made the report is not checked: it has no signature. Exit codes: 0 all agrees, 1 something does not,
    2 no report that can be read.
    """
    try:
        checked = check_report(report.read_bytes(), file)
    except (OSError, UnreadableReportError) as error:
        typer.echo(f"deepshield: {error}", err=True)
        raise typer.Exit(EXIT_USAGE) from error
    for line in _lines(checked, file):
        typer.echo(printable(line))
    if checked.problems:
        raise typer.Exit(EXIT_DISAGREES)


def _lines(checked: Checked, file: Path | None) -> list[str]:
    if checked.problems:
        return [f"does not agree: {problem}" for problem in checked.problems]
    record = checked.record
    estimate = record.result.final_score
    return [
        f"The figures agree: {len(record.result.aggregation_steps)} steps computed again"
        + ("." if estimate is None else f", estimate {wording.percent(estimate)}."),
        "The report is about the file given."
        if file is not None
        else f"It is about the file with SHA-256 {record.result.sha256}.",
    ]
