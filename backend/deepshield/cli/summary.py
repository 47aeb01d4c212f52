"""Printing a result on a terminal."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deepshield.cli.self_statements import self_statements, signed_sentence
from deepshield.cli.sound_line import sound_line
from deepshield.domain import wording
from deepshield.domain.jobs import MediaKind, Verdict
from deepshield.domain.wording import Label
from deepshield.result import AnalysisResult, Person, ReasonCode, Unanalysed

# Neither red nor green, because no verdict says that a file is good or bad.
_STYLES = {Label.STRONG: "bold yellow", Label.SIGNS: "bold yellow", Label.NONE: "bold cyan"}
_MOST_PERSONS = 10


def print_summary(
    console: Console, path: Path, outcome: AnalysisResult | Unanalysed, folder: Path | None
) -> None:
    """Print one file's verdict, persons, reasons and moments; ``folder`` is where a result's files are."""
    console.print(Text(printable(path), style="bold underline"))
    if isinstance(outcome, Unanalysed):
        error = outcome.error
        code = error.error_code
        console.print(Text(f"  Not analysed: {error.message} [{code.value}]", style="bold magenta"))
        console.print(f"  {code.advice}", highlight=False)
        console.print()
        return
    said = outcome.provenance
    if said is not None and (sentence := signed_sentence(said.credentials)) is not None:
        console.print(Text(f"  {sentence}", style="bold"))
    style = _STYLES.get(outcome.confidence_label, "bold")
    console.print(Text(f"  {outcome.score_interpretation}", style=style))
    console.print(f"  {outcome.advice}", highlight=False)
    for reason in outcome.reasons:
        console.print(f"  Why: {reason.message}", highlight=False)
    if outcome.tracks:
        _print_persons(console, outcome)
        _print_moments(console, outcome)
    for statement in self_statements(said) if said is not None else ():
        console.print(Text(f"  Says of itself: {statement}"))
    if outcome.sound is not None:
        console.print(Text(f"  Sound: {sound_line(outcome.sound)}"))
    if limits := "; ".join(_limits(outcome)):
        console.print(Text(f"  Limits: {limits}", style="dim"))
    console.print(_basis(outcome), style="dim", highlight=False)
    if folder is not None:
        console.print(Text(f"  Files: {printable(folder)}", style="dim"))
    console.print()


def printable(path: str | Path) -> str:
    """Return a path that any terminal can print: undecodable bytes and control characters replaced."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "�" for c in text)


def _print_persons(console: Console, result: AnalysisResult) -> None:
    video = result.media.type is MediaKind.VIDEO
    flagged = result.verdict is Verdict.MANIPULATED and result.trace is not None
    table = Table(box=None, padding=(0, 2, 0, 2), show_edge=False, header_style="dim")
    shown = result.first_people(_MOST_PERSONS)
    noted = any(_decides_not(track) for track in shown)
    for column in ("person", "estimate", "frames", "seconds", "face", "flagged for", "note"):
        if {"seconds": video, "flagged for": flagged, "note": noted}.get(column, True):
            words = column in ("person", "flagged for", "note")
            table.add_column(column, justify="left" if words else "right")
    for track in shown:
        cells = [track.person, _estimate(track, result), str(track.frames)]
        if video:
            cells.append(wording.tenths(track.seconds_on_screen))
        cells.append(f"{_median_size(track):.0f} px")
        if flagged:
            cells.append(_flagged_for(track))
        if noted:
            cells.append("seen too little to decide" if _decides_not(track) else "")
        table.add_row(*cells, style="bold" if track.person == result.deciding_person else "")
    console.print(table)
    if (more := len(result.tracks) - _MOST_PERSONS) > 0:
        console.print(f"    and {more} more", style="dim", highlight=False)


def _decides_not(person: Person) -> bool:
    return any(reason.code is ReasonCode.SEEN_TOO_LITTLE for reason in person.reasons)


def _estimate(person: Person, result: AnalysisResult) -> str:
    return wording.estimate(person.given_estimate, _digits(person, result))


def _digits(of: AnalysisResult | Person, result: AnalysisResult) -> int:
    return wording.digits([of.given_estimate, *_bounds(result)])


def _bounds(result: AnalysisResult) -> tuple[float, float, float]:
    low, high = result.abstain_band
    return low, result.decision_threshold, high


def _flagged_for(person: Person) -> str:
    if person.verdict is not Verdict.MANIPULATED or person.trace is None:
        return "–"
    return wording.TRACES[person.trace]


def _median_size(person: Person) -> float:
    sizes = sorted(face.size_px for face in person.faces)
    return sizes[len(sizes) // 2]


def _print_moments(console: Console, result: AnalysisResult) -> None:
    moments = result.top_k_suspicious
    if result.media.type is MediaKind.VIDEO and moments:
        given = {
            one.person for one in result.tracks if one.are_scores_given(one_frame=result.is_of_one_frame)
        }
        shown = ", ".join(
            f"{wording.clock(one.timestamp_ms)} (person {one.person}"
            + (f", {wording.percent(one.p_fake)})" if one.person in given else ")")
            for one in moments
        )
        console.print(f"  Most suspicious moments: {shown}", highlight=False)


def _limits(result: AnalysisResult) -> Iterator[str]:
    """Yield what of the file was not looked at, as reports say it."""
    if (seconds := result.seconds_between_frames) is not None:
        yield f"one frame every {wording.tenths(seconds)} s"
    if result.smallest_face_px is not None:
        yield f"faces from about {result.smallest_face_px:.0f} px"
    if left_out := result.faces_left_out:
        yield f"without {wording.numbered(left_out, 'face')} beyond the largest of a frame"
    if damaged := result.damaged_packets:
        yield f"without {wording.numbered(damaged, 'damaged part')}"
    if others := result.media.other_streams:
        yield f"without {wording.numbered(others, 'further video stream')}"


def _basis(result: AnalysisResult) -> str:
    low, threshold, high = _bounds(result)
    digits = max(
        [_digits(result, result), *(_digits(one, result) for one in result.first_people(_MOST_PERSONS))]
    )
    rule = f"threshold {wording.percent(threshold, digits)}"
    if low < high:
        rule += f", no verdict between {wording.percent(low, digits)} and {wording.percent(high, digits)}"
    model = result.model
    share = f"{result.frames_used_for_score} of {result.frames_sampled} sampled frames decide"
    engine = f"model {model.bundle} {model.version} on {model.runtime}"
    return f"  {share}; {rule}; {engine}; {result.timings_ms.total / 1000:.1f} s"
