"""`deepshield recheck`: files of a workspace's library analysed again with the present model."""

from __future__ import annotations

from typing import Annotated

import typer

from deepshield.cli.service import opened_by
from deepshield.rechecks import asking

_MINUTE = 60


def recheck(
    email: Annotated[str, typer.Argument(help="The account that asks for it.")],
    query: Annotated[str, typer.Option(help='Which files, in the language of the library; "" is all.')],
    workspace: Annotated[
        str | None, typer.Option(help="Id of the workspace; default: the account's personal one.")
    ] = None,
    reason: Annotated[str | None, typer.Option(help="Shown with the recheck.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only count, and tell how long it takes.")
    ] = False,
) -> None:
    """Have files analysed again by the running service, behind all else and charged to nobody."""
    with opened_by(email, workspace) as (resources, owner):
        wanted = asking.Wanted(query=query)
        forecast = asking.forecast(resources, owner, wanted)
        counted = forecast.counted
        typer.echo(
            f"{counted.files} files; {counted.kept} kept, {counted.judged} judged by this model already, "
            f"{sum(counted.wanted.values())} to analyse{_time(forecast.seconds)}"
        )
        if dry_run:
            return
        made = asking.ask(resources, owner, wanted, reason=reason, expect_count=counted.files)
    typer.echo(f"asked for {made.id}; /rechecks/?id={made.id} shows how far it is")


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    if seconds < 2 * _MINUTE:
        return f", about {seconds:.0f} s"
    return f", about {seconds / _MINUTE:.0f} min"
