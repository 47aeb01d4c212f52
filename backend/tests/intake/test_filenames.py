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


def refusal(name: str) -> Code:
    with pytest.raises(DeepShieldError) as caught:
        checked_name(name, MediaKind.IMAGE, 255)
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
        "IMG_1.HEIC.jpg",
        "photo.jpg.jpg",
        "clip.mp4.mp4",
        "Screenshot_20240101_com.android.app.jpg",
        "Screenshot.com.android.app",
        "pl.allegro.sh.jpg",
        "backup.tar.gz",
        "photo",
        "photo.",
        ".jpg",
        "photo.heic",
        "clip.mp4",
        "page.html",
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
    [
        "shell.php.jpg",
        "a.EXE.jpg",
        "photo.jpg.exe",
        "holiday.png.com",
        "a.js .jpg",
        "x.php.jpg.png",
        "a.exe.exe",
    ],
)
def test_a_program_behind_another_extension_is_refused(name: str) -> None:
    assert refusal(name) is Code.DOUBLE_EXTENSION


@pytest.mark.parametrize("name", ["photo.exe", "holiday.com", "run.SH", "page.php", "link.lnk"])
def test_a_name_of_a_program_is_refused(name: str) -> None:
    assert refusal(name) is Code.INVALID_EXTENSION


@pytest.mark.parametrize("name", ["", "   "])
def test_a_file_without_a_name_is_called_by_its_kind(name: str) -> None:
    assert checked_name(name, MediaKind.IMAGE, 255) == "image"
    assert checked_name(name, MediaKind.VIDEO, 255) == "video"


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


@pytest.mark.parametrize(
    ("declared", "kept"),
    [
        (None, None),
        ("", None),
        ("application/octet-stream", None),
        ("image/png", "image/png"),
        ("IMAGE/JPEG; q=1", "image/jpeg"),
        ("image/*", "image/*"),
        ("application/x-matroska", "application/x-matroska"),
        ("text/html", "text/html"),
        ("x" * 5000, None),
        ("a\nb/c", None),
    ],
)
def test_any_declared_type_is_taken_and_kept_where_it_is_one(declared: str | None, kept: str | None) -> None:
    assert checked_type(declared) == kept


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
