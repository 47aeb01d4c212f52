"""A result as a report: what it says, how it is set, who gets it, and that it can be checked."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

import api_world as world
import pytest
from example_results import NAMES, example
from fastapi.testclient import TestClient
from PIL import Image
from pypdf import PageObject, PdfReader, PdfWriter
from service_parts import MakeResources, Run

from deepshield.domain.jobs import State, Verdict
from deepshield.domain.wording import HEADINGS, Label
from deepshield.jobs import share
from deepshield.jobs.lookup import find_view
from deepshield.persistence.repositories import results
from deepshield.resources import Resources
from deepshield.result import AnalysisResult, JudgedBy, Mark, Reason, ReasonCode
from deepshield.result_provenance import AiStatement, AiUse, FileMetadata, Provenance, SignedRecord
from deepshield.screening_report import composing
from deepshield.screening_report.arithmetic import disagreements
from deepshield.screening_report.checking import UnreadableReportError, check_report
from deepshield.screening_report.letters import COVERED, is_covered, printable
from deepshield.screening_report.pages import _MOST_PEOPLE, pages, printed
from deepshield.screening_report.shape import (
    ATTACHMENT,
    ErrorRates,
    Item,
    Language,
    Reader,
    ReportRecord,
    SeenBefore,
)
from deepshield.screening_report.typesetting import TypesettingError, typeset
from deepshield.screening_report.words import texts
from deepshield.screening_report.words import words as words_of

pytestmark = pytest.mark.api

WEB = Path(__file__).parents[3] / "frontend/messages"
AT = datetime(2026, 11, 29, 11, 0, tzinfo=UTC)


def record(result: AnalysisResult | None = None, **changes: object) -> ReportRecord:
    figures = ErrorRates(
        dataset="lip-sync", unit="video", real=13, fake=44, flagged_real=1 / 13, flagged_fake=None
    )
    plain = ReportRecord(
        report_version="1",
        language=Language.EN,
        made_at=AT,
        service_version="0.1.0",
        item=Item(filename="clip.mp4", size_bytes=4_812_331, received_at=AT, analysed_at=AT),
        reader=Reader(),
        result=result or example(),
        error_rates=[figures] * 9,
    )
    return plain.model_copy(update=changes)


def attached(of: ReportRecord) -> tuple[bytes, str]:
    content = of.model_dump_json().encode()
    return content, hashlib.sha256(content).hexdigest()


def made(of: ReportRecord) -> bytes:
    content, digest = attached(of)
    return typeset(pages(of, digest, {}), content, {}, of.made_at)


def said(of: ReportRecord) -> str:
    return "\n".join(printed(pages(of, "0" * 64, {})))


@pytest.fixture(scope="module")
def pdf() -> bytes:
    return made(record())


# What it says.


def test_the_words_are_the_same_keys_in_both_languages_and_those_of_verdicts_the_web_apps() -> None:
    assert texts(Language.EN).keys() == texts(Language.DE).keys()
    for language in Language:
        table = texts(language)
        web = json.loads((WEB / language.value / "common.json").read_text())["verdict"]
        for label in (*HEADINGS, "not_flagged"):
            assert table[f"verdict.{label}"] == web[label]
        for reason in ReasonCode:
            assert f"reason.{reason.value}" in table


def test_it_names_item_question_findings_method_and_limits() -> None:
    text = said(
        record(reader=Reader(name="Ada Löwe", note="Seen twice.\nOn two phones.", obtained="By post"))
    )
    result = example()
    for words in (
        "Screening result, not an expert opinion.",
        "clip.mp4",
        result.sha256,
        "By post",
        "(1) a face in the file was manipulated or generated",
        "manipulation (estimated",
        "Strength of evidence: ",
        "Person B",
        f"{result.model.bundle} {result.model.version}",
        "Lip-sync",
        "1 of 13",
        "Not examined: the voice itself",
        "The voice itself was not judged.",
        "FLAC, 16.0 kHz, 1 channel, 133 kbit/s",
        "3 % of the sound",
        "begins 80 ms after the pictures",
        "-21.4 LUFS",
        "digital silence of 100 ms (such a sign in 0 of 136 authentic test clips)",
        "Ada Löwe",
        "On two phones.",
        ATTACHMENT,
    ):
        assert words in text.replace("\u200b", "")


def test_it_says_what_the_file_says_of_itself_and_what_that_is_worth() -> None:
    unsigned = said(record(example("no_signs"))).replace("\u200b", "")
    assert "None. Most files carry none; every saving anew removes it." in unsigned
    assert "anybody can write, copy or remove" in unsigned
    ai = AiStatement(
        use=AiUse.MADE,
        source_type="x",
        state="trusted",
        trust_list=None,
        signer="S",
        issuer="I",
        signed_at=None,
    )
    signed = SignedRecord(state="trusted", trust_list="signers", signer="S", issuer="I", ai=ai)
    provenance = Provenance(credentials=signed, metadata=FileMetadata())
    text = said(record(example().model_copy(update={"provenance": provenance}), language=Language.DE))
    assert "auf der Vertrauensliste. (I, S) Er sagt, dass die Datei mit KI erzeugt wurde." in text
    assert "Was die Datei von sich sagt" not in said(record(example("earlier"), language=Language.DE))


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("language", list(Language))
def test_an_estimate_that_is_withheld_is_nowhere(name: str, language: Language) -> None:
    result = example(name)
    text = said(record(result, language=language, error_rates=None))
    heading = text.split("\n")
    if result.predicted_manipulation is None:
        assert not any("(estimated" in line or "(geschätzt" in line for line in heading)
        assert "Log10" not in text
    else:
        assert any("(estimated" in line or "(geschätzt" in line for line in heading)


@pytest.mark.parametrize(("name", "shown"), [("manipulated", True), ("unclear", False), ("weak", False)])
def test_scores_of_single_faces_are_withheld_with_the_estimate(name: str, shown: bool) -> None:
    parts = pages(record(example(name)), "0" * 64, {1: ["a.png"]})["parts"]
    captions = [
        picture["caption"]
        for part in parts
        for block in part["blocks"]
        if block["kind"] == "pictures"
        for picture in block["shown"]
    ]
    assert ["%" in caption for caption in captions] == [shown]


def test_it_names_earlier_analyses_of_the_account() -> None:
    seen = SeenBefore(filename="old.mp4", received_at=AT, same_file=False, verdict=Verdict.MANIPULATED)
    same = seen.model_copy(update={"same_file": True, "filename": "same.mp4", "verdict": None})
    text = said(record(seen_before=[same, seen]))
    assert "the same file, sent as same.mp4, received 2026-11-29 11:00 UTC" in text
    assert "near copy of old.mp4, received 2026-11-29 11:00 UTC; its verdict: Signs of manipulation" in text
    assert "Seen before" not in said(record())


def test_without_error_rates_of_this_model_none_are_stated() -> None:
    assert "another model" in said(record(error_rates=None))


@pytest.mark.parametrize("language", Language)
def test_somebody_who_may_not_decide_is_left_out_of_what_is_said_of_all(language: Language) -> None:
    result, table = example("no_signs"), texts(language)
    little = Reason(code=ReasonCode.SEEN_TOO_LITTLE, message="")
    above = {
        "person": "B",
        "verdict": Verdict.MANIPULATED,
        "confidence_label": Label.STRONG,
        "final_score": 0.97,
    }
    behind = result.tracks[0].model_copy(update={**above, "reasons": [little]})
    of = record(result.model_copy(update={"tracks": [behind, *result.tracks]}), language=language)
    sentence = {
        Language.EN: "long and large enough to decide",
        Language.DE: "lang und groß genug zu sehen ist",
    }
    (reason,) = [line for line in said(of).splitlines() if line == table["reason.below_threshold"]]
    assert sentence[language] in reason
    parts = pages(of, "0" * 64, {})["parts"]
    (people,) = [
        block["body"]
        for part in parts
        for block in part["blocks"]
        if block["kind"] == "table" and block["head"][-1] == table["note"]
    ]
    assert [row[-1] for row in people] == [table["seenTooLittle"], "–"]
    crowd = result.model_copy(update={"tracks": [behind] * 6 + result.tracks})
    assert f"\n{table['verdict.not_flagged']}\n" in said(record(crowd, language=language)), "whom it follows"
    assert check_report(made(of)).problems == ()
    assert table["note"] not in said(record(result, language=language)).splitlines()


def test_a_threshold_is_written_apart_from_an_estimate_beside_it_and_an_empty_band_not_at_all() -> None:
    rule = {"decision_threshold": 0.867, "abstain_band": (0.867, 0.867)}
    result = example("no_signs")
    tracks = [result.tracks[0].model_copy(update={"final_score": 0.8655})]
    beside = result.model_copy(update={**rule, "final_score": 0.8655, "interval": None, "tracks": tracks})
    german = said(record(beside, language=Language.DE))
    assert "Nicht gemeldet (geschätzt 86,6 %)" in german
    assert "Die Schwelle ist 86,7 %.\n" in german
    assert "\n86,6 %\n" in german
    assert "The threshold is 86.7 %.\n" in said(record(beside))


@pytest.mark.parametrize("language", Language)
def test_of_a_marked_face_nothing_is_said_of_the_file(language: Language) -> None:
    table, result = texts(language), example("people")
    marked = Mark(box=(1.0, 2.0, 30.0, 40.0), timestamp_ms=0.0, frame_index=0)
    alone = [result.tracks[1].model_copy(update={"seconds_on_screen": 0.0, "frames": 1})]
    other = example("no_signs")
    changes = {"marked": marked, "tracks": alone, "smallest_face_px": None, "top_k_suspicious": []}
    taken = {name: getattr(other, name) for name in ("verdict", "final_score", "interval", "reasons")}
    of = record(result.model_copy(update={**changes, **taken}), language=language)
    printed_ = list(printed(pages(of, "0" * 64, {})))
    assert table["reason.below_threshold.mark"] in printed_
    assert table["reason.below_threshold"] not in printed_
    text = "\n".join(printed_)
    for key, start in (("methodText", 0), ("questionText", table["questionText"].index("(1)"))):
        assert table[key][start : start + 16] not in text
        assert table[f"{key}.mark"][-60:] in text
    assert not any(re.fullmatch(r"0[.,]0 s", cell) for cell in printed_)


def test_how_far_the_frames_of_a_video_are_apart_is_said() -> None:
    video = example("people")
    media = video.media.model_copy(update={"duration_ms": 180_000.0, "frame_count": 5400})
    of = record(video.model_copy(update={"media": media, "frames_sampled": 32}), language=Language.DE)
    assert "Untersucht wurde ein Bild alle 5,6 s; was dazwischen" in " ".join(said(of).split())


# How it is set.


def test_it_is_a_titled_tagged_document_of_at_most_two_pages_with_its_figures(pdf: bytes) -> None:
    reader = PdfReader(io.BytesIO(pdf))
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"] == True  # noqa: E712 - an object of the reader's own
    assert root["/ViewerPreferences"]["/DisplayDocTitle"] == True  # noqa: E712
    assert "/StructTreeRoot" in root
    assert reader.metadata is not None
    assert reader.metadata.title == "Screening report"
    assert b"<pdfuaid:part>1</pdfuaid:part>" in root["/Metadata"].get_data()
    assert len(reader.pages) <= 2
    assert [ReportRecord.model_validate_json(one) for one in reader.attachments[ATTACHMENT]] == [record()]


@pytest.mark.parametrize("language", Language)
def test_it_keeps_the_rules_of_accessible_documents_that_a_machine_can_check(language: Language) -> None:
    reader = PdfReader(io.BytesIO(made(record(language=language))))
    root = reader.trailer["/Root"]
    assert root["/Lang"] == language.value
    assert root["/MarkInfo"]["/Suspects"] == False  # noqa: E712 - an object of the reader's own
    (attachment,) = root["/AF"]
    assert attachment["/AFRelationship"] == "/Data"
    assert attachment["/Desc"]
    tags = [(tag["/S"], tag) for tag in tags_of(root["/StructTreeRoot"])]
    levels = [int(name[2:]) for name, _ in tags if re.fullmatch("/H[1-6]", name)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels)), "no level of headings is skipped"
    heads = [tag for name, tag in tags if name == "/TH"]
    assert heads
    assert all(any("/Scope" in each for each in listed(tag["/A"])) for tag in heads)
    for page in reader.pages:
        assert page["/Tabs"] == "/S", "the order of the tags is the order of reading"
        assert "/StructParents" in page
        assert unmarked(page) == []
        fonts = [font.get_object() for font in page["/Resources"]["/Font"].values()]
        embedded = [font["/DescendantFonts"][0]["/FontDescriptor"] for font in fonts]
        assert all("/FontFile2" in one or "/FontFile3" in one for one in embedded)
        assert all("/ToUnicode" in font for font in fonts)


def test_its_text_is_read_back_in_the_order_of_the_page(pdf: bytes) -> None:
    text = " ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    places = [text.index(words) for words in ("Screening report", "Item", "Question", "Findings", "Method")]
    assert places == sorted(places)


def test_times_in_a_clip_have_the_languages_point() -> None:
    for language, time in ((Language.EN, "0:12.4"), (Language.DE, "0:12,4")):
        assert time in words_of(language)("moment", rank=1, letter="A", time="0:12.4")
        assert time in words_of(language)(
            "kindVideo", kind="", format="", width=1, height=1, duration="0:12.4", count=2
        )


def test_one_of_a_kind_is_named_in_the_singular() -> None:
    result = example()
    single = result.model_copy(
        update={
            "media": result.media.model_copy(update={"frame_count": 1, "other_streams": 1}),
            "tracks": [result.tracks[0]] * (_MOST_PEOPLE + 1),
            "faces_left_out": 1,
            "damaged_packets": 1,
        }
    )
    for language, sentences in {
        Language.EN: (
            ", 1 coded frame\n",
            "1 more person is in",
            "1 face beyond the largest of a frame was",
            "1 damaged part was skipped.",
            "1 further video stream was",
            "this person is no face: A.",
        ),
        Language.DE: (
            ", 1 codiertes Bild\n",
            "1 weitere Person steht",
            "1 Gesicht über die größten eines Bildes hinaus wurde",
            "1 beschädigte Stelle wurde",
            "1 weitere Videospur wurde",
            "ist diese Person kein Gesicht: A.",
        ),
    }.items():
        text = said(record(single, language=language, reader=Reader(not_faces=["A"])))
        assert [sentence for sentence in sentences if sentence not in text] == []
        many = said(record(language=language, reader=Reader(not_faces=["A", "B"])))
        assert [sentence for sentence in sentences if sentence in many] == []


def test_every_picture_in_it_has_a_text(
    client: TestClient, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world, "PICTURE", png())
    content = client.get(f"/api/jobs/{world.completed(resources)}/report.pdf").content
    tags = tags_of(PdfReader(io.BytesIO(content)).trailer["/Root"]["/StructTreeRoot"])
    figures = [tag for tag in tags if tag["/S"] == "/Figure"]
    assert figures
    assert all(str(figure["/Alt"]).strip() for figure in figures)


def listed(value: Any) -> list[Any]:
    """Return a PDF value that is one object or an array of them as a list of objects."""
    found = value.get_object()
    return [one.get_object() for one in found] if isinstance(found, list) else [found]


def tags_of(element: Any) -> Iterator[Any]:
    """Yield the elements of a structure tree, parents first, in the order of reading."""
    for child in listed(element["/K"]) if "/K" in element else []:
        if isinstance(child, dict) and "/S" in child:
            yield child
            yield from tags_of(child)


def unmarked(page: PageObject) -> list[bytes]:
    """Return the operators of a page that draw text or pictures outside marked content."""
    depth, found = 0, []
    contents = page.get_contents()
    assert contents is not None
    for _, operator in contents.operations:
        depth += (operator in (b"BDC", b"BMC")) - (operator == b"EMC")
        if depth == 0 and operator in (b"Tj", b"TJ", b"Do"):
            found.append(operator)
    return found


def test_the_same_report_has_the_same_bytes(pdf: bytes) -> None:
    assert made(record()) == pdf


def test_every_character_that_counts_as_covered_can_be_set() -> None:
    covered = [chr(n) for low, high in COVERED for n in range(low, high + 1) if is_covered(chr(n))]
    assert made(record(reader=Reader(note=" ".join(covered)))).startswith(b"%PDF-")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("张.mp4", "[U+5F20].mp4"),
        ("evil\u202egpj.exe", "evil[U+202E]gpj.exe"),
        ("e\u0301", "é"),
        ("a\x00b\ud800", "a[U+0000]b[U+D800]"),
        ("two\nlines", "two lines"),
        ("x" * 100, "x" * 48 + "\u200b" + "x" * 48 + "\u200b" + "x" * 4),
    ],
)
def test_other_characters_are_shown_by_number(text: str, shown: str) -> None:
    assert printable(text) == shown


def test_markup_of_the_typesetter_in_a_name_is_text() -> None:
    hostile = '#read("/etc/passwd") $x$ *bold* \\u{41} <a> @b'
    pdf = made(record(reader=Reader(note=hostile)))
    text = "".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages)
    assert "".join(hostile.split()) in "".join(text.split())


def test_a_policys_name_is_set_whatever_its_letters() -> None:
    result = example().model_copy(update={"policy": JudgedBy(number=3, name="Strenger \u2705 \u653f\u7b56")})
    assert "Strenger [U+2705]" in said(record(result))


def test_a_fault_of_the_typesetter_is_an_error_and_not_a_document() -> None:
    with pytest.raises(TypesettingError, match="status 1"):
        typeset({"no": "pages"}, b"{}", {}, AT)


# Whether it can be checked.


def test_a_report_agrees_with_itself_in_both_languages(pdf: bytes, tmp_path: Path) -> None:
    assert check_report(pdf).problems == ()
    german = made(record(example("no_signs"), language=Language.DE, reader=Reader(name="张", note="y" * 300)))
    assert check_report(german).problems == ()
    other = tmp_path / "other.mp4"
    other.write_bytes(b"other")
    assert check_report(pdf, other).problems == ("the report is about another file than other.mp4",)


def test_the_file_it_is_about_is_recognised(tmp_path: Path) -> None:
    file = tmp_path / "clip.mp4"
    file.write_bytes(b"the clip")
    about = example().model_copy(update={"sha256": hashlib.sha256(b"the clip").hexdigest()})
    assert check_report(made(record(about)), file).problems == ()


@pytest.mark.parametrize("name", NAMES)
def test_the_arithmetic_of_every_example_comes_out(name: str) -> None:
    assert list(disagreements(example(name))) == []


@pytest.mark.parametrize("place", range(len(example().aggregation_steps)))
def test_a_changed_step_is_found(place: int) -> None:
    result = example()
    steps = list(result.aggregation_steps)
    steps[place] = steps[place].model_copy(update={"output": steps[place].output + 0.01})
    assert any(
        "step" in line for line in disagreements(result.model_copy(update={"aggregation_steps": steps}))
    )


def test_a_changed_estimate_verdict_or_strength_is_found() -> None:
    result = example()
    assert result.strength is not None
    stronger = result.strength.model_copy(update={"log10_ratio": 2.5})
    for changes, problem in (
        ({"final_score": 0.99}, "the estimate comes out as"),
        ({"verdict": "no_signs"}, "above the threshold"),
        ({"abstain_band": (0.5, 0.99)}, "within the band in which there is none"),
        ({"strength": stronger}, "the strength comes out as"),
    ):
        changed = AnalysisResult.model_validate({**result.model_dump(), **changes})
        assert any(problem in line for line in check_report(made(record(changed))).problems)


def test_pages_that_say_something_else_than_the_attachment_are_found() -> None:
    printed_, true = record(example("no_signs")), record()
    content, digest = attached(true)
    pdf = typeset(pages(printed_, digest, {}), content, {}, AT)
    assert any("not printed" in line and "signs of" in line.lower() for line in check_report(pdf).problems)


def test_of_another_releases_report_the_figures_are_compared(run: Run, tmp_path: Path) -> None:
    older = record().model_copy(update={"service_version": "0.0.9"})
    content, digest = attached(older)
    same_file = {"sha256": older.result.sha256}
    other_words = pages(record(example("no_signs").model_copy(update=same_file)), digest, {})
    file = tmp_path / "older.pdf"
    file.write_bytes(typeset(other_words, content, {}, AT))
    answer = run("verify", str(file))
    assert answer.returncode == 3
    assert "sentences were not compared: release 0.0.9" in answer.stdout
    elsewhere = typeset(pages(older, "0" * 64, {}), content, {}, AT)
    assert any(digest in problem for problem in check_report(elsewhere).problems)


def test_what_is_no_report_is_refused(pdf: bytes) -> None:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    blank = io.BytesIO()
    writer.write(blank)
    for content in (b"", b"%PDF-1.7 nothing", blank.getvalue(), pdf[: len(pdf) // 2]):
        with pytest.raises(UnreadableReportError):
            check_report(content)


def test_the_command_says_whether_it_agrees(run: Run, pdf: bytes, tmp_path: Path) -> None:
    good, bad = tmp_path / "good.pdf", tmp_path / "bad.pdf"
    good.write_bytes(pdf)
    bad.write_bytes(made(record(example().model_copy(update={"final_score": 0.99}))))
    assert "The figures agree" in run("verify", str(good)).stdout
    answer = run("verify", str(bad))
    assert answer.returncode == 1
    assert "does not agree: the estimate comes out as" in answer.stdout


# Who gets it.


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """A report does not depend on the database."""
    return sqlite_url


@pytest.fixture
def client(resources: Resources) -> Iterator[TestClient]:
    with world.serving(resources) as client:
        yield client


def png(side: int = 64) -> bytes:
    content = io.BytesIO()
    Image.new("RGB", (side, side), (200, 120, 40)).save(content, "PNG")
    return content.getvalue()


def images_of(pdf: bytes) -> int:
    return sum(len(page.images) for page in PdfReader(io.BytesIO(pdf)).pages)


def test_a_result_is_fetched_as_a_report_that_agrees(client: TestClient, resources: Resources) -> None:
    job_id = world.completed(resources, name="Urlaub 张.mp4")
    answer = client.get(f"/api/jobs/{job_id}/report.pdf", params={"lang": "de", "law": "DE"})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
    assert "Urlaub%20%E5%BC%A0-report.pdf" in answer.headers["content-disposition"]
    assert answer.headers["cache-control"] == "no-store"
    checked = check_report(answer.content)
    assert checked.problems == ()
    assert checked.record.law is not None
    assert checked.record.law.country == "Deutschland"


def test_a_readers_note_is_in_the_body_and_in_the_report(client: TestClient, resources: Resources) -> None:
    job_id = world.completed(resources)
    note = {"name": "Ada", "note": "Seen on a phone.", "not_faces": ["B"]}
    answer = client.post(f"/api/jobs/{job_id}/report.pdf", json=note)
    assert check_report(answer.content).record.reader == Reader(**note)
    for wrong in ({"note": "x" * 2001}, {"law": "XX"}, {"lang": "fr"}):
        assert client.post(f"/api/jobs/{job_id}/report.pdf", json=wrong).status_code == 422


def test_pictures_are_shown_while_they_are_kept(
    client: TestClient, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(world, "PICTURE", png())
    job_id = world.completed(resources)
    with_pictures = client.get(f"/api/jobs/{job_id}/report.pdf").content
    assert images_of(with_pictures) == 1  # equal pictures are stored once
    assert check_report(with_pictures).problems == ()
    with resources.database.read() as session:
        for artifact in results.artifacts(session, job_id):
            resources.store.delete(artifact.key)
    without = client.get(f"/api/jobs/{job_id}/report.pdf").content
    assert images_of(without) == 0
    assert check_report(without).problems == ()


def test_a_picture_that_cannot_be_set_is_left_out(client: TestClient, resources: Resources) -> None:
    job_id = world.completed(resources)  # its pictures have the first bytes of a PNG and nothing else of one
    answer = client.get(f"/api/jobs/{job_id}/report.pdf")
    assert answer.status_code == 200
    assert images_of(answer.content) == 0


def test_a_job_without_a_result_has_no_report(make_resources: MakeResources) -> None:
    resources = make_resources(rate={"limit_rps": 0})
    with world.serving(resources) as client:
        for state, job_id in world.in_every_state(resources, None).items():
            answer = client.get(f"/api/jobs/{job_id}/report.pdf")
            assert answer.status_code == (200 if state == State.COMPLETED else 409), state


def test_a_link_gives_the_report_without_the_jobs_id(client: TestClient, resources: Resources) -> None:
    job_id = world.completed(resources)
    token = share.create(resources, None, job_id).token
    answer = client.get("/api/shared/report.pdf", headers={"X-Share-Token": token})
    assert check_report(answer.content).problems == ()
    assert job_id.encode() not in answer.content
    noted = client.post("/api/shared/report.pdf", json={"note": "Seen."}, headers={"X-Share-Token": token})
    assert check_report(noted.content).record.reader.note == "Seen."
    assert client.get("/api/shared/report.pdf", headers={"X-Share-Token": "other"}).status_code == 404


def test_an_earlier_results_report_agrees(resources: Resources) -> None:
    job = world.completed(resources)
    view = replace(find_view(resources, None, job), result=example("earlier"))
    pdf = composing.report_pdf(replace(resources, clock=lambda: AT), view, Language.EN, Reader())
    assert check_report(pdf).problems == ()
    assert check_report(pdf).record.error_rates is None


def test_error_rates_are_stated_of_files_that_were_judged_as_the_model_was_measured(
    resources: Resources,
) -> None:
    view = find_view(resources, None, world.completed(resources))
    assert view.result is not None
    own = view.result.decision_threshold

    def reported(**rule: object) -> ReportRecord:
        assert view.result is not None
        moved = replace(view, result=view.result.model_copy(update=rule))
        return check_report(composing.report_pdf(resources, moved, Language.EN, Reader())).record

    assert reported().error_rates
    for rule in ({"decision_threshold": 0.5}, {"abstain_band": (0.5, own)}):
        of = reported(**rule)
        assert (of.error_rates, of.own_threshold) == (None, own)
        assert f"measured at its own threshold of {own:.0%}".replace("%", " %") in said(of)
        assert "another model" not in said(of)
