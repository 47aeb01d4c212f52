"""A stack whose files, rows and messages are kept elsewhere."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

from accounts import Account
from composed import PROJECT, Stack, change_env, read_env, until
from stand_ins import image, provide

_OUTSIDE = ("db", "broker", "objects")


def bundled(stack: Stack) -> str:
    """Start anew with the object store of profile s3; no file is kept in a volume of the service."""
    told = provide(stack, "minio")
    stack.compose("--profile", "*", "down", "--volumes")
    change_env(stack.folder, STORAGE_BACKEND="s3", S3_ENDPOINT_URL="http://minio:9000")
    stack.compose("--profile", "s3", "up", "--detach", "--wait", "--wait-timeout", "180")
    kept = _used(Account(stack, "grace"), stack)
    count = (
        "from deepshield.settings import load_settings; from deepshield.storage import open_store;"
        "print(len(list(open_store(load_settings()).list(''))))"
    )
    objects = int(stack.compose("exec", "-T", "scheduler", "python", "-c", count))
    assert objects > kept, "the artifacts and the upload lie in the object store"
    return f"{told}; {objects} objects"


def managed(stack: Stack) -> str:
    """Run the service on a PostgreSQL, a Redis and an object store that no compose project knows."""
    stack.compose("--profile", "*", "down", "--volumes")
    stack.files = ("docker-compose.yml", "deploy/compose/managed.yml")
    password = read_env(stack.folder)["POSTGRES_PASSWORD"]
    change_env(
        stack.folder,
        MANAGED_DATABASE_URL=f"postgresql://deepshield:{password}@db/deepshield",
        MANAGED_BROKER_URL="redis://broker:6379/0",
        S3_ENDPOINT_URL="http://objects:9000",
    )
    with _outside(stack):
        stack.compose("up", "--detach", "--wait", "--wait-timeout", "180")
        _used(Account(stack, "joan"), stack)
        services = {one["Config"]["Labels"]["com.docker.compose.service"] for one in stack.containers()}
        assert services == {"migrate", "api", "worker", "scheduler", "nginx"}, services
        stack.compose("--profile", "*", "down", "--volumes")
    return f"in compose: {', '.join(sorted(services))}"


def _used(account: Account, stack: Stack) -> int:
    """Analyse a clip, fetch all that came of it; return how many files that is."""
    answer = account.completed(account.upload("clip.mp4"))
    files = stack.compose("exec", "-T", "api", "find", "/data/files", "-type", "f")
    assert not files.strip(), "nothing is kept beside the object store"
    return len(answer["artifacts"])


@contextmanager
def _outside(stack: Stack) -> Iterator[None]:
    """Start the three in containers of their own, in the network that leads out."""
    secrets = read_env(stack.folder)
    keys = [
        f"MINIO_ROOT_USER={secrets['S3_ACCESS_KEY_ID']}",
        f"MINIO_ROOT_PASSWORD={secrets['S3_SECRET_ACCESS_KEY']}",
    ]
    database = [
        "POSTGRES_USER=deepshield",
        "POSTGRES_DB=deepshield",
        f"POSTGRES_PASSWORD={secrets['POSTGRES_PASSWORD']}",
    ]
    described = json.loads(stack.compose("--profile", "*", "config", "--format", "json"))
    store = described["services"]["minio"]["image"]
    if not _engine_answers("image", "inspect", store):
        store = image("minio")
    made = {
        "db": (database, ["postgres:15-bookworm"]),
        "broker": ([], ["redis:7-bookworm"]),
        "objects": (keys, ["--tmpfs", "/data", store, "minio", "server", "/data"]),
    }
    _engine("network", "create", "--label", f"com.docker.compose.project={PROJECT}",
            "--label", "com.docker.compose.network=outside", f"{PROJECT}_outside")  # fmt: skip
    try:
        for name, (variables, rest) in made.items():
            given = [word for variable in variables for word in ("--env", variable)]
            _engine("run", "--detach", "--name", f"{PROJECT}-{name}", "--network", f"{PROJECT}_outside",
                    "--network-alias", name, *given, *rest)  # fmt: skip
        query = ("psql", "-h", "127.0.0.1", "-U", "deepshield", "-c", "SELECT 1")
        until(lambda: _engine_answers("exec", f"{PROJECT}-db", *query), 60, "the database outside")
        yield
    finally:
        for name in _OUTSIDE:
            _engine_answers("rm", "--force", "--volumes", f"{PROJECT}-{name}")


def _engine(*arguments: str) -> None:
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.stderr}"


def _engine_answers(*arguments: str) -> bool:
    return not subprocess.run(["docker", *arguments], capture_output=True, check=False).returncode
