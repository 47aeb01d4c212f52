"""A job's evidence package: what is in it, who gets it, and that every change of it is found."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import api_world as world
import pytest
import typer
from fastapi.testclient import TestClient
from service_parts import Run
from sqlalchemy import delete

from deepshield.cli.verify import verify
from deepshield.domain.clock import now
from deepshield.evidence_package import composing
from deepshield.evidence_package.archive import ZipStream
from deepshield.evidence_package.checking import UnreadablePackageError, check_package
from deepshield.jobs.lookup import find_view
from deepshield.persistence.tables import Job, Result
from deepshield.resources import Resources

pytestmark = pytest.mark.api

Files = dict[str, bytes]
ARTIFACT = f"artifacts/{world.CROP}"


@pytest.fixture
def client(resources: Resources) -> Iterator[TestClient]:
    with world.serving(resources) as client:
        yield client


def completed(client: TestClient, resources: Resources) -> str:
    upload = {"file": ("picture.png", world.PICTURE, "image/png")}
    answer = client.post("/api/analyze-image", files=upload).json()
    lease = world.leases.claim(resources, answer["job_id"], "worker")
    assert lease is not None
    world.finish(resources, lease, sha256=lease.sha256)
    return lease.job_id


def fetched(client: TestClient, job_id: str, path: Path) -> Path:
    answer = client.get(f"/api/jobs/{job_id}/evidence.zip?exchange_hashes=true")
    assert answer.status_code == 200, answer.text
    path.write_bytes(answer.content)
    return path


def test_it_holds_file_result_artifacts_and_custody_and_agrees(
    client: TestClient, resources: Resources, tmp_path: Path
) -> None:
    job_id = completed(client, resources)
    path = fetched(client, job_id, tmp_path / "a.zip")
    with zipfile.ZipFile(path) as package:
        assert package.testzip() is None
        names = package.namelist()
        custody = json.loads(package.read("custody.json"))
        assert package.read(names[0]) == world.PICTURE
    assert names[0].startswith("file/")
    assert names[0].endswith(".png")
    assert names[1:] == [
        f"artifacts/{world.CROP}",
        f"artifacts/{world.OVERLAY}",
        "result.json",
        "custody.json",
        "README.txt",
        "manifest.json",
    ]
    assert custody["sha1"]
    assert [row["action"] for row in custody["log"]] == ["job.accepted", "job.completed", "evidence.made"]
    checked = check_package(path)
    assert (checked.problems, checked.manifest.missing) == ((), [])
    assert checked.result is not None


def test_what_has_been_deleted_is_named(client: TestClient, resources: Resources, tmp_path: Path) -> None:
    job_id = completed(client, resources)
    with resources.database.write() as session:
        job = session.get(Job, job_id)
        assert job is not None
        job.upload_key = None
    checked = check_package(fetched(client, job_id, tmp_path / "a.zip"))
    assert checked.problems == ()
    assert [name.partition("/")[0] for name in checked.manifest.missing] == ["file"]


def test_it_is_the_owners_alone_and_of_ended_jobs(client: TestClient, resources: Resources) -> None:
    owner, headers = world.account(resources)
    _, others = world.account(resources)
    path = f"/api/jobs/{world.completed(resources, owner)}/evidence.zip"
    assert client.get(path, headers=others).status_code == 404
    assert client.get(path, headers=headers).status_code == 200
    assert client.get(f"/api/jobs/{world.queued(resources)}/evidence.zip").status_code == 409


def rewritten(path: Path, change: Callable[[Files], None]) -> Path:
    with zipfile.ZipFile(path) as package:
        files = {name: package.read(name) for name in package.namelist()}
    change(files)
    with zipfile.ZipFile(path, "w") as package:
        for name, data in files.items():
            package.writestr(name, data)
    return path


def _in_part(*, withheld: bool, both: bool = False) -> Callable[[Files], None]:
    """Alter the result under the name of one in part, as a forger would; the hashes are of what is there."""

    def act(files: Files) -> None:
        forged, manifest = files["result.json"] + b"\n", json.loads(files["manifest.json"])
        files["result-without-places.json"] = forged
        entry = next(one for one in manifest["entries"] if one["name"] == "result.json")
        digest = hashlib.sha256(forged).hexdigest()
        named = {"name": "result-without-places.json", "size_bytes": len(forged), "sha256": digest}
        manifest["entries"].append(named)
        if not both:
            files.pop("result.json")
            manifest["entries"].remove(entry)
        manifest["withheld"] = ["result.json"] if withheld else []
        files["manifest.json"] = json.dumps(manifest).encode()

    return act


def _of_log(change: Callable[[list[dict[str, object]]], None]) -> Callable[[Files], None]:
    """Change the log and the manifest with it, as a forger would."""

    def act(files: Files) -> None:
        custody, manifest = json.loads(files["custody.json"]), json.loads(files["manifest.json"])
        change(custody["log"])
        files["custody.json"] = json.dumps(custody).encode()
        entry = next(one for one in manifest["entries"] if one["name"] == "custody.json")
        entry["size_bytes"] = len(files["custody.json"])
        entry["sha256"] = hashlib.sha256(files["custody.json"]).hexdigest()
        files["manifest.json"] = json.dumps(manifest).encode()

    return act


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            lambda files: files.update({ARTIFACT: b"other"}),
            f"changed: {ARTIFACT}",
        ),
        (lambda files: files.pop("README.txt"), "missing: README.txt"),
        (lambda files: files.update(extra=b""), "not in the manifest: extra"),
        (
            lambda files: files.update({"result.json": files["result.json"].replace(b"0.", b"1.", 1)}),
            "the result is not the one whose hash is in the log",
        ),
        (
            _in_part(withheld=False),
            "result-without-places.json is in the package, "
            "and the manifest does not say that result.json was withheld",
        ),
        (
            _in_part(withheld=True, both=True),
            "result.json and result-without-places.json are both in the package",
        ),
        (_of_log(lambda log: log[0].update(actor="ada")), "row 1 of the log was changed: job.accepted"),
        (_of_log(lambda log: log.insert(0, log.pop(1))), "row 1 of the log is not in its order"),
    ],
)
def test_every_change_is_found(
    client: TestClient, resources: Resources, tmp_path: Path, change: Callable[[Files], None], problem: str
) -> None:
    path = fetched(client, completed(client, resources), tmp_path / "a.zip")
    assert problem in check_package(rewritten(path, change)).problems


def test_of_a_result_in_part_is_said_that_the_log_does_not_have_it(
    client: TestClient, resources: Resources, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = fetched(client, completed(client, resources), tmp_path / "a.zip")
    assert not check_package(path).in_part
    with pytest.raises(typer.Exit) as ended:
        verify(rewritten(path, _in_part(withheld=True)), None)
    assert ended.value.exit_code == 3
    assert "whether it is the one in the log cannot be checked" in capsys.readouterr().out


def test_the_command_checks_packages(
    client: TestClient, resources: Resources, tmp_path: Path, run: Run
) -> None:
    path = fetched(client, completed(client, resources), tmp_path / "a.zip")
    original, other = tmp_path / "picture.png", tmp_path / "other.png"
    original.write_bytes(world.PICTURE)
    other.write_bytes(b"x")
    done = run("verify", path, "--file", original)
    assert (done.returncode, "agree with the manifest" in done.stdout) == (0, True), done.stderr
    assert run("verify", path, "--file", other).returncode == 1
    path.write_bytes(path.read_bytes()[:-200])
    assert run("verify", path).returncode == 2


def test_no_package_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("manifest.json", b"{}")
    with pytest.raises(UnreadablePackageError):
        check_package(path)


def test_it_is_streamed_in_bounded_memory() -> None:
    stream, sent = ZipStream(now()), io.BytesIO()
    pieces = list(stream.add("file/a", (bytes(1000) for _ in range(100))))
    assert max(map(len, pieces)) < 3000
    for piece in (*pieces, stream.close()):
        sent.write(piece)
    with zipfile.ZipFile(sent) as package:
        assert len(package.read("file/a")) == 100_000


def test_a_job_without_a_result_has_a_package(resources: Resources, tmp_path: Path) -> None:
    view = find_view(resources, None, world.failed(resources))
    path = tmp_path / "a.zip"
    path.write_bytes(b"".join(composing.evidence_zip(resources, view)))
    checked = check_package(path)
    assert (checked.result, checked.problems) == (None, ("the file is not the one that was received",))
    path.write_bytes(b"".join(composing.evidence_zip(resources, replace(view, shows_places=False))))
    (withheld,) = check_package(path).manifest.withheld
    with zipfile.ZipFile(path) as package:
        readme = package.read("README.txt").decode()
    assert withheld in readme
    assert "result-without-places" not in readme


def test_a_result_that_is_deleted_meanwhile_is_missing(resources: Resources, tmp_path: Path) -> None:
    view = find_view(resources, None, world.completed(resources))
    with resources.database.write() as session:
        session.execute(delete(Result).where(Result.job_id == view.job.id))
    path = tmp_path / "a.zip"
    path.write_bytes(b"".join(composing.evidence_zip(resources, view)))
    checked = check_package(path)
    assert checked.result is None
    assert (checked.manifest.missing, checked.manifest.withheld) == (["result.json"], [])
