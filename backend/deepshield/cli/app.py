"""`deepshield`: the program and its commands, each imported when it is called.

A command's module is named like the command and holds either a function of that name or, for a group of
commands, a Typer named ``app``.
"""

from __future__ import annotations

import importlib
import sys
from importlib.metadata import version
from typing import Annotated, Any

import typer
import typer.core
import typer.main

from deepshield.operations import parent

EXIT_USAGE = 2

COMMANDS = {
    "analyze": "Screen images and videos for manipulated faces.",
    "verify": "Check a report: compute its figures again and compare.",
    "provenance": "Install and list trust lists for files' signed records.",
    "evaluate": "Measure the model on your own labelled media.",
    "dataset": "List, freeze and export data sets of labelled files.",
    "up": "Run the whole service: API, workers and scheduler.",
    "demo": "Run the whole service with files, reviews and a data set to look at.",
    "api": "Run the HTTP API.",
    "worker": "Run workers, which analyse queued jobs.",
    "scheduler": "Run the scheduler, which requeues lost jobs and deletes what has expired.",
    "bundle": "Propose, approve, retire and roll back bundles.",
    "policy": "Draft, preview, approve and retire a workspace's rule for verdicts.",
    "recheck": "Have files of a library analysed again with the present model.",
    "label": "Say what a file of a library is whose truth is known.",
    "jobs": "List, requeue and cancel jobs.",
    "admin": "Manage accounts.",
    "openapi": "Print the OpenAPI document of the HTTP API.",
    "backup": "Write the database and all files to one file.",
    "restore": "Restore a backup into an empty service.",
    "health": "Check whether a part on this machine works.",
    "doctor": "Check every part that the service depends on, and every stored file.",
}


class LazyGroup(typer.core.TyperGroup):
    """A group that lists its commands from a table and imports only the one that is called."""

    def __init__(self, **attributes: Any) -> None:
        super().__init__(**attributes)
        for name, summary in COMMANDS.items():
            self.add_command(typer.core.TyperCommand(name, help=summary))

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Replace the command's entry of the table by the command itself."""
        if args and args[0] in COMMANDS:
            self.add_command(_load(args[0]), args[0])
        return super().resolve_command(ctx, args)


def _load(name: str) -> Any:
    module = importlib.import_module(f"deepshield.cli.{name}")
    commands = getattr(module, "app", None)
    if commands is None:
        commands = typer.Typer(add_completion=False)
        commands.command(name)(getattr(module, name))
    return typer.main.get_command(commands)


app = typer.Typer(
    name="deepshield",
    help="Screen images and videos for manipulated faces.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    cls=LazyGroup,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"deepshield {version('deepshield')}")
        raise typer.Exit


@app.callback()
def _root(
    show_version: Annotated[
        bool,
        typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Screen images and videos for manipulated faces."""


def main() -> None:
    """Run the program; exits with 0, 2 for wrong usage or settings, or a command's own code."""
    parent.end_with_supervisor()
    try:
        app()
    except Exception as error:
        from deepshield.settings import SettingsError  # here, since it takes most of the time of --help

        if not isinstance(error, SettingsError):
            raise
        typer.echo(f"deepshield: {error}", err=True)
        sys.exit(EXIT_USAGE)
