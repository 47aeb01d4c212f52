"""`deepshield demo`: the whole service on a folder of its own, filled with made media."""

from __future__ import annotations

import os
from contextlib import closing
from functools import partial
from logging import WARNING, getLogger
from pathlib import Path
from typing import Annotated

import typer

from deepshield.demo.filling import fill_once
from deepshield.demo.folder import DemoError, DemoFolder, Filled
from deepshield.demo.media import RECIPES, find_samples
from deepshield.domain.roles import Role
from deepshield.observability import logging
from deepshield.operations import startup
from deepshield.operations.listening import PortTakenError, listen, url
from deepshield.settings import load_settings

EXIT_FAILED = 1
_DOES = {
    Role.ADMIN: "leads: decides disputes, holds and deletes, invites",
    Role.REVIEWER: "reads files",
    Role.RESEARCHER: "freezes data sets and measures the model on them",
}


def demo(
    folder: Annotated[Path, typer.Option(help="Where all data of the demo lie.")] = Path("data/demo"),
    files: Annotated[
        int, typer.Option(min=1, max=len(RECIPES), help="How many; fewer are analysed sooner.")
    ] = len(RECIPES),
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default: PORT, or 8001.")] = None,
) -> None:
    """Run the service with accounts, analysed files, reviews and a data set to look at, until Ctrl-C.

    Settings of other services and a file `.env` do not count; a folder that is filled already stays as it is.
    """
    try:
        find_samples()
        claimed = DemoFolder.claim(folder)
        environment = claimed.environment(os.environ)
        os.environ.clear()
        os.environ.update(environment)
        os.chdir(claimed.path)  # where no .env is
        settings = load_settings()
        settings = settings.model_copy(update={"port": settings.port if port is None else port})
        logging.configure(settings.log)
        getLogger("httpx").setLevel(WARNING)  # it names addresses, and those of invitations are secrets
        with closing(listen(settings.host, settings.port)) as listening:
            shown = url(settings.host, listening.getsockname()[1])
            code = startup.run(settings, listening, _print, once_ready=partial(_fill, claimed, files, shown))
    except (DemoError, PortTakenError, startup.StartError) as error:
        typer.echo(f"deepshield: {error}", err=True)
        raise typer.Exit(EXIT_FAILED) from error
    raise typer.Exit(code)


def _fill(folder: DemoFolder, number: int, shown: str, origin: str) -> None:
    """Fill the folder unless it is, and print what to look at; raises `startup.StartError`."""
    try:
        _tell(fill_once(folder, origin, number, _print), shown, folder)
    except DemoError as error:
        raise startup.StartError(f"{error} Delete {folder.path} before the next try.") from error


def _tell(filled: Filled, shown: str, folder: DemoFolder) -> None:
    _print(f"{filled.files} files are in the demo. Sign in at {shown}/login/ as one of")
    for account in filled.accounts:
        typer.echo(f"    {account.email:<24}{account.password:<20}{_DOES[Role(account.role)]}")
    _print(f'and choose the workspace "{filled.workspace}" at the top of the page. Look at')
    for page in filled.pages:
        typer.echo(f"    {shown}{page.path}  {page.shows}")
    _print(f"Ctrl-C stops it; all its data are in {folder.path}")


def _print(line: str) -> None:
    typer.echo(f"deepshield: {line}")
