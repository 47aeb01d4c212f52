"""The documents name what there is, all of it, and nothing that is not there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from service_parts import MakeSettings, Run

from deepshield.api.app import create_app
from deepshield.domain.failures import Code
from deepshield.observability import metrics
from deepshield.settings import variables

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
DOCS = {path.stem: path.read_text() for path in (ROOT / "docs").glob("*.md")}


def test_every_route_is_in_the_overview(make_settings: MakeSettings) -> None:
    paths = set(create_app(make_settings()).openapi()["paths"])
    assert {path for path in paths if f"{path}`" not in DOCS["api"]} == set()
    named = set(re.findall(r"`(?:GET |POST |DELETE )?(/api/[^`?]*)`", DOCS["api"]))
    assert named - paths - {"/api/openapi.json", "/api/docs"} == set()


def test_every_variable_that_is_named_exists() -> None:
    compose = (ROOT / "docker-compose.yml").read_text()
    known = set(variables()) | set(re.findall(r"\$\{([A-Z0-9_]+)", compose))
    groups = {name.split("_")[0] for name in known if "_" in name}
    for name in ("getting-started", "api", "saas", "operations"):
        text = DOCS[name]
        named = {word for word in re.findall(r"\b[A-Z]+(?:_[A-Z]+)+\b", text) if word.split("_")[0] in groups}
        codes = {code.value for code in Code}
        assert named - known - codes == set(), name


def test_every_metric_that_is_named_exists() -> None:
    source = Path(metrics.__file__).read_text()
    named = set(re.findall(r"`(deepshield_\w+)`", DOCS["operations"]))
    assert named
    assert {name for name in named if f'"{name}"' not in source} == set()


def test_every_command_that_is_named_exists(run: Run) -> None:
    text = "\n".join(DOCS.values()) + (ROOT / "README.md").read_text()
    named = set(re.findall(r"(?:^    |`|/)deepshield ([a-z]+)(?: ([a-z]+(?:-[a-z]+)*))?", text, re.MULTILINE))
    commands = run("--help").stdout
    assert {command for command, _ in named if f" {command} " not in commands} == set()
    for group in ("jobs", "admin"):
        subcommands = run(group, "--help").stdout
        assert {
            sub for name, sub in named if name == group and sub and f" {sub} " not in subcommands
        } == set()
