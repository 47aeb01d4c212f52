"""`deepshield api`: the HTTP API."""

from __future__ import annotations

import socket
from typing import Annotated

import typer

from deepshield.api.app import create_app
from deepshield.api.server import server_of
from deepshield.observability import logging
from deepshield.operations.listening import PortTakenError, listen
from deepshield.settings import load_settings


def api(
    port: Annotated[int | None, typer.Option(min=0, max=65535, help="Default: PORT, or 8001.")] = None,
    host: Annotated[str | None, typer.Option(help="Default: HOST, or 127.0.0.1.")] = None,
    descriptor: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Run the HTTP API; any number may share one database."""
    settings = load_settings()
    logging.configure(settings.log)
    try:
        listening = (
            socket.socket(fileno=descriptor)
            if descriptor is not None
            else listen(host or settings.host, settings.port if port is None else port)
        )
    except PortTakenError as error:
        typer.echo(f"deepshield: {error}", err=True)
        raise typer.Exit(1) from error
    server_of(create_app(settings), settings).run(sockets=[listening])
