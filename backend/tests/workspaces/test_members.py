"""Workspaces are made, joined by invitation, led and left."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import api_world as world
import pytest
from fastapi.testclient import TestClient
from service_parts import NOON, Clock
from sqlalchemy import select, text
from workspace_world import Person, code_of, join

from deepshield.api.state import credentials_alive
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.events import Event
from deepshield.domain.roles import ALLOWED, May, Role
from deepshield.domain.webhooks import WhyDisabled
from deepshield.persistence.repositories import audit, webhooks
from deepshield.persistence.tables import WebhookDelivery, WebhookEndpoint
from deepshield.resources import Resources
from deepshield.webhooks import endpoints
from deepshield.workspaces import members
from deepshield.workspaces.changing import find_workspace
from deepshield.workspaces.invitations import accept
from deepshield.workspaces.members import remove_member, set_role

pytestmark = pytest.mark.api


def invited(person: Person, space: str, role: str) -> dict[str, Any]:
    answer = person.ask("POST", f"/workspaces/{space}/invitations", json={"role": role})
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


def roles(person: Person, space: str) -> dict[str, str]:
    members = person.ask("GET", f"/workspaces/{space}/members").json()["members"]
    return {member["user_id"]: member["role"] for member in members}


def states(person: Person, space: str) -> list[str]:
    found = person.ask("GET", f"/workspaces/{space}/invitations").json()["invitations"]
    return [one["state"] for one in found]


def test_each_role_contains_the_one_before() -> None:
    viewer, analyst, reviewer, lead, admin = (
        ALLOWED[role] for role in (Role.VIEWER, Role.ANALYST, Role.REVIEWER, Role.LEAD, Role.ADMIN)
    )
    assert viewer < analyst < reviewer < lead < admin == frozenset(May)
    assert ALLOWED[Role.RESEARCHER] == analyst | {May.DATASETS, May.EXPORT, May.ERROR_RATES}


def test_an_account_has_a_personal_workspace_and_those_it_makes(ada: Person, grace: Person) -> None:
    space = ada.make("  Newsroom ")
    personal, shared = ada.ask("GET", "/workspaces").json()["workspaces"]
    assert (personal["id"], personal["personal"], personal["role"]) == (ada.id, True, "admin")
    assert (shared["id"], shared["name"], shared["personal"], shared["members"]) == (
        space,
        "Newsroom",
        False,
        1,
    )
    assert ada.ask("GET", "/auth/me").json()["workspaces"] == [personal, shared]
    changed = ada.ask("PATCH", f"/workspaces/{space}", json={"name": "Desk", "retention_hours": 2})
    assert (changed.json()["name"], changed.json()["retention_hours"]) == ("Desk", 2)
    assert ada.ask("PATCH", f"/workspaces/{space}", json={"retention_hours": None}).json()["name"] == "Desk"
    assert ada.ask("GET", f"/workspaces/{space}").json()["retention_hours"] is None
    assert code_of(ada.ask("PATCH", f"/workspaces/{space}", json={"retention_hours": 25})) == (
        422,
        "VALIDATION_ERROR",
    )
    assert ada.ask("PATCH", f"/workspaces/{ada.id}", json={"retention_hours": 3}).status_code == 200
    assert code_of(grace.ask("PATCH", f"/workspaces/{ada.id}", json={"name": "x"})) == (404, "NOT_FOUND")
    for method, path, body in (
        ("DELETE", f"/workspaces/{ada.id}", None),
        ("POST", f"/workspaces/{ada.id}/invitations", {"role": "viewer"}),
        ("DELETE", f"/workspaces/{ada.id}/members/{ada.id}", None),
    ):
        assert code_of(ada.ask(method, path, json=body)) == (409, "CONFLICT"), path


def test_an_invitation_makes_one_account_a_member(
    resources: Resources, client: TestClient, ada: Person, grace: Person
) -> None:
    space = ada.make()
    made = invited(ada, space, "reviewer")
    assert made["url"] == f"/people/?invitation={made['token']}"
    with resources.database.read() as session:
        assert made["token"] not in str(session.execute(text("SELECT * FROM invitations")).all())
    offer = client.get(f"/api/invitations/{made['token']}")
    assert (offer.json()["workspace"], offer.json()["role"]) == ("Newsroom", "reviewer")
    assert offer.json()["invited_by"] == f"{ada.id}@example.org"
    assert client.post(f"/api/invitations/{made['token']}").status_code == 401
    assert code_of(ada.ask("POST", f"/invitations/{made['token']}")) == (409, "CONFLICT")
    assert states(ada, space) == ["open"]
    joined = grace.ask("POST", f"/invitations/{made['token']}")
    assert (joined.json()["id"], joined.json()["role"], joined.json()["members"]) == (space, "reviewer", 2)
    assert grace.ask("POST", f"/invitations/{made['token']}").status_code == 200, "sent again"
    third = Person.new(resources, client)
    assert code_of(third.ask("POST", f"/invitations/{made['token']}")) == (404, "NOT_FOUND")
    assert code_of(third.ask("GET", f"/invitations/{made['token']}")) == (404, "NOT_FOUND")
    assert roles(grace, space) == {ada.id: "admin", grace.id: "reviewer"}
    assert (states(ada, space), grace.ask("GET", f"/workspaces/{space}/invitations").status_code) == (
        ["used"],
        403,
    )
    with resources.database.read() as session:
        actions = [entry.action for entry in audit.of_subject(session, space)]
    assert actions == ["workspace.created", "invitation.created", "member.joined"]


def test_an_invitation_ends_when_it_is_revoked_and_after_seven_days(
    clock: Clock, ada: Person, grace: Person
) -> None:
    space = ada.make()
    revoked, old = invited(ada, space, "viewer"), invited(ada, space, "viewer")
    assert ada.ask("DELETE", f"/workspaces/{space}/invitations/{revoked['id']}").status_code == 200
    assert code_of(grace.ask("POST", f"/invitations/{revoked['token']}")) == (404, "NOT_FOUND")
    clock.time = NOON + timedelta(days=7)
    refused = grace.ask("POST", f"/invitations/{old['token']}")
    assert code_of(refused) == (404, "NOT_FOUND")
    assert refused.json() != grace.ask("POST", "/invitations/unknown").json()
    assert code_of(grace.ask("POST", "/invitations/unknown")) == (404, "NOT_FOUND")
    assert sorted(states(ada, space)) == ["expired", "revoked"]
    assert roles(ada, space) == {ada.id: "admin"}


@pytest.mark.parametrize("demoted", [True, False])
def test_who_may_invite_no_longer_comes_back_by_no_invitation_of_its_own(
    resources: Resources, ada: Person, grace: Person, demoted: bool
) -> None:
    space = ada.make()
    join(resources, space, grace, Role.ADMIN)
    hers, mine = invited(grace, space, "admin"), invited(ada, space, "viewer")
    member = f"/workspaces/{space}/members/{grace.id}"
    if demoted:
        assert ada.ask("PATCH", member, json={"role": "viewer"}).status_code == 200
        assert grace.ask("DELETE", member).status_code == 200
    else:
        assert ada.ask("DELETE", member).status_code == 200
    assert code_of(grace.ask("POST", f"/invitations/{hers['token']}")) == (404, "NOT_FOUND")
    assert grace.ask("POST", f"/invitations/{mine['token']}").json()["role"] == "viewer"


def test_there_is_always_an_admin(resources: Resources, ada: Person, grace: Person) -> None:
    space = ada.make()
    join(resources, space, grace, Role.ANALYST)
    mine, hers = (f"/workspaces/{space}/members/{person.id}" for person in (ada, grace))
    assert code_of(ada.ask("DELETE", mine)) == (409, "LAST_ADMIN")
    assert code_of(ada.ask("PATCH", mine, json={"role": "lead"})) == (409, "LAST_ADMIN")
    assert code_of(grace.ask("PATCH", hers, json={"role": "admin"})) == (403, "ROLE_MISSING")
    assert ada.ask("PATCH", hers, json={"role": "admin"}).json()["role"] == "admin"
    assert ada.ask("DELETE", mine).json() == {"user_id": ada.id, "status": "removed"}
    assert code_of(ada.ask("GET", f"/workspaces/{space}")) == (404, "NOT_FOUND")
    assert roles(grace, space) == {grace.id: "admin"}
    assert code_of(grace.ask("DELETE", mine)) == (404, "NOT_FOUND")


def test_who_is_removed_loses_keys_and_streams_at_once(
    resources: Resources, client: TestClient, ada: Person, grace: Person
) -> None:
    space = ada.make()
    there = join(resources, space, grace, Role.ADMIN)
    made = grace.ask("POST", "/keys", space, json={"name": "a", "scopes": ["read"]}).json()
    own = grace.ask("POST", "/keys", json={"name": "b", "scopes": ["read"]}).json()
    session_id = grace.ask("GET", "/auth/sessions").json()["sessions"][0]["id"]
    stream, at_home = f"{session_id} {space} {there.id}", session_id
    assert credentials_alive(resources, [stream, at_home]) == {stream, at_home}
    assert client.get("/api/jobs/me", headers={"X-API-Key": made["key"]}).status_code == 200
    assert ada.ask("DELETE", f"/workspaces/{space}/members/{grace.id}").status_code == 200
    assert client.get("/api/jobs/me", headers={"X-API-Key": made["key"]}).status_code == 401
    assert client.get("/api/jobs/me", headers={"X-API-Key": own["key"]}).status_code == 200
    assert credentials_alive(resources, [stream, at_home]) == {at_home}
    assert code_of(grace.ask("GET", "/jobs/me", space)) == (404, "NOT_FOUND")


@pytest.mark.parametrize("demoted", [True, False])
def test_who_is_no_admin_any_more_gets_no_events_by_webhook(
    resources: Resources, ada: Person, grace: Person, demoted: bool
) -> None:
    space = ada.make()
    there = join(resources, space, grace, Role.ADMIN)
    hers, off, mine, own = (
        endpoints.make_endpoint(resources, one, url="https://example.org/", events=list(Event)).row.id
        for one in (there, there, ada.within(space), grace.owner)
    )
    with resources.database.write() as session:
        assert webhooks.disable(session, off, WhyDisabled.OPERATOR, resources.clock())
    member = f"/workspaces/{space}/members/{grace.id}"
    if demoted:
        assert ada.ask("PATCH", member, json={"role": "lead"}).status_code == 200
    else:
        assert ada.ask("DELETE", member).status_code == 200
    world.completed(resources, ada.within(space))
    world.completed(resources, grace.owner)
    with resources.database.read() as session:
        assert set(session.scalars(select(WebhookDelivery.endpoint_id))) == {mine, own}
        assert {session.get_one(WebhookEndpoint, one).owner_id for one in (hers, off)} == {ada.id}
        entries = [(one.action, one.details) for one in audit.of_subject(session, hers)]
        of_off = [one.action for one in audit.of_subject(session, off)]
        of_space = [one for one in audit.of_subject(session, space) if one.action.startswith("member.")]
    assert entries[1:] == [("webhook.disabled", {"why": "left"})]
    assert of_off == ["webhook.created"], "it was disabled before"
    assert (of_space[-1].details or {})["webhooks_disabled"] == 1
    shown = {one["id"]: one["disabled_why"] for one in ada.ask("GET", "/webhooks", space).json()["webhooks"]}
    assert shown == {hers: "left", off: "operator", mine: None}
    for change in (
        endpoints.enable_endpoint,
        endpoints.rotate_secret,
    ):  # asked for before, and coming too late
        with pytest.raises(DeepShieldError):
            change(resources, there, hers)
    with pytest.raises(DeepShieldError):
        endpoints.make_endpoint(resources, there, url="https://example.org/", events=list(Event))
    assert ada.ask("POST", f"/webhooks/{hers}/enable", space).json()["disabled_why"] is None


def test_a_key_acts_in_its_workspace_alone_and_within_its_accounts_role(
    resources: Resources, client: TestClient, ada: Person, grace: Person
) -> None:
    space = ada.make()
    there = join(resources, space, grace, Role.ADMIN)
    world.queued(resources, ada.within(space))
    world.queued(resources, grace.owner)
    made = grace.ask("POST", "/keys", space, json={"name": "a", "scopes": ["read", "analyse"]}).json()
    key = {"X-API-Key": made["key"]}
    assert client.get("/api/jobs/me", headers=key).json()["total"] == 1
    assert client.get("/api/jobs/me", headers={**key, "X-Workspace": space}).json()["total"] == 1
    assert code_of(client.get("/api/jobs/me", headers={**key, "X-Workspace": grace.id})) == (404, "NOT_FOUND")
    assert [one["id"] for one in ada.ask("GET", "/keys", space).json()["keys"]] == [made["id"]]
    assert grace.ask("GET", "/keys").json()["keys"] == []
    ada.ask("PATCH", f"/workspaces/{space}/members/{there.id}", json={"role": "viewer"})
    image = {"file": ("a.png", world.PICTURE, "image/png")}
    refused = client.post("/api/analyze-image", headers=key, files=image)
    assert code_of(refused) == (403, "ROLE_MISSING")
    assert refused.json()["error"]["details"] == {"role": "viewer", "action": "analyse"}
    assert ada.ask("DELETE", f"/keys/{made['id']}", space).status_code == 200
    assert client.get("/api/jobs/me", headers=key).status_code == 401


def test_of_many_who_accept_one_invitation_one_becomes_a_member(
    resources: Resources, client: TestClient, ada: Person
) -> None:
    space = ada.make()
    made = invited(ada, space, "viewer")
    people = [Person.new(resources, client) for _ in range(6)]
    together = Barrier(len(people))

    def refused(person: Person) -> Code | None:
        together.wait(20)
        try:
            accept(resources, person.owner, made["token"])
        except DeepShieldError as error:
            return error.code
        return None

    with ThreadPoolExecutor(len(people)) as threads:
        codes = list(threads.map(refused, people))
    assert (codes.count(None), codes.count(Code.NOT_FOUND)) == (1, 5)
    assert len(roles(ada, space)) == 2


def test_who_has_just_ceased_to_be_an_admin_sends_no_message_again(
    resources: Resources, ada: Person, grace: Person
) -> None:
    space = ada.make()
    made = endpoints.make_endpoint(
        resources, ada.within(space), url="https://example.org/", events=list(Event)
    )
    sent = endpoints.send_test(resources, ada.within(space), made.row.id)
    join(resources, space, grace, Role.VIEWER)
    with pytest.raises(DeepShieldError) as refusal:
        endpoints.resend(resources, grace.within(space, Role.ADMIN), sent.id)
    assert refusal.value.code is Code.ROLE_MISSING


def test_a_member_may_be_removed_as_soon_as_the_role_is_changed(
    resources: Resources, ada: Person, grace: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    space = ada.make()
    join(resources, space, grace, Role.VIEWER)

    def removing(*arguments: Any) -> Any:
        remove_member(resources, ada.owner, space, grace.id)
        return find_workspace(*arguments)

    monkeypatch.setattr(members, "find_workspace", removing)
    assert set_role(resources, ada.owner, space, grace.id, Role.LEAD).role is Role.LEAD


def test_of_all_admins_who_leave_at_once_one_stays(
    resources: Resources, client: TestClient, ada: Person
) -> None:
    space = ada.make()
    admins = [ada, *(Person.new(resources, client) for _ in range(3))]
    for person in admins[1:]:
        join(resources, space, person, Role.ADMIN)
    together = Barrier(len(admins))

    def refused(person: Person) -> Code | None:
        together.wait(20)
        try:
            remove_member(resources, person.owner, space, person.id)
        except DeepShieldError as error:
            return error.code
        return None

    with ThreadPoolExecutor(len(admins)) as threads:
        codes = list(threads.map(refused, admins))
    assert (codes.count(None), codes.count(Code.LAST_ADMIN)) == (3, 1)
    stayed = admins[codes.index(Code.LAST_ADMIN)]
    assert roles(stayed, space) == {stayed.id: "admin"}
