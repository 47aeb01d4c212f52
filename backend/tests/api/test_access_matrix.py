"""Who may ask for what, for every route that the OpenAPI document names: new ones are in it by themselves."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import api_world as world
import pytest
import review_world
from fastapi.testclient import TestClient
from service_parts import MakeResources, TestSettings
from sqlalchemy import update

from deepshield.api.app import create_app
from deepshield.api.routers import analyze, report
from deepshield.batches.opening import open_batch
from deepshield.datasets import evaluating, freezing
from deepshield.domain.datasets import Consent
from deepshield.domain.events import Event
from deepshield.domain.labels import Value
from deepshield.domain.library import Action, ActionState
from deepshield.domain.owner import Owner
from deepshield.domain.reviews import Given
from deepshield.domain.roles import ALLOWED, May, Role
from deepshield.domain.scopes import Scope
from deepshield.jobs.lookup import find_view
from deepshield.keys.making import make_key
from deepshield.library import changing, views
from deepshield.persistence.repositories import bulk_actions, workspaces
from deepshield.persistence.workbench import BulkAction, Medium
from deepshield.policies import drafting
from deepshield.rechecks.asking import Wanted, ask
from deepshield.resources import Resources
from deepshield.reviews.answering import answer
from deepshield.reviews.queue import take_next
from deepshield.webhooks import endpoints
from deepshield.workspaces.changing import new_workspace
from deepshield.workspaces.invitations import invite

pytestmark = pytest.mark.security

UNKNOWN = "0b7c1f0e-5f0e-4a53-9a53-1c7d3c1f8a11"
UNKNOWN_IDS = (
    "{key_id}",
    "{webhook_id}",
    "{delivery_id}",
    "{workspace_id}",
    "{user_id}",
    "{invitation_id}",
    "{token}",
    "{upload_id}",
    "{batch_id}",
    "{session_id}",
    "{task_id}",
    "{review_id}",
    "{media_id}",
    "{comment_id}",
    "{view_id}",
    "{recheck_id}",
    "{dataset_id}",
    "{evaluation_id}",
    "{action_id}",
)
PUBLIC = {
    ("GET", "/api/health"),
    ("GET", "/api/invitations/{token}"),  # opened by its token: see workspaces/test_invitations.py
    ("GET", "/api/health/live"),
    ("GET", "/api/health/ready"),
    ("GET", "/api/law"),
    ("GET", "/api/law/{iso}"),
    ("GET", "/api/limits"),
    ("GET", "/api/metrics"),
    ("GET", "/api/shared"),  # opened by a link's token: see api/test_sharing.py
    ("GET", "/api/shared/artifacts/{name}"),
    ("GET", "/api/shared/feedback"),
    ("POST", "/api/shared/feedback"),
    ("GET", "/api/shared/report.pdf"),
    ("POST", "/api/shared/report.pdf"),
    ("GET", "/api/auth/oidc/start"),  # for whoever is not signed in yet: see accounts/test_oidc.py
    ("GET", "/api/auth/oidc/callback"),
    ("POST", "/api/auth/oidc/finish"),
    ("POST", "/api/auth/login"),
    ("POST", "/api/auth/logout"),  # takes the cookie from whoever asks
    ("POST", "/api/auth/register"),
}
PNG = {"file": ("a.png", world.PICTURE, "image/png")}
VALID_BODIES: dict[str, dict[str, Any]] = {
    "/api/media/{media_id}": {"json": {"tags": ["a"]}, "headers": {"If-Match": "*"}},
    "/api/media/{media_id}/forget": {"headers": {"If-Match": "*"}},
    "/api/media/{media_id}/hold": {"json": {"reason": "a"}},
    "/api/media/{media_id}/comments": {"json": {"text": "a"}},
    "/api/media/actions": {"json": {"q": "", "action": "tag", "tag": "a", "expect_count": 0}},
    "/api/views": {"json": {"name": "a", "query": ""}},
    "/api/jobs/{job_id}/marks": {"json": {"box": [0, 0, 50, 50]}},
    "/api/jobs/{job_id}/report.pdf": {"json": {"note": "Seen."}},
    "/api/jobs/{job_id}/feedback": {"json": {"answer": "wrong"}},
    "/api/shared/feedback": {"json": {"answer": "wrong"}},
    "/api/analyze-image": {"files": PNG},
    "/api/analyze-video": {"files": {"file": ("a.mp4", b"\0\0\0\x20ftypisom" + bytes(99), "video/mp4")}},
    "/api/analyze-url": {"json": {"file_url": "https://example.org/a.png"}},
    "/api/predict": {"files": PNG},
    "/api/batches": {"json": {"open": True}},
    "/api/rechecks": {"json": {"q": ""}},
    "/api/webhooks": {"json": {"url": "https://example.org/hook"}},
    "/api/workspaces": {"json": {"name": "a"}},
    "/api/workspaces/{workspace_id}": {"json": {"name": "a"}},
    "/api/workspaces/{workspace_id}/members/{user_id}": {"json": {"role": "viewer"}},
    "/api/workspaces/{workspace_id}/invitations": {"json": {"role": "viewer"}},
    "/api/uploads": {"headers": {"Upload-Length": "9", "Tus-Resumable": "1.0.0"}},
    "/api/uploads/{upload_id}": {"headers": {"Upload-Offset": "0", "Tus-Resumable": "1.0.0"}},
    "/api/review/tasks": {"json": {"media_id": UNKNOWN}},
    "/api/review/tasks/next": {"json": {}},
    "/api/review/tasks/{task_id}/keep": {"json": {"lease": UNKNOWN}},
    "/api/review/tasks/{task_id}/release": {"json": {"lease": UNKNOWN}},
    "/api/review/tasks/{task_id}/hand": {"json": {"to": UNKNOWN, "lease": UNKNOWN}},
    "/api/review/tasks/{task_id}/answer": {"json": {"lease": UNKNOWN, "answer": "unknown"}},
    "/api/review/tasks/{task_id}/adjudicate": {"json": {"answer": "unknown"}},
    "/api/review/reviews/{review_id}/corrections": {"json": {"answer": "unknown"}},
    "/api/datasets": {"json": {"name": "a"}},
    "/api/datasets/{dataset_id}/versions": {"json": {"licence": "CC0"}},
    "/api/evaluations": {"json": {"dataset_id": UNKNOWN, "number": 1}},
    "/api/evaluations/compare": {"params": {"a": UNKNOWN, "b": UNKNOWN}},
    "/api/datasets/{dataset_id}/versions/preview": {"json": {"licence": "CC0"}},
    "/api/policies": {"json": {"name": "a", "threshold": 0.5, "abstain_low": 0.4, "abstain_high": 0.6}},
    "/api/policies/preview": {"json": {"threshold": 0.5, "abstain_low": 0.4, "abstain_high": 0.6}},
    "/api/policies/{number}/preview": {"json": {}},
    "/api/policies/{number}/redact": {"json": {"texts": ["reason"]}},
    "/api/datasets/{dataset_id}/redact": {"json": {"texts": ["description"]}},
    "/api/datasets/{dataset_id}/versions/{number}/redact": {"json": {"texts": ["note"]}},
    "/api/rechecks/{recheck_id}/redact": {"json": {"texts": ["reason"]}},
    "/api/keys": {"json": {"name": "a", "scopes": ["read"]}},
    "/api/auth/me": {"json": {"password": "x" * 8}},
    "/api/auth/second-factor/confirm": {"json": {"code": "123456"}},
    "/api/auth/password": {"json": {"current_password": "x" * 8, "new_password": "y" * 8}},
}


@dataclass(frozen=True)
class Route:
    method: str
    path: str

    @property
    def is_about_a_job(self) -> bool:
        return "{job_id}" in self.path

    @property
    def scope(self) -> str | None:
        """The scope that a key needs; None where none is accepted."""
        ways = DOCUMENT["paths"][self.path][self.method.lower()].get("security", [])
        return next((scopes[0] for way in ways for name, scopes in way.items() if name == "key"), None)

    def ask(
        self, client: TestClient, job_id: str, headers: dict[str, str], ids: dict[str, str] | None = None
    ) -> tuple[int, object]:
        path = self.path.replace("{job_id}", job_id).replace("{name}", world.CROP).replace("{iso}", "DE")
        path = path.replace("{number}", "1")
        for name, value in {**dict.fromkeys(UNKNOWN_IDS, UNKNOWN), **(ids or {})}.items():
            path = path.replace(name, value)
        assert "{" not in path, f"tell this test what to put into {self.path}"
        options: dict[str, Any] = dict(VALID_BODIES.get(self.path, {}))
        headers = {**options.pop("headers", {}), **headers}
        response = client.request(self.method, path, headers=headers, **options)
        is_json = response.headers.get("content-type") == "application/json"
        return response.status_code, response.json().get("error") if is_json else response.content


NEEDED = {
    "GET /api/results/{job_id}": May.READ,
    "GET /api/jobs/{job_id}/report.pdf": May.READ,
    "POST /api/jobs/{job_id}/report.pdf": May.READ,
    "GET /api/jobs/{job_id}/custody": May.READ,
    "GET /api/jobs/{job_id}/evidence.zip": May.READ,
    "GET /api/jobs/{job_id}/events": May.READ,
    "GET /api/jobs/{job_id}/marks": May.READ,
    "GET /api/jobs/{job_id}/near": May.READ,
    "GET /api/jobs/{job_id}/feedback": May.READ,
    "POST /api/jobs/{job_id}/feedback": May.READ,
    "GET /api/jobs/{job_id}/original": May.DELETE,  # of another member's video that has a preview
    "GET /api/artifacts/{job_id}/{name}": May.READ,
    "POST /api/jobs/{job_id}/retry": May.ANALYSE,
    "POST /api/jobs/{job_id}/marks": May.ANALYSE,
    "POST /api/jobs/{job_id}/preview": May.ANALYSE,
    "DELETE /api/jobs/{job_id}": May.DELETE,  # of a job that another member has sent
    "POST /api/jobs/{job_id}/share": May.DELETE,
    "GET /api/jobs/{job_id}/share": May.DELETE,
    "DELETE /api/jobs/{job_id}/share": May.DELETE,
    "GET /api/batches/{batch_id}": May.READ,
    "GET /api/batches/{batch_id}.csv": May.READ,
    "GET /api/batches/{batch_id}.jsonl": May.READ,
    "GET /api/batches/{batch_id}/events": May.READ,
    "GET /api/batches/{batch_id}/items": May.READ,
    "POST /api/batches/{batch_id}/close": May.ANALYSE,
    "POST /api/batches/{batch_id}/resume": May.ANALYSE,
    "POST /api/batches/{batch_id}/cancel": May.DELETE,  # of what another member has sent
    "DELETE /api/batches/{batch_id}": May.DELETE,
    "GET /api/media/actions/{action_id}": May.READ,
    "GET /api/media/{media_id}": May.READ,
    "PATCH /api/media/{media_id}": May.COMMENT,
    "DELETE /api/media/{media_id}": May.DELETE,  # of what another member has sent
    "POST /api/media/{media_id}/forget": May.DELETE,
    "PUT /api/media/{media_id}/hold": May.HOLD,
    "DELETE /api/media/{media_id}/hold": May.HOLD,
    "GET /api/media/{media_id}/comments": May.READ,
    "POST /api/media/{media_id}/comments": May.COMMENT,
    "DELETE /api/media/{media_id}/comments/{comment_id}": May.DELETE,  # of what another member wrote
    "GET /api/media/{media_id}/analyses": May.READ,
    "GET /api/media/{media_id}/near": May.READ,
    "GET /api/media/{media_id}/labels": May.READ,
    "DELETE /api/views/{view_id}": May.DELETE,  # of one that is the workspace's
    "POST /api/media/{media_id}/analyses": May.ANALYSE,
    "GET /api/rechecks/{recheck_id}": May.READ,
    "GET /api/rechecks/{recheck_id}/items": May.READ,
    "POST /api/rechecks/{recheck_id}/pause": May.DELETE,  # of one that another member has asked for
    "POST /api/rechecks/{recheck_id}/resume": May.DELETE,
    "POST /api/rechecks/{recheck_id}/stop": May.DELETE,
    "POST /api/rechecks/{recheck_id}/redact": May.DELETE,
    "GET /api/datasets/{dataset_id}": May.READ,
    "GET /api/datasets/{dataset_id}/versions": May.READ,
    "POST /api/datasets/{dataset_id}/versions": May.DATASETS,
    "POST /api/datasets/{dataset_id}/versions/preview": May.DATASETS,
    "GET /api/datasets/{dataset_id}/versions/{number}": May.READ,
    "POST /api/datasets/{dataset_id}/versions/{number}/retire": May.DATASETS,
    "POST /api/datasets/{dataset_id}/redact": May.DELETE,
    "POST /api/datasets/{dataset_id}/versions/{number}/redact": May.DELETE,
    "DELETE /api/datasets/{dataset_id}/versions/{number}": May.DELETE,
    "GET /api/datasets/{dataset_id}/versions/{number}/diff": May.READ,
    "GET /api/datasets/{dataset_id}/versions/{number}/manifest.jsonl": May.EXPORT,
    "GET /api/datasets/{dataset_id}/versions/{number}/croissant.json": May.EXPORT,
    "GET /api/datasets/{dataset_id}/versions/{number}/archive.zip": May.EXPORT,
    "GET /api/evaluations/{evaluation_id}": May.READ,
    "GET /api/policies/{number}": May.READ,
    "POST /api/policies/{number}/preview": May.POLICIES,
    "POST /api/policies/{number}/approve": May.POLICIES,  # of one that another member has drafted
    "POST /api/policies/{number}/retire": May.POLICIES,
    "POST /api/policies/{number}/redact": May.POLICIES,
    "GET /api/workspaces/{workspace_id}": May.READ,
    "PATCH /api/workspaces/{workspace_id}": May.MANAGE,
    "DELETE /api/workspaces/{workspace_id}": May.MANAGE,
    "GET /api/workspaces/{workspace_id}/members": May.READ,
    "PATCH /api/workspaces/{workspace_id}/members/{user_id}": May.MANAGE,
    "DELETE /api/workspaces/{workspace_id}/members/{user_id}": May.MANAGE,
    "GET /api/workspaces/{workspace_id}/invitations": May.MANAGE,
    "POST /api/workspaces/{workspace_id}/invitations": May.MANAGE,
    "DELETE /api/workspaces/{workspace_id}/invitations/{invitation_id}": May.MANAGE,
    "GET /api/review/tasks/{task_id}": May.REVIEW,
    "GET /api/review/tasks/{task_id}/preview": May.REVIEW,
    "GET /api/review/tasks/{task_id}/file": May.REVIEW,
    "POST /api/review/tasks/{task_id}/keep": May.REVIEW,
    "POST /api/review/tasks/{task_id}/release": May.REVIEW,
    "POST /api/review/tasks/{task_id}/hand": May.REVIEW,
    "POST /api/review/tasks/{task_id}/answer": May.REVIEW,
    "POST /api/review/tasks/{task_id}/adjudicate": May.ADJUDICATE,
    "POST /api/review/reviews/{review_id}/corrections": May.REVIEW,
    "DELETE /api/keys/{key_id}": May.MANAGE,
    "DELETE /api/webhooks/{webhook_id}": May.MANAGE,
    "POST /api/webhooks/{webhook_id}/secret": May.MANAGE,
    "POST /api/webhooks/{webhook_id}/enable": May.MANAGE,
    "POST /api/webhooks/{webhook_id}/disable": May.MANAGE,
    "POST /api/webhooks/{webhook_id}/test": May.MANAGE,
    "GET /api/webhooks/{webhook_id}/deliveries": May.MANAGE,
    "POST /api/deliveries/{delivery_id}/resend": May.MANAGE,
}
"""What a member's role must allow, for every route about something that a workspace has."""
NO_WORKSPACE = {
    "GET /api/law/{iso}",
    "GET /api/shared/artifacts/{name}",
    "GET /api/invitations/{token}",
    "POST /api/invitations/{token}",
    "GET /api/uploads/{upload_id}",  # only its sender finds it
    "PATCH /api/uploads/{upload_id}",
    "DELETE /api/uploads/{upload_id}",
    "DELETE /api/auth/sessions/{session_id}",  # an account's own
}
"""Routes with an id that is no workspace's."""

DOCUMENT = create_app(TestSettings()).openapi()
ROUTES = [Route(method.upper(), path) for path, methods in DOCUMENT["paths"].items() for method in methods]
JOB_ROUTES = [route for route in ROUTES if route.is_about_a_job]


def of(route: Route) -> str:
    return f"{route.method} {route.path}"


@pytest.fixture
def strict(make_resources: MakeResources) -> Resources:
    return make_resources(saas={"require_auth": True}, rate={"limit_rps": 0})


@pytest.fixture
def client(strict: Resources) -> Iterator[TestClient]:
    with world.serving(strict) as client:
        yield client


def test_the_matrix_is_not_empty() -> None:
    assert {of(route) for route in JOB_ROUTES} >= {
        "GET /api/results/{job_id}",
        "DELETE /api/jobs/{job_id}",
        "POST /api/jobs/{job_id}/retry",
        "GET /api/jobs/{job_id}/events",
        "GET /api/artifacts/{job_id}/{name}",
    }
    assert {(route.method, route.path) for route in ROUTES} >= PUBLIC


def test_where_accounts_are_required_strangers_get_nothing(client: TestClient, strict: Resources) -> None:
    job_id = world.completed(strict, world.account(strict)[0])
    forged = {"Authorization": "Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0."}
    for route in ROUTES:
        if (route.method, route.path) in PUBLIC:
            continue
        for headers in ({}, forged, {"Authorization": "Basic YTpi"}):
            status, error = route.ask(client, job_id, headers)
            assert status == 401, (of(route), status, error)


@pytest.mark.parametrize("require_auth", [True, False], ids=["accounts required", "accounts optional"])
def test_a_job_of_another_account_is_a_job_that_is_not_there(
    make_resources: MakeResources, require_auth: bool
) -> None:
    resources = make_resources(saas={"require_auth": require_auth}, rate={"limit_rps": 0})
    owner, as_owner = world.account(resources)
    _, as_other = world.account(resources)
    askers = [as_other] if require_auth else [as_other, {}]
    jobs = world.in_every_state(resources, owner)
    before = sorted(info.key for info in resources.store.list(""))
    with world.serving(resources) as client:
        for route in JOB_ROUTES:
            for job_id in jobs.values():
                for headers in askers:
                    foreign = route.ask(client, job_id, headers)
                    unknown = route.ask(client, UNKNOWN, headers)
                    assert foreign[0] == 404, (of(route), foreign)
                    assert foreign == unknown, of(route)
        for state, job_id in jobs.items():
            assert find_view(resources, owner, job_id).job.state == state, "nobody else has changed it"
            assert client.get(f"/api/results/{job_id}", headers=as_owner).status_code == 200
    assert sorted(info.key for info in resources.store.list("")) == before


def test_a_revoked_login_opens_nothing(client: TestClient, strict: Resources) -> None:
    owner, headers = world.account(strict)
    job_id = world.completed(strict, owner)
    assert client.get(f"/api/results/{job_id}", headers=headers).status_code == 200
    assert client.post("/api/auth/logout", headers=headers).status_code == 200
    for route in JOB_ROUTES:
        assert route.ask(client, job_id, headers)[0] == 401, of(route)


@pytest.mark.parametrize("scope", Scope)
def test_a_key_opens_what_its_scope_says_and_nothing_else(
    client: TestClient, strict: Resources, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(analyze, "_PREDICT_SECONDS", 0.1)  # nothing analyses here
    owner, _ = world.account(strict)
    secret = make_key(strict, owner, name="a", scopes=[scope], expires_at=None).secret
    for route in ROUTES:
        if (route.method, route.path) in PUBLIC:
            continue
        status, error = route.ask(client, UNKNOWN, {"Authorization": f"Bearer {secret}"})
        if route.scope is None:
            assert (status, error["error_code"]) == (403, "KEY_NOT_ACCEPTED"), of(route)  # type: ignore[index]
        elif route.scope != scope:
            assert (status, error["error_code"]) == (403, "SCOPE_MISSING"), of(route)  # type: ignore[index]
            assert error["details"] == {"scope": route.scope}  # type: ignore[index]
        else:
            assert status not in (401, 403), (of(route), error)


@dataclass(frozen=True)
class Newsroom:
    """A shared workspace with something of each kind in it; its job was sent by its admin."""

    id: str
    job_id: str
    ids: dict[str, str]

    @classmethod
    def new(cls, resources: Resources, others: dict[str, Role]) -> Newsroom:
        now, (sender, _) = resources.clock(), world.account(resources)
        with resources.database.write() as session:
            space = new_workspace(session, "Newsroom", now).id
            for user_id, role in {sender.id: Role.ADMIN, **others}.items():
                workspaces.add_member(session, space, user_id, role.value, now)
        there = Owner(sender.id, sender.tier, space, Role.ADMIN)
        webhook = endpoints.make_endpoint(resources, there, url="https://example.org/", events=list(Event))
        ids = {
            "{workspace_id}": space,
            "{user_id}": next(reversed(others)),
            "{webhook_id}": webhook.row.id,
            "{delivery_id}": endpoints.send_test(resources, there, webhook.row.id).id,
            "{key_id}": make_key(resources, there, name="a", scopes=[Scope.READ], expires_at=None).row.id,
            "{batch_id}": open_batch(resources, there, name="a", closed=True)[0].id,
            "{recheck_id}": ask(resources, there, Wanted(query="")).id,
            "{invitation_id}": invite(resources, sender, space, Role.VIEWER).invited.id,
        }
        ids["{task_id}"], ids["{review_id}"] = _reviewed(resources, there)
        job_id = world.completed(resources, there)
        media_id = find_view(resources, there, job_id).job.media_id or ""
        ids |= {
            "{media_id}": media_id,
            "{dataset_id}": _frozen(resources, there, media_id),
            "{comment_id}": changing.comment(resources, there, media_id, "Seen.").id,
            "{view_id}": views.save_view(resources, there, "a", "", None, shared=True).id,
            "{action_id}": _in_background(resources, there),
        }
        drafting.draft(resources, there, drafting.Wanted("a", 0.5, 0.4, 0.6))
        ids["{evaluation_id}"] = evaluating.ask(resources, there, ids["{dataset_id}"], 1, recheck=True).row.id
        return cls(space, job_id, ids)


def _in_background(resources: Resources, there: Owner) -> str:
    """Have no files changed in the background; return the action's id."""
    action, now = str(uuid.uuid4()), resources.clock()
    row = BulkAction(
        id=action, workspace_id=there.workspace_id, asked_by=there.id, created_at=now, updated_at=now,
        action=Action.TAG.value, state=ActionState.DONE.value, place="",
        matched=0, done=0, changed=0, held=0, refused=0,
    )  # fmt: skip
    with resources.database.write() as session:
        bulk_actions.add(session, row)
    return action


def _frozen(resources: Resources, there: Owner, media_id: str) -> str:
    """Make a data set with one version; return its id."""
    with resources.database.write() as session:
        session.execute(update(Medium).where(Medium.id == media_id).values(label="authentic"))
    made = freezing.make_dataset(resources, there, "newsroom").row.id
    wanted = freezing.Wanted(licence="CC0", consent=Consent.NOT_ASKED)
    freezing.freeze(resources, there, made, wanted)
    return made


def _reviewed(resources: Resources, there: Owner) -> tuple[str, str]:
    """Have the one who sent a file read it too, while others are to; return the task and the review."""
    task_id, _ = review_world.put_up(resources, there, needed=2, meant_for=there.id)
    work = take_next(resources, there).work
    assert work is not None
    answer(resources, there, task_id, work.lease, Given(Value.UNKNOWN))
    return task_id, work.lease


def test_every_route_about_something_of_a_workspace_says_what_it_needs() -> None:
    with_id = {of(route) for route in ROUTES if "{" in route.path}
    assert with_id == {*NEEDED, *NO_WORKSPACE}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_members_may_what_their_role_says_and_strangers_find_nothing(
    make_resources: MakeResources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "report_pdf", lambda *_, **__: b"%PDF")
    resources = make_resources(rate={"limit_rps": 0})
    asker, as_asker = world.account(resources)
    target, _ = world.account(resources)
    _, as_stranger = world.account(resources)
    askers = {asker.id: Role.VIEWER, target.id: Role.REVIEWER}  # who could be the second reader
    reading = Newsroom.new(resources, askers)
    with world.serving(resources) as client:
        for route in ROUTES:
            if of(route) not in NEEDED:
                continue
            reads = route.method == "GET"
            room = reading if reads else Newsroom.new(resources, askers)
            there = {"X-Workspace": room.id}
            for headers in (as_stranger, {**as_stranger, **there}):
                status, error = route.ask(client, room.job_id, headers, room.ids)
                assert status == 404, (of(route), status, error)
            at_home = route.ask(client, room.job_id, as_asker, room.ids)
            assert at_home[0] == 404 or "{workspace_id}" in route.path, (of(route), at_home)
            assert route.ask(client, room.job_id, there, room.ids)[0] == 401, of(route)
            assert route.ask(client, room.job_id, {}, room.ids)[0] in (401, 404), of(route)
            needed = NEEDED[of(route)]
            refused = [role for role in Role if needed not in ALLOWED[role]]
            allowed = [role for role in Role if needed in ALLOWED[role]]
            # Who is allowed may change what the route is about, so that one of them does so, at the end.
            for role in [*refused, *(allowed if reads else allowed[:1])]:
                with resources.database.write() as session:
                    workspaces.set_role(session, room.id, asker.id, role.value)
                headers = {**as_asker, "X-Workspace": room.id}
                status, error = route.ask(client, room.job_id, headers, room.ids)
                if needed in ALLOWED[role]:
                    assert status in (200, 204, 409), (of(route), role, status, error)
                else:
                    assert (status, error["error_code"]) == (403, "ROLE_MISSING"), (of(route), role)  # type: ignore[index]


def test_a_key_is_one_only_where_keys_are_sent(client: TestClient, strict: Resources) -> None:
    owner, as_login = world.account(strict)
    secret = make_key(strict, owner, name="a", scopes=list(Scope), expires_at=None).secret
    token = as_login["Authorization"].removeprefix("Bearer ")
    assert client.get("/api/jobs/me", headers={"X-API-Key": secret}).status_code == 200
    for headers in (
        {"Cookie": f"deepshield_session={secret}"},
        {"X-API-Key": token},
        {"X-API-Key": "ds_invented", "Authorization": f"Bearer {token}"},
        {"X-API-Key": ""},
    ):
        assert client.get("/api/jobs/me", headers=headers).status_code == 401, headers
    with_cookie = {"X-API-Key": secret, "Cookie": f"deepshield_session={token}"}
    assert client.get("/api/keys", headers=with_cookie).status_code == 403, "the key decides"


def test_a_token_in_the_address_is_not_looked_at(client: TestClient, strict: Resources) -> None:
    owner, headers = world.account(strict)
    job_id = world.completed(strict, owner)
    token = headers["Authorization"].removeprefix("Bearer ")
    for name in ("token", "access_token", "deepshield_session"):
        for path in (f"/api/artifacts/{job_id}/{world.CROP}", f"/api/results/{job_id}"):
            assert client.get(path, params={name: token}).status_code == 401


def test_without_accounts_a_job_opens_to_whoever_knows_its_id(make_resources: MakeResources) -> None:
    resources = make_resources(rate={"limit_rps": 0})
    job_id = world.completed(resources)
    with world.serving(resources) as client:
        assert client.get(f"/api/results/{job_id}").status_code == 200
        assert client.get(f"/api/artifacts/{job_id}/{world.CROP}").content == world.PICTURE


def test_jobs_from_before_accounts_were_required_are_nobodys(strict: Resources, client: TestClient) -> None:
    job_id = world.completed(strict)
    _, headers = world.account(strict)
    for route in JOB_ROUTES:
        assert route.ask(client, job_id, headers)[0] == 404, of(route)
