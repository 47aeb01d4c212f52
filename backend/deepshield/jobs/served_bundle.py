"""The bundle that the service scores with, as its manifest describes it; the API never loads a model."""

from __future__ import annotations

import functools
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bundles
from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.facts import BundleFacts
from deepshield.domain.policies import Rule, bundle_rule
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
    folder = settings.model_weights_path or bundles.default_bundle()
    folder = folder if folder.is_dir() else folder.parent
    try:
        if active is not None:
            return _parsed(active.manifest.encode(), settings.fake_decision_threshold)
        return _read(folder, settings.fake_decision_threshold, (folder / _MANIFEST).stat().st_mtime_ns)
    except (OSError, ValueError, KeyError) as error:
        raise DeepShieldError(Code.MODEL_NOT_AVAILABLE) from error


@functools.lru_cache(4)
def _read(folder: Path, threshold: float | None, _: int) -> ServedBundle:
    return _parsed((folder / _MANIFEST).read_bytes(), threshold)


@functools.lru_cache(4)
def _parsed(text: bytes, threshold: float | None) -> ServedBundle:
    manifest = json.loads(text)
    facts = BundleFacts(hashlib.sha256(text).hexdigest(), manifest["name"], manifest["version"])
    return ServedBundle(facts, manifest, threshold or manifest["decision"]["threshold"])
