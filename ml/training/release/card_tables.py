"""A card's tables of the figures in ``evaluation.json``, beside the manifest."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from measures.text import number
from training.evaluation import tables
from training.evaluation.tables import Table

_MOST_MISSED = 10
_EARLIER_FACES = (
    "\n\nThese figures are of the same weights on the faces that an earlier version of the engine found, "
    "with the\nverdicts of its constants; they were not measured again."
)


def markdown(table: Table) -> str:
    """Return a table in Markdown."""
    lines = [table.columns, ("---",) * len(table.columns), *table.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def accepted_note(accepted: dict[str, Any] | None) -> str:
    """Return a card's opening note on lower figures and why they were accepted; "" without any."""
    if accepted is None:
        return ""
    worse = "; ".join(accepted["shortfalls"])
    return (
        "> **Worse than the bundle it replaced**: "
        f"{worse}. Released all the same, because: {accepted['reason']}\n\n"
    )


def held_out(validated: dict[str, Any] | None) -> str:
    """Return the AUC of each kind of fakes that training left out; "" where none was."""
    if validated is None:
        return ""
    kinds = [
        name.removeprefix("auc/") for name in validated if name.startswith("auc/") and name.count("/") == 1
    ]
    traces = sorted({name.split("/")[1] for name in validated if name.count("/") == 2})
    names = [f"auc/{kind}" for kind in kinds]
    rows = [
        (
            kind.replace("_", " "),
            number(validated[name]),
            *(number(validated.get(f"auc/{trace}/{kind}")) for trace in traces),
        )
        for kind, name in zip(kinds, names, strict=True)
    ]
    # Reports of runs before the larger logit was taken have no scale.
    scaled = any(name.startswith("spread/") for name in validated)
    joined = (
        "of both traces,\nscaled by these, the larger, as in use"
        if scaled
        else "both traces\njoined by noisy-or, where in use the larger scaled one counts"
    )
    table = markdown(Table(("kind left out", "AUC", *(f"{trace} alone" for trace in traces)), rows))
    return (
        "### Kinds that were left out\n\n"
        f"At step {validated['step']:,}, the last validation of the run on the others, each kind of fakes\n"
        f"against authentic media that were left out too, {joined}: mean AUC\n"
        f"{validated['auc_held_out']:.3f}.\n\n"
        f"{table}\n\n"
    )


def verdicts(found: dict[str, Any], strength: dict[str, Any]) -> str:
    """Return false alarms by comparison, what the reasons to abstain buy, and the strength of evidence."""
    alarms = [
        (row["comparison"], str(row["files"]), f"{row['flagged']} ({row['flagged'] / row['files']:.1%})")
        for row in found["false_alarms"]
    ]
    reasons = [
        (
            row["reason"].replace("_", " "),
            f"{row['bound']:g}",
            f"{row['files']} ({row['share']:.1%})",
            number(row["accuracy"]),
            number(row["without"]),
        )
        for row in found["abstentions"]
    ]
    none = found["none_found"]
    said = (
        f"Where none are said to be found, {none['share']:.1%} are fakes "
        f"({none['interval'][0]:.1%} to {none['interval'][1]:.1%})."
        if none
        else "No range of estimates holds so few fakes that none could be said to be found."
    )
    return (
        f"{markdown(Table(('authentic media', 'files', 'flagged'), alarms))}\n\n"
        f"{said}\n\n"
        "Weak evidence withholds a verdict. Accuracy is that of an answer for every file at even odds.\n\n"
        f"{markdown(Table(('reason', 'bound', 'files', 'accuracy of these', 'of the others'), reasons))}\n\n"
        "A reason whose files would be right less often than the others raises the accuracy of what\n"
        "remains. One without files, or with files that would be right more often, is kept by judgement.\n\n"
        f"Likelihood ratios of the estimates cost {strength['cllr']:.3f} bits (Cllr; 1 says nothing) and go\n"
        f"up to {10.0 ** strength['llr_cap']:.0f}, one more than this set has cases of the rarer class."
    )


def robustness(report: dict[str, Any] | None) -> str:
    """Return the change of AUC under each degradation, per comparison."""
    if report is None:
        return "Not measured for these weights."
    lost = ", ".join(f"{view} {_share(report['mean'][view]['faces_lost'])}" for view in report["mean"])
    flagged = "; ".join(
        f"{view} {row['flagged'][0]:.1%} to {row['flagged'][1]:.1%}"
        for view, row in report["mean"].items()
        if "flagged" in row
    )
    return (
        f"{markdown(tables.robustness(report))}\n\n"
        f"Change of AUC when every frame is degraded before faces are looked for, each way alone, on a\n"
        f"fixed part of {report['files']} files with {report['frames']} frames of each video; 95 % intervals "
        f"over groups. Files whose face\nwas not found any more: {lost}."
        + (f" Authentic files flagged, untouched and so: {flagged}." if flagged else "")
        + (_EARLIER_FACES if report.get("earlier_faces") else "")
    )


def subgroups(rows: Sequence[dict[str, Any]]) -> str:
    """Return the figures by face size, sharpness and data set."""
    return (
        f"{markdown(tables.subgroups(rows))}\n\n"
        "AUC is the mean over the comparisons with five files of each class in the group. By face size and\n"
        "sharpness, the counted comparisons weigh alike."
    )


def skin_tones(rows: Sequence[dict[str, Any]] | None) -> str:
    """Return false alarms by skin tone, and what a tone is; "" where it was not measured."""
    if not rows:
        return ""
    return (
        f"\n\n{markdown(tables.skin_tones(rows))}\n\n"
        "The tone is measured on the cheeks of authentic faces (individual typology angle, Chardon's\n"
        "classes) as the picture shows it: light and camera move it, black-and-white pictures have none.\n"
        "Verdicts are cross-validated, every file counts once, and intervals are 95 % over groups."
    )


def failures(cases: Sequence[dict[str, Any]], manipulations: Sequence[dict[str, Any]]) -> str:
    """Return each data set's worst false alarm and miss, and the manipulations that are flagged least.

    Cases are described, not shown: the people in the data did not agree to be pictured here.
    """
    cells = [
        (
            case["dataset"],
            "false alarm" if case["label"] == "real" else "miss",
            case["manipulation"] or "authentic",
            f"{case['estimate']:.2f}",
            case["verdict"].replace("_", " "),
            f"{case['face_px']} px, {case['sharpness']:.2f}",
        )
        for case in cases
    ]
    columns = ("data set", "nearest to a", "manipulation", "estimate", "verdict", "face, sharpness")
    text = (
        "Per data set the authentic file with the highest estimate and the manipulated one with the lowest;\n"
        "nobody is shown, since the people in the data did not agree to it.\n\n"
        f"{markdown(Table(columns, cells))}"
    )
    missed = sorted(manipulations, key=lambda row: (row["flagged"] or 0.0, row["auc"]))[:_MOST_MISSED]
    if not missed:
        return text
    return f"{text}\n\nThe manipulations that are flagged least:\n\n{markdown(tables.manipulations(missed))}"


def _share(value: float | None) -> str:
    return "–" if value is None else f"{value:.1%}"
