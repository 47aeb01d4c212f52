"""What a candidate's card and ``candidate.json`` say: what it was made of, and how it compares."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from measures.text import number
from training.evaluation.tables import Table
from training.release.card_tables import markdown

DOCUMENT = "candidate.json"
_SECTION = """
## A candidate

Fine-tuned from **{base_name} {base_version}** (`bundle.json` has SHA-256 `{base_sha256}`) on the data set
**{dataset}** (SHA-256 of its manifest `{manifest}`), {steps} steps, seed {seed}{known}.

{counts}

{left_out}

### Beside the bundle that it was made of

On the split `test`, through the serving path, each with its own constants. No file or group of it is among
those that either was fine-tuned or calibrated on as a candidate. It is not compared with what a released
bundle was trained on, nor for near copies, of which one without a common group may be in `train`:

{figures}

{claim} Intervals are 95 %, bootstrapped over groups; differences are of the same draws. The figures further
above are of the split `validation`, on which the constants were fitted, cross-validated over its groups.
"""
_FIGURES = {
    "AUC": "auc",
    "authentic files flagged": "false_alarms",
    "manipulated files flagged": "flagged",
    "manipulated files without signs": "misses",
    "files without a verdict": "abstained",
}


def write(folder: Path, document: dict[str, Any]) -> None:
    """Write ``candidate.json`` into a bundle, and the section into its card."""
    (folder / DOCUMENT).write_text(json.dumps(document, indent=2) + "\n")
    card = folder / "CARD.md"
    card.write_text(card.read_text().rstrip("\n") + "\n" + section(document))


def section(document: dict[str, Any]) -> str:
    """Return the card's section as Markdown."""
    base, dataset, training = (document[key] for key in ("derived_from", "dataset", "training"))
    before = dataset["learned_before"]
    left = {
        "were not kept any more": dataset["missing"],
        "have an unchanged picture": dataset["unchanged"],
        **{
            f"of `{split}` because that bundle was fitted to them or to their groups": number
            for split, number in before.items()
        },
    }
    said = "; ".join(f"{count} {why}" for why, count in left.items() if count)
    return _SECTION.format(
        base_name=base["name"],
        base_version=base["version"],
        base_sha256=base["sha256"],
        dataset=f"{dataset['name']}@{dataset['number']}",
        manifest=dataset["manifest_sha256"],
        steps=training["steps"],
        seed=training["seed"],
        known=", half of each step on what that bundle was trained on" if training["known"] else "",
        counts=markdown(_splits(dataset["splits"])),
        left_out=f"Files that were left out: {said}." if said else "No file was left out.",
        figures=markdown(figures(document["test"])),
        claim=document["test"]["claim_text"],
    )


def figures(test: dict[str, Any]) -> Table:
    """Return the table of both bundles and their difference."""
    rows = []
    for title, key in _FIGURES.items():
        cells = [_value(test[side][key], test[side][f"{key}_interval"]) for side in ("base", "candidate")]
        gain = test["difference"][key]
        rows.append((title, *cells, _value(gain["value"], gain["interval"], "+.3f")))
    columns = (f"{test['real']} authentic, {test['fake']} manipulated", "before", "candidate", "difference")
    return Table(columns, rows)


def _splits(splits: dict[str, dict[str, int]]) -> Table:
    rows = [
        (name, *(f"{of[side]} in {of[f'{side}_groups']} groups" for side in ("real", "fake")))
        for name, of in splits.items()
    ]
    return Table(("split", "authentic", "manipulated"), rows)


def _value(value: float | None, interval: tuple[float, float] | None, form: str = ".3f") -> str:
    if value is None:
        return number(None)
    return f"{value:{form}}" + (f" ({interval[0]:{form}} to {interval[1]:{form}})" if interval else "")
