"""`deepshield restore`: restores a backup into an empty service."""

from __future__ import annotations

import sys
from contextlib import closing, nullcontext
from pathlib import Path
from typing import Annotated

import typer

from deepshield.backup.archive import BackupError
from deepshield.backup.restore import check
from deepshield.backup.restore import restore as put_back
from deepshield.resources import open_resources
from deepshield.settings import load_settings


def restore(
    file: Annotated[str, typer.Argument(help="The backup to read; - is standard input.")],
    only_check: Annotated[
        bool, typer.Option("--check", help="Only read the backup and verify its checksums.")
    ] = False,
) -> None:
    """Restore a backup into an empty service: its database, on SQLite or PostgreSQL, and its storage.

    Stop the service first. Exit codes: 0 restored, 1 failed; then the database is unchanged.
    """
    try:
        with nullcontext(sys.stdin.buffer) if file == "-" else Path(file).open("rb") as source:
            if only_check:
                found = check(source)
            else:
                with closing(open_resources(load_settings())) as resources:
                    found = put_back(resources, source)
    except (BackupError, OSError) as error:
        typer.echo(f"deepshield: {error}", err=True)
        raise typer.Exit(1) from error
    done = "is complete" if only_check else "restored"
    when = f"{found.created_at:%Y-%m-%d %H:%M} UTC"
    typer.echo(f"deepshield: {done}: {found.rows} rows and {found.files} files of {when}")
