"""The service's resources for a command; what it is refused ends the command with status 1 and the reason."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

import typer
from sqlalchemy.exc import SQLAlchemyError

from deepshield.accounts import administration
from deepshield.domain.errors import DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.resources import Resources, open_resources
from deepshield.settings import load_settings
from deepshield.workspaces.standing import enter


@contextmanager
def opened() -> Iterator[Resources]:
    """Yield the resources."""
    try:
        with closing(open_resources(load_settings())) as resources:
            yield resources
    except DeepShieldError as error:
        typer.echo(f"deepshield: {error.message}", err=True)
        raise typer.Exit(1) from error
    except SQLAlchemyError as error:
        typer.echo("deepshield: The database cannot be used; run `deepshield doctor`.", err=True)
        raise typer.Exit(1) from error
    except OSError as error:  # of storage, or of a file that the command reads or writes
        typer.echo(f"deepshield: {error}", err=True)
        raise typer.Exit(1) from error


@contextmanager
def opened_by(email: str, workspace: str | None) -> Iterator[tuple[Resources, Owner]]:
    """Yield the resources and an account, in a workspace or in its personal one."""
    with opened() as resources:
        owner = Owner(administration.account_id(resources.database, email), Tier.PRO)
        yield resources, owner if workspace is None else enter(resources, owner, workspace)
