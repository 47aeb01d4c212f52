"""`deepshield admin`: accounts, from the machine that the service runs on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Annotated

import typer

from deepshield.accounts import administration
from deepshield.domain.clock import now
from deepshield.domain.errors import DeepShieldError
from deepshield.domain.quota import Tier
from deepshield.domain.roles import Role
from deepshield.keys import making
from deepshield.operations import startup
from deepshield.persistence import migrate
from deepshield.persistence.database import Database
from deepshield.settings import load_settings
from deepshield.webhooks import endpoints
from deepshield.workspaces import administration as workspaces

app = typer.Typer(
    help="Manage accounts, workspaces and the database's schema.", no_args_is_help=True, add_completion=False
)

spaces = typer.Typer(help="Manage shared workspaces.", no_args_is_help=True)
app.add_typer(spaces, name="workspaces")

Email = Annotated[str, typer.Argument(help="The account's e-mail address.")]
WorkspaceId = Annotated[str, typer.Argument(help="The workspace's id.")]


@app.command("create-user")
def create_user(
    email: Email,
    tier: Annotated[Tier, typer.Option(help="free has a daily limit, pro has none.")] = Tier.FREE,
    password_stdin: Annotated[
        bool, typer.Option("--password-stdin", help="Read the password from standard input.")
    ] = False,
) -> None:
    """Add an account; asks for the password."""
    password = sys.stdin.readline().rstrip("\r\n") if password_stdin else _ask_password()
    with _database() as database:
        user_id = administration.create_user(database, email, password, tier)
    typer.echo(f"created {user_id}")


@app.command("set-tier")
def set_tier(email: Email, tier: Annotated[Tier, typer.Argument(help="The new tier.")]) -> None:
    """Move an account to another tier."""
    with _database() as database:
        administration.set_tier(database, email, tier)
    typer.echo(f"tier is {tier.value}")


@app.command("revoke-sessions")
def revoke_sessions(email: Email) -> None:
    """Sign an account out everywhere, at once."""
    with _database() as database:
        ended = administration.revoke_sessions(database, email)
    typer.echo(f"ended {ended} logins")


@app.command("disable-second-factor")
def disable_second_factor(email: Email) -> None:
    """Turn an account's second factor off, for who has lost the app and the recovery codes."""
    with _database() as database:
        was_on = administration.disable_second_factor(database, email)
    typer.echo("second factor is off" if was_on else "second factor was off already")


@app.command("unlink-provider")
def unlink_provider(email: Email) -> None:
    """Forget who an account is at the OpenID provider; its logins stay."""
    with _database() as database:
        gone = administration.unlink_provider(database, email)
    typer.echo(f"removed {gone} links")


@app.command("seal-audit")
def seal_audit() -> None:
    """Append to the audit log's chain what an earlier release wrote while it was being replaced."""
    with _database() as database:
        sealed = administration.seal_audit(database)
    typer.echo(f"sealed {sealed} rows")


@app.command("erase-texts")
def erase_texts(
    part: Annotated[str, typer.Argument(help="What the texts contain, such as a name, in any case.")],
    workspace: Annotated[str | None, typer.Option(help="Only those of this workspace.")] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Erase texts beside the audit log, such as reasons and searches; its chain stays whole."""
    with _database() as database:
        found = administration.texts_containing(database, part, workspace)
        for row in found:
            typer.echo(f"{row.at.date().isoformat()}  {row.workspace_id or '-'}  {row.text}")
        if not found:
            typer.echo("there are no such texts")
            return
        if not yes:
            typer.confirm(f"Erase these {len(found)} texts?", abort=True)
        administration.erase_texts(database, found)
    typer.echo(f"erased {len(found)} texts")


@app.command("list-keys")
def list_keys(email: Email) -> None:
    """List an account's API keys: beginning, scopes, expiry, last use, name."""
    with _database() as database:
        for row in making.keys_of_account(database, administration.account_id(database, email)):
            ends = row.expires_at.date().isoformat() if row.expires_at else "never ends"
            used = row.last_used_at.date().isoformat() if row.last_used_at else "never used"
            typer.echo(f"{row.prefix}…  {','.join(row.scopes)}  {ends}  {used}  {row.name}")


@app.command("revoke-keys")
def revoke_keys(email: Email) -> None:
    """Revoke all API keys of an account, at once."""
    with _database() as database:
        ended = making.revoke_all_keys(database, administration.account_id(database, email), now())
    typer.echo(f"revoked {ended} keys")


@app.command("list-webhooks")
def list_webhooks(email: Email) -> None:
    """List an account's webhooks: whether they are enabled, events, address."""
    with _database() as database:
        for row in endpoints.endpoints_of_account(database, administration.account_id(database, email)):
            state = f"disabled ({row.disabled_why})" if row.disabled_at else "enabled"
            typer.echo(f"{row.id}  {state}  {','.join(row.events)}  {row.url}")


@app.command("disable-webhooks")
def disable_webhooks(email: Email) -> None:
    """Disable all webhooks of an account, at once."""
    with _database() as database:
        ended = endpoints.disable_all(database, administration.account_id(database, email), now())
    typer.echo(f"disabled {ended} webhooks")


@spaces.command("list")
def list_workspaces() -> None:
    """List the shared workspaces: id, members, for how long files are kept, name."""
    with _database() as database:
        for row, members in workspaces.shared_workspaces(database):
            kept = "service's time" if row.retention_hours is None else f"{row.retention_hours} h"
            typer.echo(f"{row.id}  {members} members  {kept}  {row.name}")


@spaces.command("create")
def create_workspace(name: Annotated[str, typer.Argument(help="Its name.")], email: Email) -> None:
    """Make a shared workspace whose admin is an account."""
    with _database() as database:
        workspace_id = workspaces.create(database, name, administration.account_id(database, email))
    typer.echo(f"created {workspace_id}")


@spaces.command("add-member")
def add_member(
    workspace_id: WorkspaceId,
    email: Email,
    role: Annotated[Role, typer.Option(help="What it may do.")] = Role.ANALYST,
) -> None:
    """Add an account to a shared workspace."""
    with _database() as database:
        user_id = administration.account_id(database, email)
        workspaces.add_member(database, workspace_id, user_id, role)
    typer.echo(f"added as {role.value}")


@spaces.command("set-role")
def set_role(
    workspace_id: WorkspaceId, email: Email, role: Annotated[Role, typer.Argument(help="The new role.")]
) -> None:
    """Give a member another role."""
    with _database() as database:
        user_id = administration.account_id(database, email)
        workspaces.set_role(database, workspace_id, user_id, role)
    typer.echo(f"role is {role.value}")


@spaces.command("remove")
def remove_workspace(
    workspace_id: WorkspaceId,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Delete a shared workspace with its jobs and files, for all its members."""
    if not yes:
        typer.confirm("Delete it with all its jobs and files?", abort=True)
    with _database() as database:
        files = workspaces.remove_workspace(database, workspace_id)
    typer.echo(f"removed; the service deletes {files} files within seconds")


@app.command("migrate")
def migrate_schema() -> None:
    """Bring the database's schema to the newest version, and make the bucket at S3_ENDPOINT_URL."""
    settings = load_settings()
    with _errors_reported():
        startup.prepare_database(settings).close()
        startup.prepare_storage(settings)
    typer.echo(f"schema is {migrate.newest()}")


def _ask_password() -> str:
    return str(typer.prompt("Password", hide_input=True, confirmation_prompt=True))


@contextmanager
def _database() -> Iterator[Database]:
    """Yield the database, migrated unless RUN_DB_MIGRATIONS_ON_STARTUP is false."""
    settings = load_settings()
    with _errors_reported():
        migrated = settings.run_db_migrations_on_startup
        database = startup.prepare_database(settings) if migrated else Database(settings.database)
        with closing(database):
            yield database


@contextmanager
def _errors_reported() -> Iterator[None]:
    """Print a refusal's message and exit with code 1."""
    try:
        yield
    except (DeepShieldError, startup.StartError) as error:
        typer.echo(f"deepshield: {error}", err=True)
        raise typer.Exit(1) from error
