"""Which frames are chosen, and the way through the file to them: properties over every shape of stream."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.media.sampling import CodedFrame, Target, choose, plan

counts = st.integers(1, 64)


@st.composite
def streams(draw: st.DrawFn) -> list[CodedFrame]:
    """Groups of pictures with reordered frames, closed or open, at a constant or a varying rate."""
    groups = draw(st.lists(st.integers(1, 60), min_size=1, max_size=12))
    reordered = draw(st.integers(0, 8))
    open_groups = draw(st.booleans())
    hidden = draw(st.integers(0, 3))
    steady = draw(st.booleans())
    total = sum(groups)
    steps = [40] * total if steady else draw(st.lists(st.integers(1, 2000), min_size=total, max_size=total))
    start = draw(st.integers(-1000, 100_000))
    times = [start + sum(steps[:i]) for i in range(total)]
    coded: list[tuple[int, bool]] = []  # rank in presentation, key
    rank = 0
    for number, size in enumerate(groups):
        leading = min(reordered, size - 1) if open_groups and number else 0
        coded.append((rank + leading, True))
        coded.extend((rank + i, False) for i in range(leading))
        at = rank + leading + 1
        while at < rank + size:
            before = min(reordered, rank + size - at - 1)
            coded.append((at + before, False))
            coded.extend((at + i, False) for i in range(before))
            at += before + 1
        rank += size
    assert sorted(r for r, _ in coded) == list(range(total))
    return [CodedFrame(times[r], key, shown=r >= hidden or total <= hidden) for r, key in coded]


def presented(frames: list[CodedFrame]) -> list[int]:
    return sorted(frame.pts for frame in frames if frame.shown)


@given(streams(), counts)
def test_targets_are_distinct_frames_of_the_file_in_order_of_time(
    frames: list[CodedFrame], count: int
) -> None:
    times = presented(frames)
    targets = plan(frames, count)
    indexes = [target.index for target in targets]
    assert indexes == sorted(set(indexes))
    assert 1 <= len(targets) <= count
    assert [target.pts for target in targets] == [times[i] for i in indexes]


@given(streams(), counts)
def test_a_clip_of_no_more_frames_than_asked_for_gives_each_once(
    frames: list[CodedFrame], count: int
) -> None:
    times = presented(frames)
    if len(times) <= count:
        assert [target.index for target in plan(frames, count)] == list(range(len(times)))


@given(streams(), counts)
def test_jumps_lead_forward_to_a_key_frame_from_which_the_target_decodes(
    frames: list[CodedFrame], count: int
) -> None:
    coded = {frame.pts: position for position, frame in enumerate(frames)}
    done = 0
    for target in plan(frames, count):
        if target.seek is not None:
            entry = frames[coded[target.seek]]
            assert entry.key
            assert entry.pts <= target.pts
            assert done < coded[target.seek] <= coded[target.pts], (
                "a jump goes forward and not beyond its target"
            )
        done = max(done, coded[target.pts] + 1)


def packets_read(frames: list[CodedFrame], targets: list[Target]) -> int:
    """Count the packets that a decoder which follows the plan is given."""
    coded = {frame.pts: position for position, frame in enumerate(frames)}
    done = read = 0
    for target in targets:
        if target.seek is not None:
            done = coded[target.seek]
        read += max(0, coded[target.pts] + 1 - done)
        done = max(done, coded[target.pts] + 1)
    return read


@given(streams(), counts)
def test_no_plan_reads_more_than_decoding_straight_through(frames: list[CodedFrame], count: int) -> None:
    targets = plan(frames, count)
    straight = plan(frames, count, jumping=False)
    assert all(target.seek is None for target in straight)
    assert [target.index for target in straight] == [target.index for target in targets]
    assert packets_read(frames, targets) <= packets_read(frames, straight)


@given(st.integers(1, 2000), counts, st.integers(1, 300), st.integers(-500, 500))
def test_a_steady_clip_is_sampled_evenly(total: int, count: int, gop: int, start: int) -> None:
    times = [start + 10 * i for i in range(total)]
    keys = list(range(0, total, gop))
    chosen = choose(times, keys, count)
    assert len(chosen) == min(count, total)
    if total > count:
        span = total / count
        assert chosen[0] <= 0.7 * span + 1
        assert total - 1 - chosen[-1] <= 0.7 * span + 1
        # Snapping to key frames moves each moment by a fifth of a span, rounding to frames by half a frame.
        assert all(0.6 * span - 1 <= b - a <= 1.4 * span + 1 for a, b in pairwise(chosen))


@given(st.lists(st.integers(1, 5000), min_size=1, max_size=300), counts)
def test_moments_are_even_over_time_and_not_over_frames(steps: list[int], count: int) -> None:
    times = [sum(steps[:i]) for i in range(len(steps))]
    chosen = choose(times, [], count)
    if len(times) > count:
        frame = (times[-1] - times[0]) / (len(times) - 1)
        span = (times[-1] - times[0] + frame) / count
        for moment in range(count):
            middle = times[0] + (moment + 0.5) * span - 0.5 * frame
            nearest = min(abs(time - middle) for time in times)
            assert min(abs(times[i] - middle) for i in chosen) == pytest.approx(nearest)


def test_thirty_two_of_three_hundred() -> None:
    targets = plan([CodedFrame(512 * i, i % 30 == 0) for i in range(300)], 32)
    assert len(targets) == 32
    assert {b.index - a.index for a, b in pairwise(targets)} <= {8, 9, 10, 11}


def test_key_frames_close_to_a_moment_stand_for_it() -> None:
    targets = plan([CodedFrame(i, i % 50 == 0) for i in range(1000)], 10)
    assert [target.index for target in targets] == [50 + 100 * i for i in range(10)]
    assert all(target.seek == target.pts for target in targets)


def test_a_single_group_is_never_jumped_in() -> None:
    assert all(t.seek is None for t in plan([CodedFrame(i, i == 0) for i in range(3000)], 32))


def test_every_frame_a_key_frame_costs_one_packet_per_moment() -> None:
    frames = [CodedFrame(i, key=True) for i in range(3000)]
    assert packets_read(frames, plan(frames, 32)) == 32


def test_frames_that_are_never_shown_are_decoded_through_but_not_counted() -> None:
    frames = [CodedFrame(i - 10, i == 0, shown=i >= 10) for i in range(40)]
    targets = plan(frames, 64)
    assert [(target.index, target.pts) for target in targets] == [(i, i) for i in range(30)]


def test_frames_before_the_first_key_frame_are_no_place_to_jump_to() -> None:
    frames = [CodedFrame(i, i == 90) for i in range(100)]
    assert [(t.index, t.seek) for t in plan(frames, 4)] == [(12, None), (37, None), (62, None), (90, 90)]
