"""Recordings whose clock starts again or leaps, as in transport and program streams joined end to end."""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Mapping, Sequence

from av.packet import Packet
from av.video.stream import VideoStream

_REORDERED = 16  # pictures that another may be shown before and decoded after: FFmpeg's MAX_REORDER_DELAY

Restarts = Mapping[int, int]
"""Numbers of the packets at which a clock starts again, and what takes the times from there on behind
those before."""


def restarts(times: Sequence[int], durations: Sequence[int], leap: float = math.inf) -> dict[int, int]:
    """Find where a clock starts again; ``times`` are those of presentation, in decoding order.

    There, two packets in a row are earlier than more of those before them than pictures are ever reordered
    by, or later than all of those by more than ``leap``. One alone is a damaged time. All are in the same
    units; a duration is 0 where unknown.
    """
    found: dict[int, int] = {}
    latest: list[int] = []  # of the running clock, ascending, one more than are reordered
    offset, end = 0, 0
    for number, time in enumerate(times):
        two = times[number : number + 2]
        back = len(latest) > _REORDERED and max(two) < latest[0]
        ahead = bool(latest) and min(two) > latest[-1] + leap
        if len(two) == 2 and (back or ahead):
            offset = found[number] = end - min(times[number : number + _REORDERED + 1])
            latest = []
        insort(latest, time)
        del latest[: -_REORDERED - 1]
        moved = time + offset + max(1, durations[number])
        end = max(end, moved) if number else moved
    return found


class Clock:
    """Gives packets, from the first one on, the times that go on where a clock starts again."""

    def __init__(self, found: Restarts) -> None:
        self._restarts = found
        self._number = 0
        self.offset = 0  # of the latest packet

    def correct(self, packet: Packet[VideoStream]) -> bool:
        """Move the next packet's times; return whether the clock starts again at it."""
        again = self._number in self._restarts
        self.offset = self._restarts.get(self._number, self.offset)
        self._number += 1
        if self.offset:
            packet.pts = None if packet.pts is None else packet.pts + self.offset
            packet.dts = None if packet.dts is None else packet.dts + self.offset
        return again
