"""`/api/auth/sessions`: where an account is signed in, and ending that."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from accounts_app import CREDENTIALS, PASSWORD, app_of, bearer
from fastapi.testclient import TestClient
from service_parts import MakeResources

from deepshield.accounts.devices import Device, device_of
from deepshield.resources import Resources

pytestmark = pytest.mark.api

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def signed_in(resources: Resources, path: str = "login", agent: str = FIREFOX) -> tuple[TestClient, str]:
    client = TestClient(app_of(resources), client=("192.0.2.77", 1), headers={"User-Agent": agent})
    answer = client.post(f"/api/auth/{path}", json=CREDENTIALS)
    assert answer.status_code == 200, answer.text
    return client, answer.json()["access_token"]


def test_logins_are_listed_as_their_owner_knows_them(resources: Resources) -> None:
    first, _ = signed_in(resources, "register")
    second, _ = signed_in(resources, agent="curl/8.5.0")
    rows = second.get("/api/auth/sessions").json()["sessions"]
    assert {row["current"]: (row["network"], row["browser"], row["system"]) for row in rows} == {
        True: ("192.0.2.0/24", "curl", None),
        False: ("192.0.2.0/24", "Firefox", "Linux"),
    }
    assert len(first.get("/api/auth/sessions").json()["sessions"]) == 2
    assert "192.0.2.77" not in str(rows)


def test_a_login_is_ended_by_its_account_alone(resources: Resources) -> None:
    here, _ = signed_in(resources, "register")
    _, there = signed_in(resources)
    stranger = TestClient(app_of(resources))
    stranger.post("/api/auth/register", json={"email": "eve@example.com", "password": PASSWORD})
    rows = here.get("/api/auth/sessions").json()["sessions"]
    other = next(row["id"] for row in rows if not row["current"])
    for session_id in (other, "0b7c1f0e-5f0e-4a53-9a53-1c7d3c1f8a11"):
        assert stranger.delete(f"/api/auth/sessions/{session_id}").status_code == 404
    program = TestClient(app_of(resources), headers=bearer(there))
    assert program.get("/api/auth/me").status_code == 200
    assert here.delete(f"/api/auth/sessions/{other}").status_code == 200
    assert program.get("/api/auth/me").status_code == 401
    assert here.delete(f"/api/auth/sessions/{other}").status_code == 404
    assert here.get("/api/auth/me").status_code == 200


def test_all_others_end_at_once_and_this_one_stays(resources: Resources) -> None:
    here, _ = signed_in(resources, "register")
    tokens = [signed_in(resources)[1] for _ in range(2)]
    assert here.delete("/api/auth/sessions").json() == {"ended": 2}
    program = TestClient(app_of(resources))
    assert [program.get("/api/auth/me", headers=bearer(token)).status_code for token in tokens] == [401, 401]
    assert [row["current"] for row in here.get("/api/auth/sessions").json()["sessions"]] == [True]


def test_when_a_login_was_seen_is_right_to_five_minutes(make_resources: MakeResources) -> None:
    moment = started = datetime.now(UTC)
    client, _ = signed_in(make_resources(clock=lambda: moment), "register")

    def seen() -> datetime:
        return datetime.fromisoformat(client.get("/api/auth/sessions").json()["sessions"][0]["last_seen_at"])

    moment = started + timedelta(minutes=4)
    assert seen() == started
    moment = started + timedelta(minutes=6)
    assert seen() == moment
    moment = started + timedelta(hours=25)
    assert client.get("/api/auth/sessions").status_code == 401


@pytest.mark.parametrize(
    ("address", "agent", "device"),
    [
        ("2001:db8:1:2::7", "", Device("2001:db8:1::/48")),
        ("::ffff:198.51.100.9", "python-httpx/0.28", Device("198.51.100.0/24", "Python")),
        ("unknown", "<script>", Device()),
        (
            "192.0.2.1",
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
            "Chrome/142.0.0.0 Safari/537.36 Edg/142.0.0.0",
            Device("192.0.2.0/24", "Edge", "Windows"),
        ),
        (
            "192.0.2.1",
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
            "Version/18.1 Mobile/15E148 Safari/604.1",
            Device("192.0.2.0/24", "Safari", "iPhone"),
        ),
    ],
)
def test_no_more_than_words_is_kept_of_a_device(address: str, agent: str, device: Device) -> None:
    assert device_of(address, agent) == device
