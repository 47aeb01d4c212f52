"""Policies: a workspace's rule for verdicts, and what a rule would do."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field, model_validator

from deepshield.api.schemas.base import NAMING, SHA256, STORABLE, Answer, Interval, NamedPolicy
from deepshield.domain.datasets import Split, Use
from deepshield.domain.jobs import Verdict
from deepshield.domain.policies import Obstacle, PolicyState, PolicyText, Unknown
from deepshield.domain.rechecks import Change

_ID = "2d3b7d0e-94c7-4f0b-8a55-0b8a4f3e6c21"


class PolicyMinimums(Answer):
    """The least presence by which a person decides about a file."""

    smallest_face_px: float = Field(
        ge=1, le=4096, description="Median shorter side of the person's faces, pixels.", examples=[32]
    )
    least_frames: int = Field(ge=1, le=1000, description="Sampled frames of a video.", examples=[3])
    least_share: float = Field(
        ge=0,
        le=1,
        description="The faces' area over all frames, as a share of that of the person seen most.",
        examples=[0.01],
    )


class PolicyRule(Answer):
    """From `abstain_high` up the verdict is "manipulated", up to `abstain_low` "no signs"; none between."""

    threshold: float = Field(gt=0, lt=1, examples=[0.87])
    abstain_low: float = Field(ge=0, le=1, examples=[0.65])
    abstain_high: float = Field(ge=0, le=1, examples=[0.9])
    minimums: PolicyMinimums


class _Values(Answer):
    threshold: float = Field(gt=0, lt=1, examples=[0.87])
    abstain_low: float = Field(ge=0, le=1, examples=[0.65])
    abstain_high: float = Field(ge=0, le=1, examples=[0.9])
    minimums: PolicyMinimums | None = Field(None, description="Null: the bundle's; never less than those.")

    @model_validator(mode="after")
    def _in_band(self) -> _Values:
        if not self.abstain_low <= self.threshold <= self.abstain_high:
            raise ValueError("the threshold lies within the band: abstain_low <= threshold <= abstain_high")
        return self


class PolicyRequest(_Values):
    """A policy to draft for the model in use."""

    name: str = Field(min_length=1, max_length=100, pattern=NAMING, examples=["Fewer false alarms"])
    reason: str | None = Field(None, max_length=2000, pattern=STORABLE)
    base: int | None = Field(
        None, ge=1, le=2**31 - 1, description="The number of the policy that it was made from."
    )


class PreviewOn(Answer):
    """The frozen version of a data set, or a split of it, that a rule is tried on."""

    dataset_id: str = Field(pattern="^[0-9a-f-]{1,36}$")
    number: int = Field(ge=1, le=2**31 - 1)
    split: Split | None = Field(None, description="Only files of this split; null for all.")


class PolicyPreviewRequest(Answer):
    """What the policy is tried on beside the workspace's own files."""

    on: PreviewOn | None = None


class RulePreviewRequest(_Values):
    """A rule that is no policy, and what it is tried on beside the workspace's own files."""

    on: PreviewOn | None = None


class PolicyRedaction(Answer):
    """Which texts of a policy are to be erased."""

    texts: list[PolicyText] = Field(min_length=1, max_length=len(PolicyText))


class PolicyPerson(Answer):
    """An account that drafted, approved or retired a policy."""

    id: str = Field(examples=[_ID])
    email: str | None = Field(description="Null of a former account.", examples=["ada@example.org"])
    mine: bool = Field(description="Whether it is the one that asks.")


class Policy(Answer):
    """A policy; what it says is never changed, but name and reason can be erased."""

    number: int = Field(description="Of the workspace, from 1.", examples=[3])
    name: str = Field(examples=["Fewer false alarms"])
    reason: str | None
    redacted: list[PolicyText] = Field(
        [], description="Texts that somebody has erased; a name is `[…]` then."
    )
    base: int | None = Field(
        description="The policy that it was made from; of one that is in force again, the earlier number."
    )
    state: PolicyState
    rule: PolicyRule
    bundle: str = Field(examples=["tf_efficientnetv2_b0"])
    bundle_version: str = Field(examples=["2.4.0"])
    bundle_sha256: str = Field(examples=[SHA256])
    author: PolicyPerson
    created_at: AwareDatetime
    approver: PolicyPerson | None
    approved_at: AwareDatetime | None = Field(description="In force from then until `retired_at`.")
    retired_by: PolicyPerson | None
    retired_at: AwareDatetime | None
    may_approve: bool
    obstacle: Obstacle | None = Field(
        description="Why the account cannot approve it: `role`, `personal` (nobody else is there: invite a "
        "colleague into a workspace), `own` (it is the author: another lead has to), `in_force`, `withdrawn`."
    )


class RuleInUse(Answer):
    """The rule by which new analyses of the workspace are judged."""

    by: Literal["policy", "operator", "bundle"] = Field(
        description="Whose rule it is; `operator` has FAKE_DECISION_THRESHOLD set."
    )
    policy: NamedPolicy | None
    rule: PolicyRule
    least: PolicyMinimums = Field(description="The bundle's own minimums; a policy asks for no less.")
    bundle: str = Field(examples=["tf_efficientnetv2_b0"])
    bundle_version: str = Field(examples=["2.4.0"])
    bundle_sha256: str = Field(examples=[SHA256])


class PolicyList(Answer):
    """A page of the workspace's policies, the newest first, and the rule in use."""

    policies: list[Policy]
    in_use: RuleInUse
    may_draft: bool
    next_cursor: int | None


class PreviewRate(Answer):
    """A share of files; null where there are none."""

    files: int = Field(description="Of which this is said.")
    of: int
    share: float | None
    interval: Interval | None = Field(description="95 %, Wilson's; each file is taken for independent.")


class PreviewRates(Answer):
    """What a threshold, with the rule's distances to the band's ends, does on labelled files."""

    threshold: float
    false_alarms: PreviewRate = Field(description="Real files with the verdict manipulated.")
    misses: PreviewRate = Field(description="Fakes of which no signs were found.")
    abstained: PreviewRate = Field(description="All files without a verdict.")


class DatasetPreview(Answer):
    """What the rule does on a version of a data set, from the model's newest analysis of each file."""

    dataset_id: str
    dataset: str = Field(examples=["newsroom"])
    number: int
    split: Split | None
    used_for: list[Use] = Field(description="On what a model was fitted it does too well.")
    files: int = Field(description="Of the version or split.")
    looked_at: int = Field(description="The first of them by hash, 5,000 at most.")
    analysed: int = Field(description="Of those, by the policy's model.")
    untold: int = Field(
        description="Of those, in no figure: their results lack what other minimums than theirs would change."
    )
    draft: PreviewRates
    present: PreviewRates | None = Field(
        description="The same with the rule that the policy's model is judged by now; null where neither a "
        "policy for it is in force nor its own rule is known, as of a model of an earlier release."
    )
    curve: list[PreviewRates] = Field(description="At thresholds from 0 to 1, 101 at most.")


class PreviewBin(Answer):
    """Files whose estimates lie in a part of [0, 1], by the verdict that they were given."""

    low: float
    high: float
    manipulated: int
    inconclusive: int
    no_signs: int


class OwnPreview(Answer):
    """What the rule would do with the workspace's own files: 2,000 at most, those seen last."""

    files: int
    untold: int = Field(
        description="Besides these, in no figure: results that lack what other minimums would change."
    )
    histogram: list[PreviewBin] = Field(description="50 bins of the estimates.")
    without_estimate: int = Field(description="No face was scored; in no bin.")
    before: dict[Verdict, int] = Field(description="Files by the verdict that they were given.")
    after: dict[Verdict, int] = Field(description="By the verdict that the rule would give.")
    changed: int
    changes: dict[Change, int] = Field(
        description="`up`: from no signs to manipulated; `down`: the other way; `unclear`: into "
        "inconclusive; `clear`: out of it."
    )


class PolicyPreview(Answer):
    """What a rule would do; nothing is changed or analysed."""

    rule: PolicyRule
    dataset: DatasetPreview | None
    own: OwnPreview
    unknown: list[Unknown] = Field(
        description="What this does not know: `minimums` (what other minimums change is not told of `untold` "
        "files), `not_analysed` (files of the data set without an analysis by the model), "
        "`sampled` (there are more files than were looked at)."
    )
