"""`deepshield health`: checks whether a part on this machine works."""

from __future__ import annotations

from typing import Annotated

import typer

from deepshield.operations.health import PARTS
from deepshield.settings import load_settings


def health(
    part: Annotated[str, typer.Argument(metavar="|".join(PARTS), help="Which part.")],
) -> None:
    """Check whether a part on this machine works; exit code 0 when it does, 1 when it does not."""
    if part not in PARTS:
        typer.echo(f"deepshield: no such part: {part}", err=True)
        raise typer.Exit(2)
    fault = PARTS[part](load_settings())
    if fault is not None:
        typer.echo(f"deepshield: {fault}", err=True)
        raise typer.Exit(1)
