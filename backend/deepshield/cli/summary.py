"""A result document in words, for a terminal."""

from __future__ import annotations

import os
from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deepshield.domain import wording
from deepshield.domain.failures import known
from deepshield.reports.document import Document

# Neither red nor green: no verdict says that a file is good.
_STYLES = {"strong": "bold yellow", "signs": "bold yellow", "none": "bold cyan"}
_MOST_PERSONS = 10


def print_summary(console: Console, document: Document, folder: str | None) -> None:
    """Print one file's verdict, persons, reasons and moments; ``folder`` is where its files are."""
    console.print(Text(printable(document["path"]), style="bold underline"))
    if "error" in document:
        error = document["error"]
        console.print(
            Text(f"  Not analysed: {error['message']} [{error['error_code']}]", style="bold magenta")
        )
        console.print(f"  {known(error['error_code']).advice}", highlight=False)
        console.print()
        return
    row = document["confidence_label"]
    console.print(Text(f"  {document['score_interpretation']}", style=_STYLES.get(row, "bold")))
    console.print(f"  {document['advice']}", highlight=False)
    for reason in document["reasons"]:
        console.print(f"  Why: {reason['message']}", highlight=False)
    if document["tracks"]:
        _print_persons(console, document)
        _print_moments(console, document)
    console.print(_basis(document), style="dim", highlight=False)
    if folder is not None:
        console.print(Text(f"  Files: {printable(folder)}", style="dim"))
    console.print()


def printable(path: str) -> str:
    """Return a path that any terminal can print: undecodable bytes and control characters replaced."""
    text = os.fsencode(path).decode("utf-8", "replace")
    return "".join(c if c.isprintable() else "�" for c in text)


def _print_persons(console: Console, document: Document) -> None:
    video = document["media"]["type"] == "video"
    table = Table(box=None, padding=(0, 2, 0, 2), show_edge=False, header_style="dim")
    for column in ("person", "estimate", "frames", "seconds", "face"):
        if video or column != "seconds":
            table.add_column(column, justify="left" if column == "person" else "right")
    for track in document["tracks"][:_MOST_PERSONS]:
        cells = [track["person"], wording.percent(track["probability"]), str(track["frames"])]
        if video:
            cells.append(f"{track['seconds_on_screen']:.1f}")
        cells.append(f"{_median_size(track):.0f} px")
        table.add_row(*cells, style="bold" if track["person"] == document["deciding_person"] else "")
    console.print(table)
    if (more := len(document["tracks"]) - _MOST_PERSONS) > 0:
        console.print(f"    and {more} more", style="dim", highlight=False)


def _median_size(track: dict[str, Any]) -> float:
    sizes = sorted(float(face["size_px"]) for face in track["faces"])
    return sizes[len(sizes) // 2]


def _print_moments(console: Console, document: Document) -> None:
    moments = document["top_k_suspicious"]
    if document["media"]["type"] == "video" and moments:
        told = ", ".join(
            f"{wording.clock(m['timestamp_ms'])} (person {m['person']}, {wording.percent(m['p_fake'])})"
            for m in moments
        )
        console.print(f"  Most suspicious moments: {told}", highlight=False)


def _basis(document: Document) -> str:
    low, high = document["abstain_band"]
    model = document["model"]
    share = f"{document['frames_used_for_score']} of {document['frames_sampled']} sampled frames decide"
    threshold = wording.percent(document["decision_threshold"])
    band = f"no verdict between {wording.percent(low)} and {wording.percent(high)}"
    engine = f"model {model['bundle']} {model['version']} on {model['runtime']}"
    return (
        f"  {share}; threshold {threshold}, {band}; {engine}; {document['timings_ms']['total'] / 1000:.1f} s"
    )
