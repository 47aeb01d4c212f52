"""`deepshield verify`: whether a report or an evidence package agrees with itself."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import Annotated

import typer

from deepshield.cli.summary import printable
from deepshield.domain import wording
from deepshield.evidence_package.checking import UnreadablePackageError, check_package
from deepshield.screening_report.arithmetic import disagreements
from deepshield.screening_report.checking import Checked, UnreadableReportError, check_report

EXIT_DISAGREES, EXIT_USAGE, EXIT_IN_PART = 1, 2, 3


def verify(
    path: Annotated[
        Path,
        typer.Argument(metavar="REPORT.pdf|PACKAGE.zip", help="A report or an evidence package."),
    ],
    file: Annotated[
        Path | None, typer.Option("--file", metavar="FILE", help="The file that it should be about.")
    ] = None,
) -> None:
    """Compute a report's figures again and compare them with what it prints; or check a package's hashes.

    Who made them is not checked: they have no signature. Exit codes: 0 all agrees, 1 something does not,
    2 neither a report nor a package that can be read, 3 what can be compared agrees, but not all can be: the
    sentences of a report that another release has set, or a package's log with a result that it has in part.
    """
    check = _package if zipfile.is_zipfile(path) else _report
    try:
        problems, lines, whole = check(path, file)
    except (OSError, UnreadableReportError, UnreadablePackageError) as error:
        typer.echo(f"deepshield: {error}", err=True)
        raise typer.Exit(EXIT_USAGE) from error
    for line in [f"does not agree: {problem}" for problem in problems] or lines:
        typer.echo(printable(line))
    if problems:
        raise typer.Exit(EXIT_DISAGREES)
    if not whole:
        raise typer.Exit(EXIT_IN_PART)


def _report(path: Path, file: Path | None) -> tuple[list[str], list[str], bool]:
    checked = check_report(path.read_bytes(), file)
    return list(checked.problems), _lines(checked, file), checked.words_compared


def _package(path: Path, file: Path | None) -> tuple[list[str], list[str], bool]:
    checked = check_package(path, file)
    arithmetic = [] if checked.result is None else disagreements(checked.result)
    manifest = checked.manifest
    made_at = f"{manifest.made_at:%Y-%m-%d %H:%M} UTC"
    lines = [f"All {len(manifest.entries)} files agree with the manifest of {made_at}."]
    if checked.result is not None:
        lines.append(f"The figures agree: {len(checked.result.aggregation_steps)} steps computed again.")
    lines += [f"Not in the package, since it had been deleted: {name}" for name in manifest.missing]
    lines += [
        "Not in the package, since it may name places and persons, which are not shown to whoever took "
        f"the package: {name}"
        for name in manifest.withheld
    ]
    if checked.in_part:
        lines.append("The result is in it in part: whether it is the one in the log cannot be checked.")
    return [*checked.problems, *arithmetic], lines, not checked.in_part


def _lines(checked: Checked, file: Path | None) -> list[str]:
    record = checked.record
    estimate = record.result.given_estimate
    other = record.service_version
    return [
        f"The figures agree: {len(record.result.aggregation_steps)} steps computed again"
        + ("." if estimate is None else f", estimate {wording.percent(estimate)}."),
        "The report is about the file given."
        if file is not None
        else f"It is about the file with SHA-256 {record.result.sha256}.",
        *(
            []
            if checked.words_compared
            else [f"Its sentences were not compared: release {other} has set it, and compares them."]
        ),
    ]
