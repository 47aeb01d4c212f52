"""What is known of a batch: its progress, its items, and all of them as lines."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy.orm import Session

from deepshield.domain.batches import BatchState, ItemState, Tally, batch_state, seconds_left
from deepshield.domain.jobs import Verdict
from deepshield.domain.owner import Owner
from deepshield.persistence.repositories import batches, results
from deepshield.persistence.repositories.batches import Line
from deepshield.persistence.repositories.results import ResultSummary
from deepshield.persistence.tables import Batch
from deepshield.resources import Resources
from deepshield.workspaces.blindness import read_blind

_PACE_WINDOW = timedelta(minutes=10)
_CHUNK = 500  # lines of an export that are in memory at a time


@dataclass(frozen=True, slots=True)
class Progress:
    """A batch with its counts and an estimate of the seconds that it still takes."""

    batch: Batch
    tally: Tally
    seconds_left: float | None

    @property
    def state(self) -> BatchState:
        """The batch's state."""
        return batch_state(self.batch.closed_at, self.batch.finished_at, self.batch.cancelled_at)


@dataclass(frozen=True, slots=True)
class Told:
    """An item with what a list shows of its result."""

    line: Line
    summary: ResultSummary | None
    withheld: bool = False  # from who reads the file blind


def progress_of(resources: Resources, owner: Owner | None, batch: Batch) -> Progress:
    """Return a batch's progress as it is now, for an account or a visitor that has found it."""
    with resources.database.read() as session:
        return _progress(session, resources, batch, read_blind(session, owner))


def list_batches(
    resources: Resources, owner: Owner | None, cursor: str | None, limit: int
) -> Sequence[Progress]:
    """Return the workspace's batches, the newest first; without an account there are none."""
    if owner is None:
        return ()
    with resources.database.read() as session:
        found = batches.page(session, owner.workspace_id, cursor, limit)
        hidden = read_blind(session, owner)
        return [_progress(session, resources, batch, hidden) for batch in found]


def items_of(
    resources: Resources,
    owner: Owner | None,
    batch: Batch,
    *,
    after: int = -1,
    limit: int = 50,
    states: Collection[ItemState] = (),
    verdicts: Collection[Verdict] = (),
) -> Sequence[Told]:
    """Return items beyond a position, in order: those in some states or with some verdicts, or all."""
    with resources.database.read() as session:
        hidden = read_blind(session, owner)
        lines = batches.lines(session, batch.id, after, limit, states, verdicts, hidden)
        found: Mapping[str, ResultSummary] = results.summaries(
            session,
            [line.job.id for line in lines if line.job is not None and line.job.media_id not in hidden],
        )
    return [
        Told(line, found.get(line.job.id), line.job.media_id in hidden) if line.job else Told(line, None)
        for line in lines
    ]


def every_item(resources: Resources, owner: Owner | None, batch: Batch) -> Iterator[Told]:
    """Yield all items in order, read in chunks, so that memory is bounded and no transaction stays open."""
    after = -1
    while chunk := items_of(resources, owner, batch, after=after, limit=_CHUNK):
        yield from chunk
        after = chunk[-1].line.item.position


def _progress(session: Session, resources: Resources, batch: Batch, hidden: Collection[str]) -> Progress:
    tally, now = batches.tally(session, batch.id, hidden), resources.clock()
    if tally.ended == tally.items:
        return Progress(batch, tally, 0.0)
    analysed, since = batches.pace(session, batch.id, now - _PACE_WINDOW)
    return Progress(batch, tally, seconds_left(tally, analysed, since, now))
