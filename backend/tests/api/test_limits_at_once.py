"""Limits on how many things somebody has hold for requests at the same moment."""

from __future__ import annotations

from functools import partial

import api_world as world
import pytest
from races import race
from service_parts import MakeResources

from deepshield.datasets import freezing
from deepshield.domain.errors import Code
from deepshield.idempotency import of_account, of_visitor
from deepshield.intake.tus import Metadata
from deepshield.jobs.resumable import Announced, begin
from deepshield.library import views
from deepshield.workspaces import changing

pytestmark = [pytest.mark.integration, pytest.mark.both_databases]


def test_of_two_requests_at_once_the_second_is_over_the_limit(
    make_resources: MakeResources, monkeypatch: pytest.MonkeyPatch
) -> None:
    resources = make_resources(file={"resumable_most": 1})
    for limited in (changing, freezing, views):
        monkeypatch.setattr(limited, "MOST", 1)
    owner, _ = world.account(resources)
    file = Announced(9, None, Metadata("a.png", None), reuse=True)
    keep = partial(views.save_view, resources, owner, query="", sort=None, shared=False)
    for act, other in (
        (partial(begin, resources, owner, of_account(owner.id), file),) * 2,
        (partial(begin, resources, None, of_visitor("2001:db8::1"), file),) * 2,
        (partial(changing.make_workspace, resources, owner, "Newsroom"),) * 2,
        [partial(freezing.make_dataset, resources, owner, name) for name in ("one", "another")],
        [partial(keep, name=name) for name in ("one", "another")],
    ):
        assert race(resources, act, other) == (None, Code.TOO_MANY)
