"""A list that is read page by page does not end where the last entry seen has been removed meanwhile."""

from __future__ import annotations

import uuid

import api_world as world
import pytest
from workspace_world import Person, code_of

from deepshield.resources import Resources

pytestmark = pytest.mark.api

LISTS = ("/batches", "/rechecks", "/evaluations", "/review/tasks", "/review/mine", "{medium}/comments")


def test_a_cursor_whose_entry_is_gone_is_refused(resources: Resources, ada: Person) -> None:
    space = ada.make()
    job = world.completed(resources, ada.within(space), "clip.mp4")
    medium = f"/media/{world.medium_of(resources, job)}"
    for path in LISTS:
        said = ada.ask("GET", path.format(medium=medium), space, params={"cursor": str(uuid.uuid4())})
        assert code_of(said) == (422, "VALIDATION_ERROR"), path
        assert said.json()["error"]["details"]["field"] == "cursor"
        assert "without it" in said.json()["error"]["message"]
