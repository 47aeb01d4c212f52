"""The model bundle: a folder with everything about a model, and the only thing that can be deployed.

``bundle.json`` (this module's `Manifest`), ``model.onnx`` and ``model.safetensors`` (the same weights for
the two runtimes) and ``golden.npz`` (crops, labels and the logits they must give). Loading refuses what is
not whole: a changed byte, another crop version, weights that were never measured, logits that differ from the
golden ones, a head that cannot separate the golden fakes from the golden reals. Nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path
from statistics import NormalDist
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from detector.aggregate import METHOD, AggregationRule
from detector.calibrate import Calibration, DecisionRule
from detector.contracts import CropSpec, Floats, Image, Trace
from detector.faces.crop import CROP_VERSIONS
from detector.networks import Network
from detector.preprocess import normalise
from detector.score import Scores, score_crops

SCHEMA_VERSION: Literal[1] = 1
MANIFEST = "bundle.json"
ONNX, WEIGHTS, GOLDEN = "model.onnx", "model.safetensors", "golden.npz"
_PICKLES = (".pt", ".pth", ".pkl", ".pickle", ".ckpt", ".bin", ".joblib", ".npy")
# An authentic and a manipulated golden crop in random order are ranked right by chance half the time.
_LEAST_GOLDEN_AUC = 0.75
# float32 sums in another order differ in the sixth digit; half precision in the third.
GOLDEN_TOLERANCE = {"cpu": 1e-3, "cuda": 5e-2}

_Z = NormalDist()

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class BundleError(Exception):
    """The bundle must not be deployed; the message says why."""


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Source(_Strict):
    """A set of training data."""

    name: str
    files: Annotated[int, Field(gt=0)]
    licence: str


class DatasetFigures(_Strict):
    """Measured figures on one labelled set; intervals are 95 %, bootstrapped over groups."""

    dataset: str
    unit: Literal["image", "video"]
    real: Annotated[int, Field(ge=0)]
    fake: Annotated[int, Field(ge=0)]
    auc: Share | None = None
    auc_interval: tuple[Share, Share] | None = None
    average_precision: Share | None = None
    eer: Share | None = None
    tpr_at_fpr_1: Share | None = None
    tpr_at_fpr_5: Share | None = None
    flagged_real: Share | None = None  # share of authentic files with the verdict "manipulated"
    flagged_fake: Share | None = None
    abstained: Share | None = None


class Metrics(_Strict):
    """What was measured, and on which weights; figures of other weights are no figures of these."""

    weights_sha256: Sha256
    datasets: Annotated[tuple[DatasetFigures, ...], Field(min_length=1)]
    mean_auc: Share
    mean_auc_interval: tuple[Share, Share]
    ece: Share
    reliability: tuple[tuple[Share, Share, int], ...]  # mean estimate, share manipulated, files; per bin
    reliability_intervals: tuple[tuple[Share, Share], ...] = ()  # of each bin's share; bundles may have none

    def above_chance(self) -> bool:
        """Whether some data set's AUC lies above one half, with its interval widened for their number.

        The mean over the sets does not show it: kinds of manipulation that a model misses by design lie at or
        below chance and hide those that it finds. The 95 % interval's lower half is stretched to a joint
        95 % over all sets (Bonferroni, by the normal approximation).
        """
        measured = [(d.auc, d.auc_interval) for d in self.datasets if d.auc is not None and d.auc_interval]
        if not measured:
            return False
        stretch = _Z.inv_cdf(1.0 - 0.025 / len(measured)) / _Z.inv_cdf(0.975)
        return any(auc - stretch * (auc - low) > 0.5 for auc, (low, _) in measured)


class Training(_Strict):
    """How the weights came to be."""

    recipe: str
    start: str
    steps: Annotated[int, Field(gt=0)]
    seed: int
    data: Annotated[tuple[Source, ...], Field(min_length=1)]


class Manifest(_Strict):
    """``bundle.json``."""

    schema_version: Literal[1]
    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,63}$")]
    version: str
    architecture: str
    labels: tuple[Literal["real"], Literal["manipulated"]]
    traces: Annotated[tuple[Trace, ...], Field(min_length=1, max_length=2)]  # in the order of the logits
    classifier_bias: tuple[float, ...]  # of each trace
    crop: CropSpec
    aggregation: AggregationRule
    calibration: Calibration
    decision: DecisionRule
    training: Training
    metrics: Metrics
    files: dict[str, Sha256]

    @model_validator(mode="after")
    def _consistent(self) -> Manifest:
        if self.crop.version not in CROP_VERSIONS:
            raise ValueError(f"crop version {self.crop.version!r} is not one of {sorted(CROP_VERSIONS)}")
        if self.aggregation.method != METHOD:
            raise ValueError(f"aggregation method {self.aggregation.method!r} is not {METHOD!r}")
        if len(set(self.traces)) != len(self.traces):
            raise ValueError("a trace is named twice")
        if len(self.classifier_bias) != len(self.traces):
            raise ValueError(f"{len(self.classifier_bias)} biases for {len(self.traces)} traces")
        if missing := {ONNX, WEIGHTS, GOLDEN} - set(self.files):
            raise ValueError(f"no hash for {sorted(missing)}")
        if self.metrics.weights_sha256 != self.files[WEIGHTS]:
            raise ValueError("the metrics were measured on other weights: this model is unmeasured")
        if not self.metrics.above_chance():
            raise ValueError("no data set shows an AUC above chance: this model detects nothing")
        if not 0.0 < self.calibration.slope < math.inf:
            raise ValueError("the calibration does not rise with the logit")
        rule = self.decision
        if not rule.abstain_low <= rule.threshold <= rule.abstain_high:
            raise ValueError("the threshold lies outside the abstain band")
        if rule.none_below is not None and not 0.0 < rule.none_below <= rule.threshold:
            raise ValueError("the range of files without signs does not end below the threshold")
        return self


@dataclass(frozen=True, slots=True)
class Golden:
    """Crops ``(N, S, S, 3) uint8``, logits ``(N, T)`` and labels ``(N,)``, 1 for manipulated."""

    crops: Image
    logits: Floats
    labels: Floats


@dataclass(frozen=True, slots=True)
class Bundle:
    """A folder whose files are what its manifest says."""

    folder: Path
    manifest: Manifest
    golden: Golden
    sha256: str  # of bundle.json, which names all the others


def read_bundle(folder: Path) -> Bundle:
    """Check a bundle's files and schema without computing anything; raises `BundleError`."""
    try:
        text = (folder / MANIFEST).read_bytes()
    except OSError as error:
        raise BundleError(f"{folder} is no bundle: {MANIFEST} cannot be read") from error
    for path in sorted(folder.iterdir()):
        if path.suffix.lower() in _PICKLES:
            raise BundleError(f"{path.name}: pickled files can run code when they are opened and are refused")
    try:
        manifest = TypeAdapter(Manifest).validate_json(text)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or MANIFEST
        raise BundleError(f"{MANIFEST}: {where}: {first['msg']}") from error
    for name, expected in manifest.files.items():
        _check_hash(folder, name, expected)
    return Bundle(folder, manifest, _read_golden(folder / GOLDEN, manifest), hashlib.sha256(text).hexdigest())


def verify_golden(bundle: Bundle, scorer: Network, tolerance: float) -> float:
    """Score the golden crops and return the largest deviation; raises `BundleError` when it is too large.

    Also refuses a scorer no trace of which ranks the golden fakes above the golden reals: a random or
    untrained head gives constant or unordered logits however well its hashes fit.
    """
    golden, traces = bundle.golden, len(bundle.manifest.traces)
    first = scorer.run(normalise([golden.crops[0]], bundle.manifest.crop))
    if len(first) != len(Scores._fields) or first[0].shape != (1, traces):
        raise BundleError(
            f"{ONNX} does not give logits of {traces} traces, their maps and pooled features: "
            "write it again with `python -m training regraph`"
        )
    logits = score_crops(scorer, list(golden.crops), bundle.manifest.crop).logits
    deviation = float(np.abs(logits - golden.logits).max())
    if not deviation <= tolerance:
        raise BundleError(
            f"the golden crops score {deviation:.3g} off their recorded logits (at most {tolerance:g})"
        )
    fakes, reals = logits[golden.labels > 0.5], logits[golden.labels <= 0.5]
    wins = (fakes[:, None] > reals[None, :]).mean((0, 1)).max() if fakes.size and reals.size else 0.0
    if wins < _LEAST_GOLDEN_AUC:
        raise BundleError(
            "the model does not rank the golden fakes above the golden reals: its head looks untrained"
        )
    return deviation


def file_sha256(path: Path) -> str:
    """Return a file's SHA-256 in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_hash(folder: Path, name: str, expected: str) -> None:
    if Path(name).name != name:
        raise BundleError(f"{MANIFEST}: {name!r} is not a plain file name")
    try:
        actual = file_sha256(folder / name)
    except OSError as error:
        raise BundleError(f"{name} is missing or cannot be read") from error
    if actual != expected:
        raise BundleError(f"{name} is not the file that {MANIFEST} names: its SHA-256 differs")


def _read_golden(path: Path, manifest: Manifest) -> Golden:
    try:
        with np.load(path, allow_pickle=False) as arrays:
            golden = Golden(arrays["crops"], arrays["logits"], arrays["labels"])
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise BundleError(f"{path.name} cannot be read") from error
    side = manifest.crop.size
    if golden.crops.ndim != 4 or golden.crops.shape[1:] != (side, side, 3) or golden.crops.dtype != np.uint8:
        raise BundleError(f"{path.name}: the crops are {golden.crops.shape}, the bundle's crop is {side} px")
    if len({len(golden.crops), len(golden.logits), len(golden.labels)}) != 1:
        raise BundleError(f"{path.name}: crops, logits and labels differ in number")
    if golden.logits.shape != (len(golden.logits), len(manifest.traces)):
        raise BundleError(
            f"{path.name}: the logits are not those of the bundle's {len(manifest.traces)} traces"
        )
    if not len(golden.crops):
        raise BundleError(f"{path.name} holds no crops")
    return golden
