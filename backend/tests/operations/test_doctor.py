"""The doctor's findings, on healthy and on damaged services."""

from __future__ import annotations

import hashlib
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import typer
from service_parts import MakeResources, RecordingAnnouncer, Run
from services import free_port
from sqlalchemy import text
from typer.testing import CliRunner

from deepshield.cli import doctor as doctor_command
from deepshield.cli import jobs as jobs_command
from deepshield.cli import service
from deepshield.domain.jobs import MediaKind
from deepshield.jobs.submit import Submission, submit
from deepshield.operations import checkup, integrity
from deepshield.persistence.repositories import jobs
from deepshield.resources import Resources

pytestmark = pytest.mark.integration

CONTENT = b"some bytes"


@pytest.fixture(autouse=True)
def _no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkup, "_bundle", lambda _: "left out here")


def add_job(resources: Resources, content: bytes = CONTENT) -> str:
    key = f"uploads/{hashlib.sha256(os.urandom(8)).hexdigest()}"
    store(resources, key, content)
    digest = hashlib.sha256(CONTENT).hexdigest()
    job, _ = submit(
        resources, None, Submission(MediaKind.IMAGE, "a.png", "image/png", len(content), digest, key, None)
    )
    return job.id


def store(resources: Resources, key: str, content: bytes) -> None:
    with resources.store.writer(key) as writer:
        writer.write(content)
        writer.commit()


def unwell(resources: Resources, **options: bool) -> dict[str, str]:
    return {one.subject: one.detail for one in checkup.examine(resources, **options) if one.ok is False}


def tomorrow() -> datetime:
    return datetime.now(UTC) + timedelta(days=1)


def test_a_service_in_order_has_nothing_to_tell(resources: Resources) -> None:
    add_job(resources)
    findings = list(checkup.examine(resources))
    assert [one.subject for one in findings] == [
        "database",
        "migrations",
        "broker",
        "storage",
        "trust lists",
        "model bundle",
        "workers",
        "orphans",
        "audit log",
        "checksums",
    ]
    unsure = [one.subject for one in findings if not one.ok]
    assert unsure == ["trust lists"], findings  # none is installed


def test_orphans_are_found_and_repaired_but_not_what_is_just_coming_in(make_resources: MakeResources) -> None:
    later = make_resources(clock=tomorrow)
    add_job(later)
    store(later, "uploads/lost", b"x")
    store(later, "artifacts/gone/token/map.png", b"x")
    assert unwell(make_resources()) == {}
    assert "2 stored files without a row" in unwell(later)["orphans"]
    assert unwell(later, repair=True) == {}
    assert list(integrity.orphans(later)) == []
    assert unwell(later) == {}


def test_changed_and_missing_files_are_told(resources: Resources) -> None:
    add_job(resources, content=b"other bytes")
    missing = add_job(resources)
    with resources.database.read() as session:
        job = jobs.get(session, missing)
        assert job is not None
        assert job.upload_key is not None
        resources.store.delete(job.upload_key)
    told = unwell(resources)["checksums"]
    assert told.startswith("2 files are missing or changed")
    assert "changed" in told
    assert f"{job.upload_key} missing" in told
    assert unwell(resources, read_files=False) == {}


def test_a_broker_that_is_away_is_told(resources: Resources) -> None:
    assert isinstance(resources.announcer, RecordingAnnouncer)
    resources.announcer.away = True
    assert list(unwell(resources)) == ["broker"]


def test_an_old_schema_is_told_and_rows_are_left_alone(resources: Resources) -> None:
    with resources.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = 'old'"))
    findings = {one.subject: one.ok for one in checkup.examine(resources)}
    assert findings["migrations"] is False
    unchecked = [subject for subject, ok in findings.items() if ok is None]
    assert unchecked == ["trust lists", "workers", "orphans", "audit log", "checksums"]


def test_the_command_fails_and_shows_no_password(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://someone:hunter2@127.0.0.1:{free_port()}/none")
    monkeypatch.setenv("INFER_MODEL_WEIGHTS_PATH", str(tmp_path))
    told = run("doctor", cwd=tmp_path)
    assert told.returncode == 1
    lines = {line.split()[0]: line for line in told.stdout.splitlines() if line.strip()}
    assert "FAILED" in lines["database"]
    assert "FAILED" in lines["model"]
    assert "ok" in lines["storage"]
    assert "hunter2" not in told.stdout + told.stderr
    listed = run("jobs", "list", cwd=tmp_path)
    assert (listed.returncode, listed.stdout) == (1, "")
    assert "doctor" in listed.stderr


@pytest.mark.parametrize(
    ("name", "value"), [("DATABASE_URL", "nonsense"), ("STORAGE_DATA_DIR", "/dev/null/files")]
)
def test_what_cannot_be_opened_is_said_without_a_traceback(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    told = run("doctor", cwd=tmp_path)
    assert told.returncode == 1
    assert "cannot be opened; check the settings" in told.stderr
    assert "Traceback" not in told.stderr


def test_ids_and_hashes_are_printed_whole_on_a_narrow_terminal(
    resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr(service, "load_settings", lambda: resources.settings)
    monkeypatch.setattr(service, "open_resources", lambda _: resources)
    job = add_job(resources)
    assert job in CliRunner().invoke(jobs_command.app, ["list"]).stdout
    monkeypatch.setattr(doctor_command, "load_settings", lambda: resources.settings)
    monkeypatch.setattr(doctor_command, "open_resources", lambda _: resources)
    digest = "d7" * 40
    finding = checkup.Finding("audit log", True, f"the newest hash is {digest}")
    monkeypatch.setattr(doctor_command, "examine", lambda *_, **__: [finding])
    app = typer.Typer()
    app.command()(doctor_command.doctor)
    printed = CliRunner().invoke(app, []).stdout
    assert digest in "".join(printed.split())
