"""The documents say what the code does."""

from __future__ import annotations

import re
from pathlib import Path

from service_parts import Run

from detector.calibrate import SENTENCES
from detector.contracts import ErrorCode, Limits

ROOT = Path(__file__).parents[2]


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


def test_every_field_of_the_result_is_described(run: Run, portrait_file: Path) -> None:
    import json

    text = (ROOT / "docs" / "result.md").read_text()
    document = json.loads(run("analyze", portrait_file, "--json").stdout)
    assert [field for field in document if f"`{field}`" not in text] == []


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
