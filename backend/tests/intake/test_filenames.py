"""Names of uploads: what is refused and with which code, and what stays as it was."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deepshield.domain.errors import Code, DeepShieldError
from deepshield.domain.jobs import MediaKind
from deepshield.intake.filenames import checked_name, checked_type, name_of_url
from deepshield.intake.formats import EXTENSIONS, sniff

pytestmark = pytest.mark.unit

PNG = sniff(b"\x89PNG\r\n\x1a\n" + bytes(60))
assert PNG


def refusal(name: str, kind: MediaKind = MediaKind.IMAGE) -> Code:
    with pytest.raises(DeepShieldError) as caught:
        checked_name(name, kind, 255)
    return caught.value.code


@pytest.mark.parametrize(
    "name",
    [
        "photo.jpg",
        "PHOTO.JPEG",
        "holiday.2024.06.01.jpg",
        "v1.2 final.png",
        "фото 漢字 🙂.webp",
        "a'\"&<>.png",
        "...jpg",
        "IMG_2041 (1).jfif",
        "name with \u200e mark.png",
    ],
)
def test_a_plain_name_is_kept(name: str) -> None:
    assert checked_name(name, MediaKind.IMAGE, 255) == name


@pytest.mark.parametrize(
    "name",
    [
        "../../etc/passwd.jpg",
        "a/b.jpg",
        "a\\b.jpg",
        "C:\\x\\photo.jpg",
        "photo\x00.jpg",
        "photo.jpg\x00.exe.jpg",
        "line\nend.jpg",
        "bell\x07.jpg",
        "del\x7f.jpg",
        "c1\x85.jpg",
        "photo\u202egpj.png",
        "iso\u2066late.png",
        "para\u2029graph.png",
    ],
)
def test_path_control_and_reordering_characters_are_refused(name: str) -> None:
    assert refusal(name) is Code.INVALID_FILENAME


@pytest.mark.parametrize(
    "name",
    ["shell.php.jpg", "photo.jpg.png", "clip.mp4.mp4", "a.EXE.jpg", "photo.jpg.exe", "a.tar.gz", "a.js .jpg"],
)
def test_a_telling_inner_extension_is_refused(name: str) -> None:
    assert refusal(name) is Code.DOUBLE_EXTENSION


@pytest.mark.parametrize(
    "name", ["photo", "", "photo.", ".jpg", "photo.exe", "clip.mp4", "photo.heic", "   "]
)
def test_another_extension_is_refused(name: str) -> None:
    assert refusal(name) is Code.INVALID_EXTENSION


def test_the_route_decides_which_extensions_fit() -> None:
    assert checked_name("clip.MP4", MediaKind.VIDEO, 255) == "clip.MP4"
    assert refusal("photo.jpg", MediaKind.VIDEO) is Code.INVALID_EXTENSION


def test_a_long_name_is_refused_by_its_length_before_all_else() -> None:
    assert checked_name("x" * 251 + ".jpg", MediaKind.IMAGE, 255)
    assert refusal("x" * 252 + ".jpg") is Code.FILENAME_TOO_LONG
    assert refusal("../" * 1000) is Code.FILENAME_TOO_LONG


@given(st.text(max_size=40), st.sampled_from(sorted(EXTENSIONS[MediaKind.IMAGE])))
def test_any_name_is_either_refused_or_harmless_to_show(stem: str, extension: str) -> None:
    try:
        name = checked_name(stem + extension, MediaKind.IMAGE, 255)
    except DeepShieldError:
        return
    assert not {"/", "\\", "\0", "\n", "\u202e"} & set(name)
    name.encode("utf-8")


@pytest.mark.parametrize("declared", [None, "", "application/octet-stream", "image/png", "IMAGE/JPEG; q=1"])
def test_a_fitting_or_absent_type_is_taken(declared: str | None) -> None:
    assert checked_type(declared, MediaKind.IMAGE) in (None, "image/png", "image/jpeg")


@pytest.mark.parametrize("declared", ["text/html", "video/mp4", "image/svg+xml", "image/gif", "x" * 5000])
def test_another_type_is_refused(declared: str) -> None:
    with pytest.raises(DeepShieldError) as caught:
        checked_type(declared, MediaKind.IMAGE)
    assert caught.value.code is Code.INVALID_MIME_TYPE


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://a.example/b/photo.png?x=/evil.exe", "photo.png"),
        ("https://a.example/", "image.png"),
        ("https://a.example", "image.png"),
        ("https://a.example/..%2f..%2fetc%2fpasswd", "etc_passwd.png"),
        ("https://a.example/%00%E2%80%AE%0Ax.php", "x_php.png"),
        ("https://a.example/watch?v=1", "watch.png"),
    ],
)
def test_a_url_gives_a_harmless_name(url: str, expected: str) -> None:
    assert name_of_url(url, PNG, 255) == expected


def test_a_url_gives_no_longer_name_than_is_taken() -> None:
    assert len(name_of_url("https://a.example/" + "x" * 1000 + ".png", PNG, 64)) == 64
