"""`make stack-test`: the compose stack as its operators run it, through the proxy alone.

Builds and starts it from a copy of the tracked files, with the Docker engine that is running, under a project
name and a port of its own. Every step prints what it saw; the first that fails ends the run with code 1, and
the stack is taken down either way (``KEEP=1`` leaves it).
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

ROOT = Path(__file__).parents[3]
PORT = int(os.environ.get("STACK_PORT", "18001"))
PROJECT = "deepshield-lab"
SAMPLES = ROOT / "frontend" / "public" / "samples"
PASSWORD = "correct horse battery"
BASES = {
    "api": "python:3.11-slim-bookworm",
    "worker": "python:3.11-slim-bookworm",
    "nginx": "nginx:1.28-bookworm",
}
# 350 and 900 MB with the base of the registry, which has about 130.
OWN_MB = {"api": 220, "worker": 770, "nginx": 30}
FINAL = {"COMPLETED", "FAILED", "CANCELLED"}
LIMIT = 12  # analyses per day of a free account in this stack
# An engine for where none runs: a program that starts it, and makes or gets the base images.
ENGINE = ROOT.parent / "shared" / "tools" / "compose-lab"
KILLED = ("worker", "api", "redis", "postgres", "scheduler", "nginx")


class Stack:
    """One compose project in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = f"http://127.0.0.1:{PORT}"

    def compose(self, *arguments: str, stdin: Any = None, stdout: Any = subprocess.PIPE) -> str:
        """Run docker compose; raises with what it wrote."""
        done = subprocess.run(
            ["docker", "compose", "--project-name", PROJECT, *arguments],
            cwd=self.folder,
            stdin=stdin,
            stdout=stdout,
            stderr=subprocess.PIPE,
            check=False,
        )
        if done.returncode:
            written = (done.stdout or b"").decode(errors="replace") + done.stderr.decode(errors="replace")
            raise AssertionError(f"docker compose {' '.join(arguments)}:\n{written[-4000:]}")
        return (done.stdout or b"").decode()

    def containers(self) -> list[dict[str, Any]]:
        """Return what the engine knows of the project's containers."""
        ids = self.compose("ps", "--all", "--quiet").split()
        return list(json.loads(subprocess.check_output(["docker", "inspect", *ids]))) if ids else []

    def client(self, **options: Any) -> httpx.Client:
        """A browser's worth of cookies."""
        return httpx.Client(base_url=self.address, timeout=30, **options)


class Account:
    """Somebody who has registered."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.http = stack.client()
        answer = self.http.post(
            "/api/auth/register", json={"email": f"{name}@example.com", "password": PASSWORD}
        )
        assert answer.status_code == 200, answer.text

    def upload(self, name: str, salt: bytes = b"") -> str:
        """Send a sample; ``salt`` makes it a file that was never seen. Tries again while nobody answers."""
        kind, content_type = ("video", "video/mp4") if name.endswith(".mp4") else ("image", "image/jpeg")
        content = (SAMPLES / name).read_bytes() + salt

        def send() -> str | None:
            try:
                answer = self.http.post(f"/api/analyze-{kind}", files={"file": (name, content, content_type)})
            except httpx.TransportError:
                return None
            if answer.status_code >= 500:
                return None
            assert answer.status_code == 200, answer.text
            return str(answer.json()["job_id"])

        return until(send, 120, f"{name} is taken")

    def ended(self, job_id: str, seconds: float = 180) -> dict[str, Any]:
        """Wait for the end of a job."""

        def final() -> dict[str, Any] | None:
            try:
                answer = self.http.get(f"/api/results/{job_id}")
            except httpx.TransportError:
                return None
            if answer.status_code >= 500:
                return None
            assert answer.status_code == 200, answer.text
            return dict(answer.json()) if answer.json()["state"] in FINAL else None

        return until(final, seconds, f"{job_id} ends")


def until(ask: Callable[[], Any], seconds: float, what: str) -> Any:
    """Ask until there is an answer; AssertionError after ``seconds``."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds:g} s: {what}")
        time.sleep(0.2)


@contextmanager
def step(name: str) -> Iterator[list[str]]:
    """Print a step with its time and what it found."""
    print(f"{name} ...", flush=True)
    told: list[str] = []
    begun = time.monotonic()
    yield told
    print(f"  ok, {time.monotonic() - begun:.1f} s{''.join(f'; {one}' for one in told)}", flush=True)


def main() -> int:
    """Run all steps."""
    if not engine_runs() and ENGINE.exists():
        with step("no Docker engine answers: one is started"):
            for what in ("up-engine", "bases"):
                subprocess.run([ENGINE, what], check=True, stdout=subprocess.DEVNULL)
    if not engine_runs():
        print("stack-test needs a running Docker engine with compose")
        return 2
    with tempfile.TemporaryDirectory(prefix="deepshield-stack-", ignore_cleanup_errors=True) as name:
        stack = Stack(Path(name) / "checkout")
        try:
            run(stack)
        except (AssertionError, subprocess.CalledProcessError) as error:
            print(f"FAILED: {error}")
            print(stack.compose("logs", "--no-color", "--tail", "40")[-6000:])
            return 1
        finally:
            if not os.environ.get("KEEP"):
                stack.compose("--profile", "*", "down", "--volumes", "--remove-orphans")
    print("all steps passed")
    return 0


def engine_runs() -> bool:
    """Whether `docker` answers."""
    if not shutil.which("docker"):
        return False
    return not subprocess.run(["docker", "info"], capture_output=True, check=False).returncode


def run(stack: Stack) -> None:
    """The steps, in order."""
    with step("a clean checkout with make env"):
        checkout(stack.folder)
        stack.compose("--profile", "*", "down", "--volumes", "--remove-orphans")
    with step("images are built") as told:
        stack.compose("build")
        told.extend(sizes())
    with step("from built images to the first verdict (60 s)") as told:
        begun = time.monotonic()
        stack.compose("up", "--detach", "--wait", "--wait-timeout", "180")
        told.append(f"healthy after {time.monotonic() - begun:.1f} s")
        ada = Account(stack, "ada")
        first = ada.ended(ada.upload("portrait.jpg"))
        assert first["state"] == "COMPLETED", first
        took = time.monotonic() - begun
        told.append(f"verdict after {took:.1f} s")
    with step("the idle stack's memory (1.5 GB)") as told:
        told.append(memory())
    with step("the web app in a browser: account, photo, clip"):
        browser(stack)
    with step("a clip: events, verdict, heatmaps"):
        clip = a_clip(ada)
    with step("somebody else sees nothing of it"):
        eve = Account(stack, "eve")
        assert eve.http.get(f"/api/results/{clip['job_id']}").status_code == 404
        assert eve.http.get(clip["artifacts"][0]["url"]).status_code == 404
        assert stack.client().get(f"/api/results/{clip['job_id']}").status_code == 401
    with step("pages, headers and what is closed"):
        surface(stack)
    with step("Prometheus finds every process; its rules are in force") as told:
        told.append(scraped(stack))
    with step("users, file systems and rights of all containers"):
        confinement(stack)
    with step("every container is killed in mid-job; nothing is lost") as told:
        told.append(killing(stack))
    with step("three workers"):
        three_workers(stack)
    with step("the daily limit"):
        limit(eve)
    with step("backup, destruction, restore") as told:
        told.append(disaster(stack, ada, clip))
    with step("an upgrade from the first schema keeps jobs"):
        upgrade(stack)


def checkout(folder: Path) -> None:
    """Copy what git tracks, and write secrets."""
    folder.mkdir()
    files = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT).decode().split("\0")
    for name in filter(None, files):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    subprocess.run(["make", "env"], cwd=folder, check=True, capture_output=True)
    env = folder / ".env"
    changed = {"PORT": str(PORT), "SAAS_FREE_DAILY_UPLOADS": str(LIMIT), "RATE_LIMIT_RPS": "0",
               "DEEPSHIELD_TAG": "lab", "EDGE_SUBNET": "172.31.232.0/28"}  # fmt: skip
    text = env.read_text()
    for name, value in changed.items():
        text = re.sub(rf"^{name}=.*$", f"{name}={value}", text, flags=re.MULTILINE)
    env.write_text(text)


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


def scraped(stack: Stack) -> str:
    """Start the observability profile's Prometheus and ask what it sees."""
    told = "Prometheus of its own image"
    if not has_image("prometheus", stack):
        # Where images cannot be pulled: Debian's Prometheus with the same configuration, network and rights.
        context = stack.folder / "prometheus-stand-in"
        context.mkdir(exist_ok=True)
        (context / "Dockerfile").write_text(
            "FROM debian:bookworm-slim\n"
            "RUN apt-get update && apt-get install -y --no-install-recommends prometheus wget\n"
            "RUN install -d -o nobody /prometheus\n"
            'ENTRYPOINT ["prometheus"]\n'
        )
        subprocess.run(
            ["docker", "build", "-t", "deepshield-lab-prometheus", str(context)],
            check=True,
            capture_output=True,
        )
        (stack.folder / "docker-compose.override.yml").write_text(
            "services: {prometheus: {image: deepshield-lab-prometheus}}\n"
        )
        told = "Debian's Prometheus, since its own image cannot be pulled"
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


def has_image(service: str, stack: Stack) -> bool:
    """Whether a service's image is there or can be pulled."""
    name = json.loads(stack.compose("--profile", "*", "config", "--format", "json"))["services"][service][
        "image"
    ]
    found = subprocess.run(["docker", "image", "inspect", name], capture_output=True, check=False)
    return (
        not found.returncode
        or not subprocess.run(["docker", "pull", name], capture_output=True, check=False).returncode
    )


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
    answer = account.ended(job_id)
    assert answer["state"] == "COMPLETED", answer
    assert events[-1] == "final"
    assert answer["result"]["top_k_suspicious"]
    for artifact in answer["artifacts"]:
        got = account.http.get(artifact["url"])
        assert got.status_code == 200
        assert hashlib.sha256(got.content).hexdigest() == artifact["sha256"], artifact
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
    used = bob.http.get("/api/auth/me").json()
    assert len(jobs) <= LIMIT
    return f"{len(jobs)} jobs, 0 lost; {json.dumps(used.get('usage', used.get('today')))}"


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


def disaster(stack: Stack, account: Account, clip: dict[str, Any]) -> str:
    """Take a backup, destroy everything with its volumes, and find it all again."""
    file = stack.folder / "backup.tar"
    with file.open("wb") as out:
        stack.compose("exec", "-T", "scheduler", "deepshield", "backup", "-", stdout=out)
    stack.compose("down", "--volumes")
    stack.compose("up", "--detach", "--wait", "postgres", "redis")
    with file.open("rb") as source:
        stack.compose("run", "--rm", "-T", "--no-deps", "scheduler", "restore", "-", stdin=source)
    stack.compose("up", "--detach", "--wait", "--wait-timeout", "180")
    answer = until(lambda: account.http.get(f"/api/results/{clip['job_id']}"), 30, "the API")
    assert answer.status_code == 200, "the session and the job are there"
    assert answer.json()["result"] == clip["result"]
    for artifact in answer.json()["artifacts"]:
        got = account.http.get(artifact["url"])
        assert hashlib.sha256(got.content).hexdigest() == artifact["sha256"], artifact
    return f"{file.stat().st_size / 1e6:.1f} MB"


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


if __name__ == "__main__":
    sys.exit(main())
