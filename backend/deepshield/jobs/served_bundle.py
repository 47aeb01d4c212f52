"""The bundle that the service scores with, as its manifest describes it; the API never loads a model."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy.orm import Session

import bundles
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.facts import BundleFacts
from deepshield.domain.policies import Rule, bundle_rule
from deepshield.persistence.repositories import bundles as proposed
from deepshield.promotion.active import active_bundle
from deepshield.resources import Resources

_MANIFEST = "bundle.json"


@dataclass(frozen=True, slots=True)
class ServedBundle:
    """A bundle's manifest and identity."""

    facts: BundleFacts
    manifest: dict[str, Any]
    threshold: float  # in use: the operator's own, or the bundle's

    @property
    def own_rule(self) -> Rule:
        """The rule that it was measured with."""
        return bundle_rule(self.manifest["decision"])

    @property
    def rule(self) -> Rule:
        """The same at the threshold in use."""
        return bundle_rule(self.manifest["decision"], self.threshold)


def served_bundle(resources: Resources) -> ServedBundle:
    """Return the bundle in use: the operator's own, else the active one, else the released one.

    Raises `DeepShieldError` MODEL_NOT_AVAILABLE when it cannot be read.
    """
    settings = resources.settings.infer
    active = None if settings.model_weights_path is not None else active_bundle(resources)
    try:
        if active is not None:
            return _parsed(active.manifest.encode(), settings.fake_decision_threshold)
        folder = settings.model_weights_path or bundles.default_bundle()
        return _in_folder(folder, settings.fake_decision_threshold)
    except (OSError, ValueError, KeyError) as error:
        raise DeepShieldError(Code.MODEL_NOT_AVAILABLE) from error


def known_bundle(resources: Resources, session: Session, sha256: str) -> ServedBundle | None:
    """Return a bundle that is not in use as it would be served: a proposed one, or the released one.

    None for another, such as that of an earlier release.
    """
    threshold = resources.settings.infer.fake_decision_threshold
    row = proposed.by_sha256(session, sha256)
    if row is not None:
        return _parsed(row.manifest.encode(), threshold)
    try:
        released = _in_folder(bundles.default_bundle(), threshold)
    except (OSError, ValueError, KeyError):
        return None
    return released if released.facts.sha256 == sha256 else None


def _in_folder(path: Path, threshold: float | None) -> ServedBundle:
    folder = path if path.is_dir() else path.parent
    return _read(folder, threshold, (folder / _MANIFEST).stat().st_mtime_ns)


@functools.lru_cache(4)
def _read(folder: Path, threshold: float | None, _: int) -> ServedBundle:
    return _parsed((folder / _MANIFEST).read_bytes(), threshold)


@functools.lru_cache(4)
def _parsed(text: bytes, threshold: float | None) -> ServedBundle:
    manifest = json.loads(text)
    facts = BundleFacts(hashlib.sha256(text).hexdigest(), manifest["name"], manifest["version"])
    return ServedBundle(facts, manifest, threshold or manifest["decision"]["threshold"])
