"""`deepshield policy`: policies of a workspace, from the machine that the service runs on."""

from __future__ import annotations

from typing import Annotated

import typer

from deepshield.cli.dataset import named
from deepshield.cli.service import opened_by
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.owner import Owner
from deepshield.domain.policies import PolicyText
from deepshield.persistence.measurement import Policy
from deepshield.policies import deciding, drafting, previewing, redacting
from deepshield.resources import Resources

app = typer.Typer(
    help="Draft, preview, approve and retire policies.", no_args_is_help=True, add_completion=False
)

Email = Annotated[str, typer.Argument(help="The account that does it.")]
Number = Annotated[int, typer.Argument(min=1, help="The policy's number.")]
Workspace = Annotated[
    str | None, typer.Option(help="Id of the workspace; default: the account's personal one.")
]
_PAGE = 200


@app.command("list")
def list_(email: Email, workspace: Workspace = None) -> None:
    """List policies, the newest first, and the rule in use."""
    with opened_by(email, workspace) as (resources, owner):
        below = None
        while True:
            found = drafting.list_policies(resources, owner, below, _PAGE)
            for one in found.policies:
                typer.echo(_line(one.row))
            if len(found.policies) < _PAGE:
                break
            below = found.policies[-1].row.number
    whose = "the model's own rule" if found.in_use.policy is None else f"policy {found.in_use.policy.number}"
    typer.echo(f"in use: {whose}, threshold {found.in_use.rule.threshold:.4g}")


@app.command()
def draft(
    email: Email,
    name: Annotated[str, typer.Argument(help="What it is called in results.")],
    threshold: Annotated[float, typer.Option(help="Of the estimate, between 0 and 1.")],
    low: Annotated[float, typer.Option(help="Up to it the verdict is that there are no signs.")],
    high: Annotated[float, typer.Option(help="From it up the verdict is manipulated.")],
    reason: Annotated[str | None, typer.Option(help="Why it is better.")] = None,
    base: Annotated[int | None, typer.Option(min=1, help="The policy that it was made from.")] = None,
    workspace: Workspace = None,
) -> None:
    """Draft a policy for the model in use; another lead or admin of the workspace approves it."""
    with opened_by(email, workspace) as (resources, owner):
        wanted = drafting.Wanted(name, threshold, low, high, reason=reason, base=base)
        typer.echo(_line(drafting.draft(resources, owner, wanted).row))


@app.command()
def preview(
    email: Email,
    number: Number,
    dataset: Annotated[
        str | None, typer.Option(metavar="NAME@NUMBER", help="A version to try it on, such as newsroom@3.")
    ] = None,
    workspace: Workspace = None,
) -> None:
    """Tell what a policy would do on a version of a data set, and on the workspace's own files."""
    with opened_by(email, workspace) as (resources, owner):
        on = None if dataset is None else _on(resources, owner, dataset)
        found = previewing.preview(resources, owner, number, on)
    if found.dataset is not None:
        for said, rates in (("policy", found.dataset.draft), ("in use", found.dataset.present)):
            if rates is None:
                continue
            typer.echo(
                f"{said}: false alarms {_rate(rates.false_alarms)}, misses {_rate(rates.misses)}, "
                f"without a verdict {_rate(rates.abstained)}"
            )
    changes = ", ".join(f"{change} {count}" for change, count in found.own.changes.items() if count)
    typer.echo(f"own files: {found.own.files}; verdicts: {changes or 'none'}")
    if found.unknown:
        typer.echo(f"not known: {', '.join(found.unknown)}")


@app.command()
def approve(email: Email, number: Number, workspace: Workspace = None) -> None:
    """Put a policy in force; another lead or admin than its author does."""
    with opened_by(email, workspace) as (resources, owner):
        typer.echo(_line(deciding.approve(resources, owner, number).row))


@app.command()
def retire(email: Email, number: Number, workspace: Workspace = None) -> None:
    """Withdraw a draft, or end the policy in force."""
    with opened_by(email, workspace) as (resources, owner):
        typer.echo(_line(deciding.retire(resources, owner, number).row))


@app.command()
def redact(
    email: Email,
    number: Number,
    text: Annotated[list[PolicyText], typer.Option(help="Which text; several times for both.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    workspace: Workspace = None,
) -> None:
    """Erase name or reason of a policy, in the activity too; its rule stays. It cannot be undone."""
    with opened_by(email, workspace) as (resources, owner):
        if not yes:
            said = drafting.find_policy(resources, owner, number).row
            for one in text:
                typer.echo(f"{one.value}: {getattr(said, one.value)}")
            typer.confirm("Erase this for good?", abort=True)
        typer.echo(_line(redacting.redact(resources, owner, number, text).row))


def _line(row: Policy) -> str:
    return (
        f"{row.number}  {row.state}  threshold {row.threshold:.4g}, no verdict between {row.abstain_low:.4g} "
        f"and {row.abstain_high:.4g}  {row.bundle} {row.bundle_version}  {row.name}"
    )


def _rate(rate: previewing.Rate) -> str:
    ends = rate.interval
    if rate.share is None or ends is None:
        return "none to count"
    return f"{rate.files} of {rate.of} ({rate.share:.1%}, {ends[0]:.1%} to {ends[1]:.1%})"


def _on(resources: Resources, owner: Owner, version: str) -> previewing.On:
    name, _, number = version.partition("@")
    if not number.isdecimal():
        raise typer.BadParameter("name a version, such as newsroom@3")
    found = named(resources, owner, name)
    if found is None:
        raise DeepShieldError(Code.NOT_FOUND, f"There is no data set {name} in this workspace.")
    return previewing.On(found.row.id, int(number))
