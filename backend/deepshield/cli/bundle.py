"""`deepshield bundle`: which bundle the service judges with, decided by two people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from deepshield.cli.service import opened
from deepshield.persistence.measurement import ProposedBundle
from deepshield.promotion import deciding, proposing
from deepshield.resources import Resources

app = typer.Typer(
    help="Propose, approve, retire and roll back bundles.", no_args_is_help=True, add_completion=False
)

By = Annotated[str, typer.Option("--by", metavar="NAME", help="Who does this; it is recorded.")]
Reference = Annotated[str, typer.Argument(metavar="SHA256", help="Of the bundle, or its beginning.")]


@app.command()
def propose(
    folder: Annotated[Path, typer.Argument(help="Of the bundle.", exists=True, file_okay=False)], by: By
) -> None:
    """Verify a bundle, store it, and let it wait for another person's approval."""
    with opened() as resources:
        row = proposing.propose(resources, folder, by)
        typer.echo(f"{row.name} {row.version} waits for approval")
        typer.echo(f"another person: deepshield bundle approve {row.sha256[:12]} --by NAME")


@app.command("list")
def list_() -> None:
    """List the bundles that were proposed: SHA-256, state, name, data set, who proposed and approved."""
    with opened() as resources:
        rows = deciding.all_bundles(resources)
        for row in rows:
            approved = f"  approved by {row.approved_by}" if row.approved_by else ""
            made_of = f"  of {row.dataset}" if row.dataset else ""
            typer.echo(
                f"{row.sha256[:12]}  {row.state:<9}  {row.name} {row.version}{made_of}  "
                f"proposed by {row.proposed_by}{approved}"
            )
        if not any(row.state == "active" for row in rows):
            typer.echo("none is active: the released bundle is served")
        _warn_of_own(resources)


@app.command()
def show(bundle: Reference) -> None:
    """Print all that is recorded of a bundle as JSON, with the figures beside the one it was made of."""
    with opened() as resources:
        typer.echo(json.dumps(_shown(deciding.find(resources, bundle)), indent=2))


@app.command()
def approve(bundle: Reference, by: By) -> None:
    """Serve a bundle from now on; who proposed it cannot approve it."""
    with opened() as resources:
        row = deciding.approve(resources, bundle, by)
        typer.echo(f"{row.name} {row.version} is active: workers judge with it within seconds")
        _warn_of_own(resources)


@app.command()
def retire(bundle: Reference, by: By) -> None:
    """Serve a bundle no longer; in place of the active one, the released bundle is served."""
    with opened() as resources:
        row = deciding.retire(resources, bundle, by)
        typer.echo(f"{row.name} {row.version} is retired")


@app.command()
def rollback(by: By) -> None:
    """Serve what was served before the active bundle was approved."""
    with opened() as resources:
        row = deciding.roll_back(resources, by)
        typer.echo("the released bundle is served" if row is None else f"{row.name} {row.version} is active")


def _shown(row: ProposedBundle) -> dict[str, Any]:
    return {
        "sha256": row.sha256,
        "name": row.name,
        "version": row.version,
        "state": row.state,
        "derived_from": row.derived_from,
        "dataset": row.dataset,
        "manifest_sha256": row.manifest_sha256,
        "proposed": {"by": row.proposed_by, "at": row.proposed_at.isoformat()},
        "approved": {"by": row.approved_by, "at": row.approved_at.isoformat()} if row.approved_at else None,
        "retired": {"by": row.retired_by, "at": row.retired_at.isoformat()} if row.retired_at else None,
        "figures": row.figures,
    }


def _warn_of_own(resources: Resources) -> None:
    if resources.settings.infer.model_weights_path is not None:
        typer.echo("INFER_MODEL_WEIGHTS_PATH is set here: that bundle is served whatever is active", err=True)
