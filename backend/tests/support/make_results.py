"""Example results, as the engine makes them: ``make fixtures``.

The tests of both sides read them, in Python through `example_results`; one of them is the example of the
OpenAPI document.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import replace
from pathlib import Path

import result_media as media
from example_results import EXAMPLE, FOLDER, linked, stored_first

import bundles
from deepshield.analyser.engine import moved
from deepshield.provenance.credentials import Trust
from deepshield.provenance.reading import read_provenance
from deepshield.reports.folder import write_folder
from deepshield.result import AnalysisResult
from deepshield.result_reader import read_result
from detector.analyze import Options, analyze
from detector.model import Model, load_model

_OPTIONS = Options(frames=8, moments=3)
_UNCLEAR = 0.42  # threshold of an operator's whose abstain band holds the portrait's estimate


def make_results(folder: Path) -> dict[str, AnalysisResult]:
    """Make every example as a worker stores it, with media and artifacts written below ``folder``."""
    model = load_model(bundles.default_bundle(), "onnx", "cpu")
    stills = {
        "manipulated": (media.edited, model),
        "no_signs": (media.portrait, model),
        "unclear": (media.portrait, _with_threshold(model, _UNCLEAR)),
        "weak": (media.blurred, model),
        "no_face": (media.landscape, model),
    }
    made = {
        name: _result(media.write_still(picture, folder / f"{name}.jpg"), chosen)
        for name, (picture, chosen) in stills.items()
    }
    people = _result(media.write_clip(media.meeting(), folder / "people.mp4", media.tones()), model)
    return {
        **made,
        "people": people.model_copy(update={"preview_url": "preview.mp4"}),
        "earlier": read_result(stored_first("people")),
    }


def _result(file: Path, model: Model) -> AnalysisResult:
    said = read_provenance(file, Trust.of([]))
    return write_folder(analyze(file, model, _OPTIONS), model, file, file.with_suffix(".made"), said)


def _with_threshold(model: Model, threshold: float) -> Model:
    return replace(model, rules=replace(model.rules, decision=moved(model.rules.decision, threshold)))


def main() -> None:
    """Write the examples, and that of the OpenAPI document."""
    FOLDER.mkdir(exist_ok=True)
    EXAMPLE.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        made = make_results(Path(folder))
    for name, result in made.items():
        _write(FOLDER / f"{name}.json", result)
    _write(EXAMPLE, linked(made["manipulated"]))


def _write(file: Path, result: AnalysisResult) -> None:
    file.write_text(json.dumps(result.model_dump(mode="json"), indent=1) + "\n")


if __name__ == "__main__":
    main()
