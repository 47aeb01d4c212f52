"""`deepshield up`: the whole service on this machine."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from deepshield.observability import logging
from deepshield.operations import startup
from deepshield.operations.listening import PortTakenError, listen
from deepshield.settings import load_settings

EXIT_FAILED = 1


def up(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default: PORT, or 8001.")] = None,
    host: Annotated[str | None, typer.Option(help="Default: HOST, or 127.0.0.1.")] = None,
) -> None:
    """Run API, workers and scheduler until Ctrl-C. Unfinished jobs go on at the next start."""
    settings = load_settings()
    settings = settings.model_copy(
        update={
            "port": settings.port if port is None else port,
            "host": settings.host if host is None else host,
        }
    )
    logging.configure(settings.log)
    try:
        with closing(listen(settings.host, settings.port)) as listening:
            code = startup.run(settings, listening, _print)
    except (PortTakenError, startup.StartError) as error:
        typer.echo(f"deepshield: {error}", err=True)
        raise typer.Exit(EXIT_FAILED) from error
    raise typer.Exit(code)


def _print(line: str) -> None:
    typer.echo(f"deepshield: {line}")
