"""`deepshield jobs`: an operator's commands for jobs, whoever owns them."""

from __future__ import annotations

import json
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from deepshield.cli.service import opened
from deepshield.domain.jobs import State
from deepshield.jobs import cancel as cancelling
from deepshield.operations.requeue import requeue as queue_again
from deepshield.persistence.repositories import jobs
from deepshield.persistence.tables import Job

app = typer.Typer(add_completion=False, no_args_is_help=True, help="List, requeue and cancel jobs.")

_COLUMNS = ("job", "type", "state", "stage", "%", "attempts", "created", "error")
JobId = Annotated[str, typer.Argument(metavar="JOB", help="Its id, as `deepshield jobs list` prints it.")]


@app.command("list")
def list_(
    state: Annotated[list[State] | None, typer.Option(help="Only these; may be given several times.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=10_000, help="Jobs listed at most.")] = 50,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document per line.")] = False,
) -> None:
    """List the newest jobs. File names and owners are not shown."""
    with opened() as resources, resources.database.read() as session:
        rows = jobs.any_owner(session, state or (), limit)
    if as_json:
        for job in rows:
            typer.echo(json.dumps(dict(zip(_COLUMNS, _cells(job), strict=True))))
        return
    table = Table(box=None, header_style="dim")
    for name in _COLUMNS:  # an id that is cut short could not be given to requeue or cancel
        table.add_column(
            name, no_wrap=name == "job", min_width=36 if name == "job" else None, overflow="fold"
        )
    for job in rows:
        table.add_row(*map(Text, _cells(job)))
    Console(soft_wrap=True).print(table)


@app.command()
def requeue(job: JobId) -> None:
    """Queue a failed job again, without charging its owner; announce a queued one again."""
    with opened() as resources:
        typer.echo(f"{queue_again(resources, job).id} is queued")


@app.command()
def cancel(job: JobId) -> None:
    """Cancel a job that has not ended."""
    with opened() as resources:
        if not cancelling.cancel(resources, job):
            typer.echo("deepshield: There is no such job, or it has ended.", err=True)
            raise typer.Exit(1)
    typer.echo(f"{job} is cancelled")


def _cells(job: Job) -> tuple[str, ...]:
    created = job.created_at.strftime("%Y-%m-%d %H:%M:%S")
    progress, attempts = str(job.progress_percent), str(job.attempts)
    return (job.id, job.media_type, job.state, job.stage, progress, attempts, created, job.error_code or "")
