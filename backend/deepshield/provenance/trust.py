"""The trust that the installed lists give, read again when they change."""

from __future__ import annotations

import logging
from pathlib import Path

from deepshield.provenance.credentials import Trust
from deepshield.provenance.trust_lists import TrustListError, installed

_log = logging.getLogger(__name__)

_State = tuple[tuple[str, int, int], ...]


class TrustFolder:
    """A folder of trust lists; None for none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._state: _State | None = None
        self._trust = Trust.of([])

    def current(self) -> Trust:
        """Return the trust of the lists that are there now; no list for a folder that cannot be read."""
        state = self._looked_at()
        if self._folder is not None and state != self._state:
            try:
                self._trust = Trust.of(installed(self._folder))
            except (OSError, TrustListError) as error:
                _log.warning("the trust lists cannot be read, so that no signer is known: %s", error)
                self._trust = Trust.of([])
            self._state = state
        return self._trust

    def _looked_at(self) -> _State:
        try:
            files = sorted((self._folder or Path()).glob("*.json")) if self._folder else []
            return tuple((file.name, file.stat().st_mtime_ns, file.stat().st_size) for file in files)
        except OSError:
            return ()
