"""A newsroom with two readers and a lead, none of whom has sent the files."""

from __future__ import annotations

from collections.abc import Iterator

import api_world as world
import pytest
from fastapi.testclient import TestClient
from review_world import Newsroom
from service_parts import Clock, MakeResources
from workspace_world import Person, join

from deepshield.domain import reviews as rules
from deepshield.domain.roles import Role
from deepshield.resources import Resources


@pytest.fixture
def nobody_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let second readers be those alone whom a rule asks for: ids, and so draws, are others in each run."""
    monkeypatch.setattr(rules, "drawn", lambda *_: False)


@pytest.fixture
def service(make_resources: MakeResources, clock: Clock, nobody_is_drawn: None) -> Resources:
    return make_resources(clock=clock, saas={"jwt_exp_hours": 1e5}, rate={"limit_rps": 0})


@pytest.fixture
def client(service: Resources) -> Iterator[TestClient]:
    with world.serving(service) as client:
        yield client


@pytest.fixture
def room(service: Resources, client: TestClient) -> Newsroom:
    admin, ada, grace, lead, stranger = (Person.new(service, client) for _ in range(5))
    space = admin.make()
    for person, role in ((ada, Role.REVIEWER), (grace, Role.REVIEWER), (lead, Role.LEAD)):
        join(service, space, person, role)
    return Newsroom(space, admin.within(space), admin, ada, grace, lead, stranger)
