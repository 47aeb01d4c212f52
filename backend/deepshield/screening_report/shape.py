"""What a report is made of; attached to the report as JSON, so that its arithmetic can be done again."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from deepshield.domain.custody import Sender
from deepshield.domain.jobs import Verdict
from deepshield.result import AnalysisResult
from deepshield.result_base import Part

REPORT_VERSION: Literal["1"] = "1"
ATTACHMENT = "deepshield-report.json"


class Language(StrEnum):
    """Languages of a report."""

    EN = "en"
    DE = "de"


class Request(Part):
    """One request on the way to a file at an address."""

    url: str
    ip: str
    at: datetime
    status: int


class Resolution(Part):
    """That another program said which file is behind a page."""

    page: str
    url: str
    by: str
    at: datetime


class Item(Part):
    """The file as it was handed in."""

    filename: str
    size_bytes: int
    received_at: datetime
    analysed_at: datetime | None
    sender: Sender | None = Field(None, description="Null where it was not recorded or is not shown.")
    requests: list[Request] = Field(default_factory=list, description="Empty for an upload.")
    resolution: Resolution | None = Field(None, description="Where the address was a post's.")


class SeenBefore(Part):
    """Another analysis in the same workspace: of the same bytes, or of a file that shows the same."""

    filename: str
    received_at: datetime
    same_file: bool
    verdict: Verdict | None = Field(description="Null where it is not known any more.")


class Reader(Part):
    """What the reader has added; the service vouches for none of it."""

    name: str = ""
    obtained: str = ""
    note: str = ""
    not_faces: list[str] = Field(default_factory=list, description="Letters of people that are no faces.")


class ErrorRates(Part):
    """How often the model erred on one test set; shares of files."""

    dataset: str
    unit: str
    real: int
    fake: int
    flagged_real: float | None
    flagged_fake: float | None


class LawPart(Part):
    """What the law of a country says, as it read on the day of the report."""

    country: str
    notice: str
    facts: list[str]


class ReportRecord(Part):
    """All that a report states."""

    report_version: Literal["1"]
    language: Language
    made_at: datetime
    service_version: str
    item: Item
    reader: Reader
    result: AnalysisResult
    error_rates: list[ErrorRates] | None = Field(
        description="Of the model that scored the file, at its own threshold and band; null where another "
        "one runs now, and where the file was judged by another rule."
    )
    own_threshold: float | None = Field(
        None, description="The model's, where the file was judged by another rule; else null."
    )
    law: LawPart | None = None
    seen_before: list[SeenBefore] = Field(
        default_factory=list, description="Three at most; empty for readers of a link."
    )
