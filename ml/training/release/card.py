"""A bundle's model card: what it was made of, what was measured, what it is for, and what it cannot do.

After Mitchell et al., "Model Cards for Model Reporting", 2019.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from detector.bundle import Manifest
from detector.contracts import CropSpec
from training.evaluation import tables
from training.photographs.pack import RECONSTRUCTED, RESTORED
from training.release.bundle_table import PLACE
from training.release.card_tables import accepted_note, failures, markdown, robustness, subgroups
from training.samples.blend import derived_for

_WEAK_AUC = 0.7
_CITATIONS = {
    "fairface_val": "FairFace, validation split; Kärkkäinen & Joo, WACV 2021",
    "voteview": "portraits collected by Voteview.com; Lewis et al.",
}

_CARD = """# {name} {version}

{accepted}## What it is for

`{architecture}` with one logit, for screening photographs and videos of faces: it sorts files by how much
their faces look blended, pasted or re-rendered, and flags the clearest ones for a person to look at. It is no
proof in either direction and must not be the only ground for a decision about anyone. Intended users look at
the evidence it points to: fact-checkers, reviewers of submitted media, researchers. It is not meant for
judging people, for automatic removal, for biometric identification, or as evidence before a court.

## What it cannot do

{limits}
- Manipulations without a face, sound, text, and edits that leave the face as it was are not looked at.
- Small, blurred, turned or masked faces are not found, or get no verdict.
- How it differs between groups of people was not measured: the labelled files do not say who is shown, and
  the training photographs came without FairFace's labels of age, gender and race.
- Strong filters, beautification and heavy compression can look like manipulation.

## How it was made

{recipe}

Start: {start}. {steps} steps, seed {seed}. Weights are stored in half precision, vectors in single, and were
measured after rounding.

| photographs | source | number | licence |
|---|---|---|---|
{sources}

## Measured on the development set

{figures}

Mean AUC of the counted comparisons {mean_auc:.3f} (95 % interval {low:.3f} to {high:.3f}); {files} files,
{without_face} without a face. Intervals are bootstrapped over groups (people, source clips) and left out with
fewer than five groups in a class. Rates that the number of authentic files cannot resolve are left out.

Probabilities and verdicts are cross-validated over groups: expected calibration error {ece:.3f}. With all
comparisons and both classes counting alike, {flagged_real:.1%} of authentic and {flagged_fake:.1%} of
manipulated files with a face are flagged, {abstained:.1%} get no verdict, and {accuracy_of_verdicts:.1%} of
the verdicts are right ({accuracy_at_even_odds:.1%} if every file got one at even odds).

Constants were chosen on the development set: these figures are a choice, not a result on unseen media.

## Compressed and resized media

{robustness}

## Groups of files

{subgroups}

## Where it fails

{failures}

## The bundles that ship

{bundles}

## Constants

Probability: `sigmoid({slope:.4f} * max(logit, {floor:.3f}) {intercept:+.4f})`, as if half of the files were
manipulated. Flagged from {threshold:.3f}; no verdict between {abstain_low:.3f} and {abstain_high:.3f}. A
person's frames between the quantiles {band_low:g} and {band_high:g} count. Hashes, and every other constant,
are in `bundle.json`.
"""

_RECIPE = """
Trained on authentic photographs and pseudo-fakes made of them (self-blended images after Shiohara & Yamasaki,
CVPR 2022, and relatives), never on a manipulated file. Every photograph is paired with its own pseudo-fake
under one augmentation. Kinds and their weights: {kinds}. Crops of {size} px, margin {margin:g}; {pairs} +
{pairs} per step, AdamW at {rate:g} with {warmup} steps of warm-up and cosine decay, {precision}, label
smoothing {smoothing:g}, weights averaged with decay {decay:g}{near}.{derived}{regularised}{taught}
"""

_DERIVED = {
    RECONSTRUCTED: "Reconstructions are by an autoencoder that learned from the same photographs.",
    RESTORED: "Restorations are from few pixels, by Real-ESRGAN's x4plus (Wang et al., 2021; BSD 3-Clause).",
}


def model_card(
    manifest: Manifest, report: dict[str, Any], quality: dict[str, Any], findings: dict[str, Any]
) -> str:
    """Return the card as Markdown; ``report`` is `evaluate`'s, ``quality`` what `calibrate` found.

    ``findings`` is what ``evaluation.json`` holds. `bundle_table.refresh_cards` fills in the
    table of bundles.
    """
    figures, training, calibration = manifest.metrics, manifest.training, manifest.calibration
    return _CARD.format(
        name=manifest.name,
        version=manifest.version,
        architecture=manifest.architecture,
        limits="\n".join(f"- {line}" for line in _limits(manifest)),
        recipe=training.recipe,
        start=training.start,
        steps=training.steps,
        seed=training.seed,
        sources="\n".join(
            f"| {source.name} | {_CITATIONS.get(source.name, '')} | {source.files} | {source.licence} |"
            for source in training.data
        ),
        figures=markdown(tables.comparisons([row.model_dump() for row in figures.datasets])),
        accepted=accepted_note(findings["accepted_worse"]),
        robustness=robustness(findings["robustness"]),
        subgroups=subgroups(findings["subgroups"]),
        failures=failures(findings["worst_cases"], findings["manipulations"]),
        bundles=PLACE,
        mean_auc=figures.mean_auc,
        low=figures.mean_auc_interval[0],
        high=figures.mean_auc_interval[1],
        files=report["files"],
        without_face=report["without_face"],
        ece=figures.ece,
        **quality["verdicts"],
        slope=calibration.slope,
        intercept=calibration.intercept,
        floor=calibration.floor,
        threshold=manifest.decision.threshold,
        abstain_low=manifest.decision.abstain_low,
        abstain_high=manifest.decision.abstain_high,
        band_low=manifest.aggregation.low,
        band_high=manifest.aggregation.high,
    )


def recipe(config: dict[str, Any], served: CropSpec) -> str:
    """Say in one paragraph how a run with this configuration trains, and which crops it is served."""
    text = _RECIPE.format(
        kinds=", ".join(f"{name} {weight:g}" for name, weight in config["kinds"].items()),
        size=config["crop"]["size"],
        margin=config["crop"]["margin"],
        pairs=config["pairs_per_batch"],
        rate=config["learning_rate"],
        warmup=config["warmup_steps"],
        precision="bfloat16" if config["bfloat16"] else "float32",
        smoothing=config["label_smoothing"],
        decay=config["ema_decay"],
        near=_near(config),
        derived=_derived(config),
        regularised=_regularised(config),
        taught=_taught(config),
    )
    if (served.size, served.margin) != (config["crop"]["size"], config["crop"]["margin"]):
        text += f" It is served crops of {served.size} px with a margin of {served.margin:g}."
    return " ".join(text.split())


def _near(config: dict[str, Any]) -> str:
    share = config.get("start_share", 0.0)  # older runs do not name it
    return f", and in the end {share:.0%} of the way back to those it started from" if share else ""


def _derived(config: dict[str, Any]) -> str:
    """Say which networks made pictures for the pseudo-fakes."""
    return "".join(f" {_DERIVED[name]}" for name in derived_for(config["kinds"]))


def _regularised(config: dict[str, Any]) -> str:
    """Say what is done against overfitting; older runs did nothing of it and do not name it."""
    erase, drop_path = config["augment"].get("erase", 0.0), config.get("drop_path", 0.0)
    said = f" A rectangle is hidden in {erase:.0%} of the pairs." if erase else ""
    if drop_path:
        said += f" Blocks are left out with a probability of up to {drop_path:g}."
    if radius := config.get("sam_radius", 0.0):
        said += f" Gradients are taken {radius:g} up the loss (sharpness-aware minimisation)."
    return said


def _taught(config: dict[str, Any]) -> str:
    if not config.get("distillation"):  # runs from before there were teachers do not name it
        return ""
    pupil = "its head of blending, in place of labels" if config.get("labelled") else "it"
    hints = " Its inner features were learned too." if config.get("hints") else ""
    return (
        f" A trained {config['teacher_architecture']} taught {pupil}: its logits of the same pictures, at "
        f"temperature {config['temperature']:g}, with weight {config['distillation']:g}.{hints}"
    )


def _limits(manifest: Manifest) -> Iterator[str]:
    """Read off the figures what the bundle does not detect."""
    for row in manifest.metrics.datasets:
        shown = tables.auc(row.model_dump())
        if row.auc is not None and (row.auc_interval or (row.auc,))[0] <= 0.5:
            yield f"On **{row.dataset}** it is not shown to be better than chance: AUC {shown}."
        elif row.auc is not None and row.auc < _WEAK_AUC:
            yield f"On **{row.dataset}** it is weak: AUC {shown}."
    flagged = [row.flagged_fake for row in manifest.metrics.datasets if row.flagged_fake is not None]
    if flagged:
        yield (
            f"It flags {min(flagged):.0%} to {max(flagged):.0%} of the manipulated files, depending on the "
            "comparison: the threshold is set for few false alarms, so the rest gets no verdict or no flag."
        )
