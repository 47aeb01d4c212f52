"""Alert rules fire when they should; rules and dashboard use only metrics that the service exports."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from service_parts import MakeResources

from deepshield.observability import metrics
from deepshield.persistence.repositories import figures

pytestmark = pytest.mark.deploy

DEPLOY = Path(__file__).parents[3] / "deploy"
RULES = DEPLOY / "prometheus" / "rules.yml"
DASHBOARD = DEPLOY / "grafana" / "dashboards" / "deepshield.json"

needs_promtool = pytest.mark.skipif(
    shutil.which("promtool") is None,
    reason="promtool is not installed; `make setup-dev` installs it when run as root (package prometheus)",
)


@needs_promtool
def test_the_rules_fire_when_they_should() -> None:
    done = subprocess.run(
        ["promtool", "test", "rules", *map(str, sorted(RULES.parent.glob("*.test.yml")))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@needs_promtool
def test_prometheus_takes_the_configuration() -> None:
    done = subprocess.run(
        ["promtool", "check", "config", str(RULES.with_name("prometheus.yml"))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("file", [RULES, DASHBOARD], ids=lambda file: file.name)
def test_they_ask_for_metrics_that_there_are(make_resources: MakeResources, file: Path) -> None:
    resources = make_resources()
    with resources.database.read() as session:
        text = metrics.exposition(figures.count(session), [], resources.clock(), 1).decode()
    told = set(re.findall(r"^# TYPE (\w+) ", text, re.MULTILINE))
    asked = set(re.findall(r"\bdeepshield_\w+", file.read_text()))
    ends = r"_(total|bucket|sum|count)$"
    assert asked
    assert {name for name in asked if name not in told and re.sub(ends, "", name) not in told} == set()


def test_every_panel_has_a_query() -> None:
    panels = json.loads(DASHBOARD.read_text())["panels"]
    assert len({panel["id"] for panel in panels}) == len(panels)
    assert all(target["expr"] for panel in panels for target in panel["targets"])
