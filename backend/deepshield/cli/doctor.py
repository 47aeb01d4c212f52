"""`deepshield doctor`: checks every part that the service depends on."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text
from sqlalchemy.exc import SQLAlchemyError

from deepshield.operations.checkup import Finding, examine
from deepshield.resources import open_resources
from deepshield.settings import load_settings

_MARKS = {True: ("ok", "green"), False: ("FAILED", "bold red"), None: ("!", "yellow")}


def doctor(
    repair: Annotated[bool, typer.Option("--repair", help="Delete stored files without a row.")] = False,
    read_files: Annotated[
        bool, typer.Option("--checksums/--no-checksums", help="Read every stored file.")
    ] = True,
) -> None:
    """Check the database, the broker, the storage, the model bundle, the trust lists, and every stored file.

    Exit codes: 0 no check failed, 1 a check failed; "!" is a warning, or a check that could not be made.
    """
    console = Console()
    findings: list[Finding] = []
    try:
        opened = open_resources(load_settings())
    except (SQLAlchemyError, OSError) as error:  # an address that is none, a folder that cannot be made
        reason = str(error).splitlines()[0]
        typer.echo(
            f"deepshield: database or storage cannot be opened; check the settings: {reason}", err=True
        )
        raise typer.Exit(1) from error
    with closing(opened) as resources, console.status("checking"):
        findings.extend(examine(resources, repair=repair, read_files=read_files))
    table = Table(box=None, padding=(0, 2, 0, 0), show_header=False)
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")  # hashes and paths are not cut short
    for finding in findings:
        mark, style = _MARKS[finding.ok]
        table.add_row(finding.subject, Text(mark, style=style), Text(finding.detail))
    console.print(table)
    if any(finding.ok is False for finding in findings):
        raise typer.Exit(1)
