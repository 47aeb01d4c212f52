"""The documents say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel
from service_parts import Run

from deepshield import result, result_provenance, result_sound
from deepshield.domain.jobs import MediaKind, Verdict
from deepshield.domain.strength import Support
from deepshield.domain.wording import Label, Trace
from deepshield.result import ReasonCode, StepKind
from deepshield.result_base import Part
from deepshield.result_provenance import (
    AiUse,
    CredentialState,
    HintKind,
    HintStrength,
    JpegTables,
    MetadataSource,
    TimeSource,
    TrustListKind,
)
from deepshield.result_sound import SoundEnding, SpliceSign
from detector.calibrate import SENTENCES
from detector.contracts import ErrorCode, Limits

pytestmark = pytest.mark.integration

ROOT = Path(__file__).parents[3]
PARTS = {
    part.__name__: part
    for module in (result, result_provenance, result_sound)
    for part in vars(module).values()
    if isinstance(part, type) and issubclass(part, Part) and part is not Part
}


def test_every_reason_and_error_is_described() -> None:
    text = (ROOT / "docs" / "result.md").read_text()
    for reason, sentence in SENTENCES.items():
        assert f"| `{reason.value}` | {sentence} |" in text
    for code in ErrorCode:
        assert f"`{code.value}`" in text


def test_the_limits_are_the_codes() -> None:
    text = (ROOT / "docs" / "result.md").read_text()
    limits = Limits()
    assert f"{limits.max_bytes // 2**20} MB" in text
    assert f"{limits.max_pixels // 10**6} megapixels" in text
    assert f"more than {limits.max_seconds:.0f} s" in text
    assert f"{limits.max_frames:,} coded frames" in text
    assert f"more than {limits.decode_seconds:.0f} s" in text


@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_every_field_of_the_result_is_described_and_no_other(part: type[BaseModel]) -> None:
    text = (ROOT / "docs" / "result.md").read_text()
    section = re.search(rf"^## {part.__name__}\n(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    assert section, f"no section about {part.__name__}"
    table = section[1].partition("| field | meaning |\n|---|---|\n")[2].partition("\n\n")[0]
    described = [name for row in table.splitlines() for name in re.findall(r"`(\w+)`", row.split("|")[1])]
    assert sorted(described) == sorted(part.model_fields)


def test_every_word_of_the_result_is_described() -> None:
    text = (ROOT / "docs" / "result.md").read_text()
    of_provenance = (
        AiUse, CredentialState, HintKind, HintStrength, JpegTables, MetadataSource, TimeSource, TrustListKind,
    )  # fmt: skip
    for words in (
        Verdict,
        Label,
        Trace,
        Support,
        StepKind,
        ReasonCode,
        MediaKind,
        SoundEnding,
        SpliceSign,
        *of_provenance,
    ):
        assert [word.value for word in words if f"`{word.value}`" not in text] == []


def test_every_option_is_in_the_readme(run: Run) -> None:
    options = set(re.findall(r"--[a-z-]+", run("analyze", "--help").stdout)) - {"--help"}
    readme = (ROOT / "README.md").read_text()
    assert {option for option in options if f"`{option}" not in readme} == set()


def test_links_between_documents_lead_somewhere() -> None:
    for document in [ROOT / "README.md", *(ROOT / "docs").rglob("*.md"), *ROOT.glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
            assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_every_make_target_that_the_documents_name_exists() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for document in [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]:
        for target in re.findall(r"(?:^|`|    )make ([a-z0-9-]+)", document.read_text(), re.MULTILINE):
            assert re.search(rf"^{target}:", makefile, re.MULTILINE), f"{document.name} names make {target}"
