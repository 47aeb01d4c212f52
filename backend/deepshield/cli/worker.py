"""`deepshield worker`: runs workers, which consume queues."""

from __future__ import annotations

from typing import Annotated

import typer

from deepshield.broker import QUEUES
from deepshield.observability import logging
from deepshield.operations.supervisor import EXIT_USAGE, Part, Supervisor, deepshield
from deepshield.settings import load_settings

_STOP_SPARE_SECONDS = 10.0


def worker(
    queue: Annotated[
        list[str] | None,
        typer.Option(metavar="|".join(QUEUES), help="Default: all of WORKER_QUEUES, a process each."),
    ] = None,
) -> None:
    """Analyse queued jobs until Ctrl-C; unfinished jobs are requeued."""
    settings = load_settings()
    logging.configure(settings.log)
    queues = tuple(dict.fromkeys(queue or settings.worker.queues))
    if not queues or (unknown := set(queues) - set(QUEUES)):
        typer.echo(f"deepshield: no such queue: {', '.join(sorted(unknown)) or 'none'}", err=True)
        raise typer.Exit(EXIT_USAGE)
    if len(queues) > 1:
        parts = [Part(f"worker of {one}", deepshield("worker", "--queue", one)) for one in queues]
        raise typer.Exit(Supervisor(parts, settings.worker.drain_seconds + _STOP_SPARE_SECONDS).run())
    # Imported here, so that the supervisor of several queues stays small.
    from deepshield.worker.consumer import run_worker

    raise typer.Exit(run_worker(settings, queues[0]))
