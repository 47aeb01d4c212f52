"""Two people who are signed in, on a service whose logins last."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient
from service_parts import Clock, MakeResources
from workspace_world import Person

from deepshield.resources import Resources


@pytest.fixture
def resources(make_resources: MakeResources, clock: Clock) -> Resources:
    return make_resources(clock=clock, saas={"jwt_exp_hours": 1e5}, rate={"limit_rps": 0})


@pytest.fixture
def ada(resources: Resources, client: TestClient) -> Person:
    return Person.new(resources, client)


@pytest.fixture
def grace(resources: Resources, client: TestClient) -> Person:
    return Person.new(resources, client)
