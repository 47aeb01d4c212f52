"""A ready model: a verified bundle's rules, its scorer, and a face detector, on one runtime."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from detector.bundle import GOLDEN_TOLERANCE, Manifest, read_bundle, verify_golden
from detector.conclude import Rules
from detector.contracts import Detector
from detector.faces.haar import Haar
from detector.faces.mtcnn import Mtcnn
from detector.networks import Network, Runtime
from detector.runtimes.choice import DeviceName, RuntimeName, open_runtime
from detector.sound.speech import SpeechNetwork

DetectorName = Literal["mtcnn", "haar"]


@dataclass(frozen=True, slots=True)
class Model:
    """Everything that `analyze.analyze` needs beside the file. Stays warm between files.

    ``manifest`` and ``bundle_sha256`` are None only while a bundle is being made. Without ``speech`` nobody
    is heard.
    """

    rules: Rules
    scorer: Network
    detector: Detector
    runtime: str
    device: str
    manifest: Manifest | None = None
    bundle_sha256: str | None = None
    speech: SpeechNetwork | None = None


def load_model(
    folder: Path,
    runtime: RuntimeName = "auto",
    device: DeviceName = "auto",
    detector: DetectorName = "mtcnn",
) -> Model:
    """Open a bundle and check that it computes what it computed when it was measured.

    Raises `bundle.BundleError` and `runtimes.choice.RuntimeUnavailableError`.
    """
    bundle = read_bundle(folder)
    manifest = bundle.manifest
    opened = open_runtime(runtime, device)
    scorer = opened.scorer(folder, manifest.architecture)
    verify_golden(bundle, scorer, GOLDEN_TOLERANCE[opened.device])
    return Model(
        rules_of(manifest),
        scorer,
        open_detector(detector, opened),
        opened.name,
        opened.device,
        manifest,
        bundle.sha256,
        SpeechNetwork(),
    )


def rules_of(manifest: Manifest) -> Rules:
    """Return what a bundle concludes by."""
    return Rules(
        manifest.crop, manifest.aggregation, manifest.calibration, manifest.decision, manifest.traces
    )


def open_detector(name: DetectorName, runtime: Runtime) -> Detector:
    """Return the face detector asked for."""
    return Haar() if name == "haar" else Mtcnn(runtime.cascade())
