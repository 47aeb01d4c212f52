"""What a stack that runs looks like from outside, from inside, and to the engine."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from typing import Any

from accounts import Account
from composed import PROJECT, ROOT, Stack, until
from stand_ins import provide

BASES = {
    "api": "python:3.11-slim-bookworm",
    "worker": "python:3.11-slim-bookworm",
    "nginx": "nginx:1.28-bookworm",
}
# 350 and 900 MB with the base of the registry, which has about 130.
OWN_MB = {"api": 220, "worker": 770, "nginx": 30}


def sizes() -> Iterator[str]:
    """Say how large the images are, and how much of each is not its base image."""
    for part, base in BASES.items():
        size, of_base = (
            int(subprocess.check_output(["docker", "inspect", "-f", "{{.Size}}", image]))
            for image in (f"deepshield-{part}:lab", base)
        )
        own = (size - of_base) / 1e6
        assert own <= OWN_MB[part], f"{part}: {own:.0f} MB on top of its base"
        yield f"{part} {size / 1e6:.0f} MB ({own:.0f} on top of its base)"


def memory() -> str:
    """Sum what the containers use."""
    lines = subprocess.check_output(
        ["docker", "stats", "--no-stream", "--format", "{{.Name}} {{.MemUsage}}"], text=True
    ).splitlines()
    units = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "B": 1}
    total = 0.0
    for line in lines:
        name, used = line.split(" ", 1)
        if name.startswith(PROJECT):
            number, unit = re.match(r"([\d.]+)(\w+)", used).groups()  # type: ignore[union-attr]
            total += float(number) * units[unit]
    assert total < 1.5e9, f"{total / 1e6:.0f} MB"
    return f"{total / 1e6:.0f} MB"


def browser(stack: Stack) -> None:
    """Open the proxy's pages in Chromium, as `make e2e` does those of a service of its own."""
    done = subprocess.run(
        ["npx", "playwright", "test", "--project=stack", f"--output={ROOT / 'work' / 'stack-test'}"],
        cwd=ROOT / "frontend",
        env={**os.environ, "DEEPSHIELD_URL": stack.address, "CI": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def a_clip(account: Account) -> dict[str, Any]:
    """Follow a clip by its events and fetch everything that came of it."""
    job_id = account.upload("clip.mp4")
    events: list[str] = []
    with account.http.stream("GET", f"/api/jobs/{job_id}/events") as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        for line in stream.iter_lines():
            if line.startswith("event:"):
                events.append(line.removeprefix("event:").strip())
                if events[-1] == "final":
                    break
    answer = account.completed(job_id)
    assert events[-1] == "final"
    assert answer["result"]["top_k_suspicious"]
    return answer


def surface(stack: Stack) -> None:
    """Look at what the outside can reach."""
    with stack.client() as http:
        page = http.get("/")
        assert page.status_code == 200
        assert "unsafe-inline" not in page.headers["content-security-policy"]
        assert "<style" not in page.text
        assert re.search(r"<script(?![^>]*src)", page.text) is None
        assert http.get("/api/metrics").status_code == 404
        assert http.get("/api/health/ready").json()["status"] == "ready"
        asset = re.search(r'/_next/static/[^"]+\.js', page.text)
        assert asset is not None
        assert "immutable" in http.get(asset[0]).headers["cache-control"]
    inside = stack.compose(
        "exec", "-T", "scheduler", "python", "-c",
        "import urllib.request as u; print(u.urlopen('http://api:8000/api/metrics').read().decode())",
    )  # fmt: skip
    assert "deepshield_queue_depth" in inside or "deepshield_jobs" in inside
    published = [one for one in stack.containers() if any((one["NetworkSettings"]["Ports"] or {}).values())]
    assert [one["Config"]["Labels"]["com.docker.compose.service"] for one in published] == ["nginx"]


def scraped(stack: Stack) -> str:
    """Start the observability profile's Prometheus and ask what it sees."""
    told = provide(stack, "prometheus")
    stack.compose("--profile", "observability", "up", "--detach", "--wait", "prometheus")

    def ask(path: str) -> dict[str, Any]:
        answer = stack.compose(
            "exec", "-T", "prometheus", "wget", "-qO-", f"http://127.0.0.1:9090/api/v1/{path}"
        )
        return dict(json.loads(answer)["data"])

    def all_up() -> bool:
        targets = ask("targets?state=active")["activeTargets"]
        return len(targets) == 3 and all(one["health"] == "up" for one in targets)

    until(all_up, 60, "the API and both workers are scraped")
    rules = [rule for group in ask("rules")["groups"] for rule in group["rules"]]
    assert rules
    assert all(rule["health"] != "err" for rule in rules), rules
    firing = [rule["name"] for rule in rules if rule.get("state") == "firing"]
    assert not firing, firing
    stack.compose("--profile", "observability", "rm", "--stop", "--force", "prometheus")
    return f"{told}; 3 targets up, {len(rules)} rules, none firing"


def confinement(stack: Stack) -> None:
    """Ask the engine and the processes themselves."""
    for one in stack.containers():
        service = one["Config"]["Labels"]["com.docker.compose.service"]
        assert one["HostConfig"]["ReadonlyRootfs"], service
        assert "ALL" in one["HostConfig"]["CapDrop"], service
        if not one["State"]["Running"]:
            continue
        users = stack.compose("exec", "-T", service, "sh", "-c", "cat /proc/[0-9]*/status | grep ^Uid:")
        assert not re.search(r"^Uid:\s+0\s", users, re.MULTILINE), f"{service} runs as root"
        tried = stack.compose("exec", "-T", service, "sh", "-c", "touch /usr/x 2>&1; true")
        assert "Read-only" in tried, f"{service}: {tried}"
