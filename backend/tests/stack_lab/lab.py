"""`make stack-test`: the compose stack as its operators run it, through the proxy alone.

Builds and starts it from a copy of the tracked files, with the Docker engine that is running, under a project
name and a port of its own. Every step prints what it saw; the first that fails ends the run with code 1, and
the stack is taken down either way (``KEEP=1`` leaves it).
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import breaking
import looking
import stores
from accounts import Account
from composed import PORT, ROOT, Stack, change_env, engine_runs, step

# An engine for where none runs: a program that starts it, and makes or gets the base images.
ENGINE = ROOT.parent / "shared" / "tools" / "compose-lab"


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


def run(stack: Stack) -> None:
    """The steps, in order."""
    with step("a clean checkout with make env"):
        checkout(stack.folder)
        stack.compose("--profile", "*", "down", "--volumes", "--remove-orphans")
    with step("images are built") as told:
        stack.compose("build")
        told.extend(looking.sizes())
    with step("from built images to the first verdict (60 s)") as told:
        begun = time.monotonic()
        stack.compose("up", "--detach", "--wait", "--wait-timeout", "180")
        told.append(f"healthy after {time.monotonic() - begun:.1f} s")
        ada = Account(stack, "ada")
        ada.completed(ada.upload("portrait.jpg"))
        took = time.monotonic() - begun
        told.append(f"verdict after {took:.1f} s")
        assert took < 60, told
    with step("the idle stack's memory (1.5 GB)") as told:
        told.append(looking.memory())
    with step("the web app in a browser: account, photo, clip"):
        looking.browser(stack)
    with step("a clip: events, verdict, heatmaps"):
        clip = looking.a_clip(ada)
    with step("somebody else sees nothing of it"):
        eve = Account(stack, "eve")
        assert eve.http.get(f"/api/results/{clip['job_id']}").status_code == 404
        assert eve.http.get(clip["artifacts"][0]["url"]).status_code == 404
        assert stack.client().get(f"/api/results/{clip['job_id']}").status_code == 401
    with step("pages, headers and what is closed"):
        looking.surface(stack)
    with step("Prometheus finds every process; its rules are in force") as told:
        told.append(looking.scraped(stack))
    with step("users, file systems and rights of all containers"):
        looking.confinement(stack)
    with step("every container is killed in mid-job; nothing is lost") as told:
        told.append(breaking.killing(stack))
    with step("three workers"):
        breaking.three_workers(stack)
    with step("the daily limit"):
        breaking.limit(eve)
    with step("backup, destruction, restore") as told:
        told.append(breaking.disaster(stack, [ada, eve]))
    with step("an upgrade from the first schema keeps jobs"):
        breaking.upgrade(stack)
    with step("files in an object store of one's own (profile s3)") as told:
        told.append(stores.bundled(stack))
    with step("PostgreSQL, Redis and object store outside of compose") as told:
        told.append(stores.managed(stack))


def checkout(folder: Path) -> None:
    """Copy what git tracks, and write secrets."""
    folder.mkdir()
    files = subprocess.check_output(["git", "ls-files", "-z"], cwd=ROOT).decode().split("\0")
    for name in filter(None, files):
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target)
    subprocess.run(["make", "env"], cwd=folder, check=True, capture_output=True)
    change_env(
        folder,
        PORT=str(PORT),
        SAAS_FREE_DAILY_UPLOADS=str(breaking.LIMIT),
        RATE_LIMIT_RPS="0",
        DEEPSHIELD_TAG="lab",
        EDGE_SUBNET="10.231.232.0/28",
    )


if __name__ == "__main__":
    sys.exit(main())
