"""How often the machine errs on a workspace's own files, by what readers found in those that were drawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from deepshield.domain import retention
from deepshield.domain.estimates import (
    DECIDED,
    FAKE,
    LABELLED,
    LEAST_FLAGGED,
    LEAST_PASSED,
    Cell,
    DrawnState,
    Missing,
    Rate,
    error_rates,
    missing,
    used_of,
    wrong_share,
)
from deepshield.domain.jobs import Verdict
from deepshield.domain.owner import Owner
from deepshield.domain.reviews import SAMPLED_WITH, Reason
from deepshield.domain.roles import May
from deepshield.persistence.repositories import screenings, workspaces
from deepshield.persistence.repositories.screenings import Drawn, Screened
from deepshield.resources import Resources

PERIOD: Final = timedelta(days=90)


@dataclass(frozen=True, slots=True)
class Stratum:
    """The files with one verdict that could be drawn."""

    files: int
    drawn: int
    read: int
    """Of the drawn ones, those with a label that says whether they are authentic."""
    wrong: int
    """Of the read ones, those whose label contradicts the verdict."""
    undecided: int
    """Of the drawn ones, those of which readers could not tell."""
    waiting: int
    waiting_since: datetime | None
    """When the first of those that wait for a reader was drawn."""
    gone: int
    """Of the drawn ones, those that were deleted before anybody had read them."""
    used: int
    """Of the read ones, those that the estimate stands on."""
    least: int
    """How many have to be used."""
    missing: Missing | None
    wrong_share: Rate | None
    """None while too few have been read."""


@dataclass(frozen=True, slots=True)
class Estimates:
    """Estimates over the files of a workspace that were first analysed since a time."""

    since: datetime
    until: datetime
    asks_for_reviews: bool
    files: Mapping[Verdict, int]
    """Of all files, also those that could not be drawn."""
    not_drawable: int
    """Files with a verdict that could not be drawn: nobody asked for reviews, or they had a label before."""
    flagged: Stratum
    passed: Stratum
    false_alarm_rate: Rate | None
    miss_rate: Rate | None


def find_estimates(resources: Resources, owner: Owner, since: datetime | None = None) -> Estimates:
    """Return the estimates, over the last 90 days without ``since``; raises `DeepShieldError` ROLE_MISSING.

    In a personal workspace files without a label go with their results: the period begins no earlier there.
    """
    owner.need(May.ERROR_RATES)
    now = resources.clock()
    since = now - PERIOD if since is None else since
    with resources.database.read() as session:
        workspace = workspaces.get(session, owner.workspace_id)
        if workspace is None or workspace.personal_of is not None:
            since = max(since, retention.rows_end_before(now, resources.settings.retention))
        drawn = screenings.drawn(session, owner.workspace_id, since)
        used = _used(session, owner.workspace_id, since, drawn)
        screened = screenings.population(session, owner.workspace_id, since)
    flagged, alarm_cells = _stratum(Verdict.MANIPULATED, screened, drawn, used)
    passed, miss_cells = _stratum(Verdict.NO_SIGNS, screened, drawn, used)
    rates: tuple[Rate | None, Rate | None] = (None, None)
    if flagged.missing is None and passed.missing is None:
        rates = error_rates(alarm_cells, miss_cells)
    return Estimates(
        since,
        now,
        workspace is not None and workspace.asks_for_reviews,
        _by_verdict(screened),
        sum(one.files for one in screened if one.verdict in _SAMPLES and one.drawn_with is None),
        flagged,
        passed,
        *rates,
    )


_SAMPLES: Final = {Verdict.MANIPULATED: Reason.SAMPLED_POSITIVE, Verdict.NO_SIGNS: Reason.SAMPLED_NEGATIVE}
_WRONG: Final = {Verdict.MANIPULATED: frozenset({DrawnState.AUTHENTIC}), Verdict.NO_SIGNS: FAKE}
_LEAST: Final = {Verdict.MANIPULATED: LEAST_FLAGGED, Verdict.NO_SIGNS: LEAST_PASSED}

_Place = tuple[Verdict, float]  # of a cell: the verdict, and the probability of being drawn


def _used(
    session: Session, workspace_id: str, since: datetime, drawn: Sequence[Drawn]
) -> dict[_Place, Counter[DrawnState]]:
    """Return the labels that count, by cell: of hastened files only as large a share as of the others."""
    found: dict[_Place, Counter[DrawnState]] = {}
    for place in sorted({(one.verdict, one.drawn_with) for one in drawn}):
        own = [one for one in drawn if (one.verdict, one.drawn_with) == place]
        in_turn = _counted(one for one in own if not one.hastened)
        hastened = _counted(one for one in own if one.hastened)
        number = used_of(hastened.total(), in_turn.total(), sum(in_turn[state] for state in LABELLED))
        labels = screenings.hastened_labels(session, workspace_id, since, *place, number) if number else {}
        found[place] = in_turn + Counter(labels)
    return found


def _stratum(
    verdict: Verdict,
    screened: Sequence[Screened],
    drawn: Sequence[Drawn],
    used: Mapping[_Place, Counter[DrawnState]],
) -> tuple[Stratum, list[Cell]]:
    cells = []
    for one in screened:
        if one.verdict is not verdict or one.drawn_with is None:
            continue
        labels = used.get((verdict, one.drawn_with), Counter())
        read = sum(labels[state] for state in DECIDED)
        wrong = sum(labels[state] for state in _WRONG[verdict])
        cells.append(Cell(one.drawn_with, max(one.files, read), read, wrong))
    own = [one for one in drawn if one.verdict is verdict]
    states = _counted(own)
    waiting = states[DrawnState.WAITING]
    lacks = missing(cells, _LEAST[verdict], waiting, SAMPLED_WITH[_SAMPLES[verdict]])
    stratum = Stratum(
        files=sum(cell.files for cell in cells),
        drawn=states.total(),
        read=sum(states[state] for state in DECIDED),
        wrong=sum(states[state] for state in _WRONG[verdict]),
        undecided=states[DrawnState.UNKNOWN],
        waiting=waiting,
        waiting_since=min((one.since for one in own if one.state is DrawnState.WAITING), default=None),
        gone=states[DrawnState.GONE],
        used=sum(cell.read for cell in cells),
        least=_LEAST[verdict],
        missing=lacks,
        wrong_share=wrong_share(cells) if lacks is None else None,
    )
    return stratum, cells


def _counted(drawn: Iterable[Drawn]) -> Counter[DrawnState]:
    counts: Counter[DrawnState] = Counter()
    for one in drawn:
        counts[one.state] += one.files
    return counts


def _by_verdict(screened: Sequence[Screened]) -> dict[Verdict, int]:
    counts: Counter[Verdict] = Counter()
    for one in screened:
        counts[one.verdict] += one.files
    return {verdict: counts[verdict] for verdict in Verdict}
