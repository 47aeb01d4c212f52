"""Which pictures are used, by what the decoder says of them: no file is needed for it."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from detector.media.leg import Leg

TIMES = [100, 140, 180, 220, 260]


@dataclass(frozen=True)
class Picture:
    pts: int | None
    key_frame: bool = False
    is_corrupt: bool = False


KEY = Picture(100, key_frame=True)


def accepted(leg: Leg, *pictures: Picture) -> list[int | None]:
    return [leg.accept(picture) for picture in pictures]


def test_pictures_are_known_by_their_times() -> None:
    assert accepted(Leg(TIMES), KEY, Picture(140), Picture(220), Picture(230)) == [0, 1, 3, 3]


def test_a_picture_before_the_first_shown_one_or_without_a_time_is_none_of_the_files() -> None:
    leg = Leg(TIMES)
    assert accepted(leg, Picture(60, key_frame=True), Picture(None), Picture(100)) == [None, None, 0]
    assert leg.damaged == 0


def test_pictures_without_times_are_counted_with_those_that_failed() -> None:
    leg = Leg(TIMES, stamped=False)
    assert leg.accept(Picture(None, key_frame=True)) == 0
    leg.fail()
    assert leg.accept(Picture(None, key_frame=True)) == 2
    assert accepted(leg, *[Picture(7)] * 3) == [3, 4, None]


@pytest.mark.parametrize("how", ["marked", "failed"])
def test_after_damage_nothing_is_used_before_the_next_key_frame(how: str) -> None:
    leg = Leg(TIMES)
    assert leg.accept(KEY) == 0
    if how == "failed":
        leg.fail()
    else:
        assert leg.accept(Picture(140, is_corrupt=True)) is None
    assert accepted(leg, Picture(180), Picture(220, key_frame=True), Picture(260)) == [None, 3, 4]
    assert leg.damaged == 1


def test_a_damaged_key_frame_is_no_new_start() -> None:
    leg = Leg(TIMES, jumped=True)
    assert accepted(leg, Picture(100, key_frame=True, is_corrupt=True), Picture(140)) == [None, None]
    assert not leg.entered


def test_after_a_jump_a_key_frame_must_come_out_first() -> None:
    leg = Leg(TIMES, jumped=True)
    assert leg.accept(Picture(140)) is None
    assert not leg.entered
    assert accepted(leg, Picture(180, key_frame=True), Picture(220)) == [2, 3]
    assert leg.entered
    assert leg.damaged == 0


def test_a_file_that_starts_within_a_group_gives_nothing_before_its_first_key_frame() -> None:
    leg = Leg(TIMES, sound=False)
    assert leg.entered
    assert accepted(leg, Picture(100), Picture(140, key_frame=True), Picture(180)) == [None, 1, 2]


@pytest.mark.parametrize(("silent", "used"), [(True, None), (False, 3)])
def test_a_gap_is_damage_where_the_decoder_leaves_out_frames_silently(silent: bool, used: int | None) -> None:
    leg = Leg(TIMES, silent=silent)
    assert accepted(leg, KEY, Picture(140), Picture(220)) == [0, 1, used]
    assert leg.damaged == silent
    assert accepted(leg, Picture(260, key_frame=True)) == [4]
