"""The client packages as they are built, against the service over real sockets."""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import api_world as world
import pytest
from broken_line import breaking
from live_server import listening
from service_parts import MakeResources, RecordingAnnouncer

from deepshield.domain.errors import DeepShieldError
from deepshield.domain.scopes import Scope
from deepshield.jobs.lookup import find_view
from deepshield.keys.making import make_key
from deepshield.persistence.repositories import jobs
from deepshield.resources import Resources

ROOT = Path(__file__).parents[3]
DIST = ROOT / "clients/dist"
pytestmark = [
    pytest.mark.integration,
    pytest.mark.skipif(not DIST.is_dir(), reason="the clients are not built: make clients"),
]

MB = 1024**2
LARGE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * (4096 * 18)  # 18 MB: three requests
Program = Callable[..., dict[str, Any]]

PYTHON = """
import json, sys
from deepshield_client import ApiError, Code, DeepShield, JobFailedError
url, key, *files = sys.argv[1:]
answers = {}
with DeepShield(url, key=key or None) as client:
    for file in files:
        try:
            job = client.analyze(file, timeout=30)
            answers[file] = {"id": job.job_id, "sha256": job.sha256, "verdict": job.result.verdict}
            client.delete(job.job_id)
        except (ApiError, JobFailedError) as error:
            assert isinstance(error.code, Code)
            answers[file] = {"code": error.code, "again": error.again}
print(json.dumps(answers))
"""
NODE = """
import { ApiError, CODES, DeepShield, JobFailedError } from "@deepshield/client";
const [url, key, ...files] = process.argv.slice(2);
const answers = {};
const client = new DeepShield(url, key === "" ? {} : { key });
for (const file of files) {
  try {
    const job = await client.analyze(file, { timeout: 30000 });
    answers[file] = { id: job.job_id, sha256: job.sha256, verdict: job.result.verdict };
    await client.delete(job.job_id);
  } catch (error) {
    if (!(error instanceof ApiError || error instanceof JobFailedError)) throw error;
    if (!(error.code in CODES)) throw error;
    answers[file] = { code: error.code, again: error.again };
  }
}
console.log(JSON.stringify(answers));
"""


class Finishing(RecordingAnnouncer):
    """Completes announced jobs, but those of files that are called broken."""

    resources: Resources

    def announce(self, job_id: str, queue: str) -> bool:
        broken = find_job_name(self.resources, job_id).startswith("broken")
        (world.fail if broken else world.complete)(self.resources, job_id)
        return super().announce(job_id, queue)


def find_job_name(resources: Resources, job_id: str) -> str:
    with resources.database.read() as session:
        job = jobs.get(session, job_id)
        assert job is not None
        return job.original_filename


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One kind of database is enough: this is about what stands in front."""
    return sqlite_url


@pytest.fixture
def service(make_resources: MakeResources) -> Resources:
    resources = make_resources(rate={"limit_rps": 0}, file={"max_upload_mb": 20})
    announcer = Finishing()
    announcer.resources = resources
    object.__setattr__(resources, "announcer", announcer)
    return resources


@pytest.fixture(scope="module", params=["python", "node"])
def program(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """Run a program that uses the built package and nothing of this repository; return what it prints."""
    folder = tmp_path_factory.mktemp("user")
    command = (in_python if request.param == "python" else in_node)(folder)

    def run(*arguments: object) -> dict[str, Any]:
        done = subprocess.run(
            [*command, *map(str, arguments)], capture_output=True, text=True, timeout=120, cwd=folder
        )
        assert done.returncode == 0, done.stderr
        answers: dict[str, Any] = json.loads(done.stdout)
        return answers

    return run


def in_python(folder: Path) -> list[str]:
    (wheel,) = DIST.glob("deepshield_client-*.whl")
    shutil.unpack_archive(wheel, folder / "site", "zip")
    (folder / "use.py").write_text(f"import sys; sys.path.insert(0, {str(folder / 'site')!r})\n{PYTHON}")
    return [sys.executable, str(folder / "use.py")]


def in_node(folder: Path) -> list[str]:
    if shutil.which("node") is None:
        pytest.skip("Node.js is not installed")
    (pack,) = DIST.glob("deepshield-client-*.tgz")
    modules = folder / "node_modules"
    (modules / "@deepshield").mkdir(parents=True)
    with tarfile.open(pack) as archive:
        archive.extractall(modules / "@deepshield", filter="data")
    (modules / "@deepshield/package").rename(modules / "@deepshield/client")
    for name in ("openapi-fetch", "openapi-typescript-helpers"):  # what the package depends on
        (modules / name).symlink_to(ROOT / "clients/typescript/node_modules" / name)
    (folder / "use.mjs").write_text(NODE)
    return ["node", str(folder / "use.mjs")]


def test_files_are_sent_awaited_and_deleted(program: Program, service: Resources, tmp_path: Path) -> None:
    owner, _ = world.account(service)
    key = make_key(service, owner, name="a", scopes=list(Scope), expires_at=None).secret
    large, small, broken = (tmp_path / name for name in ("größe.png", "small.png", "broken.png"))
    large.write_bytes(LARGE)
    small.write_bytes(world.PICTURE)
    broken.write_bytes(world.PICTURE + b"broken")
    page = tmp_path / "page.png"
    page.write_bytes(b"<html>" * 200)
    with listening(service) as address:
        answers = program(address, key, large, small, broken, page)
        for file in (large, small):
            answer = answers[str(file)]
            assert answer["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
            assert answer["verdict"] == "manipulated"
        assert answers[str(broken)] == {"code": "VIDEO_DECODE_ERROR", "again": False}
        assert answers[str(page)] == {"code": "INVALID_MAGIC_BYTES", "again": False}
        with pytest.raises(DeepShieldError, match="cannot show"):  # it has been deleted
            find_view(service, owner, answers[str(large)]["id"])
        refused = program(address, "ds_invented", small)
        assert refused[str(small)] == {"code": "UNAUTHORIZED", "again": False}


def test_a_visitor_can_delete_what_it_has_sent(program: Program, service: Resources, tmp_path: Path) -> None:
    small = tmp_path / "small.png"
    small.write_bytes(world.PICTURE)
    with listening(service) as address:
        assert "id" in program(address, "", small)[str(small)]
    assert list(service.store.list("uploads/")) == []


def test_a_broken_line_costs_a_part(program: Program, service: Resources, tmp_path: Path) -> None:
    large = tmp_path / "large.png"
    large.write_bytes(LARGE)
    with listening(service) as address, breaking(address, 12 * MB) as line:
        answer = program(line.address, "", large)[str(large)]
        assert line.has_broken
    assert answer["sha256"] == hashlib.sha256(LARGE).hexdigest()
    assert len(LARGE) < line.sent < len(LARGE) + 9 * MB, "the file is not sent again as a whole"
