"""The table of failures: complete, free of contradictions, and the only home of what it says."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from deepshield.domain.errors import DeepShieldError
from deepshield.domain.failures import NOT_CHARGED, Code, Fault, is_charged, known
from detector.contracts import ErrorCode

pytestmark = pytest.mark.unit

ROOT = Path(__file__).parents[3]
SOURCES = "\n".join(
    path.read_text()
    for room in ("backend/deepshield", "ml/detector")
    for path in (ROOT / room).rglob("*.py")
    if path.name not in ("failures.py", "contracts.py")
)


def test_the_detectors_codes_are_in_the_table() -> None:
    assert {code.value for code in ErrorCode} <= {code.value for code in Code}


@pytest.mark.parametrize("code", Code)
def test_no_code_is_there_that_nothing_raises(code: Code) -> None:
    assert re.search(rf"\b(?:Error)?Code\.{code}\b", SOURCES)


@pytest.mark.parametrize("code", Code)
def test_a_row_says_what_happened_and_what_to_do(code: Code) -> None:
    assert code.name == code.value
    assert 400 <= code.status < 600
    assert code.summary[0].isupper()
    assert not code.summary.endswith(".")
    assert code.advice[0].isupper()
    assert code.advice.endswith(".")
    assert not re.search(r"[{}<>'#|]", code.words), "a message format gives these a meaning of their own"


@pytest.mark.parametrize("code", Code)
def test_status_and_fault_agree(code: Code) -> None:
    if code.status >= 500:
        assert code.fault is Fault.SERVER
    if code.status in (429, 503):
        assert code.again, "these are answered with Retry-After"
    if code.fault is Fault.FILE:
        assert not code.again, "the same file fails again"


def test_what_is_ours_is_not_charged_and_says_so() -> None:
    free = {code for code in Code if not is_charged(code)}
    assert free == {code for code in Code if NOT_CHARGED in code.words}
    assert Code.ANALYSIS_CRASHED in free
    assert is_charged("VIDEO_TOO_LONG")
    assert not is_charged("SOMETHING_NEW")


def test_an_unknown_code_is_a_fault_of_ours() -> None:
    assert known("SOMETHING_NEW") is known(None) is Code.INTERNAL_ERROR
    assert known("EXPIRED") is Code.EXPIRED


def test_a_refusal_has_the_words_of_its_code_unless_it_brings_its_own() -> None:
    assert DeepShieldError(Code.EMPTY_FILE).message == Code.EMPTY_FILE.words
    assert str(DeepShieldError(Code.EMPTY_FILE, "Nothing in it.", bytes=0)) == "Nothing in it."


def test_the_page_of_errors_is_the_table() -> None:
    text = (ROOT / "docs" / "errors.md").read_text()
    rows = [
        f"| `{code}` | {code.status} | {code.fault} | {'yes' if code.again else 'no'} "
        f"| {code.summary}. {code.advice} |"
        for code in Code
    ]
    assert re.findall(r"^\| `.*$", text, re.MULTILINE) == rows
