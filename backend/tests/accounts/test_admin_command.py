"""`deepshield admin`, on a database that is not there yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from click.testing import Result
from service_parts import MakeSettings, RecordingAnnouncer
from typer.testing import CliRunner

from deepshield.accounts import passwords
from deepshield.cli import admin as command
from deepshield.domain.clock import now
from deepshield.domain.events import Event
from deepshield.domain.failures import Code
from deepshield.domain.owner import Owner
from deepshield.domain.quota import Tier
from deepshield.domain.scopes import Scope
from deepshield.keys.making import make_key
from deepshield.persistence.database import Database
from deepshield.persistence.repositories import identities, second_factors, users, workspaces
from deepshield.resources import Resources
from deepshield.settings import Settings
from deepshield.storage import open_store
from deepshield.webhooks import endpoints

pytestmark = pytest.mark.integration

ADA, PASSWORD = "ada@example.com", "correct horse"
Admin = Callable[..., Result]


@pytest.fixture
def settings(make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    made = make_settings()
    monkeypatch.setattr(command, "load_settings", lambda: made)
    return made


@pytest.fixture
def admin(settings: Settings) -> Admin:
    def call(*arguments: str, answer: str = "") -> Result:
        return CliRunner().invoke(command.app, arguments, input=answer)

    return call


@pytest.fixture
def database(settings: Settings) -> Iterator[Database]:
    opened = Database(settings.database)
    yield opened
    opened.close()


def test_an_account_from_the_command_line(admin: Admin, database: Database) -> None:
    made = admin(
        "create-user", "Ada@Example.com", "--tier", "pro", "--password-stdin", answer=f"{PASSWORD}\n"
    )
    assert made.exit_code == 0, made.output
    assert PASSWORD not in made.output
    with database.read() as session:
        user = users.find_by_email(session, ADA)
    assert user is not None
    assert made.stdout == f"created {user.id}\n"
    assert user.tier == "pro"
    assert passwords.matches(PASSWORD, user.password_hash)

    again = admin("create-user", ADA, "--password-stdin", answer=f"{PASSWORD}\n")
    assert (again.exit_code, again.stdout) == (1, "")
    assert again.stderr == f"deepshield: {Code.EMAIL_IN_USE.words}\n"

    assert admin("set-tier", ADA, "free").stdout == "tier is free\n"
    assert admin("set-tier", ADA, "gold").exit_code == 2
    assert admin("revoke-sessions", ADA).stdout == "ended 0 logins\n"


def test_the_password_is_asked_for_twice_and_not_shown(admin: Admin) -> None:
    made = admin("create-user", ADA, answer=f"{PASSWORD}\n{PASSWORD}\n")
    assert made.exit_code == 0, made.output
    assert PASSWORD not in made.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("create-user", "ada", "--password-stdin"), "This is not an e-mail address."),
        (("create-user", ADA, "--password-stdin"), "A password has 8 to 128 characters."),
        (("set-tier", ADA, "pro"), "There is no account with this e-mail address."),
        (("revoke-sessions", ADA), "There is no account with this e-mail address."),
    ],
)
def test_refusals_are_one_line_and_code_1(admin: Admin, arguments: tuple[str, ...], message: str) -> None:
    refused = admin(*arguments, answer="short\n")
    assert (refused.exit_code, refused.stderr) == (1, f"deepshield: {message}\n")


def test_shared_workspaces_are_made_staffed_and_removed(admin: Admin, database: Database) -> None:
    for email in (ADA, "grace@example.com"):
        admin("create-user", email, "--password-stdin", answer=f"{PASSWORD}\n")
    assert admin("workspaces", "list").stdout == "", "personal ones are nobody else's"
    made = admin("workspaces", "create", "Newsroom", ADA).stdout
    space = made.removeprefix("created ").strip()
    assert admin("workspaces", "add-member", space, "grace@example.com").stdout == "added as analyst\n"
    assert "a member already" in admin("workspaces", "add-member", space, "grace@example.com").stderr
    assert admin("workspaces", "list").stdout == f"{space}  2 members  service's time  Newsroom\n"
    assert "without an admin" in admin("workspaces", "set-role", space, ADA, "viewer").stderr
    assert admin("workspaces", "set-role", space, "grace@example.com", "admin").stdout == "role is admin\n"
    with database.read() as session:
        user = users.find_by_email(session, ADA)
        assert user is not None
        assert [one.role for one in workspaces.of_member(session, user.id)] == ["admin", "admin"]
    assert admin("workspaces", "remove", user.id, "--yes").exit_code == 1, "a personal one stays"
    assert admin("workspaces", "remove", space, "--yes").stdout == (
        "removed; the service deletes 0 files within seconds\n"
    )
    assert admin("workspaces", "list").stdout == ""


def test_a_lost_second_factor_and_a_link_are_ended_by_the_operator(
    admin: Admin, settings: Settings, database: Database
) -> None:
    admin("create-user", ADA, "--password-stdin", answer=f"{PASSWORD}\n")
    with database.write() as session:
        user = users.find_by_email(session, ADA)
        assert user is not None
        second_factors.replace_unconfirmed(session, user.id, "sealed", now())
        assert identities.link(session, "https://id.example.org", "0815", user.id, now())
    assert admin("disable-second-factor", ADA).stdout == "second factor is off\n"
    assert admin("disable-second-factor", ADA).stdout == "second factor was off already\n"
    assert admin("unlink-provider", ADA).stdout == "removed 1 links\n"
    assert admin("unlink-provider", ADA).stdout == "removed 0 links\n"


def test_keys_and_webhooks_of_an_account_are_listed_and_ended(
    admin: Admin, settings: Settings, database: Database
) -> None:
    admin("create-user", ADA, "--password-stdin", answer=f"{PASSWORD}\n")
    with database.read() as session:
        user = users.find_by_email(session, ADA)
    assert user is not None
    resources = Resources(settings, database, open_store(settings), RecordingAnnouncer())
    owner = Owner(user.id, Tier.FREE)
    key = make_key(resources, owner, name="import", scopes=[Scope.READ], expires_at=None)
    endpoints.make_endpoint(resources, owner, url="https://example.org/hook", events=list(Event))
    listed = admin("list-keys", ADA).stdout
    assert f"{key.row.prefix}…  read  never ends  never used  import" in listed
    assert key.secret not in listed
    assert f"enabled  {','.join(sorted(Event))}  https://example.org/hook" in (
        admin("list-webhooks", ADA).stdout
    )
    assert admin("revoke-keys", ADA).stdout == "revoked 1 keys\n"
    assert admin("disable-webhooks", ADA).stdout == "disabled 1 webhooks\n"
    assert admin("list-keys", ADA).stdout == ""
    assert "disabled (operator)" in admin("list-webhooks", ADA).stdout
