"""How much is decoded, counted in packets and pictures and not in seconds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from media_factory import Clip, decode_all
from opened import decode

from detector.contracts import Limits
from detector.media import open_media
from detector.media.survey import Demuxer
from detector.media.video import VideoDecoder


@dataclass
class Work:
    """What the decoder was given and what it gave."""

    packets: list[int] = field(default_factory=list)
    pictures: int = 0
    opened: int = 0


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """Count the calls of the decoder from now on."""
    counted = Work()
    decode_packet = VideoDecoder._decode
    open_again = VideoDecoder._open

    def counting(self: VideoDecoder, context: Any, packet: Any) -> Iterator[Any]:
        if packet is not None:
            counted.packets.append(packet.pts)
        for item in decode_packet(self, context, packet):
            counted.pictures += 1
            yield item

    def opening(self: VideoDecoder) -> Any:
        counted.opened += 1
        return open_again(self)

    monkeypatch.setattr(VideoDecoder, "_decode", counting)
    monkeypatch.setattr(VideoDecoder, "_open", opening)
    return counted


def test_short_groups_cost_about_one_packet_per_moment(work: Work, tmp_path: Path) -> None:
    path = Clip(frames=2000, gop=4, size=(48, 32)).write(tmp_path / "clip.mp4")
    opened = decode(path)
    assert opened.numbers == opened.indexes
    assert len(work.packets) == 32, "every moment has a key frame near it"
    assert work.opened == 1


def test_a_long_clip_with_many_key_frames_decodes_a_small_share(work: Work, tmp_path: Path) -> None:
    path = Clip(frames=3000, gop=25, b_frames=2, size=(48, 32)).write(tmp_path / "clip.mp4")
    opened = decode(path)
    assert opened.numbers == opened.indexes
    assert len(opened.frames) == 32
    assert len(work.packets) <= 3000 * 0.15


def test_one_long_group_is_decoded_once_and_only_to_the_last_moment(work: Work, tmp_path: Path) -> None:
    path = Clip(frames=600, gop=1000).write(tmp_path / "clip.mp4")
    opened = decode(path)
    assert opened.numbers == opened.indexes
    assert len(work.packets) == opened.indexes[-1] + 1 < 600
    assert work.packets == sorted(set(work.packets)), "no packet twice, none going back"


@pytest.mark.parametrize("gop", [3, 12, 40, 100, 1000])
@pytest.mark.parametrize("count", [3, 32])
def test_no_more_packets_than_the_legs_of_the_plan(work: Work, gop: int, count: int, tmp_path: Path) -> None:
    path = Clip(frames=300, gop=gop).write(tmp_path / "clip.mp4")
    with open_media(path, count, Limits()) as media:
        targets = media._decoder._targets  # type: ignore[attr-defined]
        frames = list(media.frames())
    assert len(frames) == count
    expected: list[int] = []
    done = 0
    for target in targets:
        done = target.seek // 512 if target.seek is not None else done
        expected.extend(512 * i for i in range(done, target.index + 1))
        done = max(done, target.index + 1)
    assert work.packets == expected


@pytest.mark.parametrize(("codec", "share"), [("h264", 0.3), ("hevc", 0.6), ("mpeg4", 0.3)])
def test_frames_that_nothing_refers_to_are_left_out(
    codec: str, share: float, work: Work, tmp_path: Path
) -> None:
    options = {"x264-params": "b-pyramid=none"} if codec == "h264" else {}
    clip = Clip(codec=codec, frames=400, gop=1000 if codec != "mpeg4" else 400, b_frames=3)
    path = clip.but(encoder_options=options).write(tmp_path / "clip.mp4")
    opened = decode(path, 8)
    assert opened.numbers == opened.indexes
    assert len(opened.frames) == 8
    assert work.pictures < share * len(work.packets), (
        "of four frames three are not needed, two of HEVC's pyramid"
    )


@pytest.mark.parametrize("codec", ["h264", "hevc", "av1", "mpeg4"])
def test_an_unreferenced_frame_is_decoded_when_it_is_wanted(codec: str, tmp_path: Path) -> None:
    path = Clip(codec=codec, frames=90, gop=90, b_frames=3).write(tmp_path / "clip.mp4")
    # Counts of no common measure reach every position in a mini group of pictures.
    for count in (7, 11, 32):
        opened = decode(path, count)
        assert opened.numbers == opened.indexes
        assert len(opened.frames) == count


def test_one_picture_is_decoded_to_know_the_size(work: Work, tmp_path: Path) -> None:
    path = Clip(frames=300, gop=30).write(tmp_path / "clip.mp4")
    with open_media(path, 32, Limits()) as media:
        assert media.info.frame_count == 300
        assert media.planned == 32
    assert work.packets == [], "nothing is decoded before frames are asked for"


def test_stopping_early_decodes_no_further(work: Work, tmp_path: Path) -> None:
    path = Clip(frames=600, gop=1000).write(tmp_path / "clip.mp4")
    with open_media(path, 32, Limits()) as media:
        first = next(media.frames())
        assert len(work.packets) <= first.index + 20
    assert len(work.packets) <= first.index + 20


def test_a_container_that_cannot_jump_is_gone_through(
    work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise OSError(5, "no index")

    path = Clip(frames=300, gop=25).write(tmp_path / "clip.mp4")
    monkeypatch.setattr(Demuxer, "jump", refuse)
    opened = decode(path, 4)
    assert opened.numbers == opened.indexes
    assert (len(opened.frames), opened.damaged) == (4, 0)
    assert work.opened == 2


def test_an_index_that_lies_costs_one_more_pass_at_most(
    work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = Clip(frames=300, gop=25).write(tmp_path / "clip.mp4")
    monkeypatch.setattr(VideoDecoder, "_leads_to", lambda *_: False)
    opened = decode(path, 4)
    assert opened.numbers == opened.indexes
    assert len(opened.frames) == 4
    assert work.opened == 2
    assert len(work.packets) <= 2 * len(decode_all(path))
