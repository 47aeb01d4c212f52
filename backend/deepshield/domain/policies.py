"""Policies: the rule by which a workspace turns a model's estimates into verdicts, and which is in force."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

SAME_THRESHOLD: Final = 1e-9
"""Thresholds that differ by less are one."""
MOST: Final = 500
"""Policies of a workspace."""


class PolicyState(StrEnum):
    """Where a policy stands."""

    DRAFT = "draft"
    ACTIVE = "active"
    """New analyses are judged by it."""
    RETIRED = "retired"
    """Withdrawn before it was in force, or not in force any more."""


class PolicyText(StrEnum):
    """A text of a policy that a lead can erase."""

    NAME = "name"
    REASON = "reason"


class Obstacle(StrEnum):
    """Why an account cannot approve a policy."""

    ROLE = "role"
    """Its role does not allow it."""
    PERSONAL = "personal"
    """In a personal workspace there is nobody else."""
    OWN = "own"
    """It is its author."""
    IN_FORCE = "in_force"
    WITHDRAWN = "withdrawn"
    """It was retired without ever having been in force."""


class Unknown(StrEnum):
    """What a preview cannot say."""

    MINIMUMS = "minimums"
    """Of analyses with other minimums: what these would change, where their results lack the figures."""
    NOT_ANALYSED = "not_analysed"
    """Files of the data set that the model has not analysed."""
    SAMPLED = "sampled"
    """Only a part of the files was looked at: the data set's first by hash, the workspace's newest."""


@dataclass(frozen=True, slots=True)
class Minimums:
    """The least presence by which a person decides about a file; see `detector.calibrate.DecisionRule`."""

    smallest_face_px: float
    least_frames: int
    least_share: float


@dataclass(frozen=True, slots=True)
class Rule:
    """What a policy sets: from ``abstain_high`` up "manipulated", up to ``abstain_low`` "no signs"."""

    threshold: float
    abstain_low: float
    abstain_high: float
    minimums: Minimums

    def fault(self) -> str | None:
        """Return why no verdict can be given by the rule, in words for its author; None where one can."""
        if not 0.0 < self.threshold < 1.0:
            return "The threshold lies between 0 and 1, without both."
        if not 0.0 <= self.abstain_low <= self.threshold <= self.abstain_high <= 1.0:
            return "The threshold lies within the band in which there is no verdict. Move one of its ends."
        return None


def bundle_rule(decision: Mapping[str, Any], threshold: float | None = None) -> Rule:
    """Return the rule of a bundle's manifest (its ``decision``), at the operator's threshold if there is one.

    The band keeps its distances to the threshold, as the engine moves it.
    """
    own = float(decision["threshold"])
    at = threshold or own
    return Rule(
        at,
        max(0.0, at - (own - float(decision["abstain_low"]))),
        min(1.0, at + (float(decision["abstain_high"]) - own)),
        Minimums(
            float(decision["smallest_face_px"]), int(decision["least_frames"]), float(decision["least_share"])
        ),
    )


@dataclass(frozen=True, slots=True)
class PolicyTask:
    """A policy as an analysing process is told it with a task."""

    id: str
    number: int
    name: str
    bundle_sha256: str
    rule: Rule

    def row(self) -> dict[str, Any]:
        """Return it as JSON."""
        return asdict(self)

    @classmethod
    def of_row(cls, row: Mapping[str, Any]) -> PolicyTask:
        """Return what `row` has written."""
        rule = row["rule"]
        return cls(
            row["id"],
            row["number"],
            row["name"],
            row["bundle_sha256"],
            Rule(rule["threshold"], rule["abstain_low"], rule["abstain_high"], Minimums(**rule["minimums"])),
        )


@dataclass(frozen=True, slots=True)
class Yardstick:
    """By what an analysis must have been judged to count as one of the present rule.

    ``policies`` are the ids of policies that judge as the one in force; empty where none is in force.
    """

    bundle_sha256: str
    threshold: float
    policies: frozenset[str] = frozenset()

    def is_met(self, bundle_sha256: str | None, threshold: float | None, policy_id: str | None) -> bool:
        """Return whether an analysis was judged by it."""
        return (
            bundle_sha256 == self.bundle_sha256
            and threshold is not None
            and abs(threshold - self.threshold) < SAME_THRESHOLD
            and (policy_id in self.policies if self.policies else policy_id is None)
        )
