"""Options shared by the commands that analyse."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from detector.model import DetectorName
from detector.runtimes.choice import DeviceName, RuntimeName

MaxFrames = Annotated[int, typer.Option(min=1, max=512, help="Frames sampled from a video.")]
Runtime = Annotated[RuntimeName, typer.Option(help="What computes the networks.")]
Device = Annotated[DeviceName, typer.Option(help="Where they are computed.")]
FaceDetector = Annotated[DetectorName, typer.Option(help="How faces are found.")]
Bundle = Annotated[Path | None, typer.Option(metavar="DIR", help="Model bundle; default: the released one.")]
