"""`deepshield evaluate`: measures the model on files whose labels are known."""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.progress import TimeRemainingColumn as TimeRemaining

import bundles
from deepshield.cli.evaluation_tables import print_report
from deepshield.cli.inputs import find_files
from deepshield.cli.options import Bundle, Device, FaceDetector, MaxFrames, Runtime
from deepshield.cli.summary import printable
from deepshield.evaluation.labelled import LabelError, LabelledFile, read_labelled
from deepshield.evaluation.outcomes import LogError, OutcomeLog, examine
from deepshield.evaluation.report import COLUMNS, LabelledOutcomes, curves, judge_of, label_outcomes, report
from detector.analyze import Options
from detector.bundle import BundleError
from detector.model import Model, load_model
from detector.runtimes.choice import RuntimeUnavailableError

EXIT_USAGE, EXIT_SOME_FAILED = 2, 3
_VERSION = re.compile(r"[a-z0-9][a-z0-9._-]*@[1-9]\d{0,8}", re.ASCII)
_MEDIA = "media"
REPORT, FIGURES, CONFUSION = "report.json", "figures.png", "confusion.png"


def evaluate(
    source: Annotated[
        Path,
        typer.Argument(
            metavar="DIR|MANIFEST|NAME@NUMBER",
            help="A folder with real/ and fake/ in it or below it, a .jsonl or .csv with file,label, or a "
            "version of a data set of this service.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write report, outcomes and plots here; a second call resumes."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON, no tables.")] = False,
    false_alarms: Annotated[
        float, typer.Option(min=0.0001, max=0.5, help="Share of authentic files that may be flagged.")
    ] = 0.05,
    root: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Where a manifest's paths start; default: its own folder."),
    ] = None,
    split: Annotated[
        str | None, typer.Option(help="Only files of a manifest or data set that are of this split.")
    ] = None,
    account: Annotated[
        str | None, typer.Option(metavar="EMAIL", help="Of a data set: the account that takes it out.")
    ] = None,
    workspace: Annotated[
        str | None, typer.Option(metavar="ID", help="Of a data set: its workspace, if not the personal one.")
    ] = None,
    max_frames: MaxFrames = 32,
    runtime: Runtime = "auto",
    device: Device = "auto",
    detector: FaceDetector = "mtcnn",
    bundle: Bundle = None,
) -> None:
    """Measure the model on your own labelled media, with the code that the service runs.

    Exit codes: 0 all files analysed, 2 the command cannot run as asked, 3 some file could not be analysed.
    """
    with _version(source, account, workspace, out) as unpacked:
        from_file = unpacked or source
        how = (max_frames, runtime, device, detector, bundle)
        _measure(from_file, root, split, out, as_json, false_alarms, *how)


@contextmanager
def _version(
    source: Path, account: str | None, workspace: str | None, out: Path | None
) -> Iterator[Path | None]:
    """Yield the manifest of a version of a data set, unpacked; None where ``source`` is a path.

    It is unpacked below ``out``, so that a second call finds the same files, or for as long as this takes.
    """
    if source.exists() or not _VERSION.fullmatch(str(source)):
        yield None
        return
    if account is None:
        typer.echo(f"deepshield: name the account that takes out {source} with --account", err=True)
        raise typer.Exit(EXIT_USAGE)
    from deepshield.cli.dataset import exported  # here, since only this needs the service
    from deepshield.cli.service import opened_by
    from deepshield.datasets.exporting import unpack

    with ExitStack() as stack:
        folder = out / _MEDIA if out is not None else Path(stack.enter_context(TemporaryDirectory()))
        with opened_by(account, workspace) as (resources, owner):
            view = exported(resources, owner, str(source), "evaluation")
            manifest = unpack(resources, view, folder)
        files = view.row.counts["files"]
        if view.kept < files:
            typer.echo(f"deepshield: {files - view.kept} of {files} files are not kept any more", err=True)
        yield manifest


def _measure(
    source: Path,
    root: Path | None,
    split: str | None,
    out: Path | None,
    as_json: bool,
    false_alarms: float,
    max_frames: int,
    runtime: Runtime,
    device: Device,
    detector: FaceDetector,
    bundle: Bundle,
) -> None:
    try:
        files = read_labelled(source, root, lambda folder: find_files([folder]))
        files = [file for file in files if split is None or file.split == split]
        if not files:
            told = (
                "put them into folders named real and fake" if split is None else f"none is of split {split}"
            )
            raise LabelError(f"{source} has no labelled media: {told}")
        model = load_model(bundle or bundles.default_bundle(), runtime, device, detector)
        how = {"bundle": model.bundle_sha256, "frames": max_frames, "detector": detector}
        log = OutcomeLog(out, how)
    except (LabelError, LogError, BundleError, RuntimeUnavailableError) as error:
        typer.echo(f"deepshield: {error}", err=True)
        raise typer.Exit(EXIT_USAGE) from error
    try:
        _examine_all(files, model, Options(frames=max_frames, moments=0), log)
    finally:
        log.close()
    judge = judge_of(model)
    labelled = label_outcomes(files, [log.done[str(file.path)] for file in files], judge)
    document = report(labelled, judge, false_alarms)
    if as_json:
        sys.stdout.write(json.dumps(document, indent=2) + "\n")
    else:
        print_report(Console(soft_wrap=False), document)
    if out is not None:
        _write(out, labelled, document)
    if document["failed"]:
        raise typer.Exit(EXIT_SOME_FAILED)


def _examine_all(files: list[LabelledFile], model: Model, options: Options, log: OutcomeLog) -> None:
    """Analyse the files that the log lacks; on a terminal, a progress bar goes to standard error."""
    left = [file for file in files if str(file.path) not in log.done]
    console = Console(stderr=True)
    columns = (
        *(TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()),
        *(TimeElapsedColumn(), TextColumn("left"), TimeRemaining()),
    )
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bars:
        task = bars.add_task("", total=len(files), completed=len(files) - len(left))
        for file in left:
            bars.update(task, description=printable(file.path.name))
            log.add(examine(file.path, model, options))
            bars.advance(task)


def _write(out: Path, labelled: LabelledOutcomes, document: dict[str, Any]) -> None:
    from measures.plots import draw_confusion, draw_figures  # imported here, since matplotlib takes a second

    (out / REPORT).write_text(json.dumps(document, indent=2) + "\n")
    rows = document["calibration"]["reliability"]
    draw_figures(curves(labelled), rows, out / FIGURES, per="data set", reliability_label="these files")
    draw_confusion(document["confusion"], COLUMNS, out / CONFUSION)
