"""Whether a report agrees with itself: its attachment computed again, and compared with what is printed."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from pydantic import ValidationError
from pypdf import PdfReader
from pypdf.errors import PyPdfError

from deepshield.domain import strength
from deepshield.domain.jobs import Verdict
from deepshield.result import AnalysisResult
from deepshield.screening_report.arithmetic import disagreements, same
from deepshield.screening_report.letters import BREAK
from deepshield.screening_report.pages import pages, printed
from deepshield.screening_report.shape import ATTACHMENT, ReportRecord
from deepshield.screening_report.words import words

_LARGEST_ATTACHMENT = 64 * 2**20


class UnreadableReportError(ValueError):
    """The file is no report of this service, or of a version that this release does not know."""


@dataclass(frozen=True, slots=True)
class Checked:
    """A report's record, and what does not agree."""

    record: ReportRecord
    problems: tuple[str, ...]
    words_compared: bool  # only the release that set a report knows its sentences


def check_report(pdf: bytes, file: Path | None = None) -> Checked:
    """Check a report; with ``file``, also whether it is about that file.

    Raises `UnreadableReportError`, and OSError for a file that cannot be read.
    """
    attached, text = _opened(pdf)
    try:
        record = ReportRecord.model_validate_json(attached)
    except ValidationError as error:
        raise UnreadableReportError(f"{ATTACHMENT} is not of a known shape: {error}") from error
    problems = [*disagreements(record.result), *_conclusions(record.result)]
    digest = hashlib.sha256(attached).hexdigest()
    shown = _closed_up(text)
    only_without_pictures = words(record.language)("picturesGone")
    same_release = record.service_version == version("deepshield")
    # What every release prints: the attachment's digest, which ties the pages to it, and the file's.
    sentences = printed(pages(record, digest, {})) if same_release else [digest, record.result.sha256]
    problems += [
        f"not printed as the attachment has it: {said.replace(BREAK, '')}"
        for said in sentences
        if said != only_without_pictures and _closed_up(said) not in shown
    ]
    if file is not None and _sha256(file) != record.result.sha256:
        problems.append(f"the report is about another file than {file.name}")
    return Checked(record, tuple(problems), same_release)


def _opened(pdf: bytes) -> tuple[bytes, str]:
    """Return the attachment and the text of all pages."""
    try:
        reader = PdfReader(io.BytesIO(pdf))
        found = reader.attachments.get(ATTACHMENT, [])
        text = "\n".join(page.extract_text() for page in reader.pages)
    except (PyPdfError, ValueError, LookupError, TypeError, AttributeError, RecursionError) as error:
        raise UnreadableReportError(f"this is no PDF that can be read: {error}") from error
    if len(found) != 1 or len(found[0]) > _LARGEST_ATTACHMENT:
        raise UnreadableReportError(f"this PDF has no attachment {ATTACHMENT}")
    return found[0], text


def _conclusions(result: AnalysisResult) -> Iterator[str]:
    """Yield what does not follow from the estimate: the verdict, the strength of evidence."""
    estimate, threshold = result.final_score, result.decision_threshold
    if estimate is None:
        if result.predicted_manipulation is not None or result.strength is not None:
            yield "there is a verdict without an estimate"
        return
    if result.verdict is Verdict.MANIPULATED and estimate < threshold:
        yield "the verdict says manipulated, below the threshold"
    if result.verdict is Verdict.NO_SIGNS and estimate >= threshold:
        yield "the verdict says that there are no signs, above the threshold"
    low, high = result.abstain_band
    inside = low < estimate < high and not same(estimate, low) and not same(estimate, high)
    if inside and result.predicted_manipulation is not None:
        yield "there is a verdict, within the band in which there is none"
    if result.strength is None:
        return
    cap = result.strength.cap
    ratio = strength.capped(strength.log10_ratio(estimate, result.model.base_rate), cap)
    # Of a rounded estimate: near 0 and 1 its odds keep fewer digits.
    if abs(ratio - result.strength.log10_ratio) > 1e-4 and not same(ratio, result.strength.log10_ratio):
        yield f"the strength comes out as {ratio:.4g}, written is {result.strength.log10_ratio:.4g}"
    if strength.support(result.strength.log10_ratio) is not result.strength.support:
        yield "the word for the strength is not that of the scale"


def _closed_up(text: str) -> str:
    """Return the text without spaces and places to break, which setting it has moved."""
    return "".join(text.replace(BREAK, "").split())


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
