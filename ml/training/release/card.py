"""A bundle's model card: what it was made of, what was measured, what it is for, and what it cannot do.

After Mitchell et al., "Model Cards for Model Reporting", 2019.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from detector.bundle import Manifest, Source
from training.evaluation import tables
from training.release.bundle_table import PLACE
from training.release.card_tables import (
    accepted_note,
    failures,
    held_out,
    markdown,
    robustness,
    skin_tones,
    subgroups,
    verdicts,
)

_WEAK_AUC = 0.7
_MOST_SHOWN = 20  # sources; more are folded
_LOGITS = {1: "one logit", 2: "a logit for traces of blending and one for traces of a generated face"}
_LOOKS = {1: "blended, pasted or re-rendered", 2: "blended, or made as a whole"}
_CITATIONS = {
    "fairface_val": "FairFace, validation split; Kärkkäinen & Joo, WACV 2021",
    "voteview": "portraits collected by Voteview.com; Lewis et al.",
}

_CARD = """# {name} {version}

{accepted}## What it is for

`{architecture}` with {logits},
for screening photographs and videos of faces: it sorts files by how much their faces look {looks},
and flags the clearest ones for a person to look at. It is no proof in either direction and must not be the
only ground for a decision about anyone. Intended users look at the evidence it points to: fact-checkers,
reviewers of submitted media, researchers. It is not meant for judging people, for automatic removal, for
biometric identification, or as evidence before a court.

## What it cannot do

{limits}
- Manipulations without a face, sound, text, and edits that leave the face as it was are not looked at.
- Small, blurred, turned or masked faces are not found, or get no verdict.
- How it differs between groups of people was not measured{tones_apart}: the labelled files do not say
  who is shown, and the training photographs came without FairFace's labels of age, gender and race.
- Strong filters, beautification and heavy compression can look like manipulation.

## How it was made

{recipe}

Start: {start}. {steps} steps, seed {seed}. Weights are stored in half precision, vectors in single, and were
measured after rounding.

{sources}

{held_out}## Measured on the development set

{figures}

Mean AUC of the counted comparisons {mean_auc:.3f} (95 % interval {low:.3f} to {high:.3f}); {files} files,
{without_face} without a face. Intervals are bootstrapped over groups (people, source clips) and left out with
fewer than five groups in a class. Rates that the number of authentic files cannot resolve are left out.

Probabilities and verdicts are cross-validated over groups: expected calibration error {ece:.3f}. With all
comparisons and both classes counting alike, {flagged_real:.1%} of authentic and {flagged_fake:.1%} of
manipulated files with a face are flagged, {abstained:.1%} get no verdict, and {accuracy_of_verdicts:.1%} of
the verdicts are right ({accuracy_at_even_odds:.1%} if every file got one at even odds).

{verdicts}

Constants were chosen on the development set: these figures are a choice, not a result on unseen media.

## Compressed and resized media

{robustness}

## Groups of files

{subgroups}{skin_tones}

## Where it fails

{failures}

## The bundles that ship

{bundles}

## Constants

Probability: `sigmoid({slope:.4f} * max(logit, {floor:.3f}) {intercept:+.4f})`, as if half of the files were
manipulated. Flagged from {threshold:.3f}; no verdict between {abstain_low:.3f} and {abstain_high:.3f}.{none}
A person's frames between the quantiles {band_low:g} and {band_high:g} count. Hashes, and every other
constant, are in `bundle.json`.
"""


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
        logits=_LOGITS[len(manifest.traces)],
        looks=_LOOKS[len(manifest.traces)],
        sources=_sources(training.data),
        held_out=held_out(findings["held_out"]),
        verdicts=verdicts(findings["verdicts"], findings["strength"]),
        figures=markdown(tables.comparisons([row.model_dump() for row in figures.datasets])),
        accepted=accepted_note(findings["accepted_worse"]),
        robustness=robustness(findings["robustness"]),
        subgroups=subgroups(findings["subgroups"]),
        skin_tones=skin_tones(findings["skin_tones"]),
        tones_apart=", but by skin tone (below)" if findings["skin_tones"] else "",
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
        none=_none(manifest.decision.none_below),
        band_low=manifest.aggregation.low,
        band_high=manifest.aggregation.high,
    )


def _sources(data: Sequence[Source]) -> str:
    rows = [
        (source.name, _CITATIONS.get(source.name, ""), str(source.files), source.licence) for source in data
    ]
    table = markdown(tables.Table(("source", "what", "files", "licence"), rows))
    if len(rows) <= _MOST_SHOWN:
        return table
    return f"<details><summary>{len(rows)} sources with their licences</summary>\n\n{table}\n\n</details>"


def _none(level: float | None) -> str:
    if level is None:
        return " It never says that none were found."
    return f" None are said to be found where the range ends at or under {level:.3f}."


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
