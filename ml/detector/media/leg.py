"""Which of the pictures that come out of a decoder can be used, and which frames of the file they are."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Protocol


class Picture(Protocol):
    """What of a decoded picture decides; `av.VideoFrame` has it."""

    @property
    def pts(self) -> int | None:
        """Presentation time in the stream's units."""

    @property
    def key_frame(self) -> bool | int:
        """Whether it was decoded from itself alone."""

    @property
    def is_corrupt(self) -> bool:
        """Whether the decoder marked it as damaged."""


class Leg:
    """One run of a decoder without a jump in it, from the start of the file or from where a jump led.

    Decoders conceal: what is built on a damaged picture comes out unmarked, smeared like a forgery. After
    damage, pictures are refused up to the next key frame; after a jump they are refused before the first.
    """

    def __init__(
        self,
        times: Sequence[int],
        *,
        stamped: bool = True,
        silent: bool = False,
        jumped: bool = False,
        sound: bool = True,
    ) -> None:
        """``times`` are those of the shown frames, ascending.

        Without ``stamped`` pictures carry no useful times and are counted. A ``silent`` decoder leaves out
        frames without an error. ``sound`` means that the first picture can be decoded from where the leg
        starts; after a jump (``jumped``) only a key frame that comes out proves that.
        """
        self._times, self._stamped, self._silent = times, stamped, silent
        self._sound = sound and not jumped  # whether what comes out next rests on nothing damaged
        self._counted = 0
        self._latest = -1
        self.entered = not jumped  # whether the leg began at a place from which frames can be decoded
        self.damaged = 0

    def accept(self, picture: Picture) -> int | None:
        """Return the index of the next picture in order of presentation; None when it is not to be used."""
        self._counted += 1
        if picture.is_corrupt:
            self._distrust()
        elif picture.key_frame:
            self._sound = self.entered = True
        index = self._index(picture.pts)
        if index is None:
            return None
        if self._silent and 0 <= self._latest < index - 1 and not picture.key_frame:
            self._distrust()
        self._latest = index
        return index if self._sound else None

    def fail(self) -> None:
        """Note that the decoder gave an error instead of a picture."""
        self._counted += 1
        self._distrust()

    def restart(self, sound: bool) -> None:
        """Note that what follows does not rest on what came before; see ``sound``."""
        self._sound = sound

    def _distrust(self) -> None:
        self.damaged += 1
        self._sound = False

    def _index(self, pts: int | None) -> int | None:
        if not self._stamped:
            return self._counted - 1 if self._counted <= len(self._times) else None
        if pts is None or pts < self._times[0]:
            return None
        return bisect_right(self._times, pts) - 1
