"""`deepshield recheck`: files of a workspace's library analysed again with the present model."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from sqlalchemy.exc import SQLAlchemyError

from deepshield.accounts import administration
from deepshield.domain.errors import DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.rechecks import asking
from deepshield.resources import Resources, open_resources
from deepshield.settings import load_settings
from deepshield.workspaces.standing import enter

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
    with _resources() as resources:
        owner = Owner(administration.account_id(resources.database, email), Tier.PRO)
        owner = owner if workspace is None else enter(resources, owner, workspace)
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


@contextmanager
def _resources() -> Iterator[Resources]:
    resources = open_resources(load_settings())
    try:
        yield resources
    except DeepShieldError as error:
        typer.echo(f"deepshield: {error.message}", err=True)
        raise typer.Exit(1) from error
    except SQLAlchemyError as error:
        typer.echo("deepshield: The database cannot be used; run `deepshield doctor`.", err=True)
        raise typer.Exit(1) from error
    finally:
        resources.close()
