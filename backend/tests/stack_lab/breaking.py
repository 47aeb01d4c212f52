"""What happens to a stack: killed parts, more workers, a used-up day, a lost machine, an upgrade."""

from __future__ import annotations

import json
import os
import subprocess

from accounts import PASSWORD, SAMPLES, Account
from composed import Stack, until

LIMIT = 12  # analyses per day of a free account in this stack
KILLED = ("worker", "api", "redis", "postgres", "scheduler", "nginx")


def killing(stack: Stack) -> str:
    """Kill each service while jobs are under way."""
    bob = Account(stack, "bob")
    jobs = []
    for number, service in enumerate(KILLED):
        jobs.append(bob.upload("clip.mp4", salt=os.urandom(16)))
        identifiers = stack.compose("ps", "--quiet", service).split()
        subprocess.run(["docker", "kill", *identifiers], check=True, capture_output=True)
        stack.compose("up", "--detach", "--no-recreate")
        jobs.append(bob.upload("portrait.jpg", salt=bytes([number])))
    states = [bob.ended(job, 300)["state"] for job in jobs]
    assert states == ["COMPLETED"] * len(jobs), states
    used = bob.http.get("/api/auth/me").json()["usage"]
    assert len(jobs) <= LIMIT
    return f"{len(jobs)} jobs, 0 lost; {json.dumps(used)}"


def three_workers(stack: Stack) -> None:
    """Scale up and see all of them consume."""
    stack.compose("up", "--detach", "--no-recreate", "--wait", "--scale", "worker=3", "worker")
    with stack.client() as http:

        def six() -> bool:
            workers = http.get("/api/health/ready").json()["workers"]
            return sum(one["state"] == "ready" for one in workers) >= 6

        until(six, 60, "six worker processes are ready")
    stack.compose("up", "--detach", "--no-recreate", "--scale", "worker=1", "worker")


def limit(account: Account) -> None:
    """Use the day's analyses up."""
    for number in range(LIMIT):
        account.upload("portrait.jpg", salt=b"limit" + bytes([number]))
    content = (SAMPLES / "portrait.jpg").read_bytes() + b"one more"
    answer = account.http.post("/api/analyze-image", files={"file": ("a.jpg", content, "image/jpeg")})
    assert (answer.status_code, answer.json()["error"]["error_code"]) == (429, "QUOTA_EXCEEDED"), answer.text


def disaster(stack: Stack, accounts: list[Account]) -> str:
    """Take a backup, destroy everything with its volumes, and find it all again."""
    before = [account.everything() for account in accounts]
    file = stack.folder / "backup.tar"
    with file.open("wb") as out:
        stack.compose("exec", "-T", "scheduler", "deepshield", "backup", "-", stdout=out)
    stack.compose("down", "--volumes")
    stack.compose("up", "--detach", "--wait", "postgres", "redis")
    with file.open("rb") as source:
        stack.compose("run", "--rm", "-T", "--no-deps", "scheduler", "restore", "-", stdin=source)
    stack.compose("up", "--detach", "--wait", "--wait-timeout", "180")
    after = [account.everything() for account in accounts]
    for found, wanted in zip(after, before, strict=True):
        others = [job for job in wanted if found.get(job) != wanted[job]]
        assert found.keys() == wanted.keys(), "their logins and jobs"
        assert not others, f"their results and files: {others}"
    jobs = sum(map(len, after))
    files = sum(len(found) for one in after for _, found in one.values())
    return f"{file.stat().st_size / 1e6:.1f} MB; {jobs} jobs and {files} files as they were"


def upgrade(stack: Stack) -> None:
    """Go back to the first schema with data in it, and start as after `docker compose pull`."""
    stack.compose("stop", "api", "worker", "scheduler")
    downgrade = (
        "from deepshield.settings import load_settings as s; from deepshield.persistence import migrate as m;"
        "from deepshield.persistence.database import Database as D; m.downgrade(D(s().database), '0001')"
    )
    stack.compose("run", "--rm", "-T", "--no-deps", "--entrypoint", "python", "migrate", "-c", downgrade)
    stack.compose("up", "--detach", "--wait", "--wait-timeout", "180")
    ada = stack.client()
    answer = ada.post("/api/auth/login", json={"email": "ada@example.com", "password": PASSWORD})
    assert answer.status_code == 200, answer.text
    assert ada.get("/api/jobs/me").json()["total"] >= 2
