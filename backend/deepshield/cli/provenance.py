"""`deepshield provenance`: the trust lists that files' signed records are checked against."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from deepshield.provenance.trust_lists import TrustListError, install, installed, parse
from deepshield.result_provenance import TrustListKind

EXIT_REFUSED = 2

app = typer.Typer(add_completion=False, no_args_is_help=True, help="Trust lists for files' signed records.")

Folder = Annotated[
    Path,
    typer.Option(
        "--folder", envvar="PROVENANCE_TRUST_DIR", metavar="DIR", help="Where installed lists are kept."
    ),
]
_FOLDER = Path("data/trust")


@app.command("trust-list")
def trust_list(
    file: Annotated[
        typer.FileBinaryRead,
        typer.Argument(metavar="FILE", help="Certificates in PEM; - for standard input."),
    ],
    kind: Annotated[
        TrustListKind, typer.Option(help="Whose list it is: signers, time stamps, or the older list.")
    ] = TrustListKind.SIGNERS,
    next_update: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d"], help="When a newer list should be there; in 90 days where not given."
        ),
    ] = None,
    folder: Folder = _FOLDER,
) -> None:
    """Install a list in place of an earlier one of its kind; workers see it with the next file.

    Exit codes: 0 installed, 2 the file is no trust list.
    """
    today = datetime.now(UTC).date()
    try:
        new = parse(file.read(), kind, today, next_update.date() if next_update else None)
        target = install(folder, new)
    except (OSError, TrustListError) as error:
        typer.echo(f"deepshield: {error}", err=True)
        raise typer.Exit(EXIT_REFUSED) from error
    typer.echo(f"{len(new.certificates)} certificates in {target}; replace the list by {new.next_update}.")


@app.command("lists")
def lists(folder: Folder = _FOLDER) -> None:
    """Print which lists are installed, and by when each should be replaced.

    Exit codes: 0 printed, 2 a list is damaged.
    """
    try:
        found = installed(folder)
    except (OSError, TrustListError) as error:
        typer.echo(f"deepshield: {error}", err=True)
        raise typer.Exit(EXIT_REFUSED) from error
    today = datetime.now(UTC).date()
    for one in found:
        late = " (overdue)" if one.overdue(today) else ""
        typer.echo(
            f"{one.kind.value}: {len(one.certificates)} certificates, installed {one.installed}, "
            f"to be replaced by {one.next_update}{late}"
        )
    if not found:
        typer.echo("No trust list is installed: every signer is shown as unknown.")
