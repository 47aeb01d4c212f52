"""Sniffing agrees with the engine, which has the last word."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import MediaKind
from deepshield.intake.formats import HEAD_BYTES, identify, sniff
from detector.contracts import MediaError
from detector.media import sniff as engine

pytestmark = pytest.mark.unit

HEADS = {
    b"\xff\xd8\xff\xe0": "jpeg",
    b"\x89PNG\r\n\x1a\n": "png",
    b"RIFF\0\0\0\0WEBP": "webp",
    b"RIFF\0\0\0\0AVI ": "avi",
    b"RIFF\0\0\0\0WAVE": None,
    b"\x1a\x45\xdf\xa3": "matroska",
    b"\0\0\0\x20ftypisom": "mov",
    b"\0\0\0\x20ftypqt  ": "mov",
    b"\0\0\0\x08wide": "mov",
    b"\0\0\0\x20ftypheic": "heif",
    b"\0\0\0\x20ftypheim": "heif",
    b"\0\0\0\x20ftypmif2\0\0\0\0mif1heic": "heif",
    b"\0\0\0\x20ftypmif1\0\0\0\0mif1avifmiaf": "avif",
    b"\0\0\0\x20ftypavif": "avif",
    b"\0\0\0\x20ftypavis": "avif",
    b"\0\0\0\x20ftypisom\0\0\0\0isomiso2avc1": "mov",
    b"\0\0\0\x20ftypcrx ": None,
    b"GIF89a\0": "gif",
    b"GIF87a\0": "gif",
    b"GIF89a is a format of 1989.".ljust(HEAD_BYTES): None,
    b"OggS is how those begin.".ljust(HEAD_BYTES): None,
    b"Get free\x0cof it, \x1b[1mnow\x1b[0m.".ljust(HEAD_BYTES): None,
    b"GIF80": None,
    b"\0\0\x01\xba\x44": "mpeg",
    b"cut" + bytes(2000) + b"\0\0\x01\xba\x44" + bytes(8) + b"\xf9\xff\0\0\x01\xe0": "mpeg",
    b"\0\0\x01\xba nothing more": "mpeg",
    b"\0 or \0\0\x01\xba within something else": None,
    b"\0\0\x01\xb3\x28\x01\xe0\x13\0\0\x20": "mpegvideo",
    b"\0\0\x01\xb3": None,
    b"\x30\x26\xb2\x75\x8e\x66\xcf\x11": "asf",
    b"FLV\x01\x05": "flv",
    b"OggS\0": "ogg",
    (b"G\x40" + bytes(186)) * 4: "mpegts",
    bytes(4) + (b"G\x40" + bytes(190)) * 4: "mpegts",
    (b"G\x40" + bytes(202)) * 4: "mpegts",
    bytes(100) + (b"G\x40" + bytes(186)) * 4: "mpegts",
    b"Get free samples today, all of them.".ljust(HEAD_BYTES, b"."): None,
    b"Getting".ljust(188, b".") * 3: None,
    b"%PDF-1.7": None,
    b"<html>": None,
    b"#EXTM3U\n": None,
    b"MZ\x90": None,
    b"\x89PN": None,
    b"x": None,
}


def engine_says(head: bytes) -> str | None:
    try:
        return engine.sniff(head)
    except MediaError:
        return None


@pytest.mark.parametrize(("head", "name"), HEADS.items())
def test_a_format_is_known_by_its_first_bytes(head: bytes, name: str | None) -> None:
    for padded in (head, head.ljust(HEAD_BYTES, b"\0")):
        found = sniff(padded)
        assert (found.name if found else None) == name
        assert engine_says(padded) == name


@given(
    st.one_of(
        st.binary(min_size=1, max_size=HEAD_BYTES),
        st.tuples(st.sampled_from(list(HEADS)), st.binary()).map(b"".join),
    )
)
def test_the_engine_takes_what_is_taken_here(head: bytes) -> None:
    head = head[:HEAD_BYTES]
    found = sniff(head)
    assert (found.name if found else None) == engine_says(head)
    if found:
        assert (found.kind is MediaKind.IMAGE) == (found.name in engine.STILLS)


@pytest.mark.parametrize(
    ("head", "name"),
    [
        (b"II*\0", "a TIFF image or a camera's raw file"),
        (b"\0\0\0\1\x67\x64\0\x1f", "a raw H.264 stream"),  # as cameras for watching export it
        (b"\0\0\0\1\x40\1\x0c\1", "a raw HEVC stream"),
    ],
)
def test_both_say_what_a_file_is_that_is_not_taken(head: bytes, name: str) -> None:
    with pytest.raises(DeepShieldError, match=f"^This is {name}") as ours:
        identify(head.ljust(HEAD_BYTES, b"\0"), None)
    assert ours.value.code is Code.INVALID_MAGIC_BYTES
    with pytest.raises(MediaError, match=f"^This is {name}"):
        engine.sniff(head.ljust(HEAD_BYTES, b"\0"))


def test_both_look_at_as_many_bytes() -> None:
    assert HEAD_BYTES == engine.SNIFF_BYTES


def test_the_kind_has_to_fit(portrait_file: Path, clip_file: Path) -> None:
    image, video = (path.read_bytes()[:HEAD_BYTES] for path in (portrait_file, clip_file))
    assert identify(image, MediaKind.IMAGE).name == "jpeg"
    assert identify(video, MediaKind.VIDEO).name == "mov"
    assert identify(video, None).kind is MediaKind.VIDEO
    for head, kind in ((image, MediaKind.VIDEO), (video, MediaKind.IMAGE), (b"BM", None)):
        with pytest.raises(DeepShieldError) as caught:
            identify(head, kind)
        assert caught.value.code is Code.INVALID_MAGIC_BYTES
