"""`deepshield analyze`: screens files and folders without the service."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

import bundles
from deepshield.cli.inputs import find_files
from deepshield.cli.options import Bundle, Device, FaceDetector, MaxFrames, Runtime
from deepshield.cli.side_by_side import analyses
from deepshield.cli.summary import print_summary, printable
from deepshield.provenance.credentials import Trust
from deepshield.provenance.reading import read_provenance
from deepshield.provenance.trust import TrustFolder
from deepshield.reports.document import file_json, result_document, unanalysed
from deepshield.reports.folder import folder_name, write_folder
from deepshield.result import AnalysisResult, Unanalysed
from deepshield.result_provenance import UNREADABLE, Provenance
from detector.analyze import Options
from detector.bundle import BundleError
from detector.contracts import Analysis, ErrorCode, MediaError, Progress, ProgressCallback
from detector.model import Model, load_model
from detector.runtimes.choice import RuntimeUnavailableError

EXIT_USAGE, EXIT_SOME_FAILED = 2, 3


def analyze(
    paths: Annotated[
        list[Path], typer.Argument(metavar="PATH...", help="Images, videos, and folders of them.")
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write a folder per file here: analysis.json, heatmaps, timeline."),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON document per line instead of a summary.")
    ] = False,
    max_frames: MaxFrames = 32,
    runtime: Runtime = "auto",
    device: Device = "auto",
    detector: FaceDetector = "mtcnn",
    bundle: Bundle = None,
    trust_lists: Annotated[
        Path,
        typer.Option(
            envvar="PROVENANCE_TRUST_DIR",
            metavar="DIR",
            help="Trust lists for signed records, which `deepshield provenance trust-list` installs.",
        ),
    ] = Path("data/trust"),
) -> None:
    """Screen images and videos for manipulated faces.

    Exit codes: 0 all files analysed, 2 the command cannot run as asked, 3 some file could not be analysed.
    """
    if out is not None:
        try:
            out.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            typer.echo(f"deepshield: {out} cannot be written: {error.strerror}", err=True)
            raise typer.Exit(EXIT_USAGE) from error
    try:
        model = load_model(bundle or bundles.default_bundle(), runtime, device, detector)
    except (BundleError, RuntimeUnavailableError) as error:
        typer.echo(f"deepshield: {error}", err=True)
        raise typer.Exit(EXIT_USAGE) from error
    files = list(find_files(paths))
    if not files:
        typer.echo("deepshield: no images or videos found", err=True)
        raise typer.Exit(EXIT_USAGE)
    console = Console(soft_wrap=True)
    trust = TrustFolder(trust_lists).current()
    failed = False
    taken: set[str] = set()
    with _progress_bars(console, len(files)) as begin:
        for file, analysis in analyses(files, model, Options(frames=max_frames), begin):
            folder = out / folder_name(file, taken) if out else None
            outcome = _written(file, analysis, model, folder, trust)
            failed |= isinstance(outcome, Unanalysed)
            if as_json:
                sys.stdout.write(file_json(file, outcome) + "\n")  # not through the console, which would wrap
                sys.stdout.flush()
            else:
                print_summary(console, file, outcome, folder)
    if failed:
        raise typer.Exit(EXIT_SOME_FAILED)


def _written(
    file: Path, analysis: Callable[[], Analysis], model: Model, folder: Path | None, trust: Trust
) -> AnalysisResult | Unanalysed:
    """Return a file's result and write its folder; an error is returned in place of the result."""
    try:
        done = analysis()
        provenance = _provenance(file, trust)
        if folder is None:
            return result_document(done, model, provenance=provenance)
        return write_folder(done, model, file, folder, provenance)
    except MediaError as error:
        return unanalysed(error)
    except Exception as error:  # noqa: BLE001 - one file that reveals a defect does not end the run
        fault = f"{type(error).__name__}: {error}"
        return unanalysed(MediaError(ErrorCode.INTERNAL_ERROR, f"The analysis failed: {fault}"))


def _provenance(file: Path, trust: Trust) -> Provenance:
    """Return what the file says of itself, whose reading harms no result."""
    try:
        return read_provenance(file, trust)
    except Exception:  # noqa: BLE001 - what a library does over a stranger's file
        return UNREADABLE


class _Begin:
    """Starts a file's bar and returns the callback that moves it."""

    def __init__(self, bars: Bars | None, total: int) -> None:
        self._bars = bars
        self._all = bars.add_task("all files", total=total, count="files") if bars and total > 1 else None
        self._one = bars.add_task("", total=None, count="") if bars else None
        self._begun = 0

    def __call__(self, file: Path) -> ProgressCallback:
        bars, one = self._bars, self._one
        if bars is None or one is None:
            return lambda _: None
        if self._all is not None:
            bars.update(self._all, completed=self._begun)
        self._begun += 1
        name = printable(file.name)

        def move(state: Progress) -> None:
            stage = state.stage.replace("_", " ")
            bars.update(
                one,
                description=f"{name}: {stage}",
                total=state.frames_planned or None,
                completed=state.frames_decoded,
            )

        bars.reset(one, description=name, total=None)
        return move


@contextmanager
def _progress_bars(console: Console, total: int) -> Iterator[_Begin]:
    """Show bars on a terminal and nothing where the output is piped."""
    if not console.is_terminal:
        yield _Begin(None, total)
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Bars(*columns, console=console, transient=True) as bars:
        yield _Begin(bars, total)
