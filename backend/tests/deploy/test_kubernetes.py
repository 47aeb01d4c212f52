"""The manifests are complete, confined, set by variables that exist, and share the trust lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from deepshield.settings import variables

pytestmark = pytest.mark.deploy

FOLDER = Path(__file__).parents[3] / "deploy" / "kubernetes"
KUSTOMIZATION: dict[str, Any] = yaml.safe_load((FOLDER / "kustomization.yaml").read_text())
ALL: list[dict[str, Any]] = [
    one for name in KUSTOMIZATION["resources"] for one in yaml.safe_load_all((FOLDER / name).read_text())
]
PODS: dict[str, dict[str, Any]] = {
    one["metadata"]["name"]: one["spec"]["template"]["spec"]
    for one in ALL
    if one["kind"] in ("Deployment", "Job")
}


def named(kind: str, name: str) -> dict[str, Any]:
    return next(one for one in ALL if (one["kind"], one["metadata"]["name"]) == (kind, name))


def mounts(pod: str) -> dict[str, dict[str, Any]]:
    return {mount["mountPath"]: mount for mount in PODS[pod]["containers"][0]["volumeMounts"]}


def test_every_manifest_is_applied() -> None:
    files = {path.name for path in FOLDER.glob("*.yaml")} - {"kustomization.yaml"}
    assert set(KUSTOMIZATION["resources"]) == files


@pytest.mark.parametrize("name", sorted(PODS))
def test_every_pod_is_confined_and_has_what_it_mounts(name: str) -> None:
    pod = PODS[name]
    assert pod["automountServiceAccountToken"] is False
    assert pod["securityContext"]["runAsNonRoot"] is True
    volumes = {volume["name"] for volume in pod.get("volumes", ())}
    for container in pod["containers"]:
        context = container["securityContext"]
        assert context["readOnlyRootFilesystem"] is True
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert {mount["name"] for mount in container.get("volumeMounts", ())} == volumes


def test_settings_are_those_that_there_are() -> None:
    assert set(named("ConfigMap", "deepshield")["data"]) <= set(variables())


def test_trust_lists_are_written_by_the_api_and_read_by_workers_of_any_node() -> None:
    folder = named("ConfigMap", "deepshield")["data"]["PROVENANCE_TRUST_DIR"]
    claim = named("PersistentVolumeClaim", "deepshield-trust")
    assert claim["spec"]["accessModes"] == ["ReadWriteMany"]
    for name, read_only in (("deepshield-api", False), ("deepshield-worker", True)):
        mount = mounts(name)[folder]
        volumes = {one["name"]: one for one in PODS[name]["volumes"]}
        assert volumes[mount["name"]]["persistentVolumeClaim"]["claimName"] == claim["metadata"]["name"]
        assert mount.get("readOnly", False) is read_only
