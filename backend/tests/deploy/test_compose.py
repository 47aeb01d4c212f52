"""What is started by compose is confined, healthy by proof, and set by variables that exist."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from deepshield.resolver.confinement import MEMORY_BYTES
from deepshield.resolver.server import AT_ONCE
from deepshield.settings import variables

pytestmark = pytest.mark.deploy

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docker-compose.yml").read_text()
MANAGED = (ROOT / "deploy" / "compose" / "managed.yml").read_text()
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {"migrate", "api", "worker", "worker-gpu", "scheduler"}
SECRETS = {"POSTGRES_PASSWORD", "REDIS_PASSWORD", "SAAS_JWT_SECRET"}
DOCKERFILES = [ROOT / "backend" / "Dockerfile", ROOT / "frontend" / "Dockerfile"]


def each(*without: str) -> Any:
    return pytest.mark.parametrize("name", sorted(SERVICES.keys() - set(without)))


@each()
def test_every_container_is_confined(name: str) -> None:
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not service.get("privileged")
    limits = service["deploy"]["resources"]["limits"]
    assert {"cpus", "memory", "pids"} <= limits.keys()
    assert re.sub(r"\$\{\w+:-(.*)\}", r"\1", limits["cpus"]) in {"0", "1"}, (
        "the engine refuses more than there are"
    )


@each("migrate", "minio-volume")
def test_every_service_restarts_and_its_health_is_asked(name: str) -> None:
    service = SERVICES[name]
    assert service["restart"] == "unless-stopped"
    own = "healthcheck" in service
    assert own or "build" in service, "an image of another project may have no check of its own"


def test_only_the_proxy_is_reached_from_outside() -> None:
    published = {name for name, service in SERVICES.items() if service.get("ports")}
    assert published == {"nginx", "grafana"}
    assert all(port.startswith(("127.0.0.1:", "${PUBLISH_ADDRESS:-127.0.0.1}:")) for name in published
               for port in SERVICES[name]["ports"])  # fmt: skip
    inner = {name for name, service in SERVICES.items() if "outside" in service.get("networks", ())}
    assert inner == {"nginx", "api", "grafana", "scheduler"}, "the API fetches, the scheduler sends webhooks"
    assert all(COMPOSE["networks"][network]["internal"] for network in ("edge", "inner"))


def test_the_resolver_meets_the_scheduler_alone_and_knows_no_secret() -> None:
    resolver = SERVICES["resolver"]
    assert resolver["profiles"] == ["resolver"]
    assert not {"env_file", "environment", "volumes", "ports"} & resolver.keys()
    assert set(resolver["networks"]) == {"asking", "posts"}
    assert COMPOSE["networks"]["asking"]["internal"]
    for name, service in SERVICES.items():
        shared = {"asking", "posts"} & set(service.get("networks", ()))
        assert shared == {"scheduler": {"asking"}, "resolver": {"asking", "posts"}}.get(name, set()), name
    limit = resolver["deploy"]["resources"]["limits"]["memory"]
    beside = 128 * 1024**2  # the server, the health check and /tmp
    assert limit == "1g"
    assert AT_ONCE * MEMORY_BYTES + beside <= 1024**3, "a page ends its own process, not the container"
    stage = DOCKERFILES[0].read_text().partition("FROM python AS resolver\n")[2].partition("\nFROM ")[0]
    assert "USER 10002:10002" in stage
    assert "/package" not in stage


def test_secrets_have_no_defaults() -> None:
    for name in SECRETS:
        used = re.findall(rf"\$\{{{name}([^}}]*)\}}", TEXT)
        assert used
        assert all(rest.startswith(":?") for rest in used), name
    assert not re.search(r"(?i)(password|secret)\w*:\s*[a-z0-9]", TEXT)


def test_every_variable_is_explained_in_the_example() -> None:
    example = set(re.findall(r"^([A-Z0-9_]+)=", (ROOT / ".env.example").read_text(), re.MULTILINE))
    assert set(re.findall(r"(?<!\$)\$\{([A-Z0-9_]+)", TEXT + MANAGED)) <= example


@pytest.mark.parametrize("name", sorted(OURS))
def test_our_parts_get_settings_that_there_are(name: str) -> None:
    environment = SERVICES[name]["environment"]
    assert set(environment) <= set(variables())
    assert environment["DEEPSHIELD_ENV"] == "production"
    assert SERVICES[name]["env_file"] == ".env"


def test_the_schema_comes_before_the_code_that_needs_it() -> None:
    for name in OURS - {"migrate"}:
        assert SERVICES[name]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
        assert SERVICES[name]["environment"]["RUN_DB_MIGRATIONS_ON_STARTUP"] == "false"
    assert SERVICES["nginx"]["depends_on"]["api"] == {"condition": "service_healthy"}


def test_redis_keeps_what_it_is_told_and_refuses_what_does_not_fit() -> None:
    command = " ".join(SERVICES["redis"]["command"])
    assert "--appendonly yes" in command
    assert "--maxmemory-policy noeviction" in command


def test_images_have_versions() -> None:
    images = [service["image"] for service in SERVICES.values()]
    images += [line.split("=", 1)[1] for file in DOCKERFILES for line in file.read_text().splitlines()
               if line.startswith("ARG ") and line.endswith(("bookworm", "slim"))]  # fmt: skip
    for image in images:
        assert ":" in image, image
        assert not image.endswith((":latest", ":stable")), image
        assert "alpine" not in image


@pytest.mark.parametrize("file", DOCKERFILES, ids=lambda file: file.parent.name)
def test_dockerfiles_keep_the_rules(file: Path) -> None:
    text = re.sub(r"\\\n\s*", " ", file.read_text())
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    assert not [line for line in lines if line.startswith("ADD ")]
    assert not re.search(r"curl [^|]*\|\s*(ba)?sh|sudo |apt-get upgrade|chmod 777|:latest", text)
    assert all("--require-hashes" in line for line in lines if " -r /requirements" in line)
    assert all("npm ci" in line for line in lines if "npm" in line and "install" in line)
    assert not re.search(r"(?i)(password|secret|token)\s*=\s*\w", text)
    users = [line for line in lines if line.startswith("USER ")]
    assert users
    assert all(re.fullmatch(r"USER [1-9]\d*:[1-9]\d*", line) for line in users), "numbers, and not root"
    assert "HEALTHCHECK" in text
    assert "<<" not in text
    assert not text.startswith("# syntax")


def test_make_env_writes_secrets_that_nobody_else_has(tmp_path: Path) -> None:
    written = []
    for number in range(2):
        folder = tmp_path / str(number)
        (folder / "deploy").mkdir(parents=True)
        for name in (".env.example", "deploy/make_env.sh"):
            (folder / name).write_text((ROOT / name).read_text())
        subprocess.run(["/bin/sh", str(folder / "deploy" / "make_env.sh")], check=True, capture_output=True)
        assert (folder / ".env").stat().st_mode & 0o077 == 0
        written.append(dict(re.findall(r"^([A-Z0-9_]+)=(.*)$", (folder / ".env").read_text(), re.MULTILINE)))
    for name in SECRETS | {"GRAFANA_PASSWORD"}:
        assert len(written[0][name]) >= 32
        assert written[0][name] != written[1][name]
    assert written[0]["SAAS_REQUIRE_AUTH"] == "true"


def test_make_env_leaves_one_that_is_there(tmp_path: Path) -> None:
    (tmp_path / "deploy").mkdir()
    (tmp_path / "deploy" / "make_env.sh").write_text((ROOT / "deploy" / "make_env.sh").read_text())
    (tmp_path / ".env").write_text("SAAS_JWT_SECRET=mine\n")
    subprocess.run(["/bin/sh", str(tmp_path / "deploy" / "make_env.sh")], check=True, capture_output=True)
    assert (tmp_path / ".env").read_text() == "SAAS_JWT_SECRET=mine\n"
