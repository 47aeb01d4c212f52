"""Parts in milliseconds per frame, faces followed and searched for, and files side by side in their order."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import pytest

from benchmarks.following import Tally
from benchmarks.parts import Meter, figures_of
from deepshield.cli import side_by_side
from detector.analyze import Options
from detector.contracts import SMALLEST_FACE_PX, Box, Detection, Frame, Image
from detector.model import Model


def test_parts_are_per_frame() -> None:
    meter = Meter()
    meter.seconds.update({"P-Net": 0.5, "cropping": 0.25})
    meter.inputs["P-Net"] = 200
    figures = figures_of("360p", meter, 100)
    assert [(one.name, one.value) for one in figures] == [
        ("360p: P-Net (2 inputs)", 5.0),
        ("360p: cropping", 2.5),
    ]


@dataclass
class Fixed:
    """A detector that finds the same faces in every frame."""

    boxes: tuple[Box, ...]
    name: str = "fixed"

    def detect(self, frames: list[Image], smallest_px: float = SMALLEST_FACE_PX) -> list[list[Detection]]:
        return [[Detection(box, 0.995, None) for box in self.boxes] for _ in frames]

    def follow(
        self, frames: list[Image], places: list[list[Box]], smallest_px: float = SMALLEST_FACE_PX
    ) -> list[list[Detection]]:
        return self.detect(frames, smallest_px)


def test_faces_of_48_px_that_following_loses_or_adds_are_counted() -> None:
    large, other, small = (0.0, 0.0, 60.0, 60.0), (100.0, 0.0, 160.0, 60.0), (0.0, 100.0, 30.0, 130.0)
    frames = [Frame(i, 100.0 * i, np.full((200, 200, 3), 90, np.uint8)) for i in range(2)]
    tally = Tally()
    tally.add(frames, cast("Any", Fixed((large, other))), cast("Any", Fixed((large, small))))
    assert (tally.faces, tally.found, tally.sure, tally.sure_found) == (2, 2, 2, 2)
    assert (tally.followed, tally.more) == (4, 2)
    tally.add(frames, cast("Any", Fixed((other,))), cast("Any", Fixed((large,))))
    assert (tally.faces, tally.found) == (4, 2)


@pytest.mark.parametrize(
    ("device", "large", "together"), [("cpu", 9, True), ("cpu", 0, False), ("cuda", 9, False)]
)
def test_files_come_in_their_order_and_an_error_is_the_files_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, device: str, large: int, together: bool
) -> None:
    files = [tmp_path / f"{i}.jpg" for i in range(7)]
    for file in files:
        file.write_bytes(b"1234")
    begun: list[str] = []
    given: list[int] = []

    def analyze(path: Path, *arguments: object) -> str:
        given.append(len(arguments))
        if path.stem == "3":
            raise ValueError(path.stem)
        return path.stem

    monkeypatch.setattr(side_by_side, "_SMALL_BYTES", large)
    monkeypatch.setattr("detector.analyze.analyze", analyze)
    model = cast("Model", type("M", (), {"device": device, "detector": type("D", (), {"name": "mtcnn"})}))

    def begin(file: Path) -> Any:
        begun.append(file.stem)
        return lambda _: None

    outcomes = []
    for file, analysis in side_by_side.analyses(files, model, Options(), begin):
        try:
            outcomes.append((file.stem, cast("object", analysis())))
        except ValueError as error:
            outcomes.append((file.stem, error.args))
    assert outcomes == [(i, ("3",) if i == "3" else i) for i in "0123456"]
    assert begun == list("0123456")
    assert given == [2 if together else 3] * 7
