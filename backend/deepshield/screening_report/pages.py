"""What a report says, part by part: a pure function of its record and of the pictures that there are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from deepshield.domain import wording
from deepshield.domain.jobs import MediaKind, Verdict
from deepshield.domain.strength import Support
from deepshield.domain.wording import Label
from deepshield.result import AnalysisResult, Moment, Person, ReasonCode
from deepshield.screening_report.letters import printable
from deepshield.screening_report.shape import ATTACHMENT, Language, ReportRecord, SeenBefore
from deepshield.screening_report.sound import sound_facts
from deepshield.screening_report.statements import statements
from deepshield.screening_report.words import Say, count, known, number, pointed, words

Block = dict[str, Any]
_MOST_PEOPLE, MOST_MOMENTS = 5, 3
# Of another file only the verdict is known, which says least.
_BRIEF = {
    Verdict.MANIPULATED: Label.SIGNS,
    Verdict.NO_SIGNS: Label.NOT_FLAGGED,
    Verdict.INCONCLUSIVE: Label.UNCLEAR,
    Verdict.NO_FACE: Label.NO_FACE,
}
_SIGNS = (Label.STRONG, Label.SIGNS)
_ESTIMATED = (*_SIGNS, Label.NONE, Label.NOT_FLAGGED)  # labels that come with an estimate
_NAMES = {
    "mov": "MP4",
    "h264": "H.264",
    "hevc": "H.265",
    "jpeg": "JPEG",
    "png": "PNG",
    "matroska": "Matroska",
}


def pages(record: ReportRecord, digest: str, pictures: Mapping[int, Sequence[str]]) -> dict[str, Any]:
    """Return the content of the report, as the template sets it.

    ``digest`` is the SHA-256 of the attachment; ``pictures`` has names of files per rank of a moment.
    """
    say = words(record.language)
    result = record.result
    return {
        "language": record.language.value,
        "title": say("title"),
        "subtitle": say("subtitle"),
        "author": f"DeepShield {record.service_version}",
        "keywords": [f"SHA-256 {result.sha256}"],
        "footer": say("footer", version=record.service_version, at=_at(record.made_at), digest=digest),
        "attachment": ATTACHMENT,
        "attached": say("attached"),
        "parts": [
            {"title": printable(title), "blocks": blocks}
            for title, blocks in _parts(record, say, pictures)
            if blocks
        ],
    }


def printed(content: Mapping[str, Any]) -> Iterator[str]:
    """Yield every text that the pages show, but for the pictures' captions, which come and go with them."""
    yield content["title"]
    yield content["subtitle"]
    yield content["footer"]
    for part in content["parts"]:
        yield part["title"]
        for block in part["blocks"]:
            match block["kind"]:
                case "text":
                    yield block["text"]
                case "facts":
                    yield from (cell for row in block["rows"] for cell in row)
                case "table":
                    yield from (cell for row in [block["head"], *block["body"]] for cell in row)


def _parts(
    record: ReportRecord, say: Say, pictures: Mapping[int, Sequence[str]]
) -> Iterator[tuple[str, list[Block]]]:
    yield say("item"), [_item(record, say)]
    rate = wording.percent(record.result.model.base_rate)
    yield say("question"), [_text(say(_of("questionText", record.result), rate=rate))]
    yield say("findings"), list(_findings(record, say))
    yield say("moments"), list(_moments(record.result, say, pictures))
    if (said := record.result.provenance) is not None:
        rows = list(statements(said, say))
        yield say("statements"), [_text(say("statementsText")), _facts(rows)]
    if (sound := record.result.sound) is not None:
        rows = list(sound_facts(sound, record.language, say))
        yield say("sound"), [_text(say("soundText")), _facts(rows)]
    yield say("method"), list(_method(record, say))
    yield say("limits"), [_text(" ".join(_limits(record, say)))]
    yield say("reader"), _reader(record, say)
    if record.law is not None:
        texts = [record.law.notice, *record.law.facts]
        yield say("law", country=record.law.country), [_text(printable(text)) for text in texts]
    yield say("check"), [_text(say("checkText", attachment=ATTACHMENT))]


def _item(record: ReportRecord, say: Say) -> Block:
    item, media = record.item, record.result.media
    kind = {
        "kind": say(media.type.value),
        "format": printable(_format(media.format, media.codec)),
        "width": media.width,
        "height": media.height,
    }
    described = (
        say("kindText", **kind)
        if media.type is MediaKind.IMAGE
        else say("kindVideo", **kind, duration=wording.clock(media.duration_ms), count=media.frame_count)
    )
    rows = [
        (say("file"), printable(item.filename)),
        (say("kind"), described),
        (say("size"), say("bytes", count=count(item.size_bytes, record.language))),
        (say("sha256"), printable(record.result.sha256)),
        (say("received"), _at(item.received_at)),
    ]
    if item.analysed_at is not None:
        rows.append((say("analysed"), _at(item.analysed_at)))
    if item.sender is not None:
        way = "address" if item.requests else "upload"
        rows.append((say("source"), say(f"source.{way}.{item.sender.value}")))
    if (known := item.resolution) is not None:
        named = {"page": printable(known.page), "url": printable(known.url), "by": printable(known.by)}
        rows.append((say("resolved"), say("resolvedBy", **named, at=_at(known.at))))
    for place, request in enumerate(item.requests, 1):
        values = {"at": _at(request.at), "status": request.status, "ip": printable(request.ip)}
        said = say("request", **values, url=printable(request.url))
        rows.append((say("requestNumber", number=place), said))
    rows.extend((say("seenBefore"), _seen(one, say)) for one in record.seen_before)
    rows.append((say("obtained"), printable(record.reader.obtained) or say("obtainedUnknown")))
    return _facts(rows)


def _seen(other: SeenBefore, say: Say) -> str:
    key = "seen.same" if other.same_file else "seen.copy"
    said = say("nothing") if other.verdict is None else say(f"verdict.{_BRIEF[other.verdict].value}")
    return say(key, name=printable(other.filename), at=_at(other.received_at), verdict=said)


def _findings(record: ReportRecord, say: Say) -> Iterator[Block]:
    result = record.result
    label = _label(result.confidence_label, result)
    if result.marked is not None:
        yield _text(say("ofMark"))
    yield _text(_heading(label, result, say), strong=True)
    if label in _SIGNS and result.trace is not None:
        yield _text(say(f"trace.{result.trace.value}"))
    if known(f"second.{label.value}"):
        yield _text(say(f"second.{label.value}"))
    for reason in result.reasons:
        key = _of(f"reason.{reason.code.value}", result)
        yield _text(say(key) if known(key) else say("reason.other", code=reason.code.value))
    if not result.tracks:
        return
    yield _text(_threshold(result, say))
    if result.policy is not None:
        yield _text(say("policy", number=result.policy.number, name=printable(result.policy.name)))
    if result.strength is not None:
        yield _text(_strength(record, say))
    yield _people(result, record.language, say)
    if len(result.tracks) > _MOST_PEOPLE:
        yield _text(say("morePeople", count=len(result.tracks) - _MOST_PEOPLE))


def _of(key: str, result: AnalysisResult) -> str:
    """Return the key of a text, for a marked face that of the text about such a one where there is one."""
    of_mark = f"{key}.mark"
    return of_mark if result.marked is not None and known(of_mark) else key


def _heading(label: Label, result: AnalysisResult, say: Say) -> str:
    said, estimate, interval = say(f"verdict.{label.value}"), result.final_score, result.interval
    if estimate is None or label not in _ESTIMATED:
        return said
    digits = _digits(result)
    written = wording.percent(estimate, digits)
    if interval is None:
        return say("withEstimateOnly", words=said, estimate=written)
    return say("withEstimate", words=said, estimate=written, range=wording.percent_range(interval, digits))


def _bounds(result: AnalysisResult) -> tuple[float, float, float]:
    low, high = result.abstain_band
    return low, result.decision_threshold, high


def _digits(result: AnalysisResult, of: Person | None = None) -> int:
    """Return how many digits tell the bounds apart, and from the estimate of the file or of a person."""
    return wording.digits([(of or result).given_estimate, *_bounds(result)])


def _threshold(result: AnalysisResult, say: Say) -> str:
    """Return threshold and band, with digits that tell them from the estimates beside them."""
    low, threshold, high = _bounds(result)
    digits = max([_digits(result), *(_digits(result, one) for one in result.first_people(_MOST_PEOPLE))])
    written = [wording.percent(bound, digits) for bound in (threshold, low, high)]
    if low == high:
        return say("thresholdAlone", threshold=written[0])
    return say("threshold", threshold=written[0], low=written[1], high=written[2])


def _people(result: AnalysisResult, language: Language, say: Say) -> Block:
    """Return the table of the people, with a note where somebody does not decide."""
    shown = result.first_people(_MOST_PEOPLE)
    head = [say(key) for key in ("person", "verdict", "estimate", "range", "seconds", "frames")]
    body = [_person(one, result, language, say) for one in shown]
    little = [any(reason.code is ReasonCode.SEEN_TOO_LITTLE for reason in one.reasons) for one in shown]
    if not any(little):
        return _table(head, body)
    notes = [say("seenTooLittle") if hardly else say("nothing") for hardly in little]
    return _table([*head, say("note")], [[*row, note] for row, note in zip(body, notes, strict=True)])


def _strength(record: ReportRecord, say: Say) -> str:
    strength = record.result.strength
    assert strength is not None
    low, high = strength.interval or (strength.log10_ratio, strength.log10_ratio)
    favoured = "support.manipulated" if strength.log10_ratio > 0 else "support.unmanipulated"
    return say(
        "strength",
        words=say("support.neither")
        if strength.support is Support.NONE
        else say(favoured, degree=say(f"degree.{strength.support.value}")),
        ratio=number(strength.log10_ratio, record.language),
        low=number(low, record.language),
        high=number(high, record.language),
        cap=number(strength.cap, record.language),
    )


def _person(person: Person, result: AnalysisResult, language: Language, say: Say) -> list[str]:
    label = None if person.confidence_label is None else _label(person.confidence_label, result)
    estimate = person.final_score if label in _ESTIMATED else None
    digits = _digits(result, person)
    of_time = result.media.type is MediaKind.VIDEO and result.marked is None
    return [
        say("personOf", letter=printable(person.person)),
        say("nothing") if label is None else say(f"verdict.{label.value}"),
        pointed(wording.estimate(estimate, digits), language),
        pointed(wording.percent_range(person.interval, digits), language)
        if estimate is not None and person.interval
        else say("nothing"),
        f"{number(person.seconds_on_screen, language)} s" if of_time else say("nothing"),
        str(person.frames),
    ]


def _moments(result: AnalysisResult, say: Say, pictures: Mapping[int, Sequence[str]]) -> Iterator[Block]:
    moments = result.top_k_suspicious[:MOST_MOMENTS]
    shown = [
        {
            "images": list(pictures[moment.rank]),
            "alt": say("momentAlt", letter=printable(moment.person)),
            "caption": _caption(moment, result, say),
        }
        for moment in moments
        if pictures.get(moment.rank)
    ]
    if shown:
        yield {"kind": "pictures", "shown": shown}
    elif moments:
        yield _text(say("picturesGone"))
    if moments:
        yield _text(say("maps"))


def _caption(moment: Moment, result: AnalysisResult, say: Say) -> str:
    photo = result.media.type is MediaKind.IMAGE
    values = {"rank": moment.rank, "letter": printable(moment.person)}
    said = (
        say("momentPhoto", **values)
        if photo
        else say("moment", **values, time=wording.clock(moment.timestamp_ms))
    )
    person = next((one for one in result.tracks if one.person == moment.person), None)
    given = person is not None and person.are_scores_given(one_frame=result.is_of_one_frame)
    return say("momentScore", said=said, score=wording.percent(moment.p_fake)) if given else said


def _method(record: ReportRecord, say: Say) -> Iterator[Block]:
    result, model = record.result, record.result.model
    nothing = say("nothing")
    yield _text(
        say(
            _of("methodText", result),
            detector=printable(model.face_detector),
            aggregation=printable(result.aggregation_method),
        )
    )
    described = say(
        "modelText",
        bundle=printable(model.bundle or nothing),
        version=printable(model.version or nothing),
        architecture=printable(model.architecture or nothing),
        pipeline=printable(result.pipeline_version),
        runtime=printable(model.runtime),
        device=printable(model.device),
    )
    yield _facts([(say("model"), described), (say("modelHash"), printable(model.sha256 or nothing))])
    if not result.tracks:
        return  # nothing was scored, and error rates are of scores
    if record.own_threshold is not None:
        yield _text(say("ratesElsewhere", threshold=wording.percent(record.own_threshold)))
        return
    if record.error_rates is None:
        yield _text(say("ratesUnknown"))
        return
    yield _text(say("rates"))
    yield _table(
        [say("testSet"), say("falseAlarms"), say("found")],
        [
            [
                _name_of_set(figures.dataset, say),
                _rate(figures.flagged_real, figures.real, say),
                _rate(figures.flagged_fake, figures.fake, say),
            ]
            for figures in record.error_rates
        ],
    )


def _rate(share: float | None, files: int, say: Say) -> str:
    return say("nothing") if share is None else say("ofFiles", found=round(share * files), count=files)


def _name_of_set(dataset: str, say: Say) -> str:
    """Return a test set's plain name, as the web app has it; the bundle's own where there is none."""
    key = f"set.{dataset}"
    return say(key) if known(key) else printable(dataset)


def _limits(record: ReportRecord, say: Say) -> Iterator[str]:
    result = record.result
    if result.marked is not None:
        yield say("lookedAtMark")
    elif result.media.type is MediaKind.VIDEO:
        yield say(
            "looked",
            sampled=result.frames_sampled,
            coded=result.media.frame_count,
            seen=result.frames_with_face,
            used=result.frames_used_for_score,
        )
    if (seconds := result.seconds_between_frames) is not None:
        yield say("between", seconds=wording.tenths(seconds))
    if result.smallest_face_px is not None:
        yield say("smallest", pixels=round(result.smallest_face_px))
    for key, found in (
        ("leftOut", result.faces_left_out),
        ("damaged", result.damaged_packets),
        ("streams", result.media.other_streams),
    ):
        if found:
            yield say(key, count=found)
    yield say("notExamined")
    yield say("errors")


def _reader(record: ReportRecord, say: Say) -> list[Block]:
    reader = record.reader
    blocks = [_facts([(say("name"), printable(reader.name))])] if reader.name.strip() else []
    if reader.not_faces:
        letters = printable(", ".join(reader.not_faces))
        blocks.append(_text(say("notFaces", count=len(reader.not_faces), letters=letters)))
    lines = [printable(line) for line in reader.note.splitlines()]
    return [*blocks, *(_text(line) for line in lines if line)]


def _label(label: Label, result: AnalysisResult) -> Label:
    """Return the label to word: earlier releases said "none" where their bundle had not earned it."""
    unearned = label is Label.NONE and result.none_below is None
    return Label.NOT_FLAGGED if unearned else label


def _format(container: str, codec: str) -> str:
    first, second = (_NAMES.get(name, name.upper()) for name in (container, codec))
    return first if first == second else f"{first} ({second})"


def _at(time: datetime) -> str:
    return time.astimezone(UTC).strftime("%Y-%m-%d %H:%M UTC")


def _text(text: str, *, strong: bool = False) -> Block:
    return {"kind": "text", "text": text, "strong": strong}


def _facts(rows: Sequence[tuple[str, str]]) -> Block:
    return {"kind": "facts", "rows": [list(row) for row in rows]}


def _table(head: list[str], body: list[list[str]]) -> Block:
    return {"kind": "table", "head": head, "body": body}
