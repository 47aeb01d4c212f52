"""How right verdicts are on files whose group they were not fitted to.

``weights`` are `comparisons.balanced_weights` of the records: every counted comparison, and both classes in
it, count alike.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from detector.calibrate import DecisionRule
from detector.contracts import Reason, Verdict
from measures.metrics import Flags, Values
from measures.reliability import share_interval
from training.evaluation.comparisons import Comparison
from training.evaluation.folds import OutOfFold
from training.evaluation.records import FileRecord, fake_flags
from training.evaluation.regions import EVEN, Policy, allowed_alarms, none_below

FEW_GROUPS = 10
"""Groups of authentic files below which a set does not show what the rate is on groups not fitted to."""

WEAK_EVIDENCE = (
    Reason.FACES_TOO_SMALL,
    Reason.TOO_BLURRED,
    Reason.TOO_FEW_FRAMES,
    Reason.UNSTABLE_SCORES,
    Reason.DAMAGED_MEDIA,
)


def verdict_shares(records: Sequence[FileRecord], weights: Values, unseen: OutOfFold) -> dict[str, float]:
    """Return balanced shares of verdicts among files with a face, and how often a verdict was right."""
    said = np.asarray([conclusion.decision.verdict.value for conclusion in unseen.conclusions])
    fake = fake_flags(records)
    faces = (weights > 0.0) & ~np.isnan(unseen.probability)
    flagged, decided = said == Verdict.MANIPULATED.value, said != Verdict.INCONCLUSIVE.value
    return {
        "flagged_real": _share(flagged, faces & ~fake, weights),
        "flagged_fake": _share(flagged, faces & fake, weights),
        "abstained": _share(~decided, faces, weights),
        "accuracy_at_even_odds": _share((unseen.probability >= EVEN) == fake, faces, weights),
        "accuracy_of_verdicts": _share(flagged == fake, faces & decided, weights),
    }


def false_alarms(
    records: Sequence[FileRecord], comparisons: Sequence[Comparison], unseen: OutOfFold
) -> list[dict[str, Any]]:
    """Return the flagged authentic files of each comparison; all files count, those without a face too."""
    fake = fake_flags(records)
    flagged = np.asarray([one.decision.verdict is Verdict.MANIPULATED for one in unseen.conclusions])
    table = []
    for comparison in comparisons:
        rows = comparison.members(records)
        rows = rows[~fake[rows]]
        if len(rows):
            alarms = int(flagged[rows].sum())
            groups = len({records[i].entry.group for i in rows.tolist()})
            counts = {"files": len(rows), "flagged": alarms, "counted": comparison.counted, "groups": groups}
            table.append({"comparison": comparison.name, **counts})
    return table


def alarm_faults(table: Sequence[dict[str, Any]], policy: Policy) -> list[str]:
    """Say where `false_alarms` go beyond the policy's bounds; nothing where they hold.

    The mean share over the counted comparisons, and each comparison alone (`regions.allowed_alarms`) that has
    `FEW_GROUPS` groups or more: of fewer, one that is left out may be a quarter of the set, and only the
    fitted threshold keeps to the bound. One flagged file in all is never too many.
    """
    counted = [row for row in table if row["counted"]]
    mean = float(np.mean([row["flagged"] / row["files"] for row in counted])) if counted else 0.0
    found = []
    if mean > policy.false_alarms + 1e-9 and sum(row["flagged"] for row in counted) > 1:
        found.append(
            f"{mean:.1%} of authentic media are flagged, every comparison counting alike; "
            f"at most {policy.false_alarms:.0%} may be"
        )
    return found + [
        f"{row['flagged']} of {row['files']} authentic files of {row['comparison']} are flagged"
        for row in table
        if row.get("groups", FEW_GROUPS) >= FEW_GROUPS
        and row["flagged"] > allowed_alarms(row["files"], policy.false_alarms_of_a_set)
    ]


def none_level(
    records: Sequence[FileRecord],
    weights: Values,
    unseen: OutOfFold,
    base_rate: float,
    highest: float = 1.0,
    among: Flags | None = None,
) -> float | None:
    """Place the end of the region without signs on the files that got that verdict out of fold.

    It lies at most at ``highest``. Of ``among`` ``(N,)`` alone, where it is given. None where there is no
    such region (`regions.none_below`).
    """
    placed_on = _without_signs(weights, unseen) & (unseen.probability <= highest)
    rows = np.flatnonzero(placed_on if among is None else placed_on & among)
    return none_below(
        unseen.probability[rows],
        fake_flags(records)[rows],
        weights[rows],
        [records[i].entry.group for i in rows.tolist()],
        base_rate,
    )


def none_found(
    records: Sequence[FileRecord],
    weights: Values,
    unseen: OutOfFold,
    level: float | None,
    base_rate: float,
) -> dict[str, Any] | None:
    """Return what is known of files for which none are said to be found; None without a level or such files.

    Where many ends of the region are tried, the one that is taken looks better on the files that it was
    placed by than it is. So each half of the folds is held against an end that was placed by the other half
    (`none_level`); with fewer files left out, both would be chosen by much the same chance.

    ``share`` of fakes with its ``interval``, and whether that ``holds``: lies under half the base rate.
    ``said`` is the share of the authentic files with a face whose range ends there too, so that the verdict
    names them.
    """
    if level is None:
        return None
    levels = np.full(len(records), np.nan)
    for half in (0, 1):
        inside = unseen.fold % 2 == half
        placed = none_level(records, weights, unseen, base_rate, among=~inside)
        levels[inside] = np.nan if placed is None else placed
    decided = _without_signs(weights, unseen)
    found = decided & (unseen.probability <= levels)
    if not found.any():
        return None
    rows, fake = np.flatnonzero(found), fake_flags(records)
    low, high = share_interval(fake[rows], weights[rows], [records[i].entry.group for i in rows.tolist()])
    ends = np.asarray([(one.decision.interval or (1.0, 1.0))[1] for one in unseen.conclusions])
    counting = (weights > 0.0) & ~np.isnan(unseen.probability)
    return {
        "none_below": level,
        "files": len(rows),
        "share": _share(fake, found, weights),
        "interval": [low, high],
        "holds": high < base_rate / 2.0,
        "said": _share(decided & (ends <= levels), counting & ~fake, weights),
    }


def abstentions(
    records: Sequence[FileRecord], weights: Values, unseen: OutOfFold, rule: DecisionRule
) -> list[dict[str, Any]]:
    """Return one row per reason of weak evidence: whether withholding the verdict for it raises accuracy.

    ``accuracy`` is that of an answer for every such file at even odds, ``without`` that of the others, and
    ``bound`` the constant of ``rule`` that decides.
    """
    fake = fake_flags(records)
    faces = (weights > 0.0) & ~np.isnan(unseen.probability)
    right = (unseen.probability >= EVEN) == fake
    bounds = {
        Reason.FACES_TOO_SMALL: rule.smallest_face_px,
        Reason.TOO_BLURRED: rule.least_sharpness,
        Reason.TOO_FEW_FRAMES: rule.least_frames,
        Reason.UNSTABLE_SCORES: rule.widest_interval,
        Reason.DAMAGED_MEDIA: rule.most_damage,
    }
    table = []
    for reason in WEAK_EVIDENCE:
        held = faces & np.asarray([reason in one.decision.reasons for one in unseen.conclusions])
        table.append(
            {
                "reason": reason.value,
                "bound": bounds[reason],
                "files": int(held.sum()),
                "share": _share(held, faces, weights),
                "accuracy": _share(right, held, weights) if held.any() else None,
                "without": _share(right, faces & ~held, weights),
            }
        )
    return table


def judged_reasons(table: Sequence[dict[str, Any]]) -> list[str]:
    """Say of each reason of weak evidence, by `abstentions`, what it withholds and whether that pays.

    It pays where an answer is right less often for the files withheld than for the others.
    """
    said = []
    for row in table:
        name = row["reason"].replace("_", " ")
        if row["accuracy"] is None:
            said.append(f"{name} ({row['bound']:g}): withholds no file, kept by judgement")
            continue
        pays = row["accuracy"] < row["without"]
        effect, kept = ("raises", "") if pays else ("does not raise", ", kept by judgement")
        said.append(
            f"{name} ({row['bound']:g}): withholds {row['files']} files ({row['share']:.1%}), of which "
            f"{row['accuracy']:.1%} would be right, of the others {row['without']:.1%}: "
            f"{effect} the accuracy of what remains{kept}"
        )
    return said


def _without_signs(weights: Values, unseen: OutOfFold) -> Flags:
    """Return which files with a face count and got the verdict of no signs."""
    said = np.asarray([one.decision.verdict is Verdict.NO_SIGNS for one in unseen.conclusions], np.bool_)
    return said & (weights > 0.0) & ~np.isnan(unseen.probability)


def _share(what: Flags, among: Flags, weights: Values) -> float:
    return float(weights[what & among].sum() / max(weights[among].sum(), 1e-9))
