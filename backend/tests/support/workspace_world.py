"""People, and a workspace that they share, over the whole application."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import api_world as world
from fastapi.testclient import TestClient

from deepshield.domain.owner import Owner
from deepshield.domain.roles import Role
from deepshield.persistence.repositories import workspaces
from deepshield.resources import Resources


@dataclass(frozen=True)
class Person:
    """Somebody who is signed in."""

    owner: Owner
    login: dict[str, str]
    client: TestClient

    @classmethod
    def new(cls, resources: Resources, client: TestClient) -> Person:
        """Open an account."""
        return cls(*world.account(resources), client)

    @property
    def id(self) -> str:
        """The account's id."""
        return self.owner.id

    def ask(self, method: str, path: str, space: str | None = None, **options: Any) -> Any:
        """Send a request, in a workspace if one is given."""
        there = {"X-Workspace": space} if space else {}
        headers = {**self.login, **there, **options.pop("headers", {})}
        return self.client.request(method, f"/api{path}", headers=headers, **options)

    def make(self, name: str = "Newsroom") -> str:
        """Make a workspace; return its id."""
        answer = self.ask("POST", "/workspaces", json={"name": name})
        assert answer.status_code == 200, answer.text
        made: str = answer.json()["id"]
        return made

    def within(self, space: str, role: Role = Role.ADMIN) -> Owner:
        """Return the account as it is in a workspace."""
        return Owner(self.owner.id, self.owner.tier, space, role)


def join(resources: Resources, space: str, person: Person, role: Role) -> Owner:
    """Make somebody a member; return the account as it is there."""
    with resources.database.write() as session:
        assert workspaces.add_member(session, space, person.id, role.value, resources.clock())
    return person.within(space, role)


def code_of(answer: Any) -> tuple[int, str]:
    """Return the status and the code of a refusal."""
    return answer.status_code, answer.json()["error"]["error_code"]
