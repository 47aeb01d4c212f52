"""Keeping a worker on the bundle that is active: fetched, tried, and put in place of the one before.

A bundle is tried in an analysing process of its own, confined as all are, before any job is judged with it.
One that cannot be fetched or loaded is refused, loudly: where jobs are judged already, the one before goes
on; a worker that starts waits, so that it does not judge with another bundle than the API names.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from deepshield.analyser.protocol import Broken, ProtocolError, Ready, Setup
from deepshield.domain.facts import BundleFacts
from deepshield.observability import metrics
from deepshield.promotion.active import ActiveBundle, read_active
from deepshield.promotion.archive import ArchiveError
from deepshield.promotion.fetching import fetched
from deepshield.resources import Resources
from deepshield.storage import StorageError
from deepshield.worker.analyser import Analyser
from deepshield.worker.process import COMMAND, AnalysingProcess

POLL_SECONDS = 3.0
_TRY_SECONDS = 120.0
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 60.0
"""Seconds until a bundle that was refused is tried again, since storage may answer by then; each pause is
twice the one before."""

_log = logging.getLogger(__name__)

OnChange = Callable[[BundleFacts | None, str | None], None]


class BundleRefusedError(Exception):
    """A bundle cannot be used on this machine; the message says why."""


@dataclass(frozen=True, slots=True)
class _Refusal:
    wanted_id: str | None
    pause: float  # in seconds
    again_at: float  # of time.monotonic


class BundleKeeper:
    """Watches which bundle is active, from a thread of its own once it is started.

    ``setup`` makes the first message to a process from the bundle's folder, None for the released bundle.
    ``on_change`` is told which bundle is served, where it has just been tried, and why another is refused.
    """

    def __init__(
        self,
        resources: Resources,
        setup: Callable[[Path | None], Setup],
        log: Path,
        on_change: OnChange,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._resources, self._setup, self._log, self._command = resources, setup, log, command
        self._on_change = on_change
        self._analysers: Sequence[Analyser] = ()
        self._served: str | None = None  # id of the active bundle that is served; None for the released one
        self._facts: BundleFacts | None = None
        self._refused: _Refusal | None = None
        self._begun = False  # jobs are judged
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def attach(self, analysers: Sequence[Analyser]) -> None:
        """Take the analysers whose processes are to be replaced, which judge with the released bundle."""
        self._analysers = analysers

    def settle(self, stopping: threading.Event) -> None:
        """Look until the database has answered and what is active is served, so that no job is judged before.

        With INFER_RELEASED_WHILE_REFUSED a refused bundle is not waited for.
        """
        while not stopping.is_set() and not (self._look() and self._may_begin):
            stopping.wait(POLL_SECONDS)
        self._begun = True

    @property
    def _may_begin(self) -> bool:
        is_served = self._begun or self._refused is None
        return is_served or self._resources.settings.infer.released_while_refused

    def start(self) -> None:
        """Begin to watch."""
        self._thread = threading.Thread(target=self._run, name="bundle", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Watch no more."""
        self._closed.set()
        if self._thread is not None:
            self._thread.join(timeout=1.0)

    def _run(self) -> None:
        while not self._closed.wait(POLL_SECONDS):
            self._look()

    def _look(self) -> bool:
        """Serve what is active, if it can be; False while the database does not answer."""
        if self._resources.settings.infer.model_weights_path is not None:
            return True  # the operator's own bundle is served, whatever is active
        try:
            wanted = read_active(self._resources)
        except SQLAlchemyError as error:
            _log.warning("which bundle is active cannot be read: %s", type(error).__name__)
            return False
        wanted_id = None if wanted is None else wanted.id
        if wanted_id == self._served:
            if self._refused is not None:
                self._accept()
        elif not self._refused_lately(wanted_id):
            self._change(wanted_id, wanted)
        return True

    def _refused_lately(self, wanted_id: str | None) -> bool:
        refused = self._refused
        return refused is not None and refused.wanted_id == wanted_id and time.monotonic() < refused.again_at

    def _change(self, wanted_id: str | None, wanted: ActiveBundle | None) -> None:
        try:
            folder = None if wanted is None else fetched(self._resources, wanted)
            setup = self._setup(folder)
            ready = tried(setup, self._log, self._command)
            if wanted is not None and ready.sha256 != wanted.sha256:
                raise BundleRefusedError("it is another bundle than the one that was approved")
        except (ArchiveError, StorageError, BundleRefusedError, OSError) as error:
            self._refuse(wanted_id, wanted, str(error))
            return
        _log.info("bundle %s %s is served from now on", ready.name, ready.version)
        for analyser in self._analysers:
            analyser.change(setup)
        self._served = wanted_id
        self._facts = ready.bundle
        self._accept()

    def _accept(self) -> None:
        self._refused = None
        metrics.BUNDLE_REFUSED.set(0)
        self._on_change(self._facts, None)

    def _refuse(self, wanted_id: str | None, wanted: ActiveBundle | None, why: str) -> None:
        before, pause = self._refused, _FIRST_PAUSE
        if before is not None and before.wanted_id == wanted_id:
            pause = min(2.0 * before.pause, _LONGEST_PAUSE)
        self._refused = _Refusal(wanted_id, pause, time.monotonic() + pause)
        name = (
            "the released bundle" if wanted is None else f"the active bundle {wanted.name} {wanted.version}"
        )
        if self._begun:
            meanwhile = "the one before goes on"
        elif self._may_begin:
            meanwhile = "the released bundle judges instead"
        else:
            meanwhile = "no job is judged here until it can be used, or `deepshield bundle rollback` is given"
        problem = f"{name} is refused, and {meanwhile}: {why}"
        _log.error("%s", problem)
        metrics.BUNDLE_REFUSED.set(1)
        self._on_change(self._facts, problem)


def tried(setup: Setup, log: Path, command: Sequence[str] = COMMAND) -> Ready:
    """Load a bundle in a process as jobs are judged in, end it, and return what it said of the bundle.

    Raises `BundleRefusedError`.
    """
    process = AnalysingProcess(setup, log, command)
    overdue = threading.Timer(_TRY_SECONDS, process.kill)
    overdue.daemon = True
    overdue.start()
    try:
        for answer in process.answers():
            if isinstance(answer, Ready):
                return answer
            if isinstance(answer, Broken):
                raise BundleRefusedError(answer.message)
    except ProtocolError as error:
        raise BundleRefusedError(f"its process answered {error}") from error
    finally:
        overdue.cancel()
        how = process.reap()
    raise BundleRefusedError(f"its process ended before it was ready: {how}")
