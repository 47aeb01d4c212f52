"""`deepshield backup`: all rows and files in one file."""

from __future__ import annotations

import os
import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from deepshield.backup.archive import BackupError
from deepshield.backup.dump import Made, make
from deepshield.resources import Resources, open_resources
from deepshield.settings import load_settings


def backup(
    file: Annotated[str, typer.Argument(help="The backup to write; - is standard output.")],
) -> None:
    """Write rows and files to one tar file while the service runs. Restore it with `deepshield restore`.

    Exit codes: 0 written, 1 not.
    """
    with closing(open_resources(load_settings())) as resources:
        try:
            made = make(resources, sys.stdout.buffer) if file == "-" else _to_file(resources, Path(file))
        except (BackupError, OSError) as error:
            typer.echo(f"deepshield: {error}", err=True)
            raise typer.Exit(1) from error
    gone = f", {len(made.missing)} deleted meanwhile" if made.missing else ""
    typer.echo(f"deepshield: {made.rows} rows and {made.files} files{gone}", err=True)


def _to_file(resources: Resources, path: Path) -> Made:
    """Write to a partial file and rename it, so that the backup is complete or absent."""
    partial = path.with_name(f".{path.name}.partial")
    try:
        with partial.open("xb") as out:
            partial.chmod(0o600)
            made = make(resources, out)
            out.flush()
            os.fsync(out.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)
    return made
