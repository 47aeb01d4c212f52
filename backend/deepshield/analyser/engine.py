"""The detector in the analysing process: loaded once, warm between files. The worker never imports it."""

from __future__ import annotations

import ctypes
import gc
import importlib
import json
import math
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import cv2
import numpy as np

import bundles
import detector.contracts
from deepshield.analyser.protocol import LARGEST_FILE, Setup
from deepshield.domain.fingerprints import LEAST_QUALITY, MOST_FRAMES, FramePrint
from deepshield.domain.marks import Mark
from deepshield.domain.policies import PolicyTask, Rule
from deepshield.provenance.reading import read_provenance
from deepshield.provenance.trust import TrustFolder
from deepshield.reports.folder import DOCUMENT, write_folder
from deepshield.result import AnalysisResult, JudgedBy
from deepshield.result_provenance import Provenance
from detector.analyze import Options, analyze
from detector.calibrate import DecisionRule
from detector.contracts import ErrorCode, Instant, Limits, MediaError, ProgressCallback
from detector.media.preview import make_preview
from detector.model import Model, load_model

_MODEL_MB = 512  # of the process, that the networks and the frames in work need
_LEAST_FOR_DECODING = 64 * 2**20
_SOUND_SHARE = 6  # of the time for decoding, one part is for the sound
_WARM_SIDE = 256  # pixels
# Otherwise imported during the first video, which would wait for them.
_OF_VIDEOS = ("scipy.optimize", "matplotlib.backends.backend_agg")
_ALLOCATION_FAILED = ("bad_alloc", "bad allocation", "Failed to allocate memory", "Insufficient memory")


class Engine:
    """A loaded model with the options of the settings; raises as `detector.model.load_model`."""

    def __init__(self, setup: Setup) -> None:
        folder = Path(setup.bundle) if setup.bundle else bundles.default_bundle()
        self._model = _with_threshold(
            load_model(folder, setup.runtime, setup.device),  # type: ignore[arg-type]  # from the settings' words
            setup.threshold,
        )
        self._options = Options(
            frames=setup.max_frames,
            limits=Limits(
                max_bytes=setup.max_bytes,
                max_seconds=setup.max_seconds,
                decode_seconds=setup.decode_seconds,
                sound_seconds=min(Limits().sound_seconds, setup.decode_seconds / _SOUND_SHARE),
                max_memory=max(_LEAST_FOR_DECODING, (setup.memory_mb - _MODEL_MB) * 2**20),
            ),
        )
        self._trust = TrustFolder(None if setup.trust_lists is None else Path(setup.trust_lists))
        self._libc = ctypes.CDLL(None)
        self._warm(setup.plots)
        gc.collect()
        gc.freeze()  # objects made so far live for ever; scanning them would cost each job 40 ms

    @property
    def bundle(self) -> tuple[str, str, str]:
        """Hash, name and version of the bundle."""
        manifest = self._model.manifest
        assert manifest is not None
        assert self._model.bundle_sha256 is not None
        return self._model.bundle_sha256, manifest.name, manifest.version

    def analyze(
        self,
        path: Path,
        folder: Path,
        progress: ProgressCallback,
        mark: Mark | None = None,
        policies: Sequence[PolicyTask] = (),
    ) -> tuple[AnalysisResult, tuple[str, ...], tuple[FramePrint, ...]]:
        """Return the result of a file, or of a face in it, the names of files written to ``folder``, and the
        fingerprints of frames that have enough in them to be recognised by.

        It is judged by the one of ``policies`` that is for the loaded bundle, if there is one.
        """
        marked = None if mark is None else _marked(mark)
        model = self._model
        policy = next((one for one in policies if one.bundle_sha256 == model.bundle_sha256), None)
        if policy is not None:
            rules = replace(model.rules, decision=ruled_by(model.rules.decision, policy.rule))
            model = replace(model, rules=rules)
        analysis = analyze(path, model, self._options, progress, marked)
        result = write_folder(analysis, model, path, folder)
        if policy is not None:
            judged_by = JudgedBy(number=policy.number, name=policy.name)
            result = result.model_copy(update={"policy": judged_by})
        files = tuple(sorted(file.name for file in folder.iterdir() if file.name != DOCUMENT))
        return result, files, _prints(analysis)

    def preview(self, path: Path, target: Path, seconds: float, halted: Callable[[], None]) -> bool:
        """Write a video's preview to ``target``; returns whether it has sound, raises as `make_preview`."""
        return make_preview(path, target, self._options.limits, seconds, LARGEST_FILE, halted)

    def describe(self, path: Path, on_record: Callable[[Provenance], None]) -> Provenance:
        """Return what a file says of itself; as `read_provenance`, which raises OSError."""
        return read_provenance(path, self._trust.current(), on_record)

    def explain(self, error: Exception) -> tuple[str, str, dict[str, Any]]:
        """Return code, message and details for the user; an internal error is logged with its traceback."""
        if isinstance(error, MediaError):
            return error.code.value, error.message, json.loads(json.dumps(error.details, default=str))
        traceback.print_exception(error)
        if isinstance(error, OSError):
            return ErrorCode.INTERNAL_ERROR.value, "The results could not be written.", {"errno": error.errno}
        return ErrorCode.INTERNAL_ERROR.value, "The analysis failed.", {}

    def is_out_of_memory(self, error: Exception) -> bool:
        """Return whether a library reports a failed allocation by another exception than MemoryError."""
        return any(words in str(error) for words in _ALLOCATION_FAILED)

    def release_memory(self) -> None:
        """Return memory to the system."""
        gc.collect()
        if hasattr(self._libc, "malloc_trim"):
            self._libc.malloc_trim(0)

    def _warm(self, plots: bool) -> None:
        """Make the first calls of libraries, which initialise them."""
        self._model.detector.detect([np.zeros((_WARM_SIDE, _WARM_SIDE, 3), np.uint8)])
        cv2.applyColorMap(np.zeros((8, 8), np.uint8), cv2.COLORMAP_JET)
        for module in _OF_VIDEOS if plots else ():
            importlib.import_module(module)


def _prints(analysis: detector.contracts.Analysis) -> tuple[FramePrint, ...]:
    usable = [one for one in analysis.prints if one.fingerprint.quality >= LEAST_QUALITY]
    step = max(1, math.ceil(len(usable) / MOST_FRAMES))
    return tuple(
        FramePrint(
            one.timestamp_ms,
            one.fingerprint.quality,
            "".join(f"{number:064x}" for number in one.fingerprint.hashes),
        )
        for one in usable[::step]
    )


def _marked(mark: Mark) -> detector.contracts.Mark:
    instant = Instant(mark.timestamp_ms, mark.frame_index)
    return detector.contracts.Mark(mark.box, instant)


def _with_threshold(model: Model, threshold: float | None) -> Model:
    if threshold is None:
        return model
    return replace(model, rules=replace(model.rules, decision=moved(model.rules.decision, threshold)))


def ruled_by(rule: DecisionRule, policy: Rule) -> DecisionRule:
    """Return the rule with what a policy sets in it; what it leaves, such as the least sharpness, stays."""
    least = policy.minimums
    return replace(
        rule,
        threshold=policy.threshold,
        abstain_low=policy.abstain_low,
        abstain_high=policy.abstain_high,
        smallest_face_px=least.smallest_face_px,
        least_frames=least.least_frames,
        least_share=least.least_share,
        none_below=None if rule.none_below is None else min(rule.none_below, policy.threshold),
    )


def moved(rule: DecisionRule, threshold: float) -> DecisionRule:
    """Return the rule with another threshold.

    The abstain band keeps its distances to it, within [0, 1]; what lies under ``none_below`` was measured and
    stays, as far as it lies under the threshold.
    """
    band = rule.band.at(threshold)
    return replace(
        rule,
        threshold=threshold,
        abstain_low=band.low,
        abstain_high=band.high,
        none_below=None if rule.none_below is None else min(rule.none_below, threshold),
    )
