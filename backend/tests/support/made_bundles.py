"""Bundles of made-up bytes whose hashes are right: for what loads none of them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any


def write_bundle(
    folder: Path, name: str = "desk", version: str = "2.1.1+desk.3", candidate: dict[str, Any] | None = None
) -> str:
    """Write a bundle into a new folder, with the decision rule of a released one; return its SHA-256."""
    folder.mkdir(parents=True)
    files = {
        part: f"{part} of {name} {version}".encode()
        for part in ("model.onnx", "model.safetensors", "golden.npz")
    }
    for part, data in files.items():
        (folder / part).write_bytes(data)
    manifest = {
        "name": name,
        "version": version,
        "decision": {"threshold": 0.75, "abstain_low": 0.5, "abstain_high": 0.75},
        "files": {part: hashlib.sha256(data).hexdigest() for part, data in files.items()},
    }
    text = json.dumps(manifest)
    (folder / "bundle.json").write_text(text)
    (folder / "CARD.md").write_text(f"# {name}\n")
    sha256 = hashlib.sha256(text.encode()).hexdigest()
    if candidate is not None:
        document = {"bundle": {"name": name, "version": version, "sha256": sha256}, **candidate}
        (folder / "candidate.json").write_text(json.dumps(document))
    return sha256


def passes(_: Path | None) -> str:
    """Stand in for the golden test, which loads the engine."""
    return "passed"
