"""`deepshield dataset`: data sets of a workspace, from the machine that the service runs on."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated

import typer

from deepshield.cli.service import opened_by
from deepshield.datasets import exporting, freezing, reading, redacting
from deepshield.datasets.reading import DatasetView, VersionView
from deepshield.domain.datasets import NAME, Consent, DatasetText, SplitRule, Use, VersionText
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.resources import Resources

app = typer.Typer(
    help="List, freeze and export data sets of labelled files.", no_args_is_help=True, add_completion=False
)

_ROUNDING = 1e-9
_LONGEST_LICENCE = 255

Email = Annotated[str, typer.Argument(help="The account that does it.")]
Version = Annotated[str, typer.Argument(metavar="NAME@NUMBER", help="Such as newsroom@3.")]
Workspace = Annotated[
    str | None, typer.Option(help="Id of the workspace; default: the account's personal one.")
]


@app.command("list")
def list_(email: Email, workspace: Workspace = None) -> None:
    """List data sets and their versions: files, real and fake, groups, licence, hash of the manifest."""
    with opened_by(email, workspace) as (resources, owner):
        for found in reading.list_datasets(resources, owner):
            for row in found.versions:
                counts = row.counts
                typer.echo(
                    f"{found.row.name}@{row.number}  {counts['files']} files ({counts['real']} real, "
                    f"{counts['fake']} fake)  {counts['groups']} groups  {row.licence}  "
                    f"{row.manifest_sha256[:16]}{'  retired' if row.retired_at else ''}"
                )
            if not found.versions:
                typer.echo(f"{found.row.name}  no version yet")


@app.command()
def freeze(
    email: Email,
    name: Annotated[
        str,
        typer.Argument(
            help="Of the data set, which is made if there is none: small letters, digits, `.`, `_` and `-`."
        ),
    ],
    licence: Annotated[str, typer.Option(help="A name, or an address of https://spdx.org/licenses.")],
    query: Annotated[
        str | None, typer.Option(help="Which files, in the language of the library; default: all labelled.")
    ] = None,
    consent: Annotated[
        Consent, typer.Option(help="Whether files without consent to research are left out.")
    ] = Consent.REQUIRED,
    seed: Annotated[
        int, typer.Option(min=0, max=2**53 - 1, help="Of the splits; the same seed deals groups alike.")
    ] = 0,
    train: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the groups in the split train, from 0 to 1.")
    ] = 0.0,
    validation: Annotated[
        float, typer.Option(min=0, max=1, help="Share of the groups in the split validation, from 0 to 1.")
    ] = 0.0,
    near: Annotated[
        bool, typer.Option("--near/--no-near", help="Whether near copies are kept in one split.")
    ] = True,
    note: Annotated[str | None, typer.Option(help="Kept with the version.")] = None,
    workspace: Workspace = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only count; make nothing.")] = False,
) -> None:
    """Freeze the labelled files as the next version; what is left of the shares is the test split."""
    if train + validation > 1.0 + _ROUNDING:
        raise typer.BadParameter("--train and --validation are more than 1 together")
    if not re.fullmatch(NAME, name):
        raise typer.BadParameter(
            "the name of a data set has small letters, digits, `.`, `_` and `-`, 64 at most, and begins "
            "with a letter or a digit"
        )
    licence = licence.strip()
    if not 0 < len(licence) <= _LONGEST_LICENCE:
        raise typer.BadParameter(f"--licence has from 1 to {_LONGEST_LICENCE} characters")
    wanted = freezing.Wanted(
        licence=licence,
        rule=SplitRule(seed, train, validation, max(0.0, 1.0 - train - validation)),
        consent=consent,
        query=query,
        note=note,
        join_near_copies=near,
    )
    with opened_by(email, workspace) as (resources, owner):
        dataset = named(resources, owner, name)
        if dry_run:
            draft = freezing.preview(resources, owner, dataset.row.id if dataset else None, wanted)
            typer.echo(
                f"{draft.counts['files']} files, {draft.counts['groups']} groups{_left(draft.left_out)}"
            )
            return
        dataset = dataset or freezing.make_dataset(resources, owner, name)
        made = freezing.freeze(resources, owner, dataset.row.id, wanted)
        counts = made.row.counts
        typer.echo(
            f"{name}@{made.row.number}: {counts['files']} files ({counts['real']} real, "
            f"{counts['fake']} fake), {counts['groups']} groups, {made.kept} kept{_left(made.row.left_out)}"
        )
        typer.echo(f"manifest {made.row.manifest_sha256}")


@app.command()
def export(
    email: Email,
    version: Version,
    out: Annotated[Path, typer.Option(metavar="FILE", help="The ZIP archive to write.")],
    use: Annotated[Use | None, typer.Option(help="What for, which the version then says.")] = None,
    workspace: Workspace = None,
) -> None:
    """Write a version with the files that are kept as a ZIP archive, which `deepshield evaluate` reads."""
    _need_number(version)
    if out.exists():  # before the audit log says that the version was taken out
        raise typer.BadParameter(f"{out} exists already; name another file or delete it", param_hint="--out")
    if not out.parent.is_dir():
        raise typer.BadParameter(f"there is no folder {out.parent}", param_hint="--out")
    with opened_by(email, workspace) as (resources, owner):
        view = exported(resources, owner, version, "archive.zip")
        origin = str(resources.settings.public_url or "").rstrip("/")
        with out.open("xb") as file:
            try:
                for chunk in exporting.archive(resources, view, origin):
                    file.write(chunk)
            except BaseException:
                out.unlink()  # half an archive would be taken for a whole one
                raise
        if use is not None:
            exporting.note_use(resources, view, use)
        typer.echo(f"{out}: {view.kept} of {view.row.counts['files']} files")


@app.command()
def redact(
    email: Email,
    which: Annotated[str, typer.Argument(metavar="NAME[@NUMBER]", help="A data set or a version.")],
    text: Annotated[
        list[str],
        typer.Option(help="name or description; of a version query or note. Several times for both."),
    ],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: Workspace = None,
) -> None:
    """Erase texts of a data set or a version; manifests stay as they were frozen. It cannot be undone."""
    number = _need_number(which) if "@" in which else None
    try:
        of_version = {VersionText(one) for one in text if number is not None}
        of_dataset = {DatasetText(one) for one in text if number is None}
    except ValueError as error:
        raise typer.BadParameter(
            "of a data set it is name or description; of a version, query or note", param_hint="--text"
        ) from error
    with opened_by(email, workspace) as (resources, owner):
        found = _known(resources, owner, which)
        if not yes:
            typer.confirm(f"Erase {', '.join(text)} of {which} for good?", abort=True)
        if number is not None:
            redacting.redact_version(resources, owner, found.row.id, number, of_version)
            typer.echo(f"{which}: erased")
        else:
            now = redacting.redact_dataset(resources, owner, found.row.id, of_dataset)
            typer.echo(f"{now.row.name}: erased")


@app.command()
def delete(
    email: Email,
    version: Version,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: Workspace = None,
) -> None:
    """Delete a retired version with its manifest and what was measured on it; files stay in the library."""
    number = _need_number(version)
    with opened_by(email, workspace) as (resources, owner):
        found = _known(resources, owner, version)
        if not yes:
            typer.confirm(f"Delete {version} with its manifest for good?", abort=True)
        redacting.delete_version(resources, owner, found.row.id, number)
        typer.echo(f"{version}: deleted")


def exported(resources: Resources, owner: Owner, version: str, what: str) -> VersionView:
    """Return a version by NAME@NUMBER, which is taken out; raises `DeepShieldError` NOT_FOUND."""
    name, _, number = version.rpartition("@")
    found = named(resources, owner, name)
    if found is None or not number.isdecimal():
        raise DeepShieldError(
            Code.NOT_FOUND, f"There is no data set {version}; `deepshield dataset list` names all."
        )
    return exporting.find_to_export(resources, owner, found.row.id, int(number), what)


def _known(resources: Resources, owner: Owner, which: str) -> DatasetView:
    """Return the data set of NAME or NAME@NUMBER; raises `DeepShieldError` NOT_FOUND."""
    name, at, number = which.partition("@")
    found = named(resources, owner, name)
    if found is None or (at and not number.isdecimal()):
        message = f"There is no data set {which}; `deepshield dataset list` names all."
        raise DeepShieldError(Code.NOT_FOUND, message)
    return found


def named(resources: Resources, owner: Owner, name: str) -> DatasetView | None:
    """Return a data set by its name; None where there is none."""
    return next((one for one in reading.list_datasets(resources, owner) if one.row.name == name), None)


def _need_number(version: str) -> int:
    """Return the number of NAME@NUMBER; raises `typer.BadParameter` where there is none."""
    number = version.rpartition("@")[2] if "@" in version else ""
    if not (number.isascii() and number.isdecimal()):
        raise typer.BadParameter(f"{version} names no version; write NAME@NUMBER, such as newsroom@3")
    return int(number)


def _left(left_out: dict[str, int]) -> str:
    told = ", ".join(f"{number} {reason.replace('_', ' ')}" for reason, number in left_out.items())
    return f"; left out: {told}" if told else ""
