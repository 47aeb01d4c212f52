"""`GET /api/jobs/me`: which jobs, in which order, and how many of each kind."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import api_world as world
import pytest
from example_results import example
from fastapi.testclient import TestClient
from sqlalchemy import event

from deepshield.api.schemas.jobs import JobPage
from deepshield.domain.jobs import MediaKind, State
from deepshield.domain.owner import Owner
from deepshield.resources import Resources

pytestmark = pytest.mark.api

Listed = Callable[..., JobPage]
NOTHING = {
    "all": 0,
    "manipulated": 0,
    "inconclusive": 0,
    "no_signs": 0,
    "no_face": 0,
    "failed": 0,
    "active": 0,
}


@pytest.fixture
def client(resources: Resources) -> Iterator[TestClient]:
    with world.serving(resources) as client:
        yield client


@pytest.fixture
def account(resources: Resources) -> tuple[Owner, dict[str, str]]:
    return world.account(resources)


@pytest.fixture
def listed(client: TestClient, account: tuple[Owner, dict[str, str]]) -> Listed:
    def ask(query: str = "") -> JobPage:
        answer = client.get(f"/api/jobs/me{query}", headers=account[1])
        assert answer.status_code == 200, answer.text
        return JobPage.model_validate(answer.json())

    return ask


@pytest.fixture
def one_of_each(resources: Resources, account: tuple[Owner, dict[str, str]]) -> None:
    owner, _ = account
    world.completed(resources, owner, "b swap.mp4", verdict="manipulated", final_score=0.84)
    world.completed(resources, owner, "C swap.mp4", verdict="manipulated", final_score=0.97)
    world.completed(resources, owner, "mixed.mp4", verdict="inconclusive", final_score=0.6)
    world.completed(resources, owner, "weak.mp4", verdict="inconclusive", final_score=None)
    world.completed(resources, owner, "A plain.mp4", verdict="no_signs", final_score=0.04)
    world.completed(resources, owner, "sea.mp4", verdict="no_face", final_score=None)
    world.in_every_state(resources, owner)  # one more manipulated of 0.84 among them
    world.queued(resources, owner, "holiday.jpg", MediaKind.IMAGE)
    stranger, _ = world.account(resources)
    world.completed(resources, stranger, "b swap.mp4")


def names(page: JobPage) -> list[str]:
    return [job.original_filename for job in page.jobs]


@pytest.mark.usefixtures("one_of_each")
def test_counts_are_of_the_whole_list_whatever_is_chosen(listed: Listed) -> None:
    counts = {
        "all": 12,
        "manipulated": 3,
        "inconclusive": 2,
        "no_signs": 1,
        "no_face": 1,
        "failed": 1,
        "active": 3,
    }
    for query in ("", "?limit=1&offset=5", "?verdict=no_face", "?state=FAILED", "?sort=estimate"):
        assert listed(query).counts.model_dump() == counts, query


@pytest.mark.usefixtures("one_of_each")
def test_counts_follow_the_search_and_the_kind_of_media(listed: Listed) -> None:
    assert listed("?search=SWAP").counts.model_dump() == {**NOTHING, "all": 2, "manipulated": 2}
    assert listed("?media_type=image").counts.model_dump() == {**NOTHING, "all": 1, "active": 1}
    assert listed("?search=nowhere").counts.model_dump() == NOTHING


@pytest.mark.usefixtures("one_of_each")
def test_verdicts_are_chosen_one_or_several(listed: Listed) -> None:
    assert set(names(listed("?verdict=inconclusive"))) == {"mixed.mp4", "weak.mp4"}
    several = listed("?verdict=no_signs&verdict=no_face")
    assert (set(names(several)), several.total) == ({"A plain.mp4", "sea.mp4"}, 2)
    first = listed("?verdict=manipulated&limit=1")
    assert (len(first.jobs), first.total) == (1, 3)
    assert listed("?verdict=manipulated&state=FAILED").total == 0
    assert listed("?verdict=manipulated&search=swap").total == 2


@pytest.mark.usefixtures("one_of_each")
def test_the_list_is_sorted_as_asked(listed: Listed) -> None:
    newest = [job.job_id for job in listed("?sort=newest").jobs]
    assert newest == [job.job_id for job in listed().jobs]
    assert [job.job_id for job in listed("?sort=oldest").jobs] == newest[::-1]
    by_name = names(listed("?sort=name"))
    assert by_name[:2] == ["A plain.mp4", "b swap.mp4"]
    assert by_name == sorted(by_name, key=str.lower), "capitals are no other letters"
    estimates = [job.final_score for job in listed("?sort=estimate").jobs]
    assert set(estimates[:4]) == {0.97, 0.84, example().final_score, 0.04}
    assert estimates[:4] == sorted(estimates[:4], reverse=True)
    assert set(estimates[4:]) == {0.6, None}, "an inconclusive file's estimate is withheld"
    pages = [listed(f"?sort=estimate&limit=5&offset={start}") for start in (0, 5, 10)]
    assert len({job.job_id for page in pages for job in page.jobs}) == 12, "none is on two pages"


def test_a_job_counts_as_what_it_has_become(
    resources: Resources, account: tuple[Owner, dict[str, str]], listed: Listed
) -> None:
    lease = world.running(resources, account[0])
    assert (listed().counts.active, listed().counts.manipulated) == (1, 0)
    world.finish(resources, lease)
    assert (listed().counts.active, listed().counts.manipulated) == (0, 1)
    assert listed(f"?state={State.COMPLETED}").total == 1


def test_nobody_has_nothing(client: TestClient, resources: Resources) -> None:
    world.completed(resources)
    answer = client.get("/api/jobs/me").json()
    assert (answer["jobs"], answer["total"], answer["counts"]) == ([], 0, NOTHING)


@pytest.mark.parametrize(
    "query", ["verdict=guilty", "sort=size", "verdict=", "&".join(["verdict=no_face"] * 5)]
)
def test_what_is_no_verdict_or_order_is_refused(client: TestClient, query: str) -> None:
    answer = client.get(f"/api/jobs/me?{query}")
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (422, "VALIDATION_ERROR")


@pytest.mark.usefixtures("one_of_each")
def test_a_page_takes_as_many_queries_as_an_empty_one(resources: Resources, listed: Listed) -> None:
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.startswith("SELECT"):
            asked.append(statement)

    event.listen(resources.database.engine, "before_cursor_execute", note)
    try:
        assert len(listed("?sort=estimate&verdict=manipulated").jobs) == 3
        of_three = len(asked)
        assert listed("?verdict=no_signs&search=nowhere").jobs == []
    finally:
        event.remove(resources.database.engine, "before_cursor_execute", note)
    assert (
        of_three == len(asked) - of_three <= 6
    )  # the login, the retention, what the account reads blind, the counts, the page, its results


def test_a_job_in_the_list_has_what_its_record_needs(
    resources: Resources, account: tuple[Owner, dict[str, str]], listed: Listed
) -> None:
    world.completed(resources, account[0], "done.mp4")
    waiting = world.queued(resources, account[0], "waiting.mp4")
    jobs = {job.original_filename: job for job in listed().jobs}
    result, done = example(), jobs["done.mp4"]
    assert done.interval == result.interval
    assert done.decision_threshold == pytest.approx(result.decision_threshold)
    assert (done.persons, done.reasons) == (2, ["above_threshold"])
    assert (done.bundle, done.bundle_version) == (result.model.bundle, result.model.version)
    assert len(done.sha256) == 64
    assert jobs["waiting.mp4"].job_id == waiting
    assert (jobs["waiting.mp4"].persons, jobs["waiting.mp4"].interval) == (None, None)
