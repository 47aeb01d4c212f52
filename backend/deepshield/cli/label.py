"""`deepshield label`: say what a file is whose truth is known."""

from __future__ import annotations

import hashlib
import re
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from deepshield.accounts import administration
from deepshield.domain.errors import DeepShieldError
from deepshield.domain.labels import Kind, Value
from deepshield.persistence.database import Database
from deepshield.reviews.labelling import label_file
from deepshield.settings import load_settings


def label(
    file: Annotated[str, typer.Argument(metavar="FILE|SHA256", help="A file, or its SHA-256.")],
    value: Annotated[Value, typer.Option("--as", help="What it is.")],
    by: Annotated[str, typer.Option(help="The address of the account that says so.")],
    kind: Annotated[Kind | None, typer.Option(help="How it was made.")] = None,
    workspace: Annotated[str | None, typer.Option(help="Its id, where several have the file.")] = None,
    note: Annotated[str | None, typer.Option(help="By what this is known.")] = None,
) -> None:
    """Label a file of the library, as a review that stands beside the machine's verdict."""
    sha256 = _sha256(file)
    try:
        with closing(Database(load_settings().database)) as database:
            reader = administration.account_id(database, by)
            made = label_file(database, sha256, value, kind, reader=reader, workspace_id=workspace, note=note)
    except DeepShieldError as error:
        typer.echo(f"deepshield: {error.message}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{made.value}{f' ({made.kind})' if made.kind else ''}, revision {made.revision}")


def _sha256(file: str) -> str:
    path = Path(file)
    if path.is_file():
        with path.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    if re.fullmatch("[0-9a-fA-F]{64}", file):
        return file.lower()
    raise typer.BadParameter("Give the path of a file, or a SHA-256 of 64 hexadecimal digits.")
