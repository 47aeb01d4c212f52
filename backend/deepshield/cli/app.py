"""`deepshield`: the program and its commands."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from deepshield.cli.analyze import analyze

app = typer.Typer(
    name="deepshield",
    help="Screen images and videos for manipulated faces.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
app.command()(analyze)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"deepshield {version('deepshield')}")
        raise typer.Exit


@app.callback()
def _root(
    show_version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version and leave."
        ),
    ] = False,
) -> None:
    """Screen images and videos for manipulated faces."""


def main() -> None:
    """Run the program; exits with 0, 2 for wrong usage, or a command's own code."""
    app()
