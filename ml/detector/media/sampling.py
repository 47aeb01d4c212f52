"""Which frames to look at and how to reach them cheaply. Pure: works on a list of coded frames.

Seeking to each sampling time costs half a group of pictures, decoding straight through costs the whole clip;
either can be several times the other. The plan knows every packet, so it takes the cheaper way for each time:
a key frame near it is taken in its place, a group of pictures that holds no sampling time is jumped over, and
what cannot be jumped over is decoded without the frames that nothing refers to.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from detector.contracts import Instant

# A seek flushes the decoder's threads and rereads an index: it costs as much as about this many frames.
_SEEK_COST = 12
# Milliseconds by which a player may name a frame's time too early: times are rounded on the way.
_ROUNDED = 1.0
# A key frame this near to a sampling time, as a share of the distance between them, replaces it: so near
# that neighbours stay within 1.5 distances of each other.
_SNAP = 0.2


@dataclass(frozen=True, slots=True)
class CodedFrame:
    """A packet of the video stream, in decoding order."""

    pts: int  # presentation time in the stream's units
    key: bool
    shown: bool = True  # False for what is decoded but never given out, such as what an edit list cuts away


@dataclass(frozen=True, slots=True)
class Target:
    """A frame to decode. ``seek`` is the key frame's time to jump to first, or None to decode on."""

    index: int  # in presentation order
    pts: int
    seek: int | None


def choose(times: list[int], keys: list[int], count: int) -> list[int]:
    """Pick at most ``count`` positions of the ascending presentation ``times``, spread evenly over time.

    A clip of ``count`` frames or fewer gives each frame once. Otherwise the clip is cut into ``count`` equal
    spans and the frame nearest each middle is taken, or a key frame (its position in ``keys``) close by.
    """
    total = len(times)
    if total <= count:
        return list(range(total))
    start = times[0]
    frame = (times[-1] - start) / max(1, total - 1)
    span = (times[-1] - start + frame) / count
    key_times = [times[k] for k in keys]
    chosen: list[int] = []
    for number in range(count):
        middle = start + (number + 0.5) * span - 0.5 * frame
        position = _nearest(times, middle)
        key = _nearest(key_times, middle) if key_times else -1
        if key >= 0 and abs(key_times[key] - middle) <= _SNAP * span:
            position = keys[key]
        if not chosen or position > chosen[-1]:
            chosen.append(position)
    return chosen


def plan(frames: list[CodedFrame], count: int, jumping: bool = True) -> list[Target]:
    """Choose up to ``count`` frames and the cheapest way through the file to them, in order of time.

    Times of shown frames must be distinct. Without ``jumping`` the file is decoded straight through.
    """
    order = _presented(frames)
    key_ranks = [position for position, coded in enumerate(order) if frames[coded].key]
    return way_to(frames, choose([frames[i].pts for i in order], key_ranks, count), jumping)


def at(instant: Instant, times_ms: Sequence[float]) -> int:
    """Return the position of an instant's frame among the ascending ``times_ms``; the nearest there is."""
    last = len(times_ms) - 1
    if instant.frame_index is not None:
        return max(0, min(last, instant.frame_index))
    if instant.timestamp_ms is None:
        return 0
    return max(0, bisect_right(times_ms, instant.timestamp_ms + _ROUNDED) - 1)


def way_to(frames: list[CodedFrame], positions: list[int], jumping: bool = True) -> list[Target]:
    """Return the cheapest way to ascending positions in presentation order; see `plan`."""
    order = _presented(frames)
    times = [frames[i].pts for i in order]
    keys = [i for i, frame in enumerate(frames) if frame.key]
    targets: list[Target] = []
    done = 0  # packets consumed so far, in decoding order
    for position in positions:
        coded = order[position]
        entry = _entry(frames, keys, coded) if jumping else None
        jump = frames[entry].pts if entry is not None and entry - done > _SEEK_COST else None
        targets.append(Target(position, times[position], jump))
        done = max(done, coded + 1)
    return targets


def _presented(frames: list[CodedFrame]) -> list[int]:
    """Return the shown frames' places in decoding order, in order of presentation."""
    return sorted((i for i, frame in enumerate(frames) if frame.shown), key=lambda i: frames[i].pts)


def _entry(frames: list[CodedFrame], keys: list[int], coded: int) -> int | None:
    """Return the last key frame from which ``coded`` can be decoded: before it in both orders."""
    for key in reversed(keys[: bisect_right(keys, coded)]):
        if frames[key].pts <= frames[coded].pts:
            return key
    return None


def _nearest(times: list[int], time: float) -> int:
    right = bisect_right(times, time)
    if right == 0:
        return 0
    if right == len(times):
        return right - 1
    return right if times[right] - time < time - times[right - 1] else right - 1
