"""Evaluations of the model on data sets."""

from __future__ import annotations

from pydantic import AwareDatetime, Field

from deepshield.api.schemas.base import JOB_ID, SHA256, Answer, Interval, NamedPolicy
from deepshield.domain.datasets import Split, Use
from deepshield.domain.evaluations import EvaluationState
from deepshield.domain.jobs import Verdict

Point = Interval
_WITHHELD = "No files are listed, since the account reads one of them blind; figures are whole."

_ID = "f5f2b0a1-0d53-4a5a-a9a5-7f1f0f3c2b19"


class EvaluationRequest(Answer):
    """A version to measure the model in use on."""

    dataset_id: str = Field(pattern="^[0-9a-f-]{1,36}$")
    number: int = Field(ge=1, le=2**31 - 1)
    split: Split | None = Field(None, description="Only files of this split; null for all.")
    recheck: bool = Field(False, description="Have files analysed first that the model has not analysed.")


class Evaluation(Answer):
    """An evaluation without its report."""

    id: str = Field(examples=[_ID])
    state: EvaluationState
    dataset_id: str
    dataset: str = Field(examples=["newsroom"])
    number: int = Field(examples=[3])
    split: Split | None
    used_for: list[Use] = Field(description="Of the version: on what a model was fitted it does too well.")
    bundle: str | None = Field(examples=["tf_efficientnetv2_b0"])
    bundle_version: str | None
    bundle_sha256: str = Field(examples=[SHA256])
    threshold: float | None
    policy: NamedPolicy | None = Field(
        description="The workspace's policy by which the files were judged; null without one."
    )
    created_at: AwareDatetime
    finished_at: AwareDatetime | None
    recheck_id: str | None = Field(description="The recheck that it waits for, or waited for.")
    files: int = Field(description="Of the version or split.")
    missing: int = Field(description="Files that this model has not analysed by this rule: not measured.")
    auc: float | None
    error: str | None


class EvaluationList(Answer):
    """The workspace's evaluations, the newest first."""

    evaluations: list[Evaluation]
    next_cursor: str | None


class Figures(Answer):
    """Figures of some files; null where there are no such files."""

    files: int
    real: int
    fake: int
    groups: int
    auc: float | None = Field(description="Of the files with a face.")
    auc_interval: Interval | None = Field(
        description="95 %, bootstrapped over groups; null with fewer than five in a class."
    )
    false_alarms: float | None = Field(description="Share of real files with signs of manipulation.")
    misses: float | None = Field(description="Share of fakes of which no signs were found.")
    abstained: float | None = Field(description="Share of all without a verdict.")
    no_face: int


class AllFigures(Figures):
    """Figures of the whole version."""

    accuracy: float | None = Field(description="All files with a face, forced to a verdict.")
    accuracy_of_verdicts: float | None = Field(description="Files that got one.")


class Slice(Figures):
    """Figures of a part; a kind of fake is set against all real files."""

    by: str = Field(description="kind, source, generator, size or media_type.", examples=["kind"])
    name: str = Field(examples=["lipsync"])
    chosen: int = Field(description="Files of the part itself.")


class Reliable(Answer):
    """Files of similar estimates; rows rise."""

    estimate: float = Field(description="Their mean estimate.")
    share: float = Field(description="Of fakes among them, both classes weighing the same.")
    files: int
    interval: Interval = Field(description="95 % of the share.")


class Threshold(Answer):
    """What a threshold for a rate of false alarms would do on these files."""

    false_alarms: float = Field(description="The accepted share of flagged real files.")
    threshold: float | None = Field(description="Null with too few real files.")
    needs_authentic_files: int | None = None
    flagged_real: float | None = None
    false_alarms_at_most: float | None = Field(None, description="95 % upper bound for such files.")
    flagged_fake: float | None = None


class Case(Answer):
    """A file with a wrong verdict, the surest first."""

    sha256: str = Field(examples=[SHA256])
    media_id: str
    job_id: str = Field(description="The analysis, while it is kept.", examples=[JOB_ID])
    estimate: float | None


class EvaluationReport(Answer):
    """Every figure, as `deepshield evaluate` computes it."""

    abstain_band: Interval
    face_detector: str
    figures: AllFigures
    confusion: dict[str, dict[str, int]] = Field(description="Files by label (real, fake) and verdict.")
    ece: float | None = Field(description="Expected calibration error, both classes weighing the same.")
    reliability: list[Reliable]
    roc: list[Point] = Field(description="Shares of real and of fake files flagged.")
    slices: list[Slice]
    thresholds: list[Threshold]
    false_alarms: list[Case]
    misses: list[Case]
    withheld: bool = Field(False, description=_WITHHELD)


class EvaluationDetails(Evaluation):
    """An evaluation with its report, once it is done."""

    report: EvaluationReport | None


class Flip(Answer):
    """A file of which two evaluations' verdicts differ."""

    sha256: str = Field(examples=[SHA256])
    media_id: str
    fake: bool = Field(description="What its label says.")
    a: Verdict
    b: Verdict


class EvaluationComparison(Answer):
    """Two evaluations on the files that both have; lists end after 500 files, counts do not."""

    a: Evaluation
    b: Evaluation
    files: int
    flips: int
    only_a_right: int = Field(description="Files of which only a's verdict says what the label says.")
    only_b_right: int
    mcnemar_p: float = Field(description="McNemar's exact test of these two counts, two-sided.")
    scored: int = Field(description="Files with a face in both.")
    auc_a: float | None
    auc_b: float | None
    auc_difference: float | None = Field(description="b less a.")
    auc_difference_interval: Interval | None = Field(
        description="95 %, paired, bootstrapped over groups; null with fewer than five in a class."
    )
    flipped: list[Flip]
    withheld: bool = Field(False, description=_WITHHELD)
